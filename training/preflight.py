"""Compiles a run for a TPU on a machine that has none, and says what it would need there.

python -m training.preflight --flagfile=flags/recipes/small/image.flags --topology=v5e:1x1 --classes=1000
python -m training.preflight --flagfile=flags/recipes/kddcup/word_match.flags --topology=v5e:2x4
"""

import dataclasses
import time
from collections.abc import Callable

from flags import command, data, distribution, model, optimizer, preflight, recall, run, selection, together
from training.rehearsal import roofline, tpu_topologies

GIB = 2**30
KDD_CUP = 2048, 33  # floats of a region and classes of regions, where no records say
LIMITS = """\
What this check cannot see:
- speed: "at least" is a roofline: all arithmetic at the chip's peak, or all memory touched once. The input, the host
  and the links between chips come on top. XLA's count of bytes is no bound: it takes a lookup of single pixels
  (rotation, zoom) for thousands of times what it reads
- numbers: nothing was run
- memory that the runtime keeps for itself, and batches that wait on the device: leave a tenth free
- --backend=tensorflow: it is checked only through this program of Keras's JAX backend, which has the same model,
  loss and augmentation; TensorFlow's own step and TPUStrategy are not compiled
- pretrained weights: the architecture is that of the encoder's name, its weights are random"""


@dataclasses.dataclass(frozen=True)
class Compiled:
    """What the compiler said of one program, per device: seconds to compile, bytes by part, FLOP and bytes moved."""

    seconds: float
    memory: dict[str, int]
    flops: float
    bytes_moved: float

    @property
    def total(self) -> int:
        return sum(self.memory.values())


class OutOfMemory(ValueError):
    """The program is legal but does not fit into the chip's memory."""


def main(
    records: data.Records,
    model: model.Model,
    optimization: optimizer.Optimization,
    distribution: distribution.Distribution,
    run: run.Run,
    rows: selection.TrainingRows,
    recall: recall.Recall,
    preflight: preflight.Preflight,
) -> None:
    """Compiles the step of training and what is run of the trained model, and prints time, memory and work of each."""
    tpu_topologies.chip_of(preflight.topology)
    tpu_topologies.prepare_environment()
    if recall.matcher == "none":
        together.check_together(model, optimization)
        programs_of, what = _of_products(records.records, model, distribution, run, rows, preflight)
    else:
        recall.check_together(model, optimization, rows, distribution)
        programs_of, what = _of_recall(records.records, recall, distribution, preflight)
    found, chip = tpu_topologies.devices(preflight.topology)
    batch = optimization.batch_size
    print(f"{preflight.topology}: {len(found)} x {found[0].device_kind}, {chip.hbm_gib:g} GiB of HBM each")
    print(f"batch {batch}, {batch / len(found):g} per device; {what}")
    programs = programs_of(found, optimization)
    print(f"{programs.encoder.count_params():,} parameters of the encoder", flush=True)
    for name in programs.names:
        try:
            compiled = compile_for_tpu(name, getattr(programs, name)())
            print(report(name, compiled, chip, batch, programs.examples), flush=True)
        except OutOfMemory as error:
            if not preflight.find_batch:
                raise
            print(error, flush=True)
    if preflight.find_batch:

        def fits(size: int) -> bool:
            return _fits(programs_of(found, dataclasses.replace(optimization, batch_size=size)), size)

        rows_together = max(head.rows_together for head in programs.heads.values())
        largest = largest_batch(fits, batch, len(found), rows_together)
        kind = "power of two of tuples" if rows_together > 1 else "power of two"
        print(f"largest {kind} that fits: --batch_size={largest}")
    print(LIMITS)


def compile_for_tpu(name: str, program) -> Compiled:
    """Compiles a training.rehearsal.run_programs.Program for the devices of its arguments.

    Raises:
      ValueError: an op that a TPU cannot run, with where it came from.
      OutOfMemory: it does not fit.
    """
    import jax

    from training.rehearsal import tpu_legality

    keep_tracebacks_whole()
    began = time.perf_counter()
    traced = tpu_legality.trace(name, program.function, program.arguments)
    try:
        compiled = traced.lower().compile()
    except jax.errors.JaxRuntimeError as error:
        raise _refused(name, str(error)) from error
    analysis, memory = compiled.cost_analysis(), compiled.memory_analysis()
    # libtpu reports no temporaries, but a peak that holds them.
    rest = memory.peak_memory_in_bytes - sum(program.parts.values())
    parts = {**program.parts, "temporaries and results": max(0, rest), "code": memory.generated_code_size_in_bytes}
    return Compiled(time.perf_counter() - began, parts, analysis["flops"], analysis["bytes accessed"])


def keep_tracebacks_whole() -> None:
    """Keeps the frames of layers in errors: they say where an op came from."""
    import jax
    import keras

    keras.config.disable_traceback_filtering()
    jax.config.update("jax_traceback_filtering", "off")


def report(name: str, compiled: Compiled, chip, batch: int, examples: str = "products") -> str:
    """The lines that are printed of one program."""
    seconds, limit = roofline.bound(compiled.flops, compiled.total, chip)
    parts = ", ".join(f"{part} {size / GIB:.3f}" for part, size in compiled.memory.items() if size)
    work = f"{compiled.flops / 1e9:,.1f} GFLOP per device; XLA counts {compiled.bytes_moved / 1e9:,.2f} GB moved"
    return (
        f"{name}: compiled in {compiled.seconds:.0f} s\n"
        f"  HBM       {compiled.total / GIB:.2f} of {chip.hbm_gib:g} GiB per device: {parts}\n"
        f"  work      {work}\n"
        f"  at least  {seconds * 1e3:.3f} ms by {limit}, so at most {batch / seconds:,.0f} {examples}/s; "
        f"{compiled.bytes_moved / chip.bandwidth * 1e3:.2f} ms if all that XLA counts goes to HBM"
    )


def largest_batch(fits: Callable[[int], bool], start: int, devices: int, together: int = 1) -> int:
    """The largest power of two for which `fits` is true, sought from `start` by doubling or halving.

    Args:
      devices: how many must share it; no smaller batch is tried.
      together: rows of a tuple; above 1 the result is so many times a power of two.

    Raises:
      ValueError: not even one row per device fits.
    """
    lowest = max(1 if together > 1 else 2, 1 << (devices - 1).bit_length()) * together
    size = max(lowest, together << ((start // together).bit_length() - 1))
    if fits(size):
        while fits(2 * size):
            size *= 2
        return size
    while size > lowest:
        size //= 2
        if fits(size):
            return size
    raise ValueError(f"Not even --batch_size={lowest} fits: take a smaller --image_size or a TPU with more memory.")


def _fits(programs, size: int) -> bool:
    try:
        compiled = compile_for_tpu("train", programs.train())
    except OutOfMemory:
        print(f"  --batch_size={size} does not fit", flush=True)
        return False
    print(f"  --batch_size={size} fits: {compiled.total / GIB:.2f} GiB per device", flush=True)
    return True


def _refused(name: str, message: str) -> ValueError:
    """The compiler's message as an error of ours, with the layer that its metadata names."""
    import re

    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if "RESOURCE_EXHAUSTED" in message or "HbmOom" in message:
        said = next((line for line in lines if re.search(r"xceed", line)), lines[0])
        return OutOfMemory(f"{name}: does not fit: {said} Lower --batch_size, or let --find_batch look for one.")
    layers = re.findall(r'op_name="([^"]+)"', message)
    return ValueError(f"{name}: {layers[0] if layers else 'an op'} cannot be compiled for a TPU: {lines[0]}")


def _of_products(records: str, model, distribution, run, rows, preflight) -> tuple[Callable, str]:
    """(devices, optimization) -> programs of an encoder of products, and a word on what they are of."""
    classes = _classes(model, records, run, preflight.classes, rows)

    def programs(devices, optimization):
        from training.rehearsal.product_programs import ProductPrograms

        return ProductPrograms(devices, classes, model, optimization, distribution)

    return programs, f"{classes.count or 'no'} classes"


def _of_recall(records: str, recall, distribution, preflight) -> tuple[Callable, str]:
    """(devices, optimization) -> programs of a matcher, and a word on what they are of."""
    from tfrecords_tools.manifest import PairManifest

    if preflight.classes:
        raise ValueError(f"--classes={preflight.classes} has no effect on --matcher={recall.matcher}: leave it out.")
    feature_width, label_names = KDD_CUP
    if records:
        manifest = PairManifest.read(records)
        feature_width, label_names = manifest.feature_width, len(manifest.label_names)

    def programs(devices, optimization):
        from training.rehearsal.recall_programs import RecallPrograms

        return RecallPrograms(devices, feature_width, label_names, recall, optimization, distribution)

    return programs, f"--matcher={recall.matcher}, regions of {feature_width} features"


def _classes(model, records: str, run, given: int, rows=None):
    from models.heads import Classes
    from tfrecords_tools.manifest import Manifest
    from training.classes import of_run

    if model.head == "tuples":
        if given:
            raise ValueError(f"--classes={given} has no effect on --head=tuples: leave it out.")
        return Classes(0)
    if given and model.level_weights:
        raise ValueError(
            f"--classes={given} with --level_weights={model.level_weights}: give --records for the levels."
        )
    if given:
        return Classes(given)
    if not records:
        raise ValueError("How many classes? Give --classes=<number>, or --records=<folder> to count them there.")
    manifest = Manifest.read(records)
    _, classes = of_run(records, manifest, run, rows)
    return Classes(int(classes.max()) + 1, level_sizes=[len(names) for names in manifest.level_names])


def cli() -> None:
    command.run(
        main, data.Records, model.Model, optimizer.Optimization, distribution.Distribution, run.Run,
        selection.TrainingRows, recall.Recall, preflight.Preflight,
    )  # fmt: skip


if __name__ == "__main__":
    cli()
