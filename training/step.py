"""The training step: losses, gradients reduced over replicas, clipped, applied once.

Gradients are summed over replicas before they are clipped, and the loss is divided by the global batch, so the same
batch moves the weights the same way on any number of replicas.
"""

import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from training.augmentation import mixing


def margin_loss(encoder, heads, batch, global_batch: int, label_smoothing: float) -> tf.Tensor:
    """This replica's part of the loss: mean over the global batch of cross-entropy, averaged over heads.

    A row that lacks a side (no picture, no title) does not count in the loss of that side's own head.

    Args:
      encoder: model that gives {space: embedding [batch, dim]}.
      heads: {space: margin layer}.
      batch: {"inputs": {...}, "label": int [batch], "present": {space: float [batch], 1 where the side is there}}, and
        where pictures are mixed "kept" float [batch], the weight of the row's own label beside its partner's.
      global_batch: rows over all replicas.
      label_smoothing: share of the target given to all classes.
    """
    embeddings = encoder(batch["inputs"], training=True)
    total = 0.0
    for space, head in heads.items():
        loss = _cross_entropy(head, embeddings[space], batch["label"], label_smoothing)
        if "kept" in batch:
            partner = _cross_entropy(head, embeddings[space], mixing.swapped(batch["label"]), label_smoothing)
            loss = batch["kept"] * loss + (1.0 - batch["kept"]) * partner
        total += tf.reduce_sum(loss * batch["present"][space]) / global_batch
    return total / len(heads)


def _cross_entropy(head, embedding, label, label_smoothing):
    logits = head(embedding, label, training=True)
    target = tf.one_hot(label, logits.shape[-1])
    return keras.losses.categorical_crossentropy(target, logits, from_logits=True, label_smoothing=label_smoothing)


def make_step(
    encoder, heads, optimizer, prepare: Callable, global_batch: int, label_smoothing: float, clip_norm: float
) -> Callable:
    """The function that one replica runs on its part of a batch; returns its part of the loss.

    Args:
      prepare: what the input pipeline left to be done to a batch on the device, TrainingInput.on_device.
    """
    variables = encoder.trainable_variables + [v for head in heads.values() for v in head.trainable_variables]
    optimizer.build(variables)

    def step(batch):
        batch = prepare(batch)
        with tf.GradientTape() as tape:
            loss = margin_loss(encoder, heads, batch, global_batch, label_smoothing)
        # A mask token that a backbone keeps for pretraining has no part in the loss.
        zero = tf.UnconnectedGradients.ZERO
        gradients = tape.gradient(loss, [v.value for v in variables], unconnected_gradients=zero)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]  # an embedding table's is sparse
        replica = tf.distribute.get_replica_context()
        gradients = replica.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
        # Keras sums over replicas once more as it applies them.
        share = 1.0 / replica.num_replicas_in_sync
        optimizer.apply_gradients([(gradient * share, v) for gradient, v in zip(gradients, variables, strict=True)])
        return loss

    return step


def make_loop(strategy: tf.distribute.Strategy, step: Callable) -> Callable:
    """Compiles `step` into a loop that stays on the device.

    Returns:
      run(iterator, steps) -> (float32 losses [steps], float64 seconds spent waiting for input).
    """

    @tf.function(reduce_retracing=True)
    def run(iterator, steps):
        losses = tf.TensorArray(tf.float32, size=steps)
        waited = tf.zeros((), tf.float64)
        for i in tf.range(steps):
            before = _clock()
            batch = next(iterator)
            waited += _clock() - before
            losses = losses.write(i, strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step, (batch,)), None))
        return losses.stack(), waited

    return run


def _clock() -> tf.Tensor:
    # tf.timestamp would do, but TensorFlow refuses it where ops must be deterministic.
    return tf.ensure_shape(tf.numpy_function(lambda: np.float64(time.perf_counter()), [], tf.float64), ())
