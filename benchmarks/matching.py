"""What nearest-neighbour search costs: exact and approximate, dense and sparse, up to a million products.

    python -m benchmarks.matching --json
    python -m benchmarks.matching --curve=1000,10000,100000,1000000

Needs pip install '.[search]'. Embeddings are drawn: groups of 2 to 51 around centres whose variance falls as 1/i over
the 512 directions, two of a group with an expected cosine of 0.6 to 0.95. Each search runs in a process of its own.
In the curve at most 20,000 products ask, and their time is taken for all: exact search of a million takes hours.
"""

import functools
import json
import statistics
import sys

import numpy as np
from absl import app, flags

from benchmarks import figures, memory, programs

SIZE = flags.DEFINE_integer("items", 100_000, "Products of the figures.", lower_bound=1000)
PAIRS = flags.DEFINE_integer("search_pairs", 1, "Times each pair of searches runs, in turns.", lower_bound=1)
CURVE = flags.DEFINE_list("curve", [], "Sizes of a table of costs instead of the figures.")
SEARCH = flags.DEFINE_enum(
    "measure_search", "", ["", "faiss", "exact", "approximate", "tfidf", "scikit", "chain"], "Measure this one here."
)
QUERIES = flags.DEFINE_integer("search_queries", 0, "Products that ask; 0: all.", lower_bound=0)
DIM, NEIGHBOURS, SAMPLED, SPARSE_SAMPLED, CURVE_QUERIES = 512, 51, 200, 2000, 20_000


def measure(items: int, pairs: int):
    """All figures."""
    turns = [{name: _alone(name, items) for name in ("faiss", "exact", "approximate")} for _ in range(pairs)]

    def compared(name: str, ours: str, reference: str, ratio) -> dict:
        mine, other = (statistics.median(turn[of]["seconds"] for turn in turns) for of in (ours, reference))
        return figures.figure(name, mine, "s", other, statistics.median(ratio(turn) for turn in turns))

    yield compared(
        "search/vs_faiss_flat", "exact", "faiss", lambda turn: turn["exact"]["seconds"] / turn["faiss"]["seconds"]
    )
    speedup = "search/approximate_speedup"
    yield compared(
        speedup, "approximate", "exact", lambda turn: turn["exact"]["seconds"] / turn["approximate"]["seconds"]
    )
    found = statistics.median(turn["approximate"]["recall"] for turn in turns)
    yield figures.figure("search/approximate_recall", found, f"of {NEIGHBOURS} nearest", 0.99)
    peak, less = (turns[0]["exact"]["peak"], _alone("exact", items // 10)["peak"])
    yield figures.figure("match/memory_growth", peak / 2**20, f"MB at {items:,}", less / 2**20)
    ours, reference = (_alone(name, items)["items_per_second"] for name in ("tfidf", "scikit"))
    yield figures.figure("match/tfidf_items_per_second", ours, "items/s", reference)
    chain = _alone("chain", items)
    yield figures.figure("match/inb_vs_search", chain["blending"], "s", chain["search"])
    yield figures.figure("match/chain_vs_search", chain["rest"], "s", chain["search"])


def curve(sizes: list[int]) -> None:
    """Prints seconds and memory of both searches, and what approximate search found, for each size."""
    print("| products | exact s | MB | approximate s | MB | recall |\n|---|---|---|---|---|---|")
    for size in sizes:
        both = [_alone(name, size, CURVE_QUERIES) for name in ("exact", "approximate")]
        cells = [f"{cost:.3g}" for found in both for cost in (found["seconds"], found["peak"] / 2**20)]
        print(f"| {size:,} | {' | '.join(cells)} | {both[1]['recall']:.4f} |", flush=True)


def groups(items: int, seed: int = 0) -> np.ndarray:
    """Deals items to groups of 2 to 51 in random order: int `[items]`, the group of each."""
    draw = np.random.default_rng(seed)
    sizes = draw.integers(2, 52, items // 2 + 1)
    return draw.permutation(np.repeat(np.arange(len(sizes)), sizes)[:items])


def embeddings(items: int, dim: int = DIM, seed: int = 0) -> np.ndarray:
    """Draws unit rows for `groups`, float32 `[items, dim]`."""
    draw, group = np.random.default_rng(seed + 1), groups(items, seed)
    deviation = np.arange(1, dim + 1, dtype=np.float32) ** -0.5

    def units(count: int) -> np.ndarray:
        rows = draw.standard_normal((count, dim), np.float32) * deviation
        return rows / np.sqrt(np.einsum("id,id->i", rows, rows))[:, None]

    centres = units(int(group.max()) + 1)
    cosine = draw.uniform(0.6, 0.95, len(centres)).astype(np.float32)[:, None]
    rows = np.empty((items, dim), np.float32)
    for start in range(0, items, 2**16):
        of = group[start : start + 2**16]
        part = np.sqrt(cosine[of]) * centres[of] + np.sqrt(1 - cosine[of]) * units(len(of))
        rows[start : start + 2**16] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def titles(items: int, seed: int = 0) -> list[str]:
    """Draws titles of 5 to 12 words, in groups that share most of them; words' frequencies fall as 1/rank.

    One word in six is a model number, as in the real titles of benchmarks/real_tasks.py: .3 to 2.2 a title there.
    """
    draw = np.random.default_rng(seed)
    vocabulary = 30_000
    chance = 1 / np.arange(10, vocabulary + 10)
    kinds = draw.choice(vocabulary, (items // 10 + 1, 12), p=chance / chance.sum())
    drawn = []
    for group, length in zip(draw.integers(0, len(kinds), items), draw.integers(5, 13, items), strict=True):
        words = draw.permutation(kinds[group])[:length]
        words[0] = draw.integers(vocabulary)
        drawn.append(" ".join(map(_word, words.tolist())))
    return drawn


@functools.cache
def _word(number: int) -> str:
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return f"mx{number}" if number % 6 == 0 else f"word{letters}"


def search_here(name: str, items: int, queries: int = 0) -> dict:
    """Searches in this process.

    Args:
      queries: how many of the items ask; 0: all.

    Returns:
      seconds for all to ask, index building counted, and peak: bytes beyond what is given and found; of an approximate
      search its recall too. Of titles items_per_second. Of the chain seconds of one search, of blending in three
      stages, and of the veto, the classifier and mutual pairs together.
    """
    if name in ("tfidf", "scikit"):
        return _search_titles(name, items)
    if name == "chain":
        return _chain(items)
    given, found = embeddings(items), {}
    rows = np.arange(min(items, queries or items))
    begin = _faiss if name == "faiss" else functools.partial(_ours, method=name)
    begin(given[:10_000])(rows[:1000])  # libraries load, threads start
    memory.forget_peak()
    before = memory.held("VmRSS")
    building = programs.seconds(lambda: found.update(ask=begin(given)))
    asking = programs.seconds(lambda: found.update(indices=found["ask"](rows)))
    taken = {
        "seconds": building + asking * items / len(rows),
        "peak": memory.held("VmHWM") - before - len(rows) * NEIGHBOURS * 8,
    }
    if name == "approximate":
        from inference.search import recall

        sample = np.random.default_rng(1).choice(rows, min(len(rows), SAMPLED), replace=False)
        taken["recall"] = recall(given[sample], given, found["indices"][sample], sample)
    return taken


def _ours(given, method):
    from inference.search import open_search, search

    opened = open_search(given, method)
    return lambda rows: search(given[: len(rows)], opened, NEIGHBOURS, rows, tell=lambda line: None).indices


def _faiss(given):
    import faiss

    index = faiss.IndexFlatIP(given.shape[1])
    index.add(given)
    return lambda rows: index.search(given[: len(rows)], NEIGHBOURS)[1]


def _search_titles(name: str, items: int) -> dict:
    from inference.baselines import tfidf_space

    space = tfidf_space(titles(items), "tfidf_word")
    asked = space[:SPARSE_SAMPLED]
    if name == "scikit":
        from sklearn.neighbors import NearestNeighbors

        index = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine", algorithm="brute").fit(space)
        seconds = programs.seconds(lambda: index.kneighbors(asked))
        return {"items_per_second": asked.shape[0] / seconds}
    from inference.search import search

    return {"items_per_second": items / programs.seconds(lambda: search(space, space, NEIGHBOURS, np.arange(items)))}


def _chain(items: int) -> dict:
    """Steps of the chain, chosen on a tenth of the gallery and applied to all of it, as `match` does."""
    import pandas as pd

    from inference.baselines import baseline_spaces
    from inference.chain import ablation, blending, chain
    from inference.galleries import choose_galleries
    from inference.search import search
    from training.metrics import Threshold

    group, given, every = groups(items), embeddings(items), np.arange(items)
    products = pd.DataFrame({"label": group, "fold": group % 10, "title": titles(items)})
    galleries = choose_galleries(products["label"], products["fold"], "all", test_fold=-1)
    found = chain.Chain(
        products, {"image": given}, baseline_spaces(products), galleries, ["min2", "veto", "classifier", "mutual"]
    )
    pool = found.bare[galleries.validation.tobytes()]
    tried = found.tried[-2]  # with every step that was tried, kept or not
    rest = sum(seconds for _, _, seconds in ablation.replay([tried], pool))
    near = Threshold(0.8, 0.7, 0.0)
    blend = functools.partial(
        blending.neighbourhood_blending, given, pool.candidates, {"image": near}, [near] * 2, NEIGHBOURS
    )
    return {
        "search": programs.seconds(lambda: search(given, given, NEIGHBOURS, every)),
        "blending": programs.seconds(lambda: search(blended := blend(), blended, NEIGHBOURS, every)),
        "rest": rest,
    }


def _alone(name: str, items: int, queries: int = 0) -> dict:
    asked = [f"--measure_search={name}", f"--items={items}", f"--search_queries={queries}"]
    return programs.found([sys.executable, "-m", "benchmarks.matching", *asked])


def main(_) -> None:
    if SEARCH.value:
        print(json.dumps(search_here(SEARCH.value, SIZE.value, QUERIES.value)))
    elif CURVE.value:
        curve([int(size) for size in CURVE.value])
    else:
        figures.show(measure(SIZE.value, PAIRS.value))


if __name__ == "__main__":
    app.run(main)
