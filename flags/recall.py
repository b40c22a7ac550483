"""Recall of products given as regions, for text queries: which matcher, of what sizes, with which negatives."""

import dataclasses

from flags.define import check, flag, refuse_idle
from flags.distribution import Distribution
from flags.mining import Mined
from flags.model import Model
from flags.optimizer import Optimization
from flags.query import IDLE_DISTRIBUTION, IDLE_OPTIMIZATION, Query

MATCHERS = ("none", "pretrain", "word_match", "sentence_match", "cross_attention", "two_tower")
# Flags that only some matchers look at.
_OF_MATCHER = {
    "label_negatives": ("pretrain",),
    "word_weights": ("word_match",),
    "match_width": ("word_match", "cross_attention", "two_tower"),
    "query_width": MATCHERS[1:],
    "pair_loss": ("word_match", "sentence_match", "cross_attention"),
    "pair_margin": ("word_match", "sentence_match", "cross_attention"),
    "pair_gamma": ("word_match", "sentence_match", "cross_attention"),
    "softmax_form": ("two_tower",),
    "negatives_from": MATCHERS[2:],
    "negatives_per_positive": MATCHERS[2:],
    "in_batch": MATCHERS[2:],
}


@dataclasses.dataclass(frozen=True)
class Recall(Query, Mined):
    """A matcher of queries with regions, or its pretraining."""

    matcher: str = flag("none", "What to train on query-product pairs; none: an encoder of products.", choices=MATCHERS)
    word_vectors: str = flag(
        "none", "Word vectors and tokenizer: a Hugging Face folder or a preset of BERT; none: learned from the queries."
    )
    train_words: bool = flag(True, "Move the word vectors; those of a published BERT are best left where they are.")
    word_dim: int = flag(1024, "Width of word vectors and of a product's vectors.", low=4)
    query_width: int = flag(512, "Width of the recurrent network over a query, or over a caption.", low=4)
    match_width: int = flag(256, "Width in which a query and a product are compared.", low=4)
    region_boxes: int = flag(40, "Regions kept of each product.", low=1, high=512)
    region_width: int = flag(0, "Width that a region's features are brought to first; 0 for their own.", low=0)
    region_attention_heads: int = flag(16, "Heads of the layer in which regions look at each other.", low=1)
    region_inner_width: int = flag(4096, "Width within that layer.", low=4)
    region_labels: bool = flag(False, "Add to each region a learned vector of its class.")
    region_dropout: float = flag(0.1, "Share of values dropped in the region encoder and before the query's.",
                                 low=0.0, high=0.9)  # fmt: skip
    label_negatives: int = flag(1000, "Hardest words that pretraining pushes away from each product.", low=1)
    word_weights: str = flag("learned", "How the words of word_match count.", choices=("learned", "mean"))
    pair_loss: str = flag(
        "auto",
        "Loss of query-product scores: margin ranking with the largest violation of the group (VSE++), or each pair by "
        "itself; auto: hinge of word_match, else bce.",
        choices=("auto", "hinge", "bce", "focal"),
    )
    pair_margin: float = flag(0.9, "Margin of --pair_loss=hinge.", low=0.0)
    pair_gamma: float = flag(2.0, "Power of focal's factor (1 - p)^gamma of --pair_loss=focal.", low=0.0, high=10.0)
    negatives_from: str = flag(
        "random",
        "Where the pairs beside a positive come from: anywhere, its clusters (mined), or its nearest queries (tfidf).",
        choices=("random", "mined", "tfidf"),
    )
    negatives_per_positive: int = flag(1, "Pairs drawn beside each positive.", low=0, high=100)

    def __post_init__(self):
        check(self)
        if self.matcher == "none":
            # What it shares with retrieval of titles has an effect there: see flags/title_recall.py.
            shared = {"matcher", *(field.name for field in dataclasses.fields(Query))}
            idle = [field.name for field in dataclasses.fields(self) if field.name not in shared]
        else:
            idle = [name for name, matchers in _OF_MATCHER.items() if self.matcher not in matchers]
        refuse_idle(self, idle, f"--matcher={self.matcher}")
        if self.matcher != "none":
            self._check_matcher()

    def _check_matcher(self):
        for name, loss in (("pair_margin", "hinge"), ("pair_gamma", "focal")):
            if getattr(self, name) != getattr(Recall, name) and self.chosen_loss != loss:
                raise ValueError(f"--{name}={getattr(self, name):g} has no effect on --pair_loss={self.chosen_loss}.")
        if self.word_weights == "mean" and self.match_width != Recall.match_width:
            raise ValueError(f"--match_width={self.match_width} has no effect on --word_weights=mean: leave it out.")
        if self.rows_together % (1 + self.negatives):
            raise ValueError(
                f"--in_batch={self.in_batch} is no whole number of tuples of 1 + {self.negatives} rows "
                f"(--negatives_per_positive): give a multiple of {1 + self.negatives}."
            )
        if self.matcher in ("word_match", "sentence_match", "cross_attention") and not self.negatives:
            raise ValueError(f"--negatives_per_positive=0: --matcher={self.matcher} needs at least 1.")
        if self.negatives_from != "random" and not self.mined:
            raise ValueError(
                f"--negatives_from={self.negatives_from} reads what python -m training.mine wrote: give "
                "--mined=<folder>."
            )
        if self.mined and self.negatives_from == "random":
            raise ValueError(
                f"--mined={self.mined} has no effect on --negatives_from=random: leave it out, or give "
                "--negatives_from=mined or tfidf."
            )

    @property
    def chosen_loss(self) -> str:
        """--pair_loss, resolved."""
        if self.pair_loss != "auto":
            return self.pair_loss
        return "hinge" if self.matcher == "word_match" else "bce"

    @property
    def negatives(self) -> int:
        """Pairs beside each positive; pretraining has none."""
        return 0 if self.matcher == "pretrain" else self.negatives_per_positive

    @property
    def rows_together(self) -> int:
        """Rows of a batch that the loss looks at together."""
        return 1 if self.matcher == "pretrain" else self.in_batch

    def check_together(self, model: Model, optimization: Optimization, *others) -> None:
        """Refuses flags of product encoders, and batches that are no whole groups.

        Args:
          others: dataclasses of which a matcher looks at no flag, beside the idle ones of a Distribution.

        Raises:
          ValueError: names the flag, its value, and what to give instead.
        """
        where = f"--matcher={self.matcher}"
        refuse_idle(optimization, IDLE_OPTIMIZATION, where)
        for concern in (model, *others):
            refuse_idle(concern, IDLE_DISTRIBUTION if isinstance(concern, Distribution) else None, where)
        self.check_groups(optimization.batch_size, self.rows_together)
