"""Measures scoring by model 1 and ranking: a query's 30 candidates, and every query with every product, in blocks.

    python -m benchmarks.recall_scoring
    python -m benchmarks.recall_scoring --json --scored_products=30000

Queries of 16 words and products are drawn as the towers of the recipe small/recall give them; encoding them is not
measured. Of all products each query keeps its best 5 as blocks come. Memory is the peak of a process that scores all
products, beside one that scores a tenth, both without the arrays that they were given. Ranking is
`inference.ranking.best` over all scores of 100 queries at once, in seconds a pair beside those of scoring them.

Some minutes on 2 cores with the default size.
"""

import json
import sys
from collections.abc import Iterator

import numpy as np
from absl import app, flags

from benchmarks import memory, programs
from benchmarks.figures import figure, show

QUERIES = flags.DEFINE_integer("scored_queries", 1000, "Queries.", lower_bound=100)
PRODUCTS = flags.DEFINE_integer("scored_products", 30_000, "Products that every query is scored with.", lower_bound=100)
PEAK_OF = flags.DEFINE_integer("scored_peak", 0, "Used within: score so many products, print the peak memory.")

CANDIDATES, WORDS, DIM, STATES, WIDTH, KEPT, RANKED = 30, 16, 64, 128, 256, 5, 100


def scorer():
    """Model 1 with weights drawn."""
    from models.recall.word_match import WordMatch
    from training.recall.block_scorer import BlockScorer

    head = WordMatch(2, width=WIDTH)
    head.build({"states": (None, WORDS, STATES), "heads": (None, 5, DIM)})
    return BlockScorer(head)


def states(queries: int, products: int) -> tuple[dict, dict]:
    """What towers would give."""
    random = np.random.default_rng(0)
    draw = lambda *shape: random.normal(size=shape).astype(np.float32)  # noqa: E731
    asked = {"vectors": draw(queries, WORDS, DIM), "states": draw(queries, WORDS, STATES)}
    return {**asked, "words": np.ones((queries, WORDS), np.float32)}, {"heads": draw(products, 5, DIM)}


def best_of_all(scorer, queries: dict, products: dict) -> np.ndarray:
    """The best products of every query, float32 scores `[queries, KEPT]`."""
    best = np.full((len(queries["words"]), KEPT), -np.inf, np.float32)
    for asked, _, scores in scorer.blocks(queries, products):
        best[asked] = -np.sort(-np.concatenate([best[asked], scores], axis=1), axis=1)[:, :KEPT]
    return best


def measure(queries: int, products: int) -> Iterator[dict]:
    """The figures."""
    from inference.ranking.best import best

    score, (asked, offered) = scorer(), states(queries, products)
    query = np.repeat(np.arange(queries), CANDIDATES)
    product = np.random.default_rng(1).integers(0, products, len(query))
    score.pairwise(asked, offered, query, product)  # compiles
    few = len(query) / programs.seconds(lambda: score.pairwise(asked, offered, query, product))
    some = {name: value[:RANKED] for name, value in asked.items()}
    best_of_all(score, some, {"heads": offered["heads"][:64]})
    seconds = programs.seconds(lambda: best_of_all(score, asked, offered))
    many = queries * products / seconds
    yield figure("regions/score_pairs_per_second", many, "pairs/s, all products", few)
    scores = np.random.default_rng(2).normal(size=(RANKED, products))
    starts = np.arange(RANKED + 1) * products
    ranking = programs.seconds(lambda: best(scores.ravel(), starts, KEPT)) / scores.size
    yield figure("rank/vs_score", ranking, "s a pair", seconds / (queries * products))
    peaks = [
        programs.found(
            [sys.executable, "-m", "benchmarks.recall_scoring", f"--scored_peak={count}", f"--scored_queries={RANKED}"]
        )["megabytes"]
        for count in (products, products // 10)
    ]
    yield figure("regions/memory_growth", peaks[0], "MB", peaks[1])


def peak(products: int) -> dict:
    """Peak memory of scoring `products`, without what is given."""
    score, (asked, offered) = scorer(), states(QUERIES.value, products)
    best_of_all(score, asked, offered)
    given = sum(value.nbytes for side in (asked, offered) for value in side.values())
    return {"megabytes": (memory.held("VmHWM") - given) / 2**20}


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    if PEAK_OF.value:
        print(json.dumps(peak(PEAK_OF.value)))
    else:
        show(measure(QUERIES.value, PRODUCTS.value))


if __name__ == "__main__":
    app.run(main)
