"""How every command starts: flags are parsed and checked together before TensorFlow is imported.

All commands know all flags, so that one flagfile serves convert, train, embed and match; a command's own
`--help` shows those it reads.
"""

import dataclasses
import sys
import traceback
from collections.abc import Callable, Sequence

from absl import app, flags

from flags import (
    average,
    classify,
    cleaning,
    data,
    define,
    distribution,
    matching,
    mining,
    model,
    optimizer,
    preflight,
    ranking,
    recall,
    rounds,
    sample,
    scoring,
    selection,
    service,
    title_recall,
)  # fmt: skip
from flags import run as run_flags
from flags import weights as weight_flags

CONCERNS = (
    data.Source,
    data.Records,
    selection.Selection,
    selection.TrainingRows,
    data.Pipeline,
    data.Verification,
    data.Inspection,
    model.Model,
    optimizer.Optimization,
    average.Average,
    cleaning.Cleaning,
    rounds.Rounds,
    preflight.Preflight,
    distribution.Distribution,
    run_flags.Run,
    matching.Matching,
    matching.Report,
    recall.Recall,
    mining.Mining,
    weight_flags.RunWeights,
    classify.Predictions,
    classify.Classification,
    classify.Ensemble,
    ranking.Scores,
    ranking.Ranking,
    ranking.ScoreEnsemble,
    sample.Sample,
    scoring.Scoring,
    scoring.Captions,
    service.Service,
    title_recall.TitleRecall,
)


def read_flagfile(path: str, *concerns: type, extra: Sequence[str] = ()) -> list:
    """Builds `concerns` from a flagfile (a recipe, or a run folder's run.flags), without touching the command line's.

    Args:
      extra: flags that stand behind it on the command line.

    Raises:
      ValueError: a line that is no flag, or a value that is not allowed; names the file.
    """
    values = flags.FlagValues()
    for concern in CONCERNS:
        define.define(concern, values)
    flags.DEFINE_string("flagfile", "", "", flag_values=values)
    try:
        values(["flagfile", f"--flagfile={path}", *extra])
        return [define.read(concern, values) for concern in concerns]
    except (flags.Error, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def given(*but: str) -> list[str]:
    """The flags that the command line gives, as text, without those named in `but`: for a process that is to have
    them too."""
    own = {field.name for concern in CONCERNS for field in dataclasses.fields(concern)} - set(but)
    return [flags.FLAGS[name].serialize() for name in sorted(own) if flags.FLAGS[name].present]


def run(main: Callable[..., None], *concerns: type) -> None:
    """Parses the command line, builds `concerns` and calls `main` with them.

    A wrong flag value exits with status 2, bad input or a missing extra (ValueError, OSError,
    ImportError) with status 1, both with one line that
    begins with `error:`. `--traceback` also shows where it was raised.
    """
    for concern in dict.fromkeys(CONCERNS + concerns):
        define.define(concern)
    if "traceback" not in flags.FLAGS:
        flags.DEFINE_boolean("traceback", False, "On an error, also print where in the code it was raised.")
    _show_in_help(concerns)
    sys.modules["__main__"].__doc__ = sys.modules[main.__module__].__doc__
    app.run(lambda argv: _call(main, concerns, argv))


def _show_in_help(concerns: tuple[type, ...]) -> None:
    for concern in concerns:
        for field in dataclasses.fields(concern):
            flags.FLAGS.register_key_flag_for_module(sys.argv[0], flags.FLAGS[field.name])


def _call(main: Callable[..., None], concerns: tuple[type, ...], argv: list[str]) -> None:
    if argv[1:]:
        _exit(2, f"unexpected argument {argv[1]!r}: every option is written --name=value (see --help).")
    try:
        arguments = [define.read(concern) for concern in concerns]
    except ValueError as error:
        _exit(2, str(error))
    try:
        main(*arguments)
    except (ValueError, OSError, ImportError) as error:
        if flags.FLAGS.traceback:
            traceback.print_exc()
        _exit(1, str(error))


def _exit(status: int, message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)
