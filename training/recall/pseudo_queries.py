"""Queries where none were written: some of a title's own words, for which the title is to be found."""

import tensorflow as tf


def drawn(title: tf.Tensor, seed: tf.Tensor, most_words: int, removed_share: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws neighbouring words of a title as a query: how many, and where they begin, are equally likely.

    Args:
      title: string scalar with a word.
      seed: int32 `[2]`; decides it.
      most_words: of a query, at least 1.
      removed_share: probability that the words are taken out of the title, so that pairs are also told by what stands
        around them; a title that is all query keeps them.

    Returns:
      the query and the title, string scalars.

    Source: inverse cloze task; Lee et al., Latent Retrieval for Weakly Supervised Open Domain Question Answering,
    arXiv:1906.00300, section 4, which takes sentences of a text, out of it in 90% of the pairs.
    """
    words = tf.strings.split(title)
    many, where, removing = tf.unstack(tf.random.split(seed, 3))
    length = _integer(many, tf.minimum(most_words, tf.size(words))) + 1
    start = _integer(where, tf.size(words) - length + 1)
    place = tf.range(tf.size(words))
    chosen = (place >= start) & (place < start + length)
    removed = (tf.random.stateless_uniform([], removing) < removed_share) & (length < tf.size(words))
    rest = tf.strings.reduce_join(tf.boolean_mask(words, ~chosen), separator=" ")
    return tf.strings.reduce_join(tf.boolean_mask(words, chosen), separator=" "), tf.where(removed, rest, title)


def _integer(seed: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
    """One of 0..end - 1."""
    return tf.random.stateless_uniform([], seed, 0, end, tf.int32)
