"""The steps of the chain: each looks at held-out products of known groups and adds one thing to how matches are made.

A step is a function of (state, truth, context) that gives another state, or None where it has nothing to add.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import scipy.sparse

from inference import graph
from inference.baselines import ANALYZERS
from inference.calibrate import Labelled, choose, choose_union, choose_weights, labelled, weighted_sum
from inference.candidates import Candidates
from inference.chain import blending, grouping, pair_classifier, quantities
from inference.chain.pool import Pool, with_space
from inference.joined_embeddings import side_by_side
from inference.methods import FUSED, Method, match_graph, side_of
from inference.search import Neighbours
from training.metrics import Threshold

UNLEARNED = (*ANALYZERS, "phash")
MOST_STAGES = 3  # of blending


@dataclasses.dataclass(frozen=True)
class State:
    """How matches are made so far.

    Attributes:
      pool: the validation gallery with all that was added to it; None where it was let go of.
      changes: what made it so: functions of a pool, to be applied to any other in this order.
      method: spaces and thresholds.
      finish: functions of (pool, graph) that give the graph of matches anew, in this order.
    """

    pool: Pool | None
    changes: tuple[Callable[[Pool], Pool], ...] = ()
    method: Method = Method("alone", {})
    finish: tuple[Callable, ...] = ()

    def changed(self, change: Callable[[Pool], Pool], pool: Pool | None = None) -> "State":
        """With one more change; `pool` is what it gives here, where that differs from what it gives elsewhere."""
        pool = change(self.pool) if pool is None else pool
        return dataclasses.replace(self, pool=pool, changes=(*self.changes, change))

    def matches(self, pool: Pool, most: int):
        """Matches of a changed pool: scipy CSR `[items, items]`."""
        matched = match_graph(self.method, pool.candidates, most)
        for function in self.finish:
            matched = function(pool, matched)
        return graph.cap(matched, most, np.arange(len(pool)))


@dataclasses.dataclass(frozen=True)
class Truth:
    """Labels of the validation gallery, int `[items]`, and which items are held out and ask: bool `[items]`."""

    labels: np.ndarray
    judged: np.ndarray

    def of(self, candidates: Candidates) -> Labelled:
        """The candidates of those who ask, beside what is right."""
        return labelled(candidates.of_queries(self.judged), self.labels)


@dataclasses.dataclass(frozen=True)
class Context:
    """What steps need beside the gallery.

    Attributes:
      learned: names of the encoders' spaces.
      training: gives pools of training rows, in the spaces that no label has shaped, with their labels.
      neighbours: looked at in every space.
      min2: let the nearest neighbour match from a second, lower threshold on.
      say: told of searches, as in `search`; None: nobody.
      search: exact or approximate, see `inference.search.open_search`.
    """

    learned: tuple[str, ...]
    training: Callable[[], tuple[list[Pool], list[np.ndarray]]]
    neighbours: int = 51
    min2: bool = True
    say: Callable | None = None
    search: str = "exact"

    @property
    def searched(self) -> tuple:
        """How spaces are searched: the last arguments of `with_space`."""
        return self.neighbours, self.say, self.search


def embedding(state: State, truth: Truth, context: Context) -> State:
    """The best of the encoders' spaces, or of all where there is none, cut at one threshold."""
    return _single(state, truth, context, min2=False)


def min2(state: State, truth: Truth, context: Context) -> State | None:
    """The nearest neighbour matches from a second, lower threshold on."""
    return _single(state, truth, context, min2=True) if context.min2 else None


def concat(state: State, truth: Truth, context: Context) -> State | None:
    """The unit vectors of the picture's and the title's best encoder side by side."""
    data = truth.of(state.pool.candidates)
    sides = [[name for name in context.learned if side_of(name) == {side}] for side in ("image", "title")]
    if not all(sides):
        return None
    parts = [max(names, key=lambda name: choose(data, name, context.min2).mean_f1) for names in sides]

    def change(pool: Pool) -> Pool:
        vectors = side_by_side([pool.vectors[part] for part in parts])
        return with_space(pool, "concat", vectors, *context.searched)

    state = state.changed(change)
    single = choose(truth.of(state.pool.candidates), "concat", context.min2)
    return dataclasses.replace(state, method=Method("concat", {"concat": single}))


def fused(state: State, truth: Truth, context: Context) -> State | None:
    """The sum of all spaces, with weights searched on validation."""
    data = truth.of(state.pool.candidates)
    single = {space: choose(data, space, context.min2) for space in data.candidates.scores}
    weights = choose_weights(data, single, context.min2)
    if len(weights) == 1:
        return None
    summed = data.candidates.with_scores(FUSED, weighted_sum(data.candidates, weights))
    threshold = choose(dataclasses.replace(data, candidates=summed), FUSED, context.min2)
    return dataclasses.replace(state, method=Method(FUSED, {FUSED: threshold}, weights))


def union(state: State, truth: Truth, context: Context) -> State:
    """What any space finds, each at its own thresholds; the weighted sum so far is one of them."""
    data = truth.of(state.pool.candidates)
    weights = state.method.weights
    if weights:
        summed = data.candidates.with_scores(FUSED, weighted_sum(data.candidates, weights))
        data = dataclasses.replace(data, candidates=summed)
    single = {space: choose(data, space, context.min2) for space in data.candidates.scores}
    thresholds = choose_union(data, single, context.min2)
    return dataclasses.replace(state, method=Method("union", thresholds, weights if FUSED in thresholds else {}))


def votes(state: State, truth: Truth, context: Context) -> State | None:
    """The share of the encoders' spaces that match a pair, each at its own threshold."""
    if len(context.learned) < 2:
        return None
    data = truth.of(state.pool.candidates)
    thresholds = {space: choose(data, space, False).first for space in context.learned}

    def change(pool: Pool) -> Pool:
        scores = [pool.candidates.scores[space] for space in thresholds]
        cast = [values >= least for values, least in zip(scores, thresholds.values(), strict=True)]
        known = np.any([values > -np.inf for values in scores], axis=0)
        return pool.with_scores("votes", np.where(known, np.mean(cast, axis=0), -np.inf).astype(np.float32))

    return union(state.changed(change), truth, context)


def expansion(state: State, truth: Truth, context: Context) -> State | None:
    """Every product's vector joined by those of its nearest, the nearer the more (alpha-QE over the gallery, DBA)."""
    space = _best(state, truth, context)
    if space is None:
        return None

    def change(pool: Pool) -> Pool:
        vectors = blending.expanded(pool.vectors[space], pool.candidates.neighbours(space), count=2, alpha=3.0)
        return with_space(pool, "expanded", vectors, *context.searched)

    return union(state.changed(change), truth, context)


def blend(state: State, truth: Truth, context: Context) -> State | None:
    """Neighbourhood blending (INB) in as many stages as validation gains by, three at the most."""
    data, space = truth.of(state.pool.candidates), _best(state, truth, context)
    if space is None:
        return None
    first = {name: choose(data, name, context.min2) for name in state.pool.vectors}
    stages: list[Threshold] = []
    best, best_f1 = None, -1.0
    for _ in range(MOST_STAGES):
        tried = state.changed(functools.partial(_blended, space, first, tuple(stages), context))
        threshold = choose(truth.of(tried.pool.candidates), "blended", context.min2)
        if threshold.mean_f1 <= best_f1:
            break
        best, best_f1 = tried, threshold.mean_f1
        stages.append(threshold)
    return union(best, truth, context)


def _blended(space, first, stages, context, pool: Pool) -> Pool:
    vectors = blending.neighbourhood_blending(pool.vectors[space], pool.candidates, first, stages, *context.searched)
    return with_space(pool, "blended", vectors, *context.searched)


def veto(state: State, truth: Truth, context: Context) -> State:
    """Titles that state different quantities of one kind are not of one product."""

    def change(pool: Pool) -> Pool:
        row, column = pool.pairs()
        other = pool.candidates.indices[row, column]
        barred = np.zeros(pool.candidates.indices.shape, bool)
        barred[row, column] = quantities.Quantities(pool.products["title"]).contradict(row, other)
        return pool.without(barred)

    return union(state.changed(change), truth, context)


def classifier(state: State, truth: Truth, context: Context) -> State | None:
    """Gradient boosting on cosines, ranks, words, numbers and spelling of pairs; see chain/pair_classifier.py."""
    unlearned = tuple(space for space in UNLEARNED if space in state.pool.vectors)
    pool, pairs = state.pool, pair_classifier.judged_pairs(state.pool)
    first = pair_classifier.train(*context.training(), unlearned)
    if first:
        pool = pool.with_scores(pair_classifier.FIRST, first.scores(pool, pairs))
    held_out = pair_classifier.train_held_out(pool, pairs, truth.labels, truth.judged, tuple(pool.candidates.scores))
    second, unseen = held_out or (None, None)
    if second:
        pool = pool.with_scores(pair_classifier.SECOND, unseen)
    layers = {pair_classifier.FIRST: first, pair_classifier.SECOND: second}
    change = functools.partial(_judged, {name: layer for name, layer in layers.items() if layer})
    return union(state.changed(change, pool), truth, context) if first or second else None


def _judged(layers, pool: Pool) -> Pool:
    pairs = pair_classifier.judged_pairs(pool)
    for name, layer in layers.items():
        pool = pool.with_scores(name, layer.scores(pool, pairs))
    return pool


def mutual(state: State, truth: Truth, context: Context) -> State:
    """A pair stays only where both sides match each other."""
    return dataclasses.replace(state, finish=(*state.finish, lambda pool, matched: grouping.mutual(matched)))


def sizes(state: State, truth: Truth, context: Context) -> State | None:
    """Lists as long as groups are: as many items have a second, third ... match as on validation ("chisel")."""
    if not state.method.thresholds:
        return None
    shares = grouping.shares_of_sizes(truth.labels[truth.judged])

    def finish(pool: Pool, matched):
        return grouping.chiselled(_leading(state.method, pool), shares, len(pool))

    return dataclasses.replace(state, finish=(*state.finish, finish))


def groups(state: State, truth: Truth, context: Context) -> State:
    """Groups by average linkage, merged until they are as large on average as those of validation."""
    judged = truth.labels[truth.judged]
    mean_size = len(judged) / len(np.unique(judged))

    def finish(pool: Pool, matched):
        return grouping.whole_groups(grouping.agglomerated(matched, mean_size), matched)

    return dataclasses.replace(state, finish=(*state.finish, finish))


STEPS = {
    "embedding": embedding,
    "min2": min2,
    "concat": concat,
    "fused": fused,
    "union": union,
    "votes": votes,
    "expansion": expansion,
    "blending": blend,
    "veto": veto,
    "classifier": classifier,
    "mutual": mutual,
    "sizes": sizes,
    "groups": groups,
}


def _single(state, truth, context, min2):
    data = truth.of(state.pool.candidates)
    space = _best(state, truth, context) or max(
        data.candidates.scores, key=lambda name: choose(data, name, min2).mean_f1
    )
    return dataclasses.replace(state, method=Method(space, {space: choose(data, space, min2)}))


def _best(state, truth, context) -> str | None:
    """The encoders' space that matches best on validation; without encoders, the best of the dense ones, if any."""
    data = truth.of(state.pool.candidates)
    dense = [name for name, vectors in state.pool.vectors.items() if not scipy.sparse.issparse(vectors)]
    names = [name for name in dense if name in (*context.learned, "concat")] or dense
    return max(names, key=lambda name: choose(data, name, context.min2).mean_f1, default=None)


def _leading(method: Method, pool: Pool) -> Neighbours:
    """The candidates as the best space of a method ranks them."""
    candidates, space = pool.candidates, next(iter(method.thresholds))
    if space == FUSED:
        candidates = candidates.with_scores(FUSED, weighted_sum(candidates, method.weights))
    return candidates.neighbours(space)
