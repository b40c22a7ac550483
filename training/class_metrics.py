"""Scores of class predictions over a whole pass, in float64: top-1, top-5, GAP@1, mean accuracy of classes, macro F1.

Batches are added one by one; what is kept of a row is 13 bytes, however many classes there are.
"""

import numpy as np

BINS = 15  # of the calibration error
TOP = 5
BLOCK = 1 << 16  # rows that are kept as one array: thousands of small ones take as much memory again
AT_ONCE = 4  # rows whose logits stay in the processor's cache


class ClassScores:
    """Gathers predictions, then scores them together: means of batches' scores are not the score."""

    def __init__(self):
        self.blocks: list[tuple[np.ndarray, ...]] = []
        self.parts: list[tuple[np.ndarray, ...]] = []
        self.waiting = 0  # rows of parts

    def add(self, probabilities, label, classes=None) -> None:
        """Takes in a batch.

        Args:
          probabilities: float `[batch, classes]`, rows that sum to 1; or any scores that rank, for all but the
            calibration error.
          label: int `[batch]`, the right class; -1 where it is none of these, which no prediction meets.
          classes: int `[batch, k]`, what `probabilities` `[batch, k]` are of, where not all classes were kept.
        """
        probabilities, label = np.asarray(probabilities), np.asarray(label, np.int32)
        rows, place = np.arange(len(label)), np.maximum(label, 0)
        kept = label >= 0
        best = predicted = probabilities.argmax(axis=1)
        if classes is not None:
            is_own = classes == label[:, None]
            kept, place, predicted = kept & is_own.any(axis=1), is_own.argmax(axis=1), classes[rows, best]
        own = probabilities[rows, place]
        near = kept & ((probabilities > own[:, None]).sum(axis=1) < TOP)
        self.add_ranked(predicted, probabilities[rows, best], near, label)

    def add_ranked(self, predicted, confidence, near, label) -> None:
        """Takes in a batch of which `ranked` has looked at the logits: `[batch]` each, as it gives them."""
        values = zip((label, predicted, confidence, near), (np.int32, np.int32, np.float32, bool), strict=True)
        self.parts.append(tuple(np.asarray(value).astype(dtype) for value, dtype in values))
        self.waiting += len(self.parts[-1][0])
        if self.waiting >= BLOCK:
            self._join()

    def _join(self) -> None:
        self.blocks.append(tuple(map(np.concatenate, zip(*self.parts, strict=True))))
        self.parts, self.waiting = [], 0

    def result(self) -> dict[str, float]:
        """The scores of all that was added.

        Returns:
          top1, top5; mean_class_accuracy: top-1 of each class that has a row, averaged (AliProducts' MAP);
          gap: see `global_average_precision`; macro_f1: over classes that have a row or a prediction;
          calibration_error: see `calibration_error`.

        Raises:
          ValueError: nothing was added.
        """
        if self.parts:
            self._join()
        if not sum(len(block[0]) for block in self.blocks):
            raise ValueError("No labelled row to score class predictions on.")
        label, predicted, confidence, near = (np.concatenate(values) for values in zip(*self.blocks, strict=True))
        right = label == predicted
        return {
            "top1": float(right.mean(dtype=np.float64)),
            "top5": float(near.mean(dtype=np.float64)),
            "mean_class_accuracy": mean_class_accuracy(label, right),
            "gap": global_average_precision(confidence, right),
            "macro_f1": macro_f1(label, predicted),
            "calibration_error": calibration_error(confidence, right),
        }


def ranked(logits, label) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What ClassScores needs of logits: all that looks at every class, in float32 and a few rows at a time.

    Args:
      logits: float `[batch, classes]`.
      label: int `[batch]`, the right class; -1 where it is none of these.

    Returns:
      predicted int32, its probability float32, whether the label is among the 5 highest bool: `[batch]` each.
    """
    logits, label = np.asarray(logits, np.float32), np.asarray(label, np.int32)
    predicted = logits.argmax(axis=1).astype(np.int32)
    confidence, near = np.empty(len(label), np.float32), np.empty(len(label), bool)
    for start in range(0, len(label), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows, each = logits[part], np.arange(len(label[part]))
        own, highest = rows[each, np.maximum(label[part], 0)], rows[each, predicted[part]]
        near[part] = np.count_nonzero(rows > own[:, None], axis=1) < TOP
        powers = rows - highest[:, None]
        confidence[part] = 1.0 / np.exp(powers, out=powers).sum(axis=1)
    return predicted, confidence, near & (label >= 0)


def global_average_precision(confidence, right) -> float:
    """GAP@1: all predictions sorted by confidence, the precision at each right one, summed, over all predictions.

    Source: Perronnin et al., A family of contextual measures of similarity (CVPR 2009), as Google Landmarks used it.
    """
    order = np.argsort(-np.asarray(confidence), kind="stable")
    right = np.asarray(right, np.float64)[order]
    return float((np.cumsum(right) / np.arange(1, len(right) + 1) * right).sum() / len(right))


def mean_class_accuracy(label, right) -> float:
    """Top-1 of each class, averaged over the classes that have a row; rows of no class (-1) count as one class."""
    _, place = np.unique(label, return_inverse=True)
    rows = np.bincount(place)
    return float((np.bincount(place, weights=right) / rows).mean())


def macro_f1(label, predicted) -> float:
    """F1 of each class, averaged over the classes that have a row or a prediction."""
    classes, place = np.unique(np.concatenate([label, predicted]), return_inverse=True)
    label, predicted = np.split(place, 2)
    hits = np.bincount(label[label == predicted], minlength=len(classes))
    total = np.bincount(label, minlength=len(classes)) + np.bincount(predicted, minlength=len(classes))
    return float((2.0 * hits / total).mean())


def calibration_error(confidence, right) -> float:
    """How far confidence is from accuracy, in 15 bins of equal width, weighted by their rows.

    Source: Guo et al., On Calibration of Modern Neural Networks, arXiv:1706.04599, eq. 3.
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    gap = np.bincount(bins_of(confidence), weights=right - confidence, minlength=BINS)
    return float(np.abs(gap).sum() / len(right))


def bins_of(confidence) -> np.ndarray:
    """The bin of each confidence, int `[rows]`: 15 of equal width, the upper edge inside."""
    return np.clip(np.ceil(np.asarray(confidence) * BINS).astype(int) - 1, 0, BINS - 1)


def softmax(logits) -> np.ndarray:
    """Probabilities of logits `[batch, classes]`, in float64."""
    logits = np.asarray(logits, np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
