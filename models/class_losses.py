"""Losses of class logits, each by row: cross-entropy, focal, and generalised cross-entropy."""

import functools
from collections.abc import Callable

from keras import ops

from models.margin_softmax import cross_entropy


def of(model) -> Callable:
    """The loss that flags ask for, called as `cross_entropy` is: (logits, label, label_smoothing) -> `[batch]`.

    Args:
      model: flags.model.Model or what a run folder kept of it; an older one has the cross-entropy alone.
    """
    name = getattr(model, "class_loss", "cross_entropy")
    if name == "focal":
        return functools.partial(focal, gamma=model.focal_gamma)
    return functools.partial(generalized, q=model.gce_q) if name == "gce" else cross_entropy


def focal(logits, label, label_smoothing: float = 0.0, gamma: float = 2.0):
    """Cross-entropy times (1 - p)^gamma, p the row's probability of its class: rows that are right count for less.

    The factor is each row's own. Taken of the batch's mean, as AliProducts' baseline does, it is another loss.

    Args:
      logits: float32 `[batch, classes]`.
      label: int `[batch]`; a row whose label is outside [0, classes) has loss 0.
      label_smoothing: of the cross-entropy.
      gamma: at least 0; 0 is the cross-entropy.

    Returns:
      float32 `[batch]`.

    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002, eq. 4.
    """
    wrong = -ops.expm1(-cross_entropy(logits, label, 0.0))
    # Below gamma 1 the power's gradient is infinite at 0.
    return ops.power(ops.maximum(wrong, 1e-7), gamma) * cross_entropy(logits, label, label_smoothing)


def generalized(logits, label, label_smoothing: float = 0.0, q: float = 0.7):
    """(1 - p^q) / q: between cross-entropy (q towards 0) and mean absolute error (q = 1), for wrong labels.

    Args:
      logits, label: as in `focal`.
      label_smoothing: 0; a smoothed target has no single p, and flags refuse it.
      q: above 0, at most 1.

    Returns:
      float32 `[batch]`.

    Source: Zhang and Sabuncu, Generalized Cross Entropy Loss, arXiv:1805.07836, eq. 6.
    """
    return -ops.expm1(-q * cross_entropy(logits, label, 0.0)) / q
