"""Which devices train, and in which precision."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Devices and number formats."""

    accelerator: str = flag(
        "auto", "Devices to train on; auto explains its choice.", choices=("auto", "tpu", "gpu", "cpu")
    )
    tpu: str = flag("local", "Name of the TPU, or local on a TPU VM.")
    replicas: int = flag(0, "Devices that train together; 0 for all that are visible.", low=0)
    precision: str = flag(
        "auto",
        "Number format of layers; auto is mixed_bfloat16 on TPUs and GPUs and float32 on CPUs.",
        choices=("auto", "float32", "mixed_bfloat16"),
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
