"""Losses of query-product scores: of one pair alone, of two pairs, and of a group in which every pair is scored.

A group is G rows that each hold a query and a product that answers it: scores `[N, G, G]` are those of query i with
product j of the same group, and the rows' own pairs stand on the diagonal.
"""

from keras import ops

HIDDEN = -1e30  # below every score, and finite, so that no gradient is NaN
# Name -> scale and margin of its paper; a similarity without margin takes the temperature of .05.
SOFTMAX_FORMS = {"plain": (20.0, 0.0), "cosface": (64.0, 0.35), "am": (30.0, 0.35)}


def bce(score, target, mask):
    """Binary cross-entropy of each pair.

    Args:
      score: float32 of any shape, logits.
      target: float or bool of that shape, 1 where the product answers the query; between 0 and 1 where smoothed.
      mask: bool or float of that shape, 0 where a pair is none: its loss and gradient are 0, whatever its score.

    Returns:
      float32 of that shape.
    """
    mask = ops.cast(mask, "bool")
    score = ops.where(mask, score, 0.0)
    return ops.where(mask, ops.softplus(score) - ops.cast(target, "float32") * score, 0.0)


def focal(score, target, mask, gamma: float = 2.0):
    """Binary cross-entropy times (1 - p)^gamma, p the probability of what the pair is.

    Args:
      score, mask: as in `bce`.
      target: float or bool, 0 or 1.
      gamma: at least 0; 0 is `bce`.

    Returns:
      float32 of score's shape.

    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002, eq. 4.
    """
    mask = ops.cast(mask, "bool")
    right = ops.where(mask, score, 0.0) * (2.0 * ops.cast(target, "float32") - 1.0)
    # (1 - p)^gamma by its logarithm: below gamma 1 the power's own gradient is infinite where p is 1.
    return ops.where(mask, ops.exp(-gamma * ops.softplus(right)) * ops.softplus(-right), 0.0)


def margin_ranking(positive, negative, margin: float, mask=None):
    """max(0, margin - positive + negative): a pair that answers is to score higher by the margin than one that doesn't.

    Args:
      positive, negative: float32 of shapes that broadcast.
      margin: at least 0.
      mask: bool or float, 0 where no negative was found: the loss is 0. None: all were.

    Returns:
      float32 of the broadcast shape.
    """
    loss = ops.relu(margin - positive + negative)
    return loss if mask is None else ops.where(ops.cast(mask, "bool"), loss, 0.0)


def max_violation(scores, positives, margin: float):
    """The hinge of each row's hardest negative product, plus that of its hardest negative query.

    Args:
      scores: float32 `[N, G, G]`, query by product.
      positives: bool `[N, G, G]`, which pairs are no negatives: the product answers the query, both rows have the same
        query or product, or a row is padding. The diagonal is never one.
      margin: at least 0.

    Returns:
      float32 `[N, G]`; 0 for a direction without negatives.

    Source: Faghri et al., VSE++, arXiv:1707.05612, eq. 6.
    """
    own = _own_scores(scores)
    negative = ops.where(ops.logical_or(positives, _is_own(scores)), HIDDEN, scores)
    products, queries = ops.max(negative, axis=2), ops.max(negative, axis=1)
    return margin_ranking(own, products, margin) + margin_ranking(own, queries, margin)


def in_batch_softmax(scores, positives, form: str = "plain", scale: float | None = None, margin: float | None = None):
    """Softmax cross-entropy of each query over its group's products, plus that of each product over its queries.

    The logit of a row's own pair is scale * (cosine - margin), that of the others scale * cosine. CosFace and
    AM-softmax are this one equation, published in the same month; they differ in their papers' constants.

    Args:
      scores: float32 `[N, G, G]`, cosines of query by product.
      positives: bool `[N, G, G]`, which pairs are no negatives (see `max_violation`): they leave the denominators.
      form: a key of SOFTMAX_FORMS: "plain" without a margin, "cosface" or "am".
      scale, margin: in place of the form's.

    Returns:
      float32 `[N, G]`, 0 for a row without negatives.

    Raises:
      ValueError: an unknown form, or a margin for the plain one.

    Source: Wang et al., CosFace, arXiv:1801.09414, eq. 4; Wang et al., AM-softmax, arXiv:1801.05599, eq. 6; in both
    directions of a batch: Yang et al., arXiv:1902.08564, eq. 4-6.
    """
    if form not in SOFTMAX_FORMS:
        raise ValueError(f"Unknown form of the softmax {form!r}; there are {', '.join(SOFTMAX_FORMS)}.")
    if form == "plain" and margin:
        raise ValueError(
            f"The plain softmax has no margin, got margin={margin}: leave it out, or choose cosface or am."
        )
    published_scale, published_margin = SOFTMAX_FORMS[form]
    scale = published_scale if scale is None else scale
    margin = published_margin if margin is None else margin
    own = scale * (_own_scores(scores) - margin)
    is_own = _is_own(scores)
    logits = ops.where(is_own, scale * (scores - margin), scale * scores)
    logits = ops.where(ops.logical_and(positives, ops.logical_not(is_own)), HIDDEN, logits)
    return ops.logsumexp(logits, axis=2) + ops.logsumexp(logits, axis=1) - 2.0 * own


def _is_own(scores):
    return ops.eye(scores.shape[-1], dtype="bool")


def _own_scores(scores):
    return ops.sum(ops.where(_is_own(scores), scores, 0.0), axis=-1)
