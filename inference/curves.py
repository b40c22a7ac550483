"""What a chart shows of validation: F1 against one threshold, and the scores of right and wrong pairs."""

import numpy as np

from inference.calibrate import Labelled
from training.metrics import f1_curve


def f1(data: Labelled) -> dict:
    """{space: {"threshold": [...], "validation_f1": [...]}}, one threshold, without min2."""
    curves = {}
    for space, scores in data.candidates.scores.items():
        grid = np.linspace(1.0, _lowest(scores), 101)
        curve = f1_curve(scores, data.same, data.expected).on(grid)
        curves[space] = {"threshold": grid[::-1].tolist(), "validation_f1": curve.mean_f1[::-1].tolist()}
    return curves


def histograms(data: Labelled) -> dict:
    """{space: {"bins": edges, "same": counts, "different": counts}} of the candidates."""
    histograms = {}
    for space, scores in data.candidates.scores.items():
        bins = np.linspace(_lowest(scores), 1.0, 41)
        others, right = scores[:, 1:], data.same[:, 1:]
        same, different = (np.histogram(others[pairs & (others > -np.inf)], bins)[0] for pairs in (right, ~right))
        histograms[space] = {"bins": bins.tolist(), "same": same.tolist(), "different": different.tolist()}
    return histograms


def _lowest(scores) -> float:
    """Where an axis of scores begins: the lowest there is, down to the next tenth."""
    return float(np.floor(scores[scores > -np.inf].min(initial=0.9) * 10) / 10)
