"""What mined negatives have left to teach: how often a matcher puts the right device above others of its category.

    python -m benchmarks.hard_negatives --keep_recall=<folder of benchmarks.real_recall>

Each query of zigbee_devices is scored with its right device, with 15 drawn from the rest of that device's category, and
with 15 of other categories. Figures are negatives/<model>/<fold>_auc, the share of the first that stand below the right
one, on the queries of training and on those of test, beside the same share of the second; the mean over seeds. Models
are word_match (trained against mined negatives) and word_random, see benchmarks/real_recall.py.

A minute for each model and seed that real_recall has trained, on 2 cores.
"""

import sys
import tempfile
from collections.abc import Iterator

import numpy as np
from absl import app

from benchmarks import figures, query_products, real_recall

MODELS, FOLDS = ("word_match", "word_random"), {"train": real_recall.TRAIN, "test": real_recall.TEST}
DRAWN = 15


def wins(scorer, fold: int, categories: dict[int, str]) -> tuple[float, float]:
    """Shares of wrong devices that a scorer puts below the right one.

    Args:
      scorer: inference.recall.scoring.Scorer.
      fold: whose relevant pairs are looked at.
      categories: of each device, by its id.

    Returns:
      that among devices of the right one's category, and that among the others; a tie is half a win.
    """
    table = scorer.pairs.table_of([fold])
    queries, products = scorer.scorer.encode([fold])
    category = np.array([categories.get(int(product), "") for product in table.catalogue])
    right = table.positives()
    right = right[category[table.products[right]] != ""]
    random, rows = np.random.default_rng(0), []
    for query, product in zip(table.queries[right], table.products[right], strict=True):
        answers = table.products[right[table.queries[right] == query]]
        alike, known = category == category[product], category != ""
        alike[answers] = known[answers] = False
        if alike.sum() >= DRAWN:
            near, far = (random.choice(np.flatnonzero(some), DRAWN) for some in (alike, known & ~alike))
            rows += [(query, other) for other in (product, *near, *far)]
    query, product = np.array(rows).T
    score = scorer.scorer.pairwise(queries, products, query, product).reshape(-1, 1 + 2 * DRAWN)
    won = (np.sign(score[:, :1] - score[:, 1:]) + 1) / 2
    return float(won[:, :DRAWN].mean()), float(won[:, DRAWN:].mean())


def measure(bench: real_recall.Bench, seeds: int) -> Iterator[dict]:
    """Figures of both models, on both folds."""
    from flags.distribution import Distribution
    from inference.recall.scoring import Scorer

    categories = {
        product.id: product.category
        for query in query_products.read()
        for product in query.products
        if product.id >= query_products.FIRST_DEVICE
    }
    for name in MODELS:
        scorers = [
            Scorer(bench.records, bench.run(name, seed), Distribution(accelerator="cpu")) for seed in range(seeds)
        ]
        for fold, number in FOLDS.items():
            near, far = np.mean([wins(scorer, number, categories) for scorer in scorers], axis=0)
            yield figures.figure(f"negatives/{name}/{fold}_auc", near, "of the same category", far)


def main(argv: list[str]) -> None:
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    with tempfile.TemporaryDirectory() as scratch:
        figures.show(measure(real_recall.Bench(real_recall.KEEP.value or scratch), real_recall.SEEDS.value))


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
