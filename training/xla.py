"""Whether the training step is compiled with XLA."""


def jit_compile(asked: str, kind: str, replicas: int) -> bool:
    """What a replica's forward and backward pass is given as tf.function's `jit_compile`.

    Args:
      asked: flags.distribution.Distribution.xla.
      kind: TPU, GPU or CPU.
      replicas: how many devices train together.

    Returns:
      True on GPUs, and on one CPU where it is asked for: a step takes 4 to 7 times as long there. False on TPUs, where
      strategy.run compiles all it is given without being told.

    Raises:
      ValueError: off on a TPU, which runs nothing else; on for several CPU devices, which crash (a resource is looked
        for on another device).
    """
    if kind == "TPU" and asked == "off":
        raise ValueError("--xla=off: a TPU runs nothing but XLA programs. Leave --xla out, or give --accelerator=cpu.")
    if kind == "CPU" and asked == "on" and replicas > 1:
        raise ValueError(
            f"--xla=on with {replicas} CPU devices: TensorFlow compiles for one of them only. Give --replicas=1 or "
            "leave --xla out."
        )
    return kind == "GPU" and asked != "off" or kind == "CPU" and asked == "on"
