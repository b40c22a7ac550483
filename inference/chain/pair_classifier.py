"""Whether two listings are one product, learned from pairs whose answer is known: gradient boosting in two layers.

The first layer learns from the training folds, of which there is much, by features that no label has shaped: words,
spelling, TF-IDF, hashes. An encoder has seen these folds: what it says of them is too good, and would be trusted too
much. So the second layer, which also sees the encoders' cosines and the first layer's opinion, learns from held-out
groups alone.
"""

import dataclasses

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from inference.chain.pair_features import PairFeatures, Pairs
from inference.chain.pool import Pool
from models.host_top_k import in_threads

OPTIONS = {
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "max_features": 0.3,  # drawn anew at each split
    "l2_regularization": 1.0,
    "random_state": 0,
}
FIRST_ROUNDS, SECOND_ROUNDS = 200, 100
FOLDS = 5
# Pairs that are judged: those among so many nearest in some space. More cost time and were no better on validation.
NEAREST = 10
FIRST, SECOND = "words", "pairs"  # the spaces that the layers' probabilities make
BLOCK = 2**17  # pairs scored at a time


@dataclasses.dataclass(frozen=True)
class Layer:
    """A trained layer: which spaces it looks at, and the model."""

    spaces: tuple[str, ...]
    model: HistGradientBoostingClassifier

    def scores(self, pool: Pool, pairs: Pairs) -> np.ndarray:
        """The probability that each pair of a pool is one product: float32 `[items, width]`, as scores of a space."""
        features, scores = PairFeatures(pool, pairs, self.spaces), np.full(pool.candidates.indices.shape, -np.inf, "f4")

        def work(start: int) -> None:
            part = slice(start, start + BLOCK)
            scores[pairs.row[part], pairs.column[part]] = self.model.predict_proba(features.of(part))[:, 1]

        in_threads(work, range(0, len(pairs), BLOCK))
        scores[:, 0] = 1.0
        return scores


def train(pools: list[Pool], labels: list[np.ndarray], spaces: tuple[str, ...]) -> Layer | None:
    """The first layer, from galleries of training rows; None where there are no two kinds of pairs.

    Args:
      labels: int `[items]` of each pool.
      spaces: of the pools, none of them learned from labels.
    """
    pairs = [judged_pairs(pool) for pool in pools]
    same = [_same(of, label) for of, label in zip(pairs, labels, strict=True)]
    if not same or len(np.unique(np.concatenate(same))) < 2:
        return None
    features = [PairFeatures(pool, of, spaces).of() for pool, of in zip(pools, pairs, strict=True)]
    return Layer(spaces, _fit(np.concatenate(features), np.concatenate(same), FIRST_ROUNDS))


def train_held_out(
    pool: Pool, pairs: Pairs, labels, judged, spaces: tuple[str, ...]
) -> tuple[Layer, np.ndarray] | None:
    """The second layer, from the judged rows of a gallery; None where they are too few groups.

    Args:
      labels: int `[items]`; those of rows that are not judged are not looked at.
      judged: bool `[items]`, the held-out rows.

    Returns:
      the layer, trained on all of them, and scores of the pool `[items, width]` in which no judged row was scored by a
      model that had seen its group: thresholds are to be chosen on these.
    """
    known = judged[pairs.row]
    same, groups = _same(pairs, labels)[known], np.asarray(labels)[pairs.row[known]]
    if len(np.unique(groups)) < 2 * FOLDS or len(np.unique(same)) < 2:
        return None
    features = PairFeatures(pool, pairs, spaces).of(known)
    layer = Layer(spaces, _fit(features, same, SECOND_ROUNDS))
    scores = layer.scores(pool, pairs)
    row, column = pairs.row[known], pairs.column[known]
    for seen, unseen in GroupKFold(FOLDS).split(features, groups=groups):
        fold = _fit(features[seen], same[seen], SECOND_ROUNDS)
        scores[row[unseen], column[unseen]] = fold.predict_proba(features[unseen])[:, 1]
    return layer, scores


def judged_pairs(pool: Pool) -> Pairs:
    """The pairs that layers judge, with what their titles tell."""
    return Pairs(pool, NEAREST)


def _fit(features, same, rounds):
    unknown = np.isnan(features).all(axis=0)  # scikit-learn cannot bin a column of nothing but NaN
    features = np.where(unknown, 0.0, features)
    # Its threads wait for one another at every node, and beside other work they take many times as long as one.
    with threadpool_limits(1, "openmp"):
        return HistGradientBoostingClassifier(max_iter=rounds, **OPTIONS).fit(features, same)


def _same(pairs: Pairs, labels):
    labels = np.asarray(labels)
    return (labels[pairs.row] == labels[pairs.other]) & (labels[pairs.row] >= 0)
