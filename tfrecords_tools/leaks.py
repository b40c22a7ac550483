"""Says what finished records share between the folds that train and the folds that are held out."""

import os
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tfrecords_tools import folds, journal, schema
from tfrecords_tools.manifest import Manifest

HELD_OUT = (folds.VALIDATION, folds.TEST)
SHOWN = 3  # examples in a line
BATCH = 512  # records parsed at a time


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
    lines += _shared_hashes(_hashes(folder, manifest, train), _hashes(folder, manifest, HELD_OUT))
    return lines or ["Leak check: train shares no label and no picture hash with validation or test."]


def _is_stratified(folder: str) -> bool:
    if not tf.io.gfile.exists(os.path.join(folder, journal.FOLDER, journal.CONVERSION)):
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


def _shared_hashes(train: tuple[np.ndarray, np.ndarray], held_out: tuple[np.ndarray, np.ndarray]) -> list[str]:
    (train_ids, train_hashes), (ids, hashes) = train, held_out
    values, counts = np.unique(hashes, return_counts=True)
    train_values, train_counts = np.unique(train_hashes, return_counts=True)
    shared, at, train_at = np.intersect1d(values, train_values, assume_unique=True, return_indices=True)
    if not len(shared):
        return []
    first = np.flatnonzero(np.isin(hashes, shared))[:SHOWN]
    twins = [train_ids[np.argmax(train_hashes == hashes[row])].decode() for row in first]
    pairs = ", ".join(f"{ids[row].decode()!r} and {twin!r}" for row, twin in zip(first, twins, strict=True))
    return [
        f"Leak check: {counts[at].sum()} of {len(hashes)} pictures in validation or test have the perceptual hash of a "
        f"picture in train (pairs: {counts[at] @ train_counts[train_at]}), such as {pairs}."
    ]


def _hashes(folder: str, manifest: Manifest, chosen: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """The ids (bytes) and perceptual hashes (uint64) of the records of these folds that have a hash.

    Reads in batches, more than ten times as fast as `reader.read_records`: every record of the folder passes by here.
    """
    paths = [os.path.join(folder, shard.file) for shard in manifest.shards_of(chosen)]
    records = tf.data.TFRecordDataset(paths).batch(BATCH).map(lambda batch: schema.parse(batch, ["id", "phash"]))
    ids, hashes = [], []
    try:
        for columns in records.as_numpy_iterator():
            has_hash = columns["phash"] != b""
            ids.append(columns["id"][has_hash].astype("S"))
            hashes.append(np.frombuffer(b"".join(columns["phash"][has_hash]), ">u8"))
    except tf.errors.OpError as error:
        raise ValueError(
            f"{folder} is damaged ({error.message}): run python -m tfrecords_tools.verify --records={folder}"
        ) from error
    return np.concatenate(ids), np.concatenate(hashes)
