"""The rounds of a file: a line `flagfile` or `name = flagfile` each, paths relative to the file; # begins a comment."""

import dataclasses
import os
import re

from flags import command, smoke, together
from flags.data import Records
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from flags.selection import TrainingRows

_LINE = re.compile(r"(?:(?P<name>[\w.-]+)\s*=\s*)?(?P<path>\S+)")


@dataclasses.dataclass(frozen=True)
class Round:
    """One round, with the flags that hold for it.

    Attributes:
      name: of the round and of its folder.
      folder: its run folder.
      arguments: of training.train.
    """

    name: str
    folder: str
    arguments: tuple[str, ...]
    records: Records
    model: Model
    optimization: Optimization
    run: Run
    rows: TrainingRows


def read(path: str, folder: str, given: list[str] = (), initial_run: str = "") -> list[Round]:
    """Reads and checks all rounds of a file.

    Args:
      path: of the file.
      folder: that the rounds' folders are made in.
      given: flags that hold for every round, over what its flagfile says.
      initial_run: what the first round begins with, unless its flagfile names another.

    Raises:
      ValueError: a line that is none, two rounds of one name, or flags that do not fit; names the flagfile.
      FileNotFoundError: there is no such file, or no such flagfile.
    """
    listed: list[Round] = []
    before = initial_run
    for name, flagfile in _lines(path):
        if name in {one.name for one in listed}:
            raise ValueError(f"{path} has two rounds called {name}: name one of them, as in other_{name} = <flagfile>.")
        own = f"{folder.rstrip('/')}/{name}"
        listed.append(_round(name, own, flagfile, list(given), before))
        before = own
    if not listed:
        raise ValueError(f"{path} lists no round: write the path of a flagfile on each line.")
    return listed


def _lines(path: str) -> list[tuple[str, str]]:
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {path} (--rounds).")
    found = []
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        match = _LINE.fullmatch(text)
        if text and not match:
            raise ValueError(f"{path}, line {number}: {text!r} is neither <flagfile> nor <name> = <flagfile>.")
        if match:
            flagfile = os.path.join(os.path.dirname(path), match["path"])
            if not os.path.exists(flagfile):
                raise FileNotFoundError(f"{path}, line {number}: there is no flagfile {flagfile}.")
            found.append((match["name"] or os.path.basename(flagfile).removesuffix(".flags"), flagfile))
    return found


def _round(name: str, folder: str, flagfile: str, given: list[str], before: str) -> Round:
    concerns = (Records, Model, Optimization, Run, TrainingRows)
    extra = [*given, f"--run={folder}"]
    [own] = command.read_flagfile(flagfile, Run, extra=extra)
    if before and not own.initial_run:
        extra.append(f"--initial_run={before}")
    records, model, optimization, run, rows = command.read_flagfile(flagfile, *concerns, extra=extra)
    try:
        together.check_together(model, optimization)
    except ValueError as error:
        raise ValueError(f"{flagfile}: {error}") from error
    if run.smoke:
        model, optimization, rows = *smoke.shrink(model, optimization), smoke.all_classes(rows)
    arguments = (f"--flagfile={flagfile}", *extra)
    return Round(name, folder, arguments, records, model, optimization, run, rows)
