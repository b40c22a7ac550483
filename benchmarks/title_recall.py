"""Measures retrieval of product titles for real shop queries: nDCG@5 over the products that people marked.

    python -m benchmarks.title_recall
    python -m benchmarks.title_recall --json --title_minilm=<folder of all-MiniLM-L6-v2 in Hugging Face layout>

Reads icecat_queries at SHELFLENS_DATA (or ../shared/data): 135 queries, 3,668 marks 0..3, 19,406 products. The data's
own test queries are ranked, once; a quarter of its train queries, by a hash of the text, is for validation.

Figures are recall/icecat/<model>/<score>, scores as in training/recall/ranked_marks.py; an answer is a mark of 2 or 3.
Queries without an answer count as 0, so that `ceiling` is what a perfect ranking gets. recall_at_100 looks for the
answers in the whole catalogue, where products that nobody marked stand in between. `random` is exact, the mean over all
orders. The reference of each figure is BM25's.

With --title_minilm also minilm_untrained, that sentence encoder as it is published, and two_tower, trained from it by
the recipe recall/title_two_tower on what training.train sees: product records, a table of marks, validation to choose
the weights by. Of both, only marked products are embedded, so that they have no recall_at_100. About three minutes a
seed on 2 cores.
"""

import contextlib
import dataclasses
import functools
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from absl import app, flags

from benchmarks import figures, real_tasks, title_training
from inference.recall import bm25
from tfrecords_tools import frames, judgements
from tfrecords_tools.judgements import Judgements
from training.recall import ranked_marks, title_catalogue

RELEVANT, DEPTH = 2, 100

SEEDS = flags.DEFINE_integer("title_seeds", 3, "Seeds of every training.", lower_bound=1)
MINILM = flags.DEFINE_string("title_minilm", "", "Folder of all-MiniLM-L6-v2 in Hugging Face layout; empty: none.")


@dataclasses.dataclass(frozen=True, eq=False)
class TitleTask:
    """A catalogue and the marks of queries for it, split by query.

    Attributes:
      product_ids, titles: of the catalogue.
      pool: places of the products that training may draw pseudo-queries from: those of the data's train split.
      train, validation, test: marks.
    """

    product_ids: list[str]
    titles: list[str]
    pool: np.ndarray
    train: Judgements
    validation: Judgements
    test: Judgements


@dataclasses.dataclass(frozen=True)
class Ranking:
    """What a model makes of some marks: the score of each pair, and its best of the catalogue, None without any."""

    scores: np.ndarray
    found: np.ndarray | None = None


Ranker = Callable[[TitleTask, Judgements], Ranking]
Trained = Callable[[TitleTask, Judgements, int], Ranking]  # the int is the seed of its training


def read() -> TitleTask:
    """Reads icecat_queries.

    Raises:
      FileNotFoundError: the data are not there.
    """
    folder = os.path.join(real_tasks.data_folder(), "icecat_queries")
    products = pd.read_csv(os.path.join(folder, "products.csv.gz"), dtype=str, keep_default_na=False)
    queries = frames.read(os.path.join(folder, "queries.csv"))[["query_id", "split"]]
    path = os.path.join(folder, "qrels.csv")
    frame = frames.read(path).merge(queries, how="left", on="query_id", validate="many_to_one").fillna("")
    marks = title_catalogue.split(judgements.of_frame(frame, path, products["product_id"].tolist()))
    return TitleTask(
        product_ids=products["product_id"].tolist(),
        titles=products["title"].tolist(),
        pool=np.flatnonzero(products["split"] == "train"),
        train=marks.of_split("train"),
        validation=marks.of_split("validation"),
        test=marks.of_split("test"),
    )


def _random(task: TitleTask, marks: Judgements) -> Ranking:
    return Ranking(np.zeros(len(marks.rating), np.float32))


def _ceiling(task: TitleTask, marks: Judgements) -> Ranking:
    return Ranking(marks.rating.astype(np.float32))


def _shared_words(scorer: type[bm25.SharedWords]) -> Ranker:
    def rank(task: TitleTask, marks: Judgements) -> Ranking:
        words = scorer(task.titles)
        scores = words.score(marks.queries, marks.query, marks.product)
        return Ranking(scores, words.top_k(marks.queries, DEPTH)[1])

    return rank


UNTRAINED: dict[str, Ranker] = {
    "random": _random,
    "word_overlap": _shared_words(bm25.WordOverlap),
    "bm25": _shared_words(bm25.BM25),
    "ceiling": _ceiling,
}


def encoders(minilm: str, folder: str) -> tuple[dict[str, Ranker], dict[str, Trained]]:
    """What `measure` measures beside UNTRAINED and trains, from a sentence encoder; nothing without one.

    Args:
      minilm: its folder.
      folder: to keep records and runs in.
    """
    if not minilm:
        return {}, {}

    def untrained(task: TitleTask, marks: Judgements) -> Ranking:
        return Ranking(title_training.untrained(task.titles, marks, minilm))

    @functools.cache
    def laid_out(task) -> tuple[str, str]:
        return title_training.lay_out(task, folder)

    def two_tower(task: TitleTask, marks: Judgements, seed: int) -> Ranking:
        run = f"{folder}/run_{seed}"
        return Ranking(title_training.trained(*laid_out(task), run, task.titles, marks, minilm, seed))

    return {"minilm_untrained": untrained}, {"two_tower": two_tower}


def scores_of(ranking: Ranking, marks: Judgements) -> dict[str, float]:
    """ndcg5, ndcg5_graded and mrr of the marked products, and recall_at_100 where the catalogue was searched."""
    count, answer = len(marks.queries), marks.rating >= RELEVANT
    scores = ranked_marks.of_marks(marks.query, ranking.scores, marks.rating, count, RELEVANT)
    if ranking.found is not None:
        scores[f"recall_at_{DEPTH}"] = ranked_marks.recall(
            ranking.found, marks.query[answer], marks.product[answer], count
        )
    return scores


def measure(
    task: TitleTask,
    marks: Judgements,
    trained: dict[str, Trained],
    seeds: int = 3,
    beside: dict[str, Ranker] | None = None,
) -> Iterator[dict]:
    """The figures of every model: of a trained one the mean of its seeds, and their deviation beside the mean.

    Args:
      beside: models that need no training, beside UNTRAINED.
    """
    rankers = UNTRAINED | (beside or {})
    untrained = {name: scores_of(rank(task, marks), marks) for name, rank in rankers.items()}
    for name, scores in untrained.items():
        for score, value in scores.items():
            yield _figure(name, score, value, untrained["bm25"][score])
    for name, train in trained.items():
        found = [scores_of(train(task, marks, seed), marks) for seed in range(seeds)]
        for score in found[0]:
            values = [scores[score] for scores in found]
            mean = statistics.fmean(values)
            yield _figure(name, score, mean, untrained["bm25"][score])
            if seeds > 1:
                yield _figure(name, f"{score}_deviation", statistics.stdev(values), mean)


def _figure(name: str, score: str, value: float, reference: float) -> dict:
    ratio = value / reference if reference else 0.0
    return figures.figure(f"recall/icecat/{name}/{score}", value, score, reference, ratio)


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    task = read()
    for split in ("train", "validation", "test"):
        print(f"{split}: {getattr(task, split).summary()}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        untrained, trained = encoders(MINILM.value, folder)
        found = list(measure(task, task.test, trained, SEEDS.value, untrained))
    figures.show(found)  # only figures go to stdout


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
