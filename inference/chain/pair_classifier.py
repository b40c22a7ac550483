"""Whether two listings are one product, learned from pairs whose answer is known: gradient boosting in two layers.

The first layer learns from the training folds, of which there is much, by features that no label has shaped: words,
TF-IDF, hashes. An encoder has seen these folds: what it says of them is too good, and would be trusted too much. So the
second layer, which also sees the encoders' cosines and the first layer's opinion, learns from held-out groups alone.
"""

import dataclasses

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from inference.chain.pair_features import PairFeatures
from inference.chain.pool import Pool

OPTIONS = {"learning_rate": 0.05, "max_leaf_nodes": 15, "l2_regularization": 1.0, "random_state": 0}
FIRST_ROUNDS, SECOND_ROUNDS = 200, 100
FOLDS = 5
# Pairs that are judged: those among so many nearest in some space. More cost time and were no better on validation.
NEAREST = 20
FIRST, SECOND = "words", "pairs"  # the spaces that the layers' probabilities make
BLOCK = 2**20  # pairs scored at a time


@dataclasses.dataclass(frozen=True)
class Layer:
    """A trained layer: which spaces it looks at, and the model."""

    spaces: tuple[str, ...]
    model: HistGradientBoostingClassifier

    def scores(self, pool: Pool) -> np.ndarray:
        """The probability that each pair of a pool is one product: float32 `[items, width]`, as scores of a space."""
        row, column = pool.pairs(NEAREST)
        features, probability = _features(pool, self.spaces), np.zeros(len(row), np.float32)
        for start in range(0, len(row), BLOCK):
            part = slice(start, start + BLOCK)
            probability[part] = self.model.predict_proba(features.of(row[part], column[part]))[:, 1]
        return _scores(pool, row, column, probability)


def train(pools: list[Pool], labels: list[np.ndarray], spaces: tuple[str, ...]) -> Layer | None:
    """The first layer, from galleries of training rows; None where there are no two kinds of pairs.

    Args:
      labels: int `[items]` of each pool.
      spaces: of the pools, none of them learned from labels.
    """
    places = [pool.pairs(NEAREST) for pool in pools]
    same = [_same(pool, label, *place) for pool, label, place in zip(pools, labels, places, strict=True)]
    if not same or len(np.unique(np.concatenate(same))) < 2:
        return None
    features = [_features(pool, spaces).of(*place) for pool, place in zip(pools, places, strict=True)]
    return Layer(spaces, _fit(np.concatenate(features), np.concatenate(same), FIRST_ROUNDS))


def train_held_out(pool: Pool, labels, judged, spaces: tuple[str, ...]) -> tuple[Layer, np.ndarray] | None:
    """The second layer, from the judged rows of a gallery; None where they are too few groups.

    Args:
      labels: int `[items]`; those of rows that are not judged are not looked at.
      judged: bool `[items]`, the held-out rows.

    Returns:
      the layer, trained on all of them, and scores of the pool `[items, width]` in which no judged row was scored by a
      model that had seen its group: thresholds are to be chosen on these.
    """
    row, column = pool.pairs(NEAREST)
    known = judged[row]
    row, column = row[known], column[known]
    same, groups = _same(pool, labels, row, column), np.asarray(labels)[row]
    if len(np.unique(groups)) < 2 * FOLDS or len(np.unique(same)) < 2:
        return None
    features = _features(pool, spaces).of(row, column)
    layer = Layer(spaces, _fit(features, same, SECOND_ROUNDS))
    scores = layer.scores(pool)
    for seen, unseen in GroupKFold(FOLDS).split(features, groups=groups):
        fold = _fit(features[seen], same[seen], SECOND_ROUNDS)
        scores[row[unseen], column[unseen]] = fold.predict_proba(features[unseen])[:, 1]
    return layer, scores


def _fit(features, same, rounds):
    unknown = np.isnan(features).all(axis=0)  # scikit-learn cannot bin a column of nothing but NaN
    features = np.where(unknown, 0.0, features)
    return HistGradientBoostingClassifier(max_iter=rounds, **OPTIONS).fit(features, same)


def _features(pool: Pool, spaces) -> PairFeatures:
    return PairFeatures(pool.candidates, spaces, pool.products["title"])


def _same(pool, labels, row, column):
    labels = np.asarray(labels)
    return (labels[row] == labels[pool.candidates.indices[row, column]]) & (labels[row] >= 0)


def _scores(pool, row, column, probability):
    scores = np.full(pool.candidates.indices.shape, -np.inf, np.float32)
    scores[row, column] = probability
    scores[:, 0] = 1.0
    return scores
