"""A plain classifier, and one that also tells the levels of a category tree."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from models import margin_softmax


@keras.saving.register_keras_serializable("shelflens")
class LinearHead(keras.layers.Layer):
    """One logit per class, linear in features of any length; float32 under every dtype policy.

    Args:
      num_classes: number of classes, at least 2.

    Call arguments:
      embedding: float tensor `[batch, dim]`.
      training: has no effect; margin heads have one.

    Returns:
      float32 logits `[batch, num_classes]`.

    Attributes:
      rows_together: 1: a row's loss is its own.
      criterion: the loss of logits, see models.class_losses.of.

    Weights:
      kernel: float32 `[dim, num_classes]`. bias: float32 `[num_classes]`, at first 0.
    """

    rows_together = 1
    criterion = staticmethod(margin_softmax.cross_entropy)

    def __init__(self, num_classes, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if num_classes < 2:
            raise ValueError(f"LinearHead needs at least 2 classes, got num_classes={num_classes}.")
        self.num_classes = num_classes

    def build(self, embedding_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(embedding_shape[-1], self.num_classes), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.num_classes,), initializer="zeros")

    def call(self, embedding, training=False):
        return ops.matmul(ops.cast(embedding, "float32"), self.kernel) + self.bias

    def observe(self, embedding, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, embedding, label, label_smoothing=0.0):
        """The criterion of each row, float32 `[batch]`; 0 of a row without label (-1)."""
        return self.criterion(self(embedding), label, label_smoothing)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("shelflens")
class HierarchicalHead(LinearHead):
    """A LinearHead with one more for each level of the classes' category tree, coarse to fine.

    The loss is L_class + sum over levels k of weight_k * L_k, the same in training and validation. A class without a
    category at a level (-1) has no loss there.

    Args:
      num_classes: of the finest level, the labels'.
      level_sizes: number of categories of each level above.
      level_weights: weight_k of each, at least 0.
      level_of_class: int `[levels, num_classes]`, the category of each class; None = it will be loaded.

    Attributes:
      levels: LinearHead of each level.

    Weights:
      those of LinearHead, and of one per level; level_of_class: int32, not trainable.
    """

    def __init__(
        self,
        num_classes: int,
        level_sizes: Sequence[int],
        level_weights: Sequence[float],
        level_of_class=None,
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        self.level_weights, self.initial_categories = tuple(level_weights), level_of_class
        self.levels = [LinearHead(size, name=f"{self.name}_level_{place}") for place, size in enumerate(level_sizes, 1)]

    def build(self, embedding_shape):
        super().build(embedding_shape)
        for level in self.levels:
            level.build(embedding_shape)
        self.level_of_class = self.add_weight(
            name="level_of_class", shape=(len(self.levels), self.num_classes), dtype="int32",
            trainable=False, initializer="zeros",
        )  # fmt: skip
        if self.initial_categories is not None:
            self.level_of_class.assign(np.asarray(self.initial_categories, np.int32))

    def level_logits(self, embedding) -> list:
        """The logits of each level's categories, float32 `[batch, size]`."""
        return [level(embedding) for level in self.levels]

    def loss(self, embedding, label, label_smoothing=0.0):
        total = super().loss(embedding, label, label_smoothing)
        known = ops.clip(label, 0, self.num_classes - 1)
        for place, (level, weight) in enumerate(zip(self.levels, self.level_weights, strict=True)):
            category = ops.where(label >= 0, ops.take(self.level_of_class[place], known), -1)
            total += weight * self.criterion(level(embedding), category, label_smoothing)
        return total

    def get_config(self):
        sizes = [level.num_classes for level in self.levels]
        return {**super().get_config(), "level_sizes": sizes, "level_weights": list(self.level_weights)}
