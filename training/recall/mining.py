"""Mines the queries of the training fold: clusters by product type and by k-means, nearest queries by TF-IDF."""

import csv
import io
import os

import numpy as np

from tfrecords_tools import writer
from tfrecords_tools.folds import TRAIN
from tfrecords_tools.manifest import PairManifest
from training.recall import last_word, mined, pair_table, query_clusters, query_neighbours
from training.recall.mined import MinedOf
from training.recall.pair_table import PairTable

LOOKED_AT, SHOWN = 6, 4  # queries shown, and negatives of each


def mine(records: str, options, seed: int) -> tuple[MinedOf, str]:
    """Writes the folder --mined of `options`, the fields of flags.mining.Mining; what it holds already stays.

    Returns:
      what mined.json says now, and a look at what negatives some queries would get.

    Raises:
      ValueError: the folder is of other records, embeddings do not fit, or there is no training fold.
    """
    manifest = PairManifest.read(records)
    table = pair_table.read(records, manifest, [TRAIN])
    description = MinedOf(manifest.source_fingerprint, table.folds, len(table.texts), {})
    before = mined.read_description(options.mined)
    if before and not before.is_of(description):
        raise ValueError(
            f"{options.mined} (--mined) holds what was mined of other records ({before.queries} queries, not "
            f"{description.queries}): name another folder, or delete this one."
        )
    writer.make_folder(options.mined)
    _write_queries(options.mined, table.texts)
    parts, arrays = dict(before.parts) if before else {}, {}
    for way in options.ways:
        name, array, part = _WAYS[way](options, table.texts, seed)
        mined.write_array(options.mined, name, array)
        arrays[name], parts[name] = array, part
    description = MinedOf(manifest.source_fingerprint, table.folds, len(table.texts), parts)
    description.write(options.mined)
    return description, _look(table, arrays)


def _by_last_word(options, texts: list[str], seed: int):
    numbers, names = last_word.clusters(texts)
    sizes = np.bincount(numbers, minlength=len(names))
    lines = [("number", "word", "queries"), *zip(range(len(names)), names, sizes.tolist(), strict=True)]
    _write_csv(os.path.join(options.mined, "last_words.csv"), lines)
    return "last_word", numbers, {"without_a_word": int(sizes[last_word.NONE]), **_sizes(sizes[1:])}


def _by_kmeans(options, texts: list[str], seed: int):
    embeddings = query_clusters.read_embeddings(options.query_embeddings, len(texts))
    numbers, centres = query_clusters.kmeans(embeddings, options.query_clusters, seed)
    mined.write_array(options.mined, "kmeans_centres", centres)
    return "kmeans", numbers, {"seed": seed, "dim": embeddings.shape[1], **_sizes(np.bincount(numbers))}


def _by_tfidf(options, texts: list[str], seed: int):
    found = query_neighbours.nearest(texts, options.mined_neighbours)
    without = int((found[:, 0] < 0).sum())
    return "neighbours", found, {"of_each": options.mined_neighbours, "queries_without_any": without}


_WAYS = {"last_word": _by_last_word, "kmeans": _by_kmeans, "tfidf": _by_tfidf}


def _sizes(sizes: np.ndarray) -> dict[str, int]:
    sizes = sizes[sizes > 0]
    alone = int((sizes == 1).sum())
    return {"clusters": len(sizes), "largest": int(sizes.max(initial=0)), "of_one_query": alone}


def _look(table: PairTable, arrays: dict[str, np.ndarray]) -> str:
    """Some queries spread over all, and the other queries that their negatives would come from."""
    lines, random = [], np.random.default_rng(0)
    for query in np.unique(np.linspace(0, len(table.texts) - 1, LOOKED_AT).astype(int)):
        lines.append(repr(table.texts[query]))
        for name, array in arrays.items():
            if array.ndim == 2:
                others = array[query][array[query] >= 0]
            else:
                others = np.flatnonzero(array == array[query])
                others = random.permutation(others[others != query])
            some = ", ".join(repr(table.texts[other]) for other in others[:SHOWN])
            lines.append(f"  {name}: {some or 'no other query, so any'}")
    return "\n".join(lines)


def _write_queries(folder: str, texts: list[str]) -> None:
    _write_csv(os.path.join(folder, mined.QUERIES), [("number", "text"), *enumerate(texts)])


def _write_csv(path: str, lines) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    writer.write_whole(path, file.getvalue())
