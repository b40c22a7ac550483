"""The chain from a bare embedding to the final matches, with what each step gained on validation."""

import dataclasses
import time
from collections.abc import Iterator, Sequence

import numpy as np

from inference.calibrate import STANDARD_ERRORS, gains
from inference.chain.pool import Pool
from inference.chain.steps import STEPS, Context, State, Truth
from inference.methods import graph_f1


@dataclasses.dataclass(frozen=True)
class Tried:
    """One step of the chain, tried on validation after those that were kept before it.

    Attributes:
      name: a key of STEPS; "alone" is the start, "final" the last state that was kept.
      state: how matches are made with it; of "final" alone with the pool.
      validation_f1: float `[judged items]`.
      kept: whether the chain went on with it.
      seconds: that choosing it took.
    """

    name: str
    state: State
    validation_f1: np.ndarray
    kept: bool
    seconds: float


def climb(pool: Pool, truth: Truth, context: Context, steps: Sequence[str], most: int = 50, say=None) -> list[Tried]:
    """Tries steps one after the other on a validation gallery; each stays only where it clearly gains.

    Args:
      steps: keys of STEPS; they are taken in the order of STEPS, for each builds on those before.
      most: most matches of an item, itself counted.
      say: called with (name of the step, place, number of steps) before each.

    Returns:
      "alone", the steps that had something to try, and "final".

    Raises:
      ValueError: a step that there is not.
    """
    unknown = [step for step in steps if step not in STEPS]
    if unknown:
        raise ValueError(f"--chain: {unknown[0]!r} is no step; there are {', '.join(STEPS)}.")
    best = State(pool)
    best_f1 = judged_f1(best.matches(pool, most), pool, truth)
    tried = [Tried("alone", _let_go(best), best_f1, True, 0.0)]
    order = [step for step in STEPS if step in steps]
    for place, step in enumerate(order):
        if say:
            say(step, place, len(order))
        begin = time.perf_counter()
        state = STEPS[step](best, truth, context)
        if state is None:
            continue
        f1 = judged_f1(state.matches(state.pool, most), state.pool, truth)
        kept = gains(f1, best_f1, STANDARD_ERRORS)
        tried.append(Tried(step, _let_go(state), f1, kept, time.perf_counter() - begin))
        best, best_f1 = (state, f1) if kept else (best, best_f1)
    return [*tried, Tried("final", best, best_f1, True, sum(step.seconds for step in tried))]


def _let_go(state: State) -> State:
    """The state without its pool: pools of a large gallery would fill the memory."""
    return dataclasses.replace(state, pool=None)


def judged_f1(matched, pool: Pool, truth: Truth) -> np.ndarray:
    """F1 of each judged item, float `[judged items]`, from the matches of its pool: scipy CSR `[items, items]`."""
    asked = np.flatnonzero(truth.judged)
    return graph_f1(matched[asked], pool.candidates.of_queries(asked), truth.labels)


def replay(tried: Sequence[Tried], pool: Pool) -> Iterator[tuple[Tried, Pool, float]]:
    """Makes each state's pool of a bare one, sharing what states have in common.

    Yields:
      (Tried, its pool, seconds that the changes took which no state before it has).
    """
    made = {(): pool}
    for step in tried:
        changes, begin = step.state.changes, time.perf_counter()
        for count in range(1, len(changes) + 1):
            if changes[:count] not in made:
                made[changes[:count]] = changes[count - 1](made[changes[: count - 1]])
        yield step, made[changes], time.perf_counter() - begin
