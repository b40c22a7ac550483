"""A matrix whose columns are split over the replicas: how it is made, filled, read whole, and checkpointed."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

# Slots of these are sums, products and roots element by element, so those of a part are the parts of the whole's.
ELEMENTWISE_OPTIMIZERS = (keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW, keras.optimizers.Lion,
                          keras.optimizers.RMSprop)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ColumnShards:
    """How `columns` columns are split over `count` replicas: `width` each, the last ones padded with zero columns.

    On TensorFlow a variable has the shape `[rows, width]` and a value of its own on every replica of the strategy in
    whose scope it was made. On JAX it is one array `[rows, width * count]` laid out over all devices.
    """

    rows: int
    columns: int
    count: int

    @property
    def width(self) -> int:
        return -(-self.columns // self.count)

    def variable(self, name: str, trainable: bool = True) -> keras.Variable:
        """A float32 variable of zeros, split as this says; it keeps this object as `variable.shards`."""
        on_jax = keras.backend.backend() == "jax"
        split = {"layout": _jax_layout()} if on_jax else {"synchronization": "on_read"} if self.count > 1 else {}
        shape = (self.rows, self.width * self.count if on_jax else self.width)
        variable = keras.Variable("zeros", shape=shape, dtype="float32", trainable=trainable, name=name, **split)
        if not on_jax and len(_parts(variable)) != self.count:
            raise ValueError(
                f"{name} is split over {self.count} replicas, of which this process holds {len(_parts(variable))}: "
                "with several TensorFlow workers use --head=replicated, or Keras's JAX backend."
            )
        variable.shards = self
        return variable


def over_replicas(rows: int, columns: int) -> ColumnShards:
    """Splits over the replicas of the strategy in scope (TensorFlow) or over all devices (JAX)."""
    if keras.backend.backend() == "jax":
        return ColumnShards(rows, columns, _jax_layout().mesh.size)
    import tensorflow as tf

    return ColumnShards(rows, columns, tf.distribute.get_strategy().num_replicas_in_sync)


def is_split(variable) -> bool:
    """Whether a variable is one that ColumnShards made, or a slot of it that `mark_slots` has seen."""
    return hasattr(variable, "shards")


def any_split(heads: dict) -> bool:
    """Whether one of the heads {space: head} has such a variable."""
    return any(is_split(variable) for head in heads.values() for variable in head.variables)


def fill(variable, columns: Callable[[int, int], np.ndarray]) -> None:
    """Gives every replica its part, one after the other.

    Args:
      variable: one that ColumnShards made, or a slot of it.
      columns: of (first, last) makes the float32 columns `[rows, last - first]`; last is at most `shards.columns`.
    """
    shards = variable.shards

    def part(first: int) -> np.ndarray:
        last = min(first + shards.width, shards.columns)
        padded = np.zeros((shards.rows, shards.width), "float32")
        if last > first:
            padded[:, : last - first] = columns(first, last)
        return padded

    if keras.backend.backend() == "jax":
        import jax

        shape = (shards.rows, shards.width * shards.count)
        whole = jax.make_array_from_callback(shape, _jax_layout(), lambda index: part(index[1].start or 0))
        variable.assign(whole)
        return
    for i, replica in enumerate(_parts(variable)):
        replica.assign(part(i * shards.width))


def values(variable) -> np.ndarray:
    """A variable's whole value on the host: all columns of a split one, any other as it is."""
    if not is_split(variable):
        return np.asarray(variable)
    parts = [np.asarray(part) for part in _parts(variable)]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return whole[:, : variable.shards.columns]


def copy(variable, name: str) -> keras.Variable:
    """Another variable of the same value, split as `variable` is; not trainable."""
    if not is_split(variable):
        # An array, for Keras would take over a tf.Variable as it is.
        return keras.Variable(np.asarray(variable), trainable=False, name=name, dtype=variable.dtype)
    made = variable.shards.variable(name, trainable=False)
    assign(made, values(variable))
    return made


def places(variables: list) -> list[int]:
    """Where in the list those are of which each replica has its own columns."""
    return [place for place, v in enumerate(variables) if is_split(v) and v.shards.count > 1]


def whole_shape(variable) -> tuple[int, ...]:
    """The shape of what `values` gives."""
    return (variable.shards.rows, variable.shards.columns) if is_split(variable) else tuple(variable.shape)


def assign(variable, whole: np.ndarray) -> None:
    """Assigns what `values` gave, from any number of replicas."""
    if is_split(variable):
        fill(variable, lambda first, last: whole[:, first:last])
    else:
        variable.assign(whole)


def mark_slots(optimizer, variables: list) -> None:
    """Lets `values` and `assign` know an optimizer's slots of split variables; call it after `optimizer.build`.

    Raises:
      ValueError: the optimizer takes norms or means over a whole matrix, which no replica sees.
    """
    split = [variable for variable in variables if is_split(variable)]
    if split and type(optimizer) not in ELEMENTWISE_OPTIMIZERS:
        names = ", ".join(kind.__name__.lower() for kind in ELEMENTWISE_OPTIMIZERS)
        raise ValueError(
            f"--head=sharded with {type(optimizer).__name__}: it looks at whole matrices, and each replica has a part "
            f"of {split[0].path}. Use one of {names}, or --head=replicated."
        )
    for variable in split:
        for slot in optimizer.variables:
            if slot.name.startswith(variable.path.replace("/", "_") + "_"):
                slot.shards = variable.shards


def _parts(variable) -> tuple:
    return getattr(variable.value, "values", (variable.value,))


def _jax_layout():
    import jax

    from models import jax_layouts

    return jax_layouts.over(jax.devices()).columns
