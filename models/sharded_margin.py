"""ArcMargin whose classes are split over the replicas, for more classes than one device holds."""

import math

import keras
import numpy as np
from keras import ops

from models import column_shards, margin_softmax, replicas
from models.arc_margin import ArcMargin
from models.unit_vector import l2_normalize

_BLOCK = 1024  # columns drawn together, so that the first weights do not depend on the number of replicas


@keras.saving.register_keras_serializable("shelflens")
class ShardedArcMargin(ArcMargin):
    """The logits and the loss of ArcMargin, with `num_classes / replicas` columns of `centres` on each replica.

    Every replica sees the embeddings of the global batch and makes the logits of its own classes; sums over replicas
    join the softmax. What travels is `[batch, dim]` and a few `[batch]`, never logits or centres.

    On TensorFlow build it in the strategy's scope. The gradient of `centres` is whole on its replica: it must not be
    summed over replicas, and a norm of gradients has to add the parts. On JAX it is one array laid out over all devices
    and XLA splits the work.

    Args:
      num_classes, scale, margin, class_shares: see ArcMargin.
      seed: of the first centres.

    Weights:
      centres: float32, see models.column_shards.ColumnShards; `column_shards.values(centres)` is `[dim, num_classes]`
        and interchanges with ArcMargin's.
      margin, class_shares: see ArcMargin.

    Source: Deng et al., ArcFace, arXiv:1801.07698, section 3.2 (the parallel acceleration).
    """

    def __init__(self, num_classes, scale=30.0, margin=0.5, class_shares=None, seed=0, **kwargs):
        super().__init__(num_classes, scale, margin, class_shares, **kwargs)
        self.seed = seed

    def add_centres(self, dim: int):
        self.shards = column_shards.over_replicas(dim, self.num_classes)
        with keras.name_scope(self.name):
            centres = self.shards.variable("centres")
        limit = np.sqrt(6.0 / (dim + self.num_classes))  # Glorot's, of the whole matrix
        column_shards.fill(centres, lambda first, last: limit * _drawn(self.seed, dim, first, last))
        return centres

    def call(self, embedding, label=None, training=False):
        """Logits of all classes for the rows given; in training only `loss` is to be had."""
        if training:
            raise ValueError(f"{self.name} never shows all logits in training: call loss(embedding, label).")
        unit = l2_normalize(embedding)
        parts = getattr(self.centres.value, "values", (self.centres,))
        logits = ops.concatenate([margin_softmax.cosines(unit, part) for part in parts], axis=-1)
        return self.scale * logits[:, : self.num_classes]

    def loss(self, embedding, label, label_smoothing=0.0):
        """Cross-entropy over all classes of the rows given.

        Args:
          embedding: float `[batch, dim]`, this replica's rows (on JAX those of the global batch).
          label: int `[batch]`; outside [0, num_classes) (-1: no label) the loss is 0.
          label_smoothing: share of the target given to all classes.

        Returns:
          float32 `[batch]`.
        """
        unit = self._on_all(replicas.rows_of_all(l2_normalize(embedding)))
        label = self._on_all(replicas.rows_of_all(ops.cast(label, "int32")))
        first = replicas.index() * self.shards.width
        cosine = margin_softmax.cosines(unit, self.centres)
        logits = self.scale * margin_softmax.move_targets(cosine, label - first, self.margins_of(label))
        loss = self._cross_entropy(logits, label, first, label_smoothing)
        return replicas.own_rows(loss)

    def _cross_entropy(self, logits, label, first, label_smoothing):
        is_class = ops.arange(logits.shape[-1]) < self.num_classes - first  # the last columns may be padding
        highest = replicas.largest(ops.max(ops.where(is_class, logits, -np.inf), axis=-1))
        shifted = ops.where(is_class, logits - highest[:, None], -np.inf)
        loss = ops.log(replicas.total(ops.sum(ops.exp(shifted), axis=-1)))
        target = replicas.total(margin_softmax.target_logits(logits, label - first)) - highest
        loss -= (1.0 - label_smoothing) * target
        if label_smoothing:
            summed = replicas.total(ops.sum(ops.where(is_class, logits, 0.0), axis=-1))
            loss -= label_smoothing * (summed / self.num_classes - highest)
        has_target = margin_softmax.is_class(label, self.num_classes)
        return ops.where(has_target, loss, 0.0)

    def _on_all(self, x):
        """On JAX: asks for `x` whole on every device, or XLA would rather gather the centres."""
        if keras.backend.backend() != "jax":
            return x
        import jax

        from models import jax_layouts

        return keras.distribution.distribute_tensor(x, jax_layouts.over(jax.devices()).whole)

    def count_params(self):
        return self.shards.rows * self.num_classes + sum(math.prod(v.shape) for v in self._others())

    def save_own_variables(self, store):
        store["0"] = column_shards.values(self.centres)
        for place, variable in enumerate(self._others(), 1):
            store[str(place)] = np.asarray(variable)

    def load_own_variables(self, store):
        column_shards.assign(self.centres, np.asarray(store["0"]))
        for place, variable in enumerate(self._others(), 1):
            variable.assign(store[str(place)])

    def _others(self) -> list:
        return [self.margin] if self.class_shares is None else [self.margin, self.class_shares]

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def _drawn(seed: int, dim: int, first: int, last: int) -> np.ndarray:
    """Columns first to last of a matrix `[dim, ...]` uniform in [-1, 1), the same however it is cut."""
    start = first // _BLOCK * _BLOCK
    blocks = [np.random.default_rng([seed, i]).random((dim, _BLOCK), "float32") for i in range(start, last, _BLOCK)]
    return 2.0 * np.concatenate(blocks, axis=1)[:, first - start : last - start] - 1.0
