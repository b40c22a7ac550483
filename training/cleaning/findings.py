"""What runs say of the labels of some folds, and which rows a rule drops by it."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from training.cleaning import rules
from training.cleaning.judge import Judge
from training.inputs.rows import Rows


@dataclasses.dataclass(frozen=True)
class Findings:
    """One entry for each record of the folds, in the order of their index.

    Attributes:
      dropped: bool. reason: text, "" where it stays.
      predicted: int64, the label that was predicted or, by cosine, the row's own; -1 = none.
      confidence: float64 in [0, 1], the probability of that; by cosine the mean cosine to its class.
      doubt: float64, larger where the label is likelier to be wrong.
    """

    dropped: np.ndarray
    reason: list[str]
    predicted: np.ndarray
    confidence: np.ndarray
    doubt: np.ndarray


def find(cleaning, judges: Sequence[Judge], rows: Rows) -> Findings:
    """Applies a rule to the rows with `copies` above 0; what no run can judge stays.

    Args:
      cleaning: flags.cleaning.Cleaning.
      rows: of the folds.

    Raises:
      ValueError: --rule=confidence, and every run trained on one of the folds.
    """
    taken = rows.copies > 0
    if cleaning.rule == "cosine":
        return _by_cosine(cleaning, judges[0], rows, taken)
    if cleaning.rule == "confidence":
        return _by_confidence(judges, rows, taken)
    every = [_predictions(judge, rows) for judge in judges]
    taken &= np.all([judge.knows[rows.labels] & (found[1] > 0) for judge, found in zip(judges, every, strict=True)], 0)
    predicted = np.stack([found[0] for found in every])
    if cleaning.rule == "consensus":
        wrong = rules.consensus(rows.labels, predicted)
    else:
        wrong = np.zeros(len(taken), bool)
        wrong[taken] = rules.accuracy(rows.labels[taken], predicted[0][taken], cleaning.class_accuracy)
    # Of several runs, what the first to disagree says.
    first = (predicted != rows.labels).argmax(axis=0)
    names, sure, own = (np.stack(values)[first, np.arange(len(first))] for values in zip(*every, strict=True))
    text = "a run predicts another class" if cleaning.rule == "consensus" else "predicted wrongly in an uncertain class"
    return _findings(taken & wrong, text, names, sure, sure - own)


def _by_cosine(cleaning, judge: Judge, rows: Rows, taken: np.ndarray) -> Findings:
    def blocks():
        for label, mask, vectors in _with_labels(rows, taken, judge.vectors):
            lengths = np.linalg.norm(vectors, axis=1)
            there = mask & (lengths > 0)
            yield vectors[there] / lengths[there, None], label[there]

    there = taken & np.concatenate([vectors.any(axis=1) for _, _, vectors in _with_labels(rows, taken, judge.vectors)])
    cosine = np.ones(len(taken))
    cosine[there] = rules.mean_cosines(blocks, len(judge.knows))
    dropped = cosine <= cleaning.class_cosine
    return _findings(dropped, "far from the others of its class", rows.labels, cosine, -cosine)


def _by_confidence(judges: Sequence[Judge], rows: Rows, taken: np.ndarray) -> Findings:
    outside = {fold: [judge for judge in judges if fold in judge.held_out] for fold in rows.folds}
    without = [fold for fold, those in outside.items() if not those]
    if without:
        raise ValueError(
            f"--rule=confidence: every run of --runs trained on fold {', '.join(map(str, without))}, so nothing judges "
            f"its labels out of fold. Train a run with --validation_fold={without[0]} too."
        )
    knows = np.all([judge.knows for judge in judges], axis=0)
    taken = taken & knows[rows.labels]

    def mean(fold):
        for several in zip(*(judge.probabilities(fold) for judge in outside[fold]), strict=True):
            yield np.mean(several, axis=0)

    def blocks():
        for label, mask, probabilities in _with_labels(rows, taken, mean):
            yield probabilities[mask], label[mask]

    predicted, sure, own = np.full(len(taken), -1, np.int64), np.zeros(len(taken)), np.zeros(len(taken))
    predicted[taken] = rules.confident(blocks, len(knows))
    start = 0
    for label, _, probabilities in _with_labels(rows, taken, mean):
        part, each = slice(start, start + len(label)), np.arange(len(label))
        own[part] = probabilities[each, label]
        sure[part] = np.where(predicted[part] >= 0, probabilities[each, predicted[part]], 0.0)
        start += len(label)
    wrong = taken & (predicted >= 0) & (predicted != rows.labels)
    return _findings(wrong, "confidently of another class out of fold", predicted, sure, sure - own)


def _predictions(judge: Judge, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The label predicted for each record, its probability, and that of the record's own label."""
    found = []
    for label, _, probabilities in _with_labels(rows, rows.copies > 0, judge.probabilities):
        each, best = np.arange(len(label)), probabilities.argmax(axis=1)
        found.append((best, probabilities[each, best], probabilities[each, label]))
    return tuple(np.concatenate(values) for values in zip(*found, strict=True))


def _with_labels(rows: Rows, taken: np.ndarray, of_fold) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(labels, whether taken, block) of each block that `of_fold(fold)` gives, over all folds."""
    start = 0
    for fold in rows.folds:
        for block in of_fold(fold):
            part = slice(start, start + len(block))
            start += len(block)
            yield rows.labels[part], taken[part], block


def _findings(dropped, text, predicted, confidence, doubt) -> Findings:
    return Findings(dropped, [text if gone else "" for gone in dropped], predicted, confidence, doubt)
