"""A tf.data service that decodes for other machines."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Service:
    """What python -m training.data_service starts."""

    port: int = flag(5050, "Port of the dispatcher.", low=0, high=65535)
    dispatcher: str = flag("", "Dispatcher to work for, such as grpc://10.0.0.2:5050; empty to be one.")

    def __post_init__(self):
        check(self)
