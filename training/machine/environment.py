"""What this machine has: accelerators, installed wheels, what its libraries see, and whether records can be read."""

import dataclasses
import os
import platform
from collections.abc import Mapping

from training.machine import hardware, probe, wheels
from training.machine.probe import Tried


@dataclasses.dataclass(frozen=True)
class Environment:
    """A machine, as JSON can hold it.

    Attributes:
      place: colab, kaggle or machine.
      python: version, such as 3.12.11.
      wheels: {name: version} of those that training.machine.wheels.NAMES lists and that are installed.
      owners: names of the TensorFlow builds whose files are on disk; a build that is listed in `wheels` and not here
        was overwritten by another.
      hardware: {"TPU" or "GPU": how many and which} built in.
      tensorflow, jax: what they see.
      tpu, workers: --tpu, and how many processes TF_CONFIG names.
      records: --records; empty for none.
      manifest: what reading its manifest came to.
    """

    place: str = "machine"
    python: str = "3.12.11"
    wheels: dict[str, str] = dataclasses.field(default_factory=dict)
    owners: tuple[str, ...] = ()
    hardware: dict[str, str] = dataclasses.field(default_factory=dict)
    tensorflow: Tried = Tried()
    jax: Tried = Tried()
    tpu: str = "local"
    workers: int = 1
    records: str = ""
    manifest: Tried = Tried()


def read(records: str = "", tpu: str = "local", workers: int = 1) -> Environment:
    """Looks at this machine; TensorFlow and JAX are tried in processes of their own, one after the other."""
    installed, present = wheels.installed(), hardware.present()
    # Without a TPU libtpu would wait minutes for the metadata server that a TPU VM has.
    variables = {} if "TPU" in present else {"TPU_SKIP_MDS_QUERY": "1"}
    built = any(name in installed for name in wheels.TENSORFLOW_BUILDS)
    return Environment(
        place=_place(os.environ),
        python=platform.python_version(),
        wheels=installed,
        owners=wheels.owners(installed),
        hardware=present,
        tensorflow=probe.attempt("tensorflow", variables=variables) if built else Tried(),
        jax=probe.attempt("jax", variables=variables) if "jax" in installed else Tried(),
        tpu=tpu,
        workers=workers,
        records=records,
        manifest=_manifest(records, built, variables) if records else Tried(),
    )


def _place(variables: Mapping[str, str]) -> str:
    if "COLAB_RELEASE_TAG" in variables:
        return "colab"
    return "kaggle" if "KAGGLE_KERNEL_RUN_TYPE" in variables else "machine"


def _manifest(records: str, built: bool, variables: dict[str, str]) -> Tried:
    if "://" in records:
        return probe.attempt("records", records, seconds=60.0, variables=variables) if built else Tried()
    path = os.path.join(records, "manifest.json")
    return Tried("works") if os.access(path, os.R_OK) else Tried("fails", f"{path} is not there or cannot be read")
