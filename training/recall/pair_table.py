"""All pairs of some folds as arrays: who asks, for what, with which answer, and where the record lies."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.pairs import pair_index
from tfrecords_tools.progress import Progress

RELEVANT = 1


@dataclasses.dataclass(frozen=True, eq=False)
class PairTable:
    """The pairs of some folds in the manifest's order, about 50 bytes each.

    Attributes:
      folds: these folds.
      shards: int32 `[records]`, number of the record's shard among those of these folds.
      offsets: int64 `[records]`, its first byte there.
      query_ids, product_ids: int64 `[records]`, as the files have them.
      queries: int32 `[records]`, number of the query's text in `texts`.
      products: int32 `[records]`, number of the product in `catalogue`.
      answers: int8 `[records]`: 1 = relevant, 0 = irrelevant, -1 = unjudged.
      num_boxes: int32 `[records]`, regions as stored.
      texts: the different queries in the order of their first records, normalised (see `normalised`). Equal texts under
        different ids are one query.
      catalogue: int64 `[products]`, the different product ids, rising.
    """

    folds: tuple[int, ...]
    shards: np.ndarray
    offsets: np.ndarray
    query_ids: np.ndarray
    product_ids: np.ndarray
    queries: np.ndarray
    products: np.ndarray
    answers: np.ndarray
    num_boxes: np.ndarray
    texts: list[str]
    catalogue: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets)

    def positives(self) -> np.ndarray:
        """int64 `[positives]`: the numbers of the records whose product answers their query."""
        return np.flatnonzero(self.answers == RELEVANT)


def normalised(text: str) -> str:
    """A query's text as it counts: lower-case, one space between words, none around them."""
    return " ".join(text.lower().split())


def read(folder: str, manifest: PairManifest, folds: Iterable[int]) -> PairTable:
    """Reads the pairs of `folds` from the index beside each shard; the first time that reads the shards.

    Raises:
      ValueError: the folds hold no pair.
      FileNotFoundError, DamagedRecord, OSError: see pair_index.read.
    """
    folds = tuple(folds)
    shards = manifest.shards_of(folds)
    if not manifest.count(folds):
        raise ValueError(
            f"{folder} has no pair in folds {list(folds)}; it has folds "
            f"{sorted({shard.fold for shard in manifest.shards if shard.records})}."
        )
    progress = Progress(manifest.count(folds), "pairs")
    number_of_text: dict[str, int] = {}
    numbers, queries = [], []
    for shard in shards:
        index = pair_index.read(folder, shard)
        numbers.append(index.numbers[:, :-1])
        of_shard = (number_of_text.setdefault(normalised(text), len(number_of_text)) for text in index.texts())
        queries.append(np.fromiter(of_shard, np.int32, shard.records))
        progress.advance(shard.records)
    progress.finish()
    offsets, query_ids, product_ids, answers, num_boxes = np.concatenate(numbers, axis=1)
    catalogue, products = np.unique(product_ids, return_inverse=True)
    return PairTable(
        folds=folds,
        shards=np.repeat(np.arange(len(shards), dtype=np.int32), [shard.records for shard in shards]),
        offsets=offsets,
        query_ids=query_ids,
        product_ids=product_ids,
        queries=np.concatenate(queries),
        products=products.astype(np.int32),
        answers=answers.astype(np.int8),
        num_boxes=num_boxes.astype(np.int32),
        texts=list(number_of_text),
        catalogue=catalogue,
    )
