"""Which words of the vocabulary describe a product: a logit for each, and the loss against those of its query."""

from keras import ops

HIDDEN = -1e30  # below every logit, and finite, so that no gradient is NaN


def label_logits(heads, word_vectors):
    """The logit of each word: its largest inner product with one of the heads.

    It makes one `[rows, heads, words]`, 98 MB for 200 rows, 4 heads and BERT's 30,522 words; everything after it is
    `[rows, words]`, 24 MB. XLA's program of loss and gradients holds 0.4 GB beside its arguments.

    Args:
      heads: float32 `[rows, heads, dim]`.
      word_vectors: float32 `[words, dim]`.

    Returns:
      float32 `[rows, words]`.
    """
    return ops.max(ops.einsum("rhd,vd->rhv", heads, word_vectors), axis=1)


def is_label(token_ids, mask, words: int):
    """Which words each row is labelled with, bool `[rows, words]`; a word that is there twice is one label.

    Args:
      token_ids: int `[rows, tokens]`.
      mask: bool, int or float `[rows, tokens]`, 0 where a token is no label.
      words: size of the vocabulary; ids outside it are no labels.
    """
    rows, tokens = ops.shape(token_ids)[0], token_ids.shape[1]
    known = ops.logical_and(ops.cast(mask, "bool"), ops.logical_and(token_ids >= 0, token_ids < words))
    # What is no label is written into a column of its own, so that shapes stay static.
    column = ops.cast(ops.where(known, token_ids, words), "int32")
    row = ops.broadcast_to(ops.arange(rows, dtype="int32")[:, None], (rows, tokens))
    places = ops.reshape(ops.stack([row, column], axis=-1), (-1, 2))
    marked = ops.scatter_update(ops.zeros((rows, words + 1), "int32"), places, ops.ones_like(places[:, 0]))
    return ops.cast(marked[:, :words], "bool")


def label_loss(logits, token_ids, mask, hardest: int = 1000):
    """Binary cross-entropy of a row's labels, plus that of the words with the largest logits that are none of them.

    -sum over labels of log sigmoid(logit) - sum over the hardest other words of log sigmoid(-logit)

    Args:
      logits: float32 `[rows, words]`, of `label_logits`.
      token_ids, mask: the labels, as in `is_label`. A row may have none: then only its negatives count.
      hardest: negatives that count, at least 1; at most the vocabulary, all of them.

    Returns:
      float32 `[rows]`.

    Source: KDD Cup 2020 Multimodalities Recall, a ranked solution's pretraining, which takes the 1,000 hardest.
    """
    labels = is_label(token_ids, mask, logits.shape[-1])
    positive = ops.sum(ops.where(labels, ops.softplus(-logits), 0.0), axis=-1)
    negatives, _ = ops.top_k(ops.where(labels, HIDDEN, logits), min(hardest, logits.shape[-1]))
    return positive + ops.sum(ops.softplus(negatives), axis=-1)
