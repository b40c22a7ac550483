"""The tau-normalised classifier: what rare classes lose by their short weights is given back to them after training."""

import dataclasses

import numpy as np

from models.linear_head import LinearHead
from training import checkpoints, model_state
from training.averages.weight_bench import Bench
from training.run_folder import RunFolder

TAUS = tuple(np.arange(11) / 10)


@dataclasses.dataclass(frozen=True)
class Normalized:
    """One tau, and the validation score that decides."""

    tau: float
    measure: str
    score: float


def scaled(kernel: np.ndarray, tau: float) -> np.ndarray:
    """Each class's weights over the tau-th power of their length: tau 0 leaves them, tau 1 makes all of length 1.

    Args:
      kernel: float `[dim, classes]`.

    Source: Kang et al., Decoupling representation and classifier for long-tailed recognition, arXiv:1910.09217, eq. 5.
    """
    lengths = np.linalg.norm(kernel, axis=0)
    return kernel / np.where(lengths > 0, lengths, 1.0) ** tau


def normalize(records: str, run: str, distribution) -> list[Normalized]:
    """Scores the best weights of a run with every tau, and writes those of the best tau into its averaged/.

    Above tau 0 the biases are 0, as in the paper.

    Raises:
      ValueError: the run has no plain classifier, or no validation fold.
    """
    folder = RunFolder(run)
    bench = Bench(records, folder, "best", distribution, 0)
    heads = {space: head for space, head in bench.heads.items() if isinstance(head, LinearHead)}
    if not heads or not bench.evaluate:
        raise ValueError(f"{run}: tau needs --head=linear and a --validation_fold to choose it on.")
    spaces = bench.evaluate.embeddings()
    trained = {space: (np.array(head.kernel), np.array(head.bias)) for space, head in heads.items()}
    rows, best = [], None
    for tau in TAUS:
        for space, head in heads.items():
            kernel, bias = trained[space]
            head.kernel.assign(scaled(kernel, tau))
            head.bias.assign(bias * (tau == 0))
        scores = bench.evaluate.score(spaces)
        rows.append(Normalized(float(tau), bench.measure, scores.get(bench.measure, 0.0)))
        if best is None or rows[-1].score > best[0]:
            best = rows[-1].score, float(tau), scores, model_state.values_of(bench.variables)
    _save(folder, *best[1:])
    return rows


def _save(folder: RunFolder, tau: float, scores: dict, arrays: dict) -> None:
    step = checkpoints.steps(folder / "best")[-1]
    before = checkpoints.steps(folder / "averaged")
    state = {"step": step, "scores": scores, "tau": tau}
    checkpoints.save(folder / "averaged", step, arrays, state, keep=len(before) + 1)
    for old in set(before) - {step}:
        checkpoints.remove(folder / "averaged", old)
