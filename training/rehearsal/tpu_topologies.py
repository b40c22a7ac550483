"""TPUs by the name of their topology: chips as they are published, devices as libtpu's compiler sees them."""

import dataclasses
import importlib.util
import os


@dataclasses.dataclass(frozen=True)
class Chip:
    """One chip: HBM in GiB, bfloat16 FLOP per second, bytes per second of HBM.

    Source: the pages of each version at https://cloud.google.com/tpu/docs/system-architecture-tpu-vm.
    """

    hbm_gib: float
    flops: float
    bandwidth: float


CHIPS = {
    "v2": Chip(16, 45e12, 700e9),
    "v3": Chip(32, 123e12, 900e9),
    "v4": Chip(32, 275e12, 1228e9),
    "v5e": Chip(16, 197e12, 819e9),
    "v5p": Chip(95, 459e12, 2765e9),
    "v6e": Chip(32, 918e12, 1638e9),
    "tpu7x": Chip(192, 2307e12, 7380e9),
}


def chip_of(topology: str) -> Chip:
    """The chip that a topology such as `v5e:2x2` is made of.

    Raises:
      ValueError: an unknown chip, or no shape after the colon; names what there is.
    """
    name, colon, shape = topology.partition(":")
    if name not in CHIPS or not colon or not all(side.isdigit() for side in shape.split("x")):
        raise ValueError(
            f"--topology={topology} is not <chip>:<shape> with a chip of {', '.join(CHIPS)}, such as v5e:2x2 or "
            "v4:2x2x1."
        )
    return CHIPS[name]


def prepare_environment() -> None:
    """Sets what Keras, JAX and libtpu read as they are imported: Keras on JAX, JAX on the CPU.

    Raises:
      ImportError: JAX or libtpu is not installed.
    """
    missing = [name for name in ("jax", "libtpu") if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(
            f"Compiling for a TPU needs {' and '.join(missing)}, which this environment does not have: "
            "pip install '.[preflight]'"
        )
    os.environ |= {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    # libtpu would ask a metadata server for a TPU and wait for minutes, and let no second process compile meanwhile.
    os.environ |= {"TPU_SKIP_MDS_QUERY": "1", "ALLOW_MULTIPLE_LIBTPU_LOAD": "1"}


def devices(topology: str) -> tuple[list, Chip]:
    """The devices of a topology, to compile for and not to run on, and the share of a chip that each one is.

    Two devices are one chip of v2, v3, v4 and tpu7x here: each has half of its memory and speed.

    Raises:
      ValueError: libtpu knows no such topology; quotes it.
    """
    import jax
    from jax.experimental import topologies

    chip = chip_of(topology)
    try:
        found = topologies.get_topology_desc(platform="tpu", topology_name=topology).devices
    except jax.errors.JaxRuntimeError as error:
        raise ValueError(f"--topology={topology}: libtpu says {str(error).splitlines()[0]}") from error
    share = len({tuple(device.coords) for device in found}) / len(found)
    return list(found), Chip(chip.hbm_gib * share, chip.flops * share, chip.bandwidth * share)
