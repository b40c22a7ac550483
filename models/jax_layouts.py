"""How arrays lie on several JAX devices: whole on each, or split among them."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


@dataclasses.dataclass(frozen=True)
class Layouts:
    """Layouts over the same devices.

    Attributes:
      whole: every device holds all.
      rows: the first axis is split, that of a batch.
      columns: the second axis is split, that of the classes of a head.
    """

    whole: NamedSharding
    rows: NamedSharding
    columns: NamedSharding


def over(devices: Sequence) -> Layouts:
    """The layouts over `devices`, jax.devices() or those of a topology that is only compiled for."""
    mesh = Mesh(np.array(devices), ("batch",))
    axes = ((), ("batch",), (None, "batch"))
    return Layouts(*(NamedSharding(mesh, PartitionSpec(*names)) for names in axes))
