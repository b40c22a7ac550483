"""Which of several methods to match by, from what each scored on the validation queries."""

import numpy as np

from inference.calibrate import gains
from inference.methods import BOTH, Method

# Pictures and titles together must gain so many standard errors of the paired difference over the better side alone.
STANDARD_ERRORS = 1.0


def choose_best(methods: list[Method], f1: dict[str, np.ndarray]) -> Method:
    """The best method on validation; of equals the one with fewest spaces.

    A method that needs both sides of a product is taken only where it beats the best of one side by more than the
    noise of the validation set: the difference to the part that it is built from is what chance decides most easily.
    Source: the one-standard-error rule; Breiman et al., Classification and regression trees, 1984, section 3.4.3.

    Args:
      f1: {name of a method: float `[queries]`, F1 of every validation query}.
    """
    one_sided = [method for method in methods if method.sides != BOTH]
    best, simple = _first(methods, f1), _first(one_sided, f1)
    if simple is None or best is simple:
        return best
    return best if gains(f1[best.name], f1[simple.name], STANDARD_ERRORS) else simple


def _first(methods, f1):
    return max(methods, key=lambda method: (round(f1[method.name].mean(), 9), -len(method.spaces)), default=None)
