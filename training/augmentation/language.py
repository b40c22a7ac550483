"""The list that `--augment` takes, such as `flip,affine(rotate=15,zoom=0.1)@0.75,color@0.6,words(0.2)`.

It names operations, their arguments and, after `@`, the share of examples they touch. Nothing of it is evaluated.
"""

import dataclasses
import difflib
import inspect
import re
from collections.abc import Callable

from training.augmentation import colour, erasing, geometry, mixing, titles

KINDS = (geometry, colour, erasing, mixing, titles)
FUNCTIONS = {name: function for kind in KINDS for name, function in kind.OPERATIONS.items()}
_ENTRY = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<arguments>[^()]*)\))?\s*(?:@\s*(?P<share>[\d.]+))?\s*(?:,|$)")


@dataclasses.dataclass(frozen=True)
class Operation:
    """One entry of the list: what to do, with which arguments, to which share of examples."""

    name: str
    arguments: dict[str, float]
    share: float

    @property
    def function(self) -> Callable:
        """The function that draws it, from the module of its kind."""
        return FUNCTIONS[self.name]


def parse(text: str) -> tuple[Operation, ...]:
    """Reads `--augment`.

    Raises:
      ValueError: an unknown operation or argument, a share outside 0..1, or text that is no list of operations.
    """
    operations, position = [], 0
    while position < len(text):
        match = _ENTRY.match(text, position)
        if not match:
            raise ValueError(f"--augment: cannot read {text[position:]!r}; write name(key=number,...)@share, ...")
        operations.append(_operation(**match.groupdict()))
        position = match.end()
    return tuple(operations)


def _operation(name: str, arguments: str | None, share: str | None) -> Operation:
    if name not in FUNCTIONS:
        close = difflib.get_close_matches(name, FUNCTIONS, n=1)
        guess = f" Did you mean {close[0]}?" if close else ""
        raise ValueError(f"--augment: {name!r} is not one of {', '.join(FUNCTIONS)}.{guess}")
    parameters = [p.name for p in inspect.signature(FUNCTIONS[name]).parameters.values() if p.default is not p.empty]
    values = {}
    for place, argument in enumerate((arguments or "").split(",") if (arguments or "").strip() else ()):
        key, _, number = argument.rpartition("=")
        key = key.strip() or (parameters[place] if place < len(parameters) else f"argument {place + 1}")
        if key not in parameters:
            raise ValueError(f"--augment: {name} takes {', '.join(parameters) or 'no arguments'}, not {key!r}.")
        values[key] = _number(name, number)
    touched = _number(name, share or "1")
    if not 0.0 <= touched <= 1.0:
        raise ValueError(f"--augment: {name}@{share} touches a share of the examples; write one from 0 to 1.")
    return Operation(name, values, touched)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--augment: {name} has {text!r} where a number was expected.") from None
