"""The installed wheels of TensorFlow, JAX and their TPU runtime, and which versions fit together."""

import importlib.metadata
import os
from collections.abc import Mapping, Sequence

TENSORFLOW_BUILDS = ("tensorflow", "tensorflow-cpu", "tensorflow-tpu")
TPU_LANE = "pip install --no-deps --force-reinstall tensorflow-tpu==2.19.1 libtpu==0.0.10"
NAMES = (
    *TENSORFLOW_BUILDS, "tensorflow-text", "keras", "keras-hub", "libtpu", "jax", "jaxlib", "jax-cuda12-plugin",
    "jax-cuda13-plugin", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13", "nvidia-cuda-runtime-cu12", "nvidia-nccl-cu12",
    "numpy", "protobuf",
)  # fmt: skip
# A file of this name comes with each of TensorFlow's builds, and its size tells them apart.
_LIBRARY = "libtensorflow_cc.so.2"


def installed(names: Sequence[str] = NAMES) -> dict[str, str]:
    """{name: version} by the metadata of installed packages; imports none of them."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def owners(installed: Mapping[str, str]) -> tuple[str, ...]:
    """The TensorFlow builds whose library on disk has the size that their own list of files gives it."""
    return tuple(name for name in TENSORFLOW_BUILDS if name in installed and _owns(name))


def _owns(name: str) -> bool:
    files = importlib.metadata.files(name) or []
    libraries = [file for file in files if file.name == _LIBRARY]
    return any(os.path.exists(file.locate()) and os.path.getsize(file.locate()) == file.size for file in libraries)


def overwritten(wheels: Mapping[str, str], owners: Sequence[str]) -> str:
    """That another package took the place of the TPU build's files; empty where none did."""
    if "tensorflow-tpu" not in wheels or "tensorflow-tpu" in owners:
        return ""
    return (
        f"tensorflow-tpu {wheels['tensorflow-tpu']} is listed, but {' and '.join(owners) or 'another package'} was "
        "installed over its files, as happens with any package that depends on plain tensorflow."
    )


def number(version: str) -> tuple[int, ...]:
    """(2, 19, 1) of `2.19.1` or `2.19.1rc0`: the leading digits of each part."""
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def libtpu_fault(wheels: Mapping[str, str]) -> str:
    """Why tensorflow-tpu cannot load the libtpu beside it; empty where it can, or where one of them is absent.

    libtpu dropped TensorFlow's C interface: with 0.0.34 and later `import tensorflow` aborts without a word. Measured:
    tensorflow-tpu 2.19.1 wants 0.0.10; 2.20.0 imports with 0.0.14 to 0.0.30.
    """
    tpu, runtime = wheels.get("tensorflow-tpu"), wheels.get("libtpu")
    if not tpu or not runtime:
        return ""
    if number(tpu) < (2, 20):
        fits, wanted = number(runtime) == (0, 0, 10), "0.0.10"
    else:
        fits, wanted = (0, 0, 14) <= number(runtime)[:3] <= (0, 0, 30), "0.0.14 to 0.0.30"
    return "" if fits else f"tensorflow-tpu {tpu} wants libtpu {wanted}, but libtpu {runtime} is installed."


def pair_faults(wheels: Mapping[str, str]) -> list[tuple[str, str]]:
    """(what does not fit, the command that cures it) of the pairs whose versions must agree."""
    found = []
    text, builds = wheels.get("tensorflow-text"), [wheels[name] for name in TENSORFLOW_BUILDS if name in wheels]
    if text and builds and all(number(text)[:2] != number(build)[:2] for build in builds):
        wanted = ".".join(map(str, number(builds[0])[:2]))
        what = f"tensorflow-text {text} is built for another TensorFlow than {builds[0]} and will not load."
        found.append((what, f"pip install --no-deps 'tensorflow-text=={wanted}.*'"))
    jax, jaxlib = wheels.get("jax"), wheels.get("jaxlib")
    if jax and jaxlib and number(jaxlib) > number(jax):
        found.append((f"jaxlib {jaxlib} is newer than jax {jax}.", f"pip install jaxlib=={jax}"))
    for plugin in ("jax-cuda12-plugin", "jax-cuda13-plugin"):
        if jaxlib and plugin in wheels and number(wheels[plugin])[:2] != number(jaxlib)[:2]:
            what = f"{plugin} {wheels[plugin]} does not belong to jaxlib {jaxlib}: JAX leaves it aside."
            found.append((what, f"pip install 'jax[{plugin.split('-')[1]}]=={jax}'"))
    keras = wheels.get("keras")
    if keras and not (3, 13) <= number(keras)[:2] < (3, 16):
        found.append((f"keras {keras} is not one of 3.13 to 3.15.", "pip install --no-deps 'keras>=3.13,<3.16'"))
    return found
