"""One declaration per flag: a dataclass field carries its default, help, choices and range."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from absl import flags

Concern = TypeVar("Concern")

_DEFINERS = {
    bool: flags.DEFINE_boolean,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


def flag(
    default: Any,
    help: str,
    *,
    choices: Sequence[str] = (),
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Declares a field of a concern that becomes a flag of the same name.

    Args:
      default: bool, int, float or str; its type is the flag's type.
      help: one sentence, with the unit.
      choices: the values allowed, empty for any.
      low, high: the inclusive range of a number, None for no bound.
    """
    return dataclasses.field(
        default=default, metadata={"help": help, "choices": tuple(choices), "low": low, "high": high}
    )


def define(concern: type, values: flags.FlagValues = flags.FLAGS) -> None:
    """Registers every field of `concern` as an absl flag; a flag that exists already stays as it is."""
    for field in dataclasses.fields(concern):
        if field.name in values:
            continue
        choices = field.metadata["choices"]
        text = field.metadata["help"] + (f" One of: {', '.join(choices)}." if choices else "")
        _DEFINERS[type(field.default)](
            field.name, field.default, text, flag_values=values, module_name=concern.__module__
        )


def read(concern: type[Concern], values: flags.FlagValues = flags.FLAGS) -> Concern:
    """Builds the frozen dataclass from the parsed flags; its checks run as it is built."""
    return concern(**{field.name: values[field.name].value for field in dataclasses.fields(concern)})


def check(concern: Any) -> None:
    """Refuses a field outside its choices or range, naming flag, value and what is allowed.

    Raises:
      ValueError: the first field at fault.
    """
    for field in dataclasses.fields(concern):
        value, rule = getattr(concern, field.name), field.metadata
        if rule["choices"] and value not in rule["choices"]:
            raise ValueError(f"--{field.name}={value} is not one of {', '.join(rule['choices'])}.{guess(value, rule)}")
        if rule["low"] is not None and value < rule["low"]:
            raise ValueError(f"--{field.name}={value} is below {rule['low']}, the smallest value allowed.")
        if rule["high"] is not None and value > rule["high"]:
            raise ValueError(f"--{field.name}={value} is above {rule['high']}, the largest value allowed.")


def changed(concern: Any, names: Iterable[str] | None = None) -> list[str]:
    """Those of the flags `names`, by default all, that are not at their default."""
    if names is None:
        names = [field.name for field in dataclasses.fields(concern)]
    return [name for name in names if getattr(concern, name) != getattr(type(concern), name)]


def refuse_idle(concern: Any, names: Iterable[str] | None, where: str) -> None:
    """Refuses flags that nothing reads.

    Args:
      names: of the flags; None for all of `concern`.
      where: the flag and value with which they have no effect.

    Raises:
      ValueError: the first that is not at its default.
    """
    for name in changed(concern, names):
        raise ValueError(f"--{name}={getattr(concern, name)} has no effect on {where}: leave it out.")


def widths(name: str, text: str) -> tuple[int, ...]:
    """Reads the widths of layers, such as 64,32, from the flag `name`; () for an empty text.

    Raises:
      ValueError: text that is no such list.
    """
    numbers = [number.strip() for number in text.split(",")] if text.strip() else []
    for number in numbers:
        if not (number.isdecimal() and int(number)):
            raise ValueError(f"--{name}={text}: {number!r} is no width of a layer; write whole numbers, such as 64,32.")
    return tuple(map(int, numbers))


def numbers(name: str, text: str) -> tuple[float, ...]:
    """Reads numbers of at least 0, such as 0.5,1, from the flag `name`; () for an empty text.

    Raises:
      ValueError: text that is no such list.
    """
    found = []
    for number in text.split(",") if text.strip() else []:
        try:
            found.append(float(number))
        except ValueError:
            found.append(-1.0)
        if not 0.0 <= found[-1] < float("inf"):
            raise ValueError(f"--{name}={text}: {number!r} is no number of at least 0; write some, such as 0.5,1.")
    return tuple(found)


def guess(value: Any, rule: Any) -> str:
    """The 'did you mean' of an unknown choice; empty when nothing is close."""
    import difflib

    close = difflib.get_close_matches(str(value), rule["choices"], n=1)
    return f" Did you mean {close[0]}?" if close else ""
