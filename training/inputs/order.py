"""The order in which an epoch shows its records: a function of (seed, epoch), as an array that any position cuts into.

Records lie on disk in shards. Whole blocks of neighbours are shuffled, so that reading stays sequential, and then the
records within a window of many blocks.
"""

import dataclasses

import numpy as np

BLOCK = 32  # neighbours read together


def shuffled(count: int, window: int, random: np.random.Generator) -> np.ndarray:
    """A shuffled order of `count` records: int64 `[count]`, every number once.

    Args:
      window: records that are shuffled among themselves; so many are in memory at a time.
      random: decides it.
    """
    starts = np.arange(0, count, BLOCK)
    order = np.concatenate([np.arange(start, min(start + BLOCK, count)) for start in random.permutation(starts)])
    for start in range(0, count, window):
        random.shuffle(order[start : start + window])
    return order


@dataclasses.dataclass(frozen=True)
class Reading:
    """How the records of an order are fetched, window by window: in file order, runs of neighbours at once.

    Attributes:
      shard, offset, length: of each run; int64 `[runs]`.
      runs: the runs of window w are runs[w]..runs[w + 1]; int64 `[windows + 1]`.
      places: for each position of the order, its place among the records read for its window; int64 `[positions]`.
      counts: records read for each window; int64 `[windows]`.
    """

    shard: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    runs: np.ndarray
    places: np.ndarray
    counts: np.ndarray


def plan_reading(order: np.ndarray, window: int, shards: np.ndarray, offsets: np.ndarray) -> Reading:
    """Plans how the records of `order` are fetched.

    Args:
      order: int64 `[positions]`, record numbers; one may come several times.
      window: positions fetched at a time.
      shards, offsets: int64 `[records]`, where each record lies.
    """
    first, lengths, runs, places, counts = [], [], [0], [], []
    for start in range(0, len(order), window):
        records, place = np.unique(order[start : start + window], return_inverse=True)
        begins = np.flatnonzero(np.diff(records, prepend=-2) != 1)
        begins = np.union1d(begins, np.flatnonzero(np.diff(shards[records], prepend=-1)))
        first.append(records[begins])
        lengths.append(np.diff(begins, append=len(records)))
        runs.append(runs[-1] + len(begins))
        places.append(place)
        counts.append(len(records))
    first = np.concatenate(first)
    return Reading(
        shards[first], offsets[first], np.concatenate(lengths), np.array(runs), np.concatenate(places), np.array(counts)
    )
