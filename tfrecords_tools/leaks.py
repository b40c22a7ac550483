"""Says what finished records share between the folds that train and the folds that are held out."""

import os
from collections.abc import Iterable

import numpy as np

from tfrecords_tools import files, folds, index, journal, reader
from tfrecords_tools.manifest import Manifest

HELD_OUT = (folds.VALIDATION, folds.TEST)
SHOWN = 3  # examples in a line


def report(folder: str, manifest: Manifest) -> list[str]:
    """Returns a line for each kind of leak, or one that says there is none; [] where nothing trains or is held out.

    A label in both is right where classes are recognised and a leak where products are matched; under
    `--split=stratified` it is not mentioned. An equal perceptual hash means nearly the same picture.

    Args:
      folder: records folder, local or gs://.
      manifest: its manifest.

    Raises:
      ValueError: a record cannot be read.
    """
    train = range(folds.TRAIN, manifest.folds)
    if not manifest.count(train) or not manifest.count(HELD_OUT):
        return []
    lines = [] if _is_stratified(folder) else _shared_labels(manifest, train)
    lines += _shared_hashes(folder, manifest, train)
    return lines or ["Leak check: train shares no label and no picture hash with validation or test."]


def _is_stratified(folder: str) -> bool:
    if not files.exists(os.path.join(folder, journal.FOLDER, journal.CONVERSION)):
        return False
    return journal.read_conversion(folder).options.get("split") == "stratified"


def _shared_labels(manifest: Manifest, train: Iterable[int]) -> list[str]:
    held_out = manifest.labels_of(HELD_OUT)
    shared = sorted(set(held_out) & set(manifest.labels_of(train)))
    if not shared:
        return []
    names = ", ".join(repr(manifest.label_names[label]) for label in shared[:SHOWN])
    return [
        f"Leak check: {len(shared)} of {len(held_out)} labels in validation or test are in train too, such as {names}: "
        "right for recognising classes, a leak for matching products."
    ]


def _shared_hashes(folder: str, manifest: Manifest, train: Iterable[int]) -> list[str]:
    hashed, train_hashed = (_Hashed(folder, manifest, chosen) for chosen in (HELD_OUT, train))
    values, counts = np.unique(hashed.hashes, return_counts=True)
    train_values, train_counts = np.unique(train_hashed.hashes, return_counts=True)
    shared, at, train_at = np.intersect1d(values, train_values, assume_unique=True, return_indices=True)
    if not len(shared):
        return []
    rows = np.flatnonzero(np.isin(hashed.hashes, shared))[:SHOWN]
    twins = [np.argmax(train_hashed.hashes == hashed.hashes[row]) for row in rows]
    pairs = ", ".join(
        f"{hashed.id(row)!r} and {train_hashed.id(twin)!r}" for row, twin in zip(rows, twins, strict=True)
    )
    return [
        f"Leak check: {counts[at].sum()} of {len(hashed.hashes)} pictures in validation or test have the perceptual "
        f"hash of a picture in train (pairs: {counts[at] @ train_counts[train_at]}), such as {pairs}."
    ]


class _Hashed:
    """The records of some folds that have a hash, as their index knows them; `hashes` int64 `[records]`."""

    def __init__(self, folder: str, manifest: Manifest, chosen: Iterable[int]):
        self.folder, self.shards = folder, manifest.shards_of(chosen)
        numbers, offsets, _, hashes = index.read_all(folder, manifest, chosen)
        records = np.arange(len(numbers)) - np.searchsorted(numbers, numbers)  # within their shard
        known = hashes != index.NO_HASH
        self.places = np.stack([numbers, records, offsets], axis=1)[known]
        self.hashes = hashes[known]

    def id(self, row: int) -> str:
        number, record, offset = map(int, self.places[row])
        path = os.path.join(self.folder, self.shards[number].file)
        return reader.read_at(path, record, offset, ["id"])["id"].decode()
