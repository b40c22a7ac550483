"""Which accelerators are built into this machine, whatever the installed software makes of them."""

import glob
import os

# Google's vendor number is also that of its network cards; the device number tells a TPU.
_GOOGLE = "0x1ae0"
_TPUS = {
    "0x0027": "v2 or v3",
    "0x005e": "v4",
    "0x0062": "v5p",
    "0x0063": "v5e",
    "0x006f": "v6e",
    "0x0076": "tpu7x",
}


def present(root: str = "/") -> dict[str, str]:
    """Looks at device files and the PCI bus; opens no device.

    Args:
      root: where /dev and /sys are.

    Returns:
      {"TPU": "4 x v5e"} and {"GPU": "2 x NVIDIA"}, or both, or neither.

    Source: PCI numbers of TPUs from JAX's jax/_src/hardware_utils.py.
    """
    tpus = _tpus(root)
    gpus = glob.glob(os.path.join(root, "dev/nvidia[0-9]*")) or glob.glob(os.path.join(root, "dev/dxg"))
    found = {}
    if tpus:
        found["TPU"] = f"{len(tpus)} x {tpus[0]}"
    if gpus:
        found["GPU"] = f"{len(gpus)} x NVIDIA"
    return found


def _tpus(root: str) -> list[str]:
    names = []
    for vendor in sorted(glob.glob(os.path.join(root, "sys/bus/pci/devices/*/vendor"))):
        device = _line(os.path.join(os.path.dirname(vendor), "device"))
        if _line(vendor) == _GOOGLE and device in _TPUS:
            names.append(_TPUS[device])
    return names


def _line(path: str) -> str:
    with open(path) as file:
        return file.read().strip()
