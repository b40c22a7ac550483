"""The number format of layers that suits a device."""


def choose(asked: str, kind: str, capability: tuple[int, int] | None = None) -> str:
    """A Keras dtype policy.

    Args:
      asked: flags.distribution.Distribution.precision; all but auto is taken at its word.
      kind: TPU, GPU or CPU.
      capability: the lowest compute capability of the GPUs, None where it is not known.

    Returns:
      asked, or for auto mixed_bfloat16 where the device multiplies bfloat16: TPUs, and GPUs from compute capability
      8.0 (Ampere). Elsewhere float32: bfloat16 would be emulated there, and float16 needs its loss scaled, which is
      not done unasked.
    """
    if asked != "auto":
        return asked
    if kind == "CPU" or (kind == "GPU" and capability is not None and capability < (8, 0)):
        return "float32"
    return "mixed_bfloat16"
