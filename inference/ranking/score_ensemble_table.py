"""What an ensemble of scores is worth, as text."""

from collections.abc import Sequence

from inference.ranking.score_ensemble import Halves, Outcome
from training.text_table import aligned


def table(folders: Sequence[str], outcome: Outcome) -> str:
    """Members, equal weights and the ensemble; of a search also both halves, and which figure is out of sample."""
    cells = [["member", "weight", "nDCG@5"]]
    for folder, weight, figure in zip(folders, outcome.weights, outcome.members, strict=True):
        cells.append([folder, f"{weight:.3f}", _text(figure)])
    cells += [["equal weights", "", _text(outcome.equal)], ["ensemble", "", _text(outcome.joined)]]
    if outcome.halves is None:
        return aligned(cells)
    cells[-1][0] = "ensemble, out of sample"
    return (
        f"{_halves(outcome.halves)}\n\n{aligned(cells)}\n"
        f"Weights are those of all {outcome.judged:,} judged queries. The ensemble's nDCG@5, and the scores written, "
        "take for every judged query\nthe weights found on the half that it is not in."
    )


def _halves(halves: Halves) -> str:
    names = [f"{name} half ({count:,})" for name, count in zip(("first", "second"), halves.queries, strict=True)]
    cells = [["weights found on", "weights", *(f"nDCG@5 on the {name}" for name in names)]]
    for name, weights, found in zip(names, halves.weights, halves.found, strict=True):
        cells.append([name, " ".join(f"{weight:.3f}" for weight in weights), *map(_text, found)])
    return aligned([*cells, ["none: equal", "", *map(_text, halves.equal)]])


def _text(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.4f}"
