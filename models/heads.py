"""The head that flags ask for; docs/heads.md compares them."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from models import class_losses
from models.adacos import AdaCos
from models.arc_margin import ArcMargin
from models.curricular_margin import CurricularMargin
from models.linear_head import HierarchicalHead, LinearHead
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


@dataclasses.dataclass(frozen=True)
class Classes:
    """What a head is to tell apart; what comes as weights of a saved head may be None.

    Attributes:
      count: number of classes.
      sizes: int `[count]`, records of each, for --margin_class_power.
      level_sizes: number of categories of each level above them, for --level_weights; () for no levels.
      level_of_class: int `[levels, count]`, the category of each class, -1 for none.
    """

    count: int
    sizes: np.ndarray | None = None
    level_sizes: Sequence[int] = ()
    level_of_class: np.ndarray | None = None


def build(model, classes: Classes, name: str, seed: int = 0) -> Head:
    """A head that is not built yet.

    Args:
      model: flags.model.Model or what a run folder kept of it; an older one lacks the flags added since.
      seed: of what a head draws by itself: sharded centres, the classes of a sample.
    """
    kind = getattr(model, "head", "replicated")
    if kind == "tuples":
        return SampledNegatives(model.negatives, model.learn_scale, name=name)
    head = _linear(model, classes, name) if kind == "linear" else _margin(model, classes, name, kind, seed)
    head.criterion = class_losses.of(model)
    return head


def _linear(model, classes: Classes, name: str) -> LinearHead:
    weights = [float(weight) for weight in getattr(model, "level_weights", "").split(",") if weight]
    if not weights:
        return LinearHead(classes.count, name=name)
    if len(weights) != len(classes.level_sizes):
        raise ValueError(
            f"--level_weights={model.level_weights} weighs {len(weights)} level(s), and the records have "
            f"{len(classes.level_sizes)}: give one weight for each, coarse to fine, or convert with --hierarchy."
        )
    return HierarchicalHead(classes.count, classes.level_sizes, weights, classes.level_of_class, name=name)


def _margin(model, classes: Classes, name: str, kind: str, seed: int):
    num_classes, power = classes.count, getattr(model, "margin_class_power", 0.0)
    loss = getattr(model, "margin_loss", "arcface")
    if loss == "adacos":
        return AdaCos(num_classes, name=name)
    options = {"scale": model.scale, "margin": model.margin, "name": name}
    if power:
        options["class_shares"] = shares(np.ones(num_classes) if classes.sizes is None else classes.sizes, power)
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
