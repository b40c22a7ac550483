"""Changes of titles, on the host, before the tokenizer."""

import tensorflow as tf


def words(title: tf.Tensor, seed: tf.Tensor, share=0.1) -> tf.Tensor:
    """Drops each word with probability `share`; the first word left stands if all would go.

    Args:
      title: string scalar.
      seed: int32 `[2]`.
    """
    parts = tf.strings.split(title)
    kept = tf.random.stateless_uniform([tf.size(parts)], seed) >= share
    kept = tf.cond(tf.reduce_any(kept), lambda: kept, lambda: tf.range(tf.size(parts)) == 0)
    return tf.strings.reduce_join(tf.boolean_mask(parts, kept), separator=" ")


OPERATIONS = {words.__name__: words}


def on_host(title: tf.Tensor, operations, seed: tf.Tensor) -> tf.Tensor:
    """Applies the operations of a list to one title, each drawn and gated by a seed of its own."""
    for place, operation in enumerate(operations):
        gate, draw = tf.unstack(tf.random.split(tf.random.fold_in(seed, place), 2))
        touched = tf.random.stateless_uniform([], gate) < operation.share
        changed = lambda t=title, o=operation, d=draw: o.function(t, d, **o.arguments)  # noqa: E731
        title = tf.cond(touched, changed, lambda t=title: t)
    return title
