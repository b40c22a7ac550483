"""The head that flags ask for; docs/heads.md compares them."""

from typing import Protocol

import numpy as np

from models.adacos import AdaCos
from models.arc_margin import ArcMargin
from models.curricular_margin import CurricularMargin
from models.sampled_margin import SampledArcMargin
from models.sampled_negatives import SampledNegatives
from models.sharded_margin import ShardedArcMargin
from models.subcenter_margin import SubCenterArcMargin


class Head(Protocol):
    """What training asks of a head: a Keras layer, of which some are ArcMargin, whose variable `margin` may be moved.

    Attributes:
      num_classes: how many classes it tells apart; 0: it has none, so it gives no logits.
      rows_together: rows of a batch that its loss looks at together, side by side; 1: each row alone.
    """

    num_classes: int
    rows_together: int

    def build(self, embedding_shape) -> None:
        """Makes its variables."""

    def observe(self, embedding, label, present) -> None:
        """Takes note of a batch before its loss, once a step; most heads have nothing to note."""

    def loss(self, embedding, label, label_smoothing=0.0):
        """The loss of each row, float32 `[batch]`; the objective takes their mean, without rows that lack the side."""


def build(model, num_classes: int, name: str, seed: int = 0, class_sizes=None) -> Head:
    """A head that is not built yet.

    Args:
      model: flags.model.Model or what a run folder kept of it; an older one lacks the flags added since.
      seed: of what a head draws by itself: sharded centres, the classes of a sample.
      class_sizes: int `[num_classes]`, records of each class, for --margin_class_power; None = they will be loaded.
    """
    kind, power = getattr(model, "head", "replicated"), getattr(model, "margin_class_power", 0.0)
    if kind == "tuples":
        return SampledNegatives(model.negatives, model.learn_scale, name=name)
    loss = getattr(model, "margin_loss", "arcface")
    if loss == "adacos":
        return AdaCos(num_classes, name=name)
    options = {"scale": model.scale, "margin": model.margin, "name": name}
    if power:
        options["class_shares"] = shares(np.ones(num_classes) if class_sizes is None else class_sizes, power)
    if kind == "sharded":
        return ShardedArcMargin(num_classes, seed=seed, **options)
    if kind == "sampled":
        return SampledArcMargin(num_classes, sampled_share=model.sampled_share, seed=seed, **options)
    if loss == "subcenter":
        return SubCenterArcMargin(num_classes, subcenters=model.subcenters, **options)
    return (CurricularMargin if loss == "curricular" else ArcMargin)(num_classes, **options)


def shares(class_sizes, power: float) -> np.ndarray:
    """The share of the margin that each class gets: 1 for the smallest, falling as size^-power.

    Source: the winners of Shopee's Price Match Guarantee, who took powers of .1 (pictures) and .2 (titles).
    """
    sizes = np.asarray(class_sizes, np.float64)
    return ((sizes / sizes.min()) ** -power).astype(np.float32)
