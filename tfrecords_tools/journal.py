"""What a conversion has done so far, kept beside the shards, so that one that was interrupted goes on by shard."""

import dataclasses
import json
import os
from collections import Counter

from tfrecords_tools import files, writer
from tfrecords_tools.manifest import Shard
from tfrecords_tools.rejects import Reject

FOLDER = "journal"
CONVERSION, SUFFIX = "conversion.json", ".json"


@dataclasses.dataclass(frozen=True)
class Conversion:
    """What a records folder is made of. `source` and `options` map the names of flags to their values."""

    source: dict
    options: dict
    fingerprint: str
    rows: int
    records_per_shard: int = 0


@dataclasses.dataclass(frozen=True)
class Entry:
    """A finished shard: its line of the manifest, its records per label, and the rows left out of it."""

    shard: Shard
    histogram: dict[str, int]
    rejects: list[Reject]


def read_conversion(folder: str) -> Conversion | None:
    """Returns the conversion that `folder` holds or has begun, None for a new folder.

    Raises:
      ValueError: the folder holds shards of unknown origin.
    """
    path = os.path.join(folder, FOLDER, CONVERSION)
    if files.exists(path):
        return Conversion(**_read(path))
    shards = files.glob(os.path.join(folder, "*.tfrecord"))
    if shards:
        raise ValueError(
            f"{folder} holds {len(shards)} shards such as {os.path.basename(shards[0])}, but no {FOLDER}/{CONVERSION} "
            "that says what they are made of: choose another --records, or empty the folder."
        )
    return None


def write_conversion(folder: str, conversion: Conversion) -> None:
    """Begins a conversion: makes `folder` and notes what it will hold."""
    writer.make_folder(os.path.join(folder, FOLDER))
    _write(os.path.join(folder, FOLDER, CONVERSION), conversion)


def check_same(folder: str, begun: Conversion, asked: Conversion) -> None:
    """Refuses to go on with another conversion in the same folder.

    Raises:
      ValueError: naming the flag that differs, or saying that the catalogue has changed.
    """
    advice = "Choose another --records, or delete the folder."
    before, now = begun.options, asked.options
    if begun.fingerprint != asked.fingerprint:
        before, now = begun.options | begun.source, asked.options | asked.source
    for flag, value in now.items():
        if before.get(flag) != value:
            raise ValueError(f"{folder} was begun with --{flag}={before.get(flag)}, now it is {value!r}. {advice}")
    if begun.fingerprint == asked.fingerprint:
        return
    raise ValueError(
        f"{folder} was begun from {begun.rows} rows of {asked.source['input']}, which has changed since "
        f"and has {asked.rows} rows now. {advice}"
    )


def read_entry(folder: str, file: str, whole: bool = True) -> Entry | None:
    """Returns the entry of a shard, None where the shard is not finished or no longer as noted, see `is_intact`."""
    path = _entry_path(folder, file)
    if not files.exists(path):
        return None
    fields = _read(path)
    entry = Entry(Shard(**fields["shard"]), fields["histogram"], [Reject(*reject) for reject in fields["rejects"]])
    return entry if is_intact(folder, entry.shard, whole) else None


def write_entry(folder: str, entry: Entry) -> None:
    """Notes a finished shard."""
    _write(_entry_path(folder, entry.shard.file), entry)


def forget_entry(folder: str, file: str) -> None:
    """Says that a shard no longer holds what the catalogue gives, so that the next conversion writes it again."""
    if files.exists(_entry_path(folder, file)):
        files.remove(_entry_path(folder, file))


def complete_manifest(folder: str, kind):
    """The manifest of a folder whose shards all stand as they were converted, else None.

    Sizes are compared, not bytes.

    Args:
      kind: Manifest or PairManifest.
    """
    try:
        manifest = kind.read(folder)
    except FileNotFoundError:
        return None
    finished = set(files.names(os.path.join(folder, FOLDER)))
    whole = all(shard.file + SUFFIX in finished and is_intact(folder, shard) for shard in manifest.shards)
    return manifest if whole else None


def histogram_of(entries: list[Entry]) -> dict[str, dict[str, int]]:
    """{fold: {label: records}} over all shards."""
    histogram = {str(entry.shard.fold): Counter() for entry in entries}
    for entry in entries:
        histogram[str(entry.shard.fold)].update(entry.histogram)
    return {fold: dict(counts) for fold, counts in histogram.items()}


def is_intact(folder: str, shard: Shard, whole: bool = False) -> bool:
    """Whether a shard has the size that was noted and, with `whole`, the CRC-32C."""
    path = os.path.join(folder, shard.file)
    if not files.exists(path) or files.size(path) != shard.bytes:
        return False
    return not whole or writer.digest(path)[1] == shard.crc32c


def _entry_path(folder: str, file: str) -> str:
    return os.path.join(folder, FOLDER, file + SUFFIX)


def _read(path: str) -> dict:
    with files.open(path) as file:
        return json.load(file)


def _write(path: str, value) -> None:
    writer.write_whole(path, json.dumps(dataclasses.asdict(value), indent=1, ensure_ascii=False) + "\n")
