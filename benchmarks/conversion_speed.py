"""How fast a catalogue becomes records and is verified, beside loops that do nothing but the unavoidable work.

    python -m benchmarks.conversion_speed --photographs=<folder of JPEG files of 640 pixels> --json

Ours and the bare loop take turns, and the figure is the median of their ratios: other work on the machine hits both.
TensorFlow is imported below, where it is used: worker processes import this module again.
"""

import functools
import glob
import io
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from absl import app, flags
from PIL import Image

from benchmarks import figures, memory

PHOTOGRAPHS = flags.DEFINE_string("photographs", "", "Folder of JPEG files that fit into 640 x 640 pixels.")
ROWS = flags.DEFINE_integer("rows", 2000, "Pictures shrunk and verified; six times as many are copied.")
MEMORY_ROWS = flags.DEFINE_integer("memory_rows", 100_000, "Rows of the catalogue whose memory is compared to 1,000.")

TURNS = 3  # paired runs per figure
STORED_SIZE = 256  # pixels of shrunk pictures
COPIED = {"resize": "none", "stored_size": 640, "picture_check": "structure"}


def run(pictures_folder: str, rows: int = 2000, memory_rows: int = 100_000) -> list[dict]:
    """Returns the figures of conversion and verification, measured by this program in a process of its own.

    Args:
      pictures_folder: JPEG files that fit into 640 x 640 pixels; they are taken again and again to make up `rows`.
      rows, memory_rows: see the flags.
    """
    flags = [f"--photographs={pictures_folder}", f"--rows={rows}", f"--memory_rows={memory_rows}", "--json"]
    command = [sys.executable, "-m", "benchmarks.conversion_speed", *flags]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def measure(paths: list[str], rows: int, memory_rows: int) -> list[dict]:
    """Measures here, with pictures taken from `paths`."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            *_shrinking(folder, _cycled(paths, rows)),
            *_copying(folder, _cycled(paths, 6 * rows)),
            _verifying(folder, _cycled(paths, rows)),
            _memory(folder, 1000, memory_rows),
        ]


def _cycled(paths: list[str], rows: int) -> list[str]:
    return [paths[i % len(paths)] for i in range(rows)]


def _shrinking(folder: str, paths: list[str]) -> list[dict]:
    """With hashes from the catalogue, as Shopee's has them, and with our own, which the bare loop does without."""
    results = []
    for name, hashed in (("convert/vs_bare_loop", True), ("convert/vs_bare_loop_hashing", False)):
        options = {"stored_size": STORED_SIZE, "workers": os.cpu_count()}
        convert = functools.partial(_convert, folder, paths, hashed=hashed, **options)
        ours, bare = _take_turns(convert, functools.partial(_shrink_bare, paths))
        results.append(_speed(name, len(paths), ours, bare))
    return results


def _shrink_bare(paths: list[str]) -> None:
    """Reads, decodes, shrinks with the filter of conversion, encodes: and throws the result away."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for _ in pool.imap(_shrink_one, paths, chunksize=16):
            pass


def _shrink_one(path: str) -> int:
    with open(path, "rb") as file:
        image = Image.open(io.BytesIO(file.read()))
    image.load()
    scale = STORED_SIZE / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    square = Image.new("RGB", (STORED_SIZE, STORED_SIZE))
    shrunk = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    square.paste(shrunk, ((STORED_SIZE - size[0]) // 2, (STORED_SIZE - size[1]) // 2))
    jpeg = io.BytesIO()
    square.save(jpeg, "JPEG", quality=90)
    return len(jpeg.getvalue())


def _copying(folder: str, paths: list[str]) -> list[dict]:
    """From disk to disk, as a catalogue that does not fit into memory is; and within the system's cache.

    Every picture is a file of its own; from disk means that the system has forgotten it before each run.
    """
    originals = [os.path.join(folder, f"original{i:06d}.jpg") for i in range(len(paths))]
    for path, original in zip(paths, originals, strict=True):
        shutil.copyfile(path, original)
    os.sync()
    results = []
    for name, on_disk in (("convert/copy_vs_io", True), ("convert/copy_vs_cached_io", False)):
        convert = functools.partial(_convert, folder, originals, on_disk, **COPIED)
        copy = functools.partial(_copy_bare, folder, originals, on_disk)
        ours, bare = _take_turns(convert, copy, functools.partial(_forget, originals) if on_disk else None)
        results.append(_speed(name, len(paths), ours, bare))
    return results


def _forget(paths: list[str]) -> None:
    """Makes the system read these files from disk the next time."""
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def _copy_bare(folder: str, paths: list[str], on_disk: bool) -> None:
    target = os.path.join(folder, "copy")
    with open(target, "wb") as copy:
        for path in paths:
            with open(path, "rb") as file:
                copy.write(file.read())
        copy.flush()
        if on_disk:
            os.fsync(copy.fileno())
    os.remove(target)


def _verifying(folder: str, paths: list[str]) -> dict:
    """Verifies pictures of their full size, as they are decoded by a loop that does only that."""
    from flags.data import Records, Source
    from tfrecords_tools import conversion

    records = os.path.join(folder, "full")
    _write_table(folder, paths)
    conversion.convert(Source(input=os.path.join(folder, "products.csv")), Records(records=records, **COPIED))
    ours, bare = _take_turns(lambda: _verify(records), lambda: _decode_bare(records))
    return _speed("verify/vs_decode", len(paths), ours, bare)


def _verify(records: str) -> None:
    from tfrecords_tools import verification
    from tfrecords_tools.manifest import Manifest

    manifest = Manifest.read(records)
    faults = list(verification.faults(records, manifest, verification.examine(records, manifest, decode=True)))
    if faults:
        raise ValueError(f"Records just converted are damaged: {faults[0]}")


def _decode_bare(records: str) -> None:
    import tensorflow as tf

    from tfrecords_tools import schema
    from tfrecords_tools.manifest import Manifest

    files = [os.path.join(records, shard.file) for shard in Manifest.read(records).shards]
    rows = tf.data.TFRecordDataset(files).batch(64).map(lambda batch: schema.parse(batch, ["image"])["image"]).unbatch()
    pictures = rows.map(lambda jpeg: tf.size(tf.io.decode_jpeg(jpeg, channels=3)), num_parallel_calls=tf.data.AUTOTUNE)
    for _ in pictures.batch(64):
        pass


def _memory(folder: str, few: int, many: int) -> dict:
    """Compares the peak memory of all processes of the command, over two sizes of a drawn catalogue."""
    small, large = (_peak_megabytes(os.path.join(folder, str(rows)), rows) for rows in (few, many))
    return figures.figure("convert/memory_growth", large, f"MB at {many:,} rows", small)


def _peak_megabytes(folder: str, rows: int) -> float:
    """The sum over processes of the most memory each held to convert `rows` rows, one in ten of them a picture."""
    os.makedirs(folder)
    pictures = [os.path.join(folder, f"{i}.jpg") for i in range(64)]
    for i, path in enumerate(pictures):
        Image.new("RGB", (16, 16), (i, 2 * i, 3 * i)).save(path)
    _write_table(folder, [pictures[i % 64] if i % 10 == 0 else "" for i in range(rows)])
    flags = [f"--input={folder}/products.csv", f"--records={folder}/records", f"--workers={os.cpu_count()}"]
    command = [sys.executable, "-m", "tfrecords_tools.convert", *flags]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = {}
    while process.poll() is None:
        for pid in (process.pid, *_children(process.pid)):
            peaks[pid] = memory.held("VmHWM", pid) or peaks.get(pid, 0)
        time.sleep(0.05)
    if process.returncode:
        raise ChildProcessError(f"convert of {rows} drawn rows failed with exit status {process.returncode}")
    return sum(peaks.values()) / 2**20


def _children(pid: int) -> list[int]:
    return [int(child) for child in _text(f"/proc/{pid}/task/{pid}/children").split()]


def _text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # the process has just ended
        return ""


def _convert(folder: str, paths: list[str], on_disk: bool = False, hashed: bool = False, **options) -> None:
    """Converts pictures from the table to the manifest, and removes the records."""
    from flags.data import Records, Source
    from tfrecords_tools import conversion
    from tfrecords_tools.manifest import Manifest

    _write_table(folder, paths)
    source = Source(input=os.path.join(folder, "products.csv"), phash_column="phash" if hashed else "")
    with tempfile.TemporaryDirectory(dir=folder) as records:
        conversion.convert(source, Records(records=records, **options))
        for shard in Manifest.read(records).shards if on_disk else ():
            with open(os.path.join(records, shard.file), "rb") as file:
                os.fsync(file.fileno())


def _write_table(folder: str, paths: list[str]) -> None:
    """Writes products.csv: a title and a hash for every row, and a label for every three."""
    with open(os.path.join(folder, "products.csv"), "w") as file:
        file.write("id,image,title,label,phash\n")
        rows = (f"posting{i:09d},{path},Product {i} in red,label{i // 3},{i:016x}\n" for i, path in enumerate(paths))
        file.writelines(rows)


def _take_turns(
    ours: Callable[[], None], bare: Callable[[], None], before: Callable[[], None] | None = None
) -> tuple[list[float], list[float]]:
    """Returns the seconds of each run of ours and of the bare one next to it, after one of each that does not count.

    Args:
      before: what is done before each run, and not timed.
    """
    seconds = [(_seconds(ours, before), _seconds(bare, before)) for _ in range(1 + TURNS)]
    return tuple(zip(*seconds[1:], strict=True))


def _seconds(work: Callable[[], None], before: Callable[[], None] | None) -> float:
    if before:
        before()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _speed(name: str, count: int, ours: list[float], bare: list[float]) -> dict:
    ratio = statistics.median(b / o for o, b in zip(ours, bare, strict=True))
    return figures.figure(name, count / statistics.median(ours), "pictures/s", count / statistics.median(bare), ratio)


def main(_) -> None:
    paths = sorted(glob.glob(os.path.join(PHOTOGRAPHS.value, "*.jpg")))
    if not paths:
        raise app.UsageError(
            f"--photographs={PHOTOGRAPHS.value} holds no *.jpg: name a folder of photographs of 640 pixels."
        )
    figures.show(measure(paths, ROWS.value, MEMORY_ROWS.value))


if __name__ == "__main__":
    app.run(main)
