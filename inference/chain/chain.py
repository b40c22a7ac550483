"""The chain of one table of products: climbed on the validation gallery, measured on test, applied to the rest."""

import dataclasses

import numpy as np
import pandas as pd

from inference import graph
from inference.candidates import Candidates, told_of
from inference.chain import ablation
from inference.chain.pool import Pool, gather
from inference.chain.steps import Context, Truth
from inference.galleries import Galleries
from inference.methods import Method, precision, tightened

# Training rows that the pair classifier's first layer learns from: some millions of pairs.
MOST_TRAINING_ROWS = 20_000


@dataclasses.dataclass(frozen=True)
class Step:
    """What one step of the chain is worth; see `ablation.Tried`. `seconds` is what its changes of the gallery took."""

    name: str
    kept: bool
    validation_f1: float
    mean_f1: float | None
    matches_per_item: float
    seconds: float


class Chain:
    """Climbs on creation.

    Args:
      products: one row per product, with `label`, `fold` and, where there are any, `title`.
      learned, unlearned: {space: one unit row per product} of encoders, and of what no label has shaped.
      galleries: of the same table.
      steps: keys of `chain.steps.STEPS`.
      neighbours, min2, most, search: as in `inference.matching.match`.
      seed: of how training rows are dealt to galleries.
      say: called with (what is searched or tried, done, of).
    """

    def __init__(
        self,
        products: pd.DataFrame,
        learned: dict,
        unlearned: dict,
        galleries: Galleries,
        steps: list[str],
        neighbours: int = 51,
        min2: bool = True,
        most: int = 50,
        search: str = "exact",
        seed: int = 0,
        say=None,
    ):
        self.products, self.learned, self.unlearned = products, learned, unlearned
        self.galleries, self.neighbours, self.most, self.search = galleries, neighbours, most, search
        self.seed, self.say = seed, say
        self.label = products["label"].to_numpy()
        self.bare: dict[bytes, Pool] = {}
        pool, truth = self._gallery("validation", galleries.validation), self._truth("validation")
        context = Context(tuple(learned), self._training, neighbours, min2, told_of("validation", self.say), search)
        self.tried = ablation.climb(pool, truth, context, steps, most, told_of("chain", self.say))

    @property
    def validation_f1(self) -> np.ndarray:
        """F1 of each validation query by the final state."""
        return self.tried[-1].validation_f1

    def candidates(self, fold: str) -> Candidates:
        """What the queries of "validation" or "test" find in its gallery, before any step; row numbers of the table."""
        rows, queries = getattr(self.galleries, fold), getattr(self.galleries, f"{fold}_queries")
        found = self._gallery(fold, rows).candidates.of_queries(_places(rows, queries))
        return dataclasses.replace(found, query_rows=queries, gallery_rows=rows)

    def measured(self) -> tuple[list[Step], np.ndarray]:
        """Every step on the test queries, which are looked at here and nowhere else.

        Returns:
          the steps, and F1 of each test query by the final state, `[0]` where there is no test fold: then the steps
          have no test figure, and their matches are those of the validation queries.
        """
        fold = "test" if len(self.galleries.test_queries) else "validation"
        truth, steps = self._truth(fold), []
        for tried, pool, seconds in ablation.replay(self.tried, self._gallery(fold, getattr(self.galleries, fold))):
            matched = tried.state.matches(pool, self.most)
            f1 = ablation.judged_f1(matched, pool, truth)
            size = matched[truth.judged].nnz / len(f1)
            mean_f1 = float(f1.mean()) if fold == "test" else None
            if tried.name == "final":
                seconds = sum(step.seconds for step in steps if step.kept)
            steps.append(Step(tried.name, tried.kept, float(tried.validation_f1.mean()), mean_f1, size, seconds))
        return steps, f1 if fold == "test" else np.zeros(0)

    def rows(self, queries: np.ndarray, gallery: np.ndarray, what: str) -> list[np.ndarray]:
        """For each query, a row of the table, the rows of its matches in a gallery, by the final state, best first."""
        ((tried, pool, _),) = ablation.replay(self.tried[-1:], self._gallery(what, gallery))
        matched = tried.state.matches(pool, self.most)
        asked = _places(gallery, queries)
        return [gallery[columns] for columns in graph.to_lists(matched[asked], asked)]

    def tighten(self, wanted: float) -> None:
        """Raises the final state's thresholds until so large a share of its matches is right on validation."""
        final, truth = self.tried[-1], self._truth("validation")
        asked, pool = np.flatnonzero(truth.judged), final.state.pool

        def precision_of(method: Method) -> float:
            matched = dataclasses.replace(final.state, method=method).matches(pool, self.most)[asked]
            return precision(matched, pool.candidates.of_queries(asked), truth.labels)

        state = dataclasses.replace(final.state, method=tightened(final.state.method, precision_of, wanted))
        f1 = ablation.judged_f1(state.matches(pool, self.most), pool, truth)
        self.tried[-1] = dataclasses.replace(final, state=state, validation_f1=f1)

    def _gallery(self, what: str, rows) -> Pool:
        key = rows.tobytes()
        if key not in self.bare:
            spaces = {**self.learned, **self.unlearned}
            self.bare[key] = gather(self.products, spaces, rows, self.neighbours, told_of(what, self.say), self.search)
        return self.bare[key]

    def _truth(self, fold: str) -> Truth:
        rows, queries = getattr(self.galleries, fold), getattr(self.galleries, f"{fold}_queries")
        return Truth(self.label[rows], np.isin(rows, queries))

    def _training(self) -> tuple[list[Pool], list[np.ndarray]]:
        """Training rows in galleries about as large as the one that is matched: ranks and gaps depend on the size."""
        held_out = np.concatenate([self.galleries.validation_queries, self.galleries.test_queries])
        rows = np.flatnonzero((self.label >= 0) & (self.products["fold"].to_numpy() >= 0))
        rows = rows[~np.isin(rows, held_out)]
        if not len(rows):
            return [], []
        parts = max(1, round(len(rows) / len(self.galleries.use)))
        part_of = np.random.default_rng(self.seed).integers(0, parts, self.label.max() + 1)[self.label[rows]]
        dealt = [rows[part_of == part] for part in range(parts)]
        enough = 1 + int(np.searchsorted(np.cumsum([len(part) for part in dealt]), MOST_TRAINING_ROWS))
        dealt = [part for part in dealt[:enough] if len(part) > 1]
        told = told_of("training", self.say)
        pools = [gather(self.products, self.unlearned, part, self.neighbours, told, self.search) for part in dealt]
        return pools, [self.label[part] for part in dealt]


def _places(gallery: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Where each of the queries stands in a gallery that holds them all."""
    order = np.argsort(gallery)
    return order[np.searchsorted(gallery, queries, sorter=order)]
