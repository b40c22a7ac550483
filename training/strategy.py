"""Chooses the devices that train under TensorFlow: TPU, GPUs of one or of several machines, or the CPU."""

import functools

import keras
import tensorflow as tf

from training import precision, tf_config
from training.machine import hardware

DOCTOR = "What is installed and what is missing: python -m training.doctor"


def choose(distribution) -> tuple[tf.distribute.Strategy, str]:
    """Builds the distribution strategy for the machine at hand; call it before any other use of TensorFlow.

    Args:
      distribution: flags.distribution.Distribution. Its accelerator `auto` takes the first of TPU, GPU, CPU that is
        visible; tpu, gpu and cpu are taken at their word. `replicas` GPUs or logical CPUs train together, 0 = all.
        Where TF_CONFIG names several workers, each trains with all its GPUs, or with its CPU.

    Returns:
      the strategy, and one line that says what was chosen and why.

    Raises:
      ValueError: a TPU, GPU or number of devices was asked for that is not visible; TF_CONFIG is wrong or comes too
        late.
    """
    kind, reason = _kind(distribution.accelerator)
    if kind == "TPU":
        strategy = _tpu(distribution.tpu)
        return strategy, f"TPU {distribution.tpu} x {strategy.num_replicas_in_sync} ({reason}): TPUStrategy"
    worker = tf_config.read()
    if worker:
        return _multi_worker(worker, kind, distribution.replicas), _place(worker, kind, reason)
    return _over(tf.config.list_logical_devices(kind), distribution.replicas, reason)


def set_numbers(devices: str, asked: str = "auto") -> str:
    """Sets the number format of layers, and on a CPU makes every op deterministic, so that a resumed run is exact.

    Args:
      devices: the line that `choose` gave.
      asked: a Keras dtype policy or auto, see training.precision.

    Returns:
      the policy that is now in force.
    """
    policy = precision.choose(asked, kind_of(devices), _capability())
    keras.config.set_dtype_policy(policy)
    if is_cpu(devices):
        tf.config.experimental.enable_op_determinism()
    return policy


def is_cpu(devices: str) -> bool:
    """Whether the line that `choose` gave speaks of CPUs."""
    return kind_of(devices) == "CPU"


def kind_of(devices: str) -> str:
    """TPU, GPU or CPU, which the line that `choose` gave begins with."""
    return devices.split()[0]


def _kind(accelerator: str) -> tuple[str, str]:
    """The kind of device, and why it is that one."""
    # Physical devices only: a look at logical ones would start TensorFlow, and workers could no longer join.
    found = [kind for kind in ("TPU", "GPU") if tf.config.list_physical_devices(kind)]
    if accelerator == "tpu" or accelerator == "cpu":
        return accelerator.upper(), "asked for"
    if accelerator == "gpu":
        if "GPU" not in found:
            raise ValueError(
                f"--accelerator=gpu: TensorFlow {tf.__version__} sees no GPU. Install the GPU build "
                f"(pip install '.[gpu]'), check nvidia-smi, or give --accelerator=cpu. {DOCTOR}"
            )
        return "GPU", "asked for"
    if found:
        return found[0], "a TPU is visible" if found[0] == "TPU" else "no TPU is visible, but a GPU"
    unused = [f"{count} {kind}" for kind, count in hardware.present().items()]
    hint = f"; this machine has {', '.join(unused)}, see python -m training.doctor" if unused else ""
    return "CPU", f"no TPU and no GPU is visible{hint}"


def _capability() -> tuple[int, int] | None:
    """The lowest compute capability of the visible GPUs; None without a GPU that tells."""
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return min((each["compute_capability"] for each in details if "compute_capability" in each), default=None)


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


def _place(worker: tf_config.Worker, kind: str, reason: str) -> str:
    chief = ", the chief" if worker.is_chief else ""
    count = len(worker.addresses)
    return f"{kind} ({reason}), worker {worker.index} of {count}{chief}: MultiWorkerMirroredStrategy"


def _multi_worker(worker: tf_config.Worker, kind: str, replicas: int) -> tf.distribute.Strategy:
    if replicas:
        raise ValueError(
            f"--replicas={replicas} with {len(worker.addresses)} workers in TF_CONFIG: each trains with all its GPUs. "
            "Leave --replicas out and hide GPUs with CUDA_VISIBLE_DEVICES."
        )
    try:
        if kind == "CPU":
            tf.config.set_visible_devices([], "GPU")
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        address = worker.addresses[worker.index]
        raise ValueError(
            f"Worker {worker.index} ({address}) of TF_CONFIG cannot join: {error}. Workers must be joined before "
            "TensorFlow is used for anything else: start each with the command itself, not from a notebook that has "
            "used TensorFlow, and see that no other process has its port."
        ) from error


def _tpu(name: str) -> tf.distribute.Strategy:
    if name == "local" and not tf.config.list_physical_devices("TPU"):
        raise ValueError(
            f"--accelerator=tpu: TensorFlow {tf.__version__} sees no TPU. On a TPU VM install the TPU build last "
            "(pip install --no-deps --force-reinstall tensorflow-tpu==2.19.1 libtpu==0.0.10): any package that "
            "depends on plain tensorflow overwrites it. On Colab and Kaggle give --backend=jax. Without a TPU give "
            f"--accelerator=cpu. {DOCTOR}"
        )
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, RuntimeError, OSError, tf.errors.OpError) as error:
        raise ValueError(
            f"--tpu={name}: TensorFlow {tf.__version__} cannot reach this TPU ({str(error).splitlines()[0]}). Give its "
            f"name or grpc:// address as its project and zone know it, or local on the TPU's own VM. {DOCTOR}"
        ) from error
    return tf.distribute.TPUStrategy(resolver)
