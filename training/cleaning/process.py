"""Cleaning from records and runs to the list and the page."""

import collections
import dataclasses
import os
import tempfile

import numpy as np

from tfrecords_tools import ids
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.writer import make_folder, write_whole
from training import devices
from training.classes import training_folds
from training.cleaning import findings, page, reliable
from training.cleaning.judge import Judge
from training.inputs import rows as rows_of


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Rows and classes that were judged, and dropped rows by reason and by class name."""

    judged: int
    classes: int
    reasons: collections.Counter
    by_class: collections.Counter


def clean(records: str, cleaning, distribution, run, wanted) -> Outcome:
    """Judges the training folds and writes reliable_train.csv and cleaned.html.

    Args:
      records: folder of the records.
      cleaning: flags.cleaning.Cleaning.
      distribution: flags.distribution.Distribution.
      run: flags.run.Run, for the folds that train.
      wanted: flags.selection.TrainingRows, the rows to judge; others are not listed.
    """
    manifest = Manifest.read(records)
    folds = training_folds(manifest, run.validation_fold, run.test_fold)
    rows = _by_fold(records, manifest, folds, wanted)
    chosen = devices.choose(distribution)
    with tempfile.TemporaryDirectory() as scratch:
        judges = []
        for number, folder in enumerate(cleaning.folders):
            own = os.path.join(scratch, str(number))
            os.makedirs(own)
            judges.append(Judge(records, manifest, folder, chosen, own))
        found = findings.find(cleaning, judges, rows)
    names = manifest.label_names
    judged = np.flatnonzero(rows.copies)
    label, dropped = rows.labels[judged], found.dropped[judged].copy()
    reasons = [found.reason[row] for row in judged]
    for place in reliable.keep_one(label, dropped, names, cleaning.cleaning_seed):
        dropped[place], reasons[place] = False, reliable.LAST
    _write(records, manifest, cleaning, rows, found, judged, dropped, reasons)
    gone = [reason for reason, drop in zip(reasons, dropped, strict=True) if drop]
    by_class = collections.Counter(names[place] for place in label[dropped])
    return Outcome(len(judged), len(np.unique(label)), collections.Counter(gone), by_class)


def _by_fold(records, manifest, folds, wanted) -> rows_of.Rows:
    """The rows of each fold after those of the fold before: judges predict fold by fold."""
    rows = rows_of.read(records, manifest, folds, wanted)
    shards = manifest.shards_of(folds)
    fold = np.array([shard.fold for shard in shards])[rows.shards]
    order = np.argsort(fold, kind="stable")
    values = {name: getattr(rows, name)[order] for name in ("shards", "offsets", "labels", "copies")}
    return rows_of.Rows(tuple(sorted(folds)), **values)


def _write(records, manifest, cleaning, rows, found, judged, dropped, reasons) -> None:
    names = np.array([*manifest.label_names, ""], object)  # the last is that of label -1
    here = np.array([id for fold in rows.folds for id in ids.read_all(records, manifest, [fold])], object)
    id_of = [id.decode() for id in here[judged]]
    label, predicted = rows.labels[judged], found.predicted[judged]
    confidence = found.confidence[judged]
    times = reliable.copies(label, ~dropped, cleaning.copies_to)
    listed = reliable.text(id_of, names[label], ~dropped, reasons, names[predicted], confidence, times)
    make_folder(cleaning.cleaned)
    write_whole(os.path.join(cleaning.cleaned, "reliable_train.csv"), listed)
    worst = np.flatnonzero(dropped)
    worst = worst[np.argsort(-found.doubt[judged][worst], kind="stable")][: cleaning.dropped_shown]
    shown = [
        page.Shown(id_of[n], names[label[n]], names[predicted[n]], float(confidence[n]), reasons[n],
                   int(judged[n]), _typical(label, dropped, found.doubt[judged], n, judged))
        for n in worst
    ]  # fmt: skip
    counts = collections.Counter(reason for reason, drop in zip(reasons, dropped, strict=True) if drop)
    paths = [os.path.join(records, shard.file) for shard in manifest.shards_of(rows.folds)]
    html = page.text(shown, counts, len(judged), lambda row: page.thumbnail(paths, rows, row))
    write_whole(os.path.join(cleaning.cleaned, "cleaned.html"), html)


def _typical(label, dropped, doubt, place: int, judged) -> int:
    """The row of the same class that stays and is least in doubt."""
    others = np.flatnonzero((label == label[place]) & ~dropped)
    return int(judged[others[doubt[others].argmin()]])
