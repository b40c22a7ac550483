"""Which devices train, and in which precision."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Devices and number formats."""

    backend: str = flag(
        "auto",
        "What Keras computes with; auto is KERAS_BACKEND where it is set, else tensorflow.",
        choices=("auto", "tensorflow", "jax"),
    )
    accelerator: str = flag(
        "auto", "Devices to train on; auto explains its choice.", choices=("auto", "tpu", "gpu", "cpu")
    )
    tpu: str = flag("local", "Name or grpc:// address of a TPU of another host or of a pod, or local on a TPU VM.")
    replicas: int = flag(0, "Devices that train together; 0 for all that are visible.", low=0)
    precision: str = flag(
        "auto",
        "Number format of layers; auto is mixed_bfloat16 on TPUs and on GPUs from compute capability 8.0, else "
        "float32. mixed_float16 scales the loss, for older GPUs.",
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
    )
    xla: str = flag(
        "auto",
        "Compile the step with XLA; auto is on for TPUs and GPUs and off for CPUs.",
        choices=("auto", "on", "off"),
    )
    fused_batch_norm: bool = flag(
        False,
        "Train BatchNorm of feature maps by one op of TensorFlow: faster on one CPU, but rounded otherwise than on "
        "several devices.",
    )
    augment_on: str = flag(
        "auto",
        "Where pictures are changed; auto is the device on TPUs and GPUs and the host on CPUs.",
        choices=("auto", "host", "device"),
    )
    data_service: str = flag("", "A tf.data service that decodes, such as grpc://host:5050; empty for none.")
    steps_per_loop: int = flag(10, "Steps that run on the device between two looks at the host.", low=1)

    def __post_init__(self):
        check(self)
        if self.backend == "jax" and self.xla == "off":
            raise ValueError("--xla=off with --backend=jax: JAX compiles every step. Leave --xla out.")
        if self.fused_batch_norm and (self.backend == "jax" or self.replicas > 1):
            other = "--backend=jax" if self.backend == "jax" else f"--replicas={self.replicas}"
            raise ValueError(
                f"--fused_batch_norm is of one device of TensorFlow, not of {other}: give --fused_batch_norm=false."
            )
        if self.backend == "jax" and self.tpu != "local":
            raise ValueError(
                f"--tpu={self.tpu} with --backend=jax: JAX trains on the TPU of its own host. Run there with "
                "--tpu=local, or give --backend=tensorflow."
            )
