"""Averages weights and scores every one beside its average, on the validation fold of the runs."""

import dataclasses

import tensorflow as tf

from training import checkpoints
from training.averages import average_members, weight_averages
from training.averages.weight_bench import Bench
from training.run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Scored:
    """One set of weights and what it is worth.

    Attributes:
      weights: its name in the table.
      file: what it was read from, or written to.
      step: of training; of an average the newest member's.
      scores: of the validation fold; empty where the runs have none.
      in_average: it is a member of the average.
      loadable: RunFolder.load finds it by the name of its subfolder.
    """

    weights: str
    file: str
    step: int
    scores: dict[str, float]
    in_average: bool = False
    loadable: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """All that was scored, in the order of the table, and which of it is in averaged/.

    Attributes:
      measure: the score that decides, such as `<modality>/mean_f1`.
    """

    rows: list[Scored]
    written: Scored
    measure: str

    def best(self) -> Scored:
        """What to embed with: the written average, unless weights that were there before score higher."""
        rows = [self.written, *(row for row in self.rows if row.loadable)]
        return max(rows, key=lambda row: row.scores.get(self.measure, 0.0))


def average_snapshots(records: str, run: str, average, distribution) -> Outcome:
    """Averages the snapshots of a run into its averaged/ (stochastic weight averaging, arXiv:1803.05407).

    Args:
      records: folder of the run's records.
      average: flags.average.Average.
      distribution: flags.distribution.Distribution.
    """
    folder = RunFolder(run)
    members = average_members.snapshots(folder)
    bench = Bench(records, folder, "snapshots", distribution, average.batch_norm_steps)
    return _average(bench, folder, members, average_members.newest(folder, ["checkpoints", "best"]), average)


def average_runs(records: str, run: str, average, distribution) -> Outcome:
    """Averages the best weights of `average.folders` into averaged/ of `run` (a model soup, arXiv:2203.05482).

    `run` may be one of them, or a folder that does not exist: it then gets the first one's flags, architecture and
    title inputs. BatchNorm is measured on the first one's training batches.

    Raises:
      ValueError: the runs, or the run that is there already, differ in more than their training.
    """
    target, folders = RunFolder(run), [RunFolder(folder) for folder in average.folders]
    members = average_members.best_weights(folders)
    exists = tf.io.gfile.exists(target / "config.json")
    average_members.check_alike([*folders, *([target] if exists else [])])
    bench = Bench(records, folders[0], "best", distribution, average.batch_norm_steps)
    return _average(bench, target, members, average_members.WeightFiles([]), average, None if exists else folders[0])


def _average(bench: Bench, target: RunFolder, members, others, average, source: RunFolder | None = None) -> Outcome:
    """Scores, averages and writes; a `target` that is no run yet becomes one like `source`."""
    if average.soup == "greedy" and not bench.evaluate:
        raise ValueError("--soup=greedy chooses by the validation score, and these runs have --validation_fold=-1.")
    alone = {file: bench.score(file, members[file]) for file in members}
    beside = {file: bench.score(file, others[file]) for file in others}
    arrays, kept = _mean(bench, members, alone, average.soup)
    step = max(map(members.step, kept))
    made = [("average", arrays)]
    if average.batch_norm_steps:
        made.append(("average, BatchNorm anew", bench.reestimated(arrays)))
    file = target / f"averaged/step-{step:08d}.npz"
    averages = [Scored(name, file, step, bench.score(name, weights)) for name, weights in made]
    # Of two that score the same the one measured anew: it is what the method says.
    written = max(range(len(made)), key=lambda place: (averages[place].scores.get(bench.measure, 0.0), place))
    if source:
        average_members.begin(target, source)
    _save(target, step, made[written][1], averages[written].scores, kept)
    rows = [_row(members, file, scores, file in kept) for file, scores in alone.items()]
    rows += [_row(others, file, scores, False) for file, scores in beside.items()]
    return Outcome(rows + averages, averages[written], bench.measure)


def _mean(bench: Bench, members, alone: dict, soup: str) -> tuple[dict, list[str]]:
    if soup == "uniform":
        return weight_averages.mean(members), list(members)
    return weight_averages.greedy_soup(
        members,
        {file: scores.get(bench.measure, 0.0) for file, scores in alone.items()},
        lambda arrays: bench.score("the soup with one more", bench.reestimated(arrays)).get(bench.measure, 0.0),
    )


def _row(files, file: str, scores: dict, in_average: bool) -> Scored:
    run, place, _ = file.rsplit("/", 2)
    names = {"checkpoints": "last", "best": f"best of {run}", "snapshots": f"snapshot {files.step(file)}"}
    return Scored(names[place], file, files.step(file), scores, in_average, loadable=place == "best")


def _save(target: RunFolder, step: int, arrays: dict, scores: dict, kept: list[str]) -> None:
    folder = target / "averaged"
    before = checkpoints.steps(folder)
    state = {"step": step, "scores": scores, "members": kept}
    checkpoints.save(folder, step, arrays, state, keep=len(before) + 1)
    for old in set(before) - {step}:  # of any step: the average of other members may have a higher one
        checkpoints.remove(folder, old)
