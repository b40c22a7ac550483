"""Products whose regions spell colour and type, and queries such as "red shoes": pairs that a matcher can learn."""

import functools

import numpy as np

from flags.distribution import Distribution
from flags.optimizer import Optimization
from flags.recall import Recall
from flags.run import Run
from tests.training.recall import pair_folder
from tests.training.recall.pair_folder import COLOURS, SPLITS, TYPES, Row
from tfrecords_tools.pairs.pair import Pair
from training.recall.recall_training import RecallTraining

WIDTH, KINDS = len(COLOURS) + len(TYPES), len(COLOURS) * len(TYPES)
EACH, CANDIDATES = 6, 8  # training products of a kind, candidates of a query
CPU = Distribution(accelerator="cpu", replicas=1)


def text(kind: int) -> str:
    """The query that products of a kind answer."""
    return f"{COLOURS[kind % len(COLOURS)]} {TYPES[kind // len(COLOURS)]}"


def train_rows() -> list[Row]:
    """Every product of training beside the query it answers."""
    return [(text(product % KINDS), product, 1000 + product, 1) for product in range(KINDS * EACH)]


def judged_rows(first: int = 10000, first_query: int = 500) -> list[Row]:
    """A query of each kind over candidates of different kinds, of which the first answers."""
    return [
        (text(kind), first_query + kind, first + KINDS * candidate + (kind + 3 * candidate) % KINDS, int(not candidate))
        for kind in range(KINDS)
        for candidate in range(CANDIDATES)
    ]


def pair(row: Row, fold: int) -> Pair:
    """A pair of one to three regions: the first has the product's colour and type, the others are noise."""
    query, query_id, product_id, answer = row
    kind, random = _kind(product_id), np.random.default_rng(product_id)
    boxes = 1 + product_id % 3
    features = random.normal(scale=0.2, size=(boxes, WIDTH))
    features[0, kind % len(COLOURS)] += 2.0
    features[0, len(COLOURS) + kind // len(COLOURS)] += 2.0
    return Pair(
        f"{SPLITS[fold]}/{query_id}/{product_id}", SPLITS[fold], fold, query, query_id, product_id, answer, 100, 200,
        np.sort(random.random((boxes, 4), "float32")), features.astype("float16"), random.integers(0, 3, boxes),
    )  # fmt: skip


def _kind(product_id: int) -> int:
    return (product_id - (1000 if product_id < 10000 else 10000)) % KINDS


@functools.cache
def records() -> str:
    """A folder of training and judged pairs, written once per test run and read by many tests."""
    return pair_folder.write({2: train_rows(), 0: judged_rows(), 1: judged_rows(20000 - 20000 % KINDS, 700)}, pair,
                             WIDTH)[0]  # fmt: skip


def recall(matcher: str, **changes) -> Recall:
    """The flags of a matcher that trains in seconds."""
    small = {
        "word_dim": 32, "query_width": 16, "query_tokens": 6, "region_boxes": 3, "region_attention_heads": 2,
        "region_inner_width": 32, "region_width": 32, "region_dropout": 0.0,
    }  # fmt: skip
    if matcher == "pretrain":
        small["label_negatives"] = 20
    elif matcher != "sentence_match":
        small["match_width"] = 32
    return Recall(**{"matcher": matcher, **small, **changes})


def optimization(**changes) -> Optimization:
    return Optimization(
        **{"epochs": 8, "batch_size": 32, "learning_rate": 1e-2, "warmup_epochs": 1.0, "shuffle_buffer": 192, **changes}
    )


def training(folder: str, flags: Recall, optimized=None, distribution=CPU, **run) -> RecallTraining:
    """A training of `records`; call its `run`."""
    run = {"evaluate_epochs": 100, **run}
    return RecallTraining(records(), flags, optimized or optimization(), distribution, Run(run=folder, **run))
