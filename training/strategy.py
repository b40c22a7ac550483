"""Chooses the devices that train: TPU, GPUs, or the CPU."""

import functools

import keras
import tensorflow as tf


def choose(distribution) -> tuple[tf.distribute.Strategy, str]:
    """Builds the distribution strategy for the machine at hand.

    Args:
      distribution: flags.distribution.Distribution. Its accelerator `auto` takes the first of TPU, GPU, CPU that is
        visible; tpu, gpu and cpu are taken at their word. `replicas` GPUs or logical CPUs train together, 0 = all.

    Returns:
      the strategy, and one line that says what was chosen and why.

    Raises:
      ValueError: a TPU, GPU or number of devices was asked for that is not visible.
    """
    accelerator, tpu, replicas = distribution.accelerator, distribution.tpu, distribution.replicas
    if accelerator == "tpu" or (accelerator == "auto" and tf.config.list_physical_devices("TPU")):
        return _tpu(tpu), f"TPU {tpu}: TPUStrategy"
    gpus = tf.config.list_logical_devices("GPU") if accelerator in ("auto", "gpu") else []
    if gpus:
        return _over(gpus, replicas, "visible")
    if accelerator == "gpu":
        raise ValueError(
            f"--accelerator=gpu: TensorFlow {tf.__version__} sees no GPU. Install the GPU build "
            "(pip install '.[gpu]'), check nvidia-smi, or give --accelerator=cpu."
        )
    cpus = tf.config.list_logical_devices("CPU")
    reason = "asked for" if accelerator == "cpu" else "no TPU and no GPU is visible"
    return _over(cpus, replicas, reason)


def set_numbers(devices: str, precision: str = "auto") -> str:
    """Sets the number format of layers, and on a CPU makes every op deterministic, so that a resumed run is exact.

    Args:
      devices: the line that `choose` gave.
      precision: a Keras dtype policy; auto is bfloat16 where matrix units have it and float32 on a CPU.

    Returns:
      the policy that is now in force.
    """
    on_cpu = is_cpu(devices)
    if precision == "auto":
        precision = "float32" if on_cpu else "mixed_bfloat16"
    keras.config.set_dtype_policy(precision)
    if on_cpu:
        tf.config.experimental.enable_op_determinism()
    return precision


def is_cpu(devices: str) -> bool:
    """Whether the line that `choose` gave speaks of CPUs."""
    return devices.startswith("CPU")


def _over(devices: list, replicas: int, reason: str) -> tuple[tf.distribute.Strategy, str]:
    kind = devices[0].device_type
    if replicas > len(devices):
        raise ValueError(f"--replicas={replicas}, but only {len(devices)} {kind} device(s) are visible.")
    names = tuple(device.name for device in devices[: replicas or None])
    if len(names) > 1:
        return _mirrored(names), f"{kind} x {len(names)} ({reason}): MirroredStrategy"
    return tf.distribute.OneDeviceStrategy(names[0]), f"{kind} ({reason}): one device"


@functools.cache
def _mirrored(names: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
    # One per process: every strategy counts its collective ops from the same number, and two over the same devices
    # would take each other's ("Collective instance 100 expected type ...").
    return tf.distribute.MirroredStrategy(names)


def _tpu(name: str) -> tf.distribute.Strategy:
    if name == "local" and not tf.config.list_physical_devices("TPU"):
        raise ValueError(
            f"--accelerator=tpu: TensorFlow {tf.__version__} sees no TPU. On a TPU VM install the TPU build last "
            "(pip install --no-deps --force-reinstall tensorflow-tpu==2.19.1 libtpu==0.0.10): any package that "
            "depends on plain tensorflow overwrites it. Without a TPU give --accelerator=cpu."
        )
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)
