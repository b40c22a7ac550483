"""Averages of weights that were trained apart: of snapshots of one run, or of several runs.

Members are named by the file they come from; training/averages/average_members.py reads each when it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Arrays = dict[str, np.ndarray]


def mean(members: Mapping[str, Arrays], files: Sequence[str] = ()) -> Arrays:
    """The mean of each variable.

    Args:
      members: {file: {variable: array}}, all of the same variables and shapes.
      files: the members to take; empty for all.

    Returns:
      {variable: array of the members' dtype}, summed in float64. What is not a floating-point number (the state of a
      seed, a counter) is the first member's.

    Raises:
      ValueError: no member, or one with other variables or shapes, which is named.

    Source: Izmailov et al., Averaging Weights Leads to Wider Optima, arXiv:1803.05407, algorithm 1.
    """
    files = list(files or members)
    if not files:
        raise ValueError("There are no weights to average.")
    first = members[files[0]]
    sums = {name: array.astype(np.float64) for name, array in first.items() if _is_number(array)}
    for file in files[1:]:
        arrays = members[file]
        _check_same(files[0], first, file, arrays)
        for name, total in sums.items():
            total += arrays[name]
    return {name: (sums[name] / len(files)).astype(a.dtype) if name in sums else a for name, a in first.items()}


def greedy_soup(
    members: Mapping[str, Arrays], alone: Mapping[str, float], score: Callable[[Arrays], float]
) -> tuple[Arrays, list[str]]:
    """Takes members in the order of their scores, each only if the mean with it scores no less than without.

    Args:
      members: {file: {variable: array}}.
      alone: {file: validation score}, higher is better; equal ones keep the order of `members`.
      score: gives the validation score of an average.

    Returns:
      the average, and the files in it, the best first. Its score is never below that of the best member.

    Raises:
      ValueError: as `mean`.

    Source: Wortsman et al., Model soups, arXiv:2203.05482, recipe 1.
    """
    order = sorted(members, key=lambda file: -alone[file])
    kept, soup, best = order[:1], mean(members, order[:1]), alone[order[0]]
    for file in order[1:]:
        tried = mean(members, [*kept, file])
        found = score(tried)
        if found >= best:
            kept, soup, best = [*kept, file], tried, found
    return soup, kept


def _is_number(array: np.ndarray) -> bool:
    return np.issubdtype(array.dtype, np.floating)


def _check_same(first_file: str, first: Arrays, file: str, arrays: Arrays) -> None:
    for name in sorted(first.keys() | arrays.keys()):
        expected, found = (_shape(part, name) for part in (first, arrays))
        if found != expected:
            raise ValueError(
                f"{file} has {found} for {name}, {first_file} has {expected}: only weights of one architecture and "
                "the same classes can be averaged."
            )


def _shape(arrays: Arrays, name: str) -> str:
    return f"shape {arrays[name].shape}" if name in arrays else "nothing"
