"""Probabilities of all products, batch by batch: each is decoded once and shown to every member."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from keras import ops

from inference.classes.look_input import LookInput
from inference.classes.members import Member
from models.linear_head import HierarchicalHead
from tfrecords_tools.progress import Progress

ROWS_PER_REPLICA = 64  # looks of all products of a batch together


@dataclasses.dataclass(frozen=True)
class Predicted:
    """What is predicted of a batch.

    Attributes:
      classes: float32 `[rows, classes]`, probabilities.
      levels: float32 `[rows, categories]` of each level, of the level's own head; () where there are none.
    """

    classes: np.ndarray
    levels: tuple[np.ndarray, ...] = ()

    @classmethod
    def mean(cls, parts: Sequence["Predicted"]) -> "Predicted":
        """Several of the same rows as one, with equal weights."""
        levels = zip(*(part.levels for part in parts), strict=True)
        return cls(sum(p.classes for p in parts) / len(parts), tuple(sum(level) / len(parts) for level in levels))


@dataclasses.dataclass(frozen=True)
class Batch:
    """Neighbouring products.

    Attributes:
      rows: where they stand among all.
      first_look: of each member, from the first look alone.
      all_looks: of each member, the weighted mean over looks.
    """

    rows: slice
    first_look: list[Predicted]
    all_looks: list[Predicted]


def predict(devices, members: Sequence[Member], products: LookInput, folds) -> Iterator[Batch]:
    """Predicts the records of `folds` (None = all), in the manifest's order, with a progress line.

    Args:
      devices: what `training.devices.choose` gave.
    """
    total, looks = products.manifest.count(folds), products.count
    size = max(1, ROWS_PER_REPLICA // looks) * devices.replicas
    progress, start = Progress(total, "products"), 0
    for inputs in devices.batches(products.evaluation(folds, size)):
        count = min(size, total - start)
        found = [_looks_of(member, inputs, count, looks) for member in members]
        yield Batch(
            slice(start, start + count),
            [_weighted(parts, np.eye(looks)[0]) for parts in found],
            [_weighted(parts, products.looks.weights) for parts in found],
        )
        start += count
        progress.advance(count)
    progress.finish()


def _looks_of(member: Member, inputs, count: int, looks: int) -> list[np.ndarray]:
    """Probabilities float32 `[count, looks, n]` of the classes, then of each level's own head."""
    vectors = member.embedder(inputs)[member.space][: count * looks]
    logits = [member.head(vectors, training=False)]
    if isinstance(member.head, HierarchicalHead):
        logits += member.head.level_logits(vectors)
    # Softmax where the logits are: on the host it would be the slowest part of all with tens of thousands of classes.
    return [ops.convert_to_numpy(ops.softmax(part)).reshape(count, looks, -1) for part in logits]


def _weighted(parts: list[np.ndarray], weights: np.ndarray) -> Predicted:
    classes, *levels = (np.einsum("rln,l->rn", part, weights.astype(np.float32)) for part in parts)
    return Predicted(classes, tuple(levels))
