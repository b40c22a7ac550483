"""Which records of the training folds train, and how often: chosen from the index, without reading pictures."""

import dataclasses
import os
from collections.abc import Iterable

import numpy as np

from tfrecords_tools import frames, ids, index, selection
from tfrecords_tools.manifest import Manifest


@dataclasses.dataclass(frozen=True)
class Rows:
    """Records of some folds, in the order of their index.

    Attributes:
      folds: these folds.
      shards, offsets, labels: int64 `[records]`, of all records of these folds, see index.read_all.
      copies: int64 `[records]`, how often an epoch shows each; 0 = it is not trained on.
    """

    folds: tuple[int, ...]
    shards: np.ndarray
    offsets: np.ndarray
    labels: np.ndarray
    copies: np.ndarray

    def numbers(self) -> np.ndarray:
        """int64 `[rows]`: the number of each record that is trained on, as often as it is."""
        return np.repeat(np.arange(len(self.copies)), self.copies)


def read(folder: str, manifest: Manifest, folds: Iterable[int], wanted=None) -> Rows:
    """Reads the index of `folds` and chooses.

    Args:
      wanted: flags.selection.TrainingRows or what a run folder kept of it; None or empty = every record once.

    Raises:
      ValueError: a record whose label the manifest lacks, no class of the sizes wanted, or a list that does not fit
        the records.
    """
    folds = tuple(folds)
    shards, offsets, labels, _ = index.read_all(folder, manifest, folds)
    rows = Rows(folds, shards, offsets, labels, np.ones(len(labels), np.int64))
    _check_labels(folder, manifest, rows)
    if is_all(wanted):
        return rows
    copies = listed(folder, manifest, folds, wanted.train_list) if wanted.train_list else rows.copies
    return dataclasses.replace(rows, copies=cut(labels, copies, manifest.label_names, wanted))


def is_all(wanted) -> bool:
    """Whether every record is wanted, once; runs of older versions kept nothing of it."""
    names = ("train_list", "class_size_high", "balance", "class_cap")
    return getattr(wanted, "class_size_low", 1) == 1 and not any(getattr(wanted, name, 0) for name in names)


def cut(labels: np.ndarray, copies: np.ndarray, names: list[str], wanted) -> np.ndarray:
    """Leaves out the classes that are too small or too large, and of the others the rows over the balance or the cap.

    Args:
      labels: int64 `[records]`.
      copies: int64 `[records]`; a class's size is the number of its records that are not 0.
      names: of the labels.

    Returns:
      int64 `[records]`.
    """
    taken = np.flatnonzero(copies)
    sizes = np.bincount(labels[taken], minlength=len(names))
    low, high = wanted.class_size_low, wanted.class_size_high or np.inf
    fits = (sizes >= max(1, low)) & (sizes <= high)
    selection.check_any(fits.any(), low, wanted.class_size_high, sizes[sizes > 0])
    members = taken[np.argsort(labels[taken], kind="stable")]
    starts = np.cumsum(sizes) - sizes
    kept = np.where(fits[labels], copies, 0)
    for label in np.flatnonzero(fits) if wanted.balance or wanted.class_cap else ():
        size = int(sizes[label])
        places = selection.left_out(names[label], size, wanted.balance, wanted.class_cap, wanted.selection_seed)
        kept[members[starts[label] + places]] = 0
    return kept


def listed(folder: str, manifest: Manifest, folds: Iterable[int], path: str) -> np.ndarray:
    """How often a list names each record of `folds`, int64 `[records]`; ids of other folds are passed over.

    Raises:
      ValueError: the list has no column id, a number of copies that is none, ids that the records lack, or no row of
        these folds.
    """
    table = frames.read(path)
    if "id" not in table.columns:
        raise ValueError(f"{path} (--train_list) has no column 'id'; it has {', '.join(table.columns)}.")
    wanted: dict[bytes, int] = {}
    for id, copies in zip(table["id"], _copies(path, table), strict=True):
        wanted[id.encode()] = wanted.get(id.encode(), 0) + copies
    here = ids.read_all(folder, manifest, folds)
    found = np.fromiter((wanted.get(id, 0) for id in here), np.int64, len(here))
    missing = wanted.keys() - set(here)
    if missing:  # held-out folds are read only where something is not in these
        missing -= set(ids.read_all(folder, manifest))
    if missing:
        raise ValueError(
            f"{len(missing)} of the {len(wanted)} ids in {path} (--train_list) are not in {folder}, the first is "
            f"{min(missing).decode()!r}. Is it a list of other records?"
        )
    if not found.any():
        raise ValueError(f"{path} (--train_list) lists no record of folds {list(folds)}, which train.")
    return found


def _copies(path: str, table) -> list[int]:
    if "copies" not in table.columns:
        return [1] * len(table)
    for row, text in enumerate(table["copies"], 2):
        if not text.isdecimal():
            raise ValueError(f"{path} (--train_list), line {row}: copies {text!r} is no whole number of at least 0.")
    return table["copies"].astype(int).tolist()


def _check_labels(folder: str, manifest: Manifest, rows: Rows) -> None:
    wrong = np.flatnonzero((rows.labels < 0) | (rows.labels >= manifest.num_labels))
    if len(wrong):
        place = wrong[0]
        path = os.path.join(folder, manifest.shards_of(rows.folds)[rows.shards[place]].file)
        raise ValueError(
            f"{path}: the record at byte {rows.offsets[place]} has the label {rows.labels[place]}, outside "
            f"0..{manifest.num_labels - 1}. See what else is wrong: python -m tfrecords_tools.verify --records={folder}"
        )
