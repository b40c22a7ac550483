"""The folder that mining writes: clusters and neighbours of the queries of some records, by query number."""

import dataclasses
import io
import json
import os

import numpy as np

from tfrecords_tools import files, writer
from training.recall import negative_sampler
from training.recall.pair_table import PairTable

FILE, QUERIES = "mined.json", "queries.csv"
PARTS = ("last_word", "kmeans", "neighbours")
NEEDED = {"mined": ("last_word", "kmeans"), "tfidf": ("neighbours",)}  # any of these, by --negatives_from
_MINE_BY = {"last_word": "last_word", "kmeans": "kmeans", "neighbours": "tfidf"}


@dataclasses.dataclass(frozen=True)
class MinedOf:
    """What mined.json says.

    Attributes:
      records_fingerprint, folds: the pairs whose queries these are.
      queries: how many there are.
      parts: for each of PARTS that was mined its options and counts.
    """

    records_fingerprint: str
    folds: tuple[int, ...]
    queries: int
    parts: dict[str, dict]

    def is_of(self, other: "MinedOf") -> bool:
        """Whether both are of the same queries."""
        return dataclasses.replace(self, parts={}) == dataclasses.replace(other, parts={})

    def write(self, folder: str) -> None:
        """Writes mined.json."""
        writer.write_whole(os.path.join(folder, FILE), json.dumps(dataclasses.asdict(self), indent=1) + "\n")


def read_description(folder: str) -> MinedOf | None:
    """Returns what mined.json of `folder` says, None where there is none.

    Raises:
      ValueError: it is damaged.
    """
    path = os.path.join(folder, FILE)
    if not files.exists(path):
        return None
    try:
        fields = json.loads(files.read(path))
        return MinedOf(**{**fields, "folds": tuple(fields["folds"])})
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not what training.mine wrote ({error}): delete {folder} and mine again."
        ) from error


def draw(recall, table: PairTable, fingerprint: str) -> negative_sampler.Draw | None:
    """Where --negatives_from of `recall` are drawn from, for the relevant pairs of `table`; None = from all records.

    Raises:
      FileNotFoundError: there is no mined folder.
      ValueError: it is of other records, or lacks what is needed; says how to make it.
    """
    if recall.negatives_from == "random":
        return None
    found = read_description(recall.mined)
    if found is None:
        raise FileNotFoundError(
            f"{recall.mined or 'The empty --mined'} has no {FILE}, which --negatives_from={recall.negatives_from} "
            "needs: make it with python -m training.mine, or give --negatives_from=random."
        )
    wanted = MinedOf(fingerprint, table.folds, len(table.texts), {})
    if not found.is_of(wanted):
        raise ValueError(
            f"{recall.mined} (--mined) is of {found.queries} queries in folds {list(found.folds)} of records "
            f"{found.records_fingerprint[:8]}, but {wanted.queries} queries in folds {list(wanted.folds)} of records "
            f"{fingerprint[:8]} train: mine these with python -m training.mine into another folder."
        )
    parts = {
        name: _array(recall.mined, name, len(table.texts))
        for name in NEEDED[recall.negatives_from]
        if name in found.parts
    }
    if not parts:
        mine_by = " or ".join(_MINE_BY[name] for name in NEEDED[recall.negatives_from])
        raise ValueError(
            f"{recall.mined} (--mined) holds {', '.join(found.parts)}, but --negatives_from={recall.negatives_from} "
            f"needs --mine_by={mine_by}: run python -m training.mine again with it."
        )
    queries = table.queries[table.positives()]
    if recall.negatives_from == "tfidf":
        return negative_sampler.neighbours(queries, parts["neighbours"])
    return negative_sampler.clusters(queries, parts.get("last_word"), parts.get("kmeans"))


def write_array(folder: str, name: str, array: np.ndarray) -> None:
    """Writes <name>.npy."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    writer.write_whole(os.path.join(folder, f"{name}.npy"), file.getvalue())


def _array(folder: str, name: str, queries: int) -> np.ndarray:
    path = os.path.join(folder, f"{name}.npy")
    try:
        array = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is no array ({error}): mine again.") from error
    if array.dtype != np.int32 or array.shape[:1] != (queries,):
        raise ValueError(
            f"{path} is {array.dtype} {list(array.shape)}, expected int32 with a row for each of {queries} queries: "
            "mine again."
        )
    return array
