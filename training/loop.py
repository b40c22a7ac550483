"""The training loop: epochs of device loops, with checkpoints and evaluations between them.

Everything that decides the result (weights, optimizer, random state, step, best score) is in a checkpoint, and the
order of examples is a function of (seed, epoch): a run that was killed and taken up again ends with the same weights.
"""

import abc
import dataclasses
import sys

import keras
import numpy as np
import tensorflow as tf

from training import checkpoints, devices, model_state, preemption, progress, schedules, tf_config
from training.machine import storage
from training.run_folder import RunFolder
from training.saving import Saving
from training.steps import optimizers, step_options

LOG_STEPS = 10


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run came to: steps taken, the best validation score, which one it is, and where it stands."""

    steps: int
    deciding: str
    best_score: float
    best_step: int
    scores: dict[str, float]


def _folder_of(run: str, worker) -> str:
    """Where this process writes: workers beside the chief keep the same files in folders of their own."""
    return run if worker is None or worker.is_chief else f"{run.rstrip('/')}/workers/{worker.index}"


class Loop(abc.ABC):
    """One run, from its flags to its weights; what is trained on what is a subclass's. Build it, then call `run`.

    Args:
      records: folder of the records.
      optimization, distribution, run: the dataclasses of flags/.
      concerns: {name: dataclass of flags} that decide the run beside these three.
      facts: what the run depends on beside its flags, such as the records' fingerprint.
      rows_together: rows of a batch that the heads' loss looks at together.

    Attributes:
      examples: what the rows of a batch are, for messages. margin: of the heads, in radians, once it has risen.
    """

    examples, margin = "products", 0.0

    def __init__(self, records: str, optimization, distribution, run, concerns: dict, facts: dict, rows_together: int):
        self.records, self.optimization, self.options = records, optimization, run
        worker = tf_config.read()
        unreachable = storage.fault(records, distribution.tpu, len(worker.addresses) if worker else 1)
        if unreachable:
            raise ValueError(unreachable)
        self.folder = RunFolder(_folder_of(run.run, worker))
        concerns = {"optimization": optimization, "run": run, "distribution": distribution, **concerns}
        self._take_devices(distribution, rows_together)
        begun = self.folder.begun(concerns, facts)
        self.input = self.make_input(begun, distribution)
        self.total_steps = schedules.total_steps(optimization, self.input.steps_per_epoch)
        # Until there is a checkpoint the weights to begin with are those that are built, not those of a checkpoint.
        self._build(begun and bool(checkpoints.steps(self.folder / "checkpoints")))
        if not begun:
            self.begin_folder(concerns, facts)
        self.evaluate = self.make_evaluator() if run.validation_fold >= 0 else None
        self._resume()

    @abc.abstractmethod
    def make_input(self, begun: bool, distribution):
        """What yields the batches, see training.inputs.training_input.TrainingInput; `begun`: the folder has a run."""

    @abc.abstractmethod
    def make_model(self, trained: bool) -> tuple:
        """Encoder and heads; `trained`: a checkpoint will give them their weights."""

    @abc.abstractmethod
    def begin_folder(self, concerns: dict, facts: dict) -> None:
        """Writes what a run folder begins with."""

    @abc.abstractmethod
    def make_evaluator(self):
        """What gives {name: score} of the validation fold when it is called."""

    @property
    @abc.abstractmethod
    def deciding(self) -> str:
        """Name of the score that the best weights are chosen by."""

    @abc.abstractmethod
    def banner_rows(self) -> dict[str, str]:
        """What the start banner says of the input and the heads."""

    def run(self) -> Outcome:
        """Trains to the last step, from the newest checkpoint if there is one."""
        self._say_banner()
        line = progress.ProgressLine(self.total_steps, self.step, self.optimization.batch_size)
        with preemption.noticed() as stop, self.saving:
            while self.step < self.total_steps:
                epoch, within = divmod(self.step, self.input.steps_per_epoch)
                self._epoch(self.devices.batches(self.input.epoch(epoch, within)), line, stop)
        return Outcome(self.step, self.deciding, self.best_score, self.best_step, self.scores)

    def _epoch(self, iterator, line: progress.ProgressLine, stop: list) -> None:
        """Trains to the end of the epoch, or until its input must be taken up elsewhere."""
        end = min(self.total_steps, (self.step // self.input.steps_per_epoch + 1) * self.input.steps_per_epoch)
        while self.step < end:
            steps = min([self.steps_per_loop, *(mark - self.step for mark in self._marks(end))])
            losses, waited = self._run_steps(iterator, steps)
            if not np.isfinite(losses).all():
                self._go_back(losses)
                return
            self._log(losses)
            self.step += steps
            line.show(self.step, float(losses[-1]), waited)
            if self._is_evaluation():
                scores = self._evaluate()
                if self.step in self.cycle_ends:
                    self.saving.snapshot(self.step, scores)
            if self.step == end or self.step % self.options.checkpoint_steps == 0 or stop:
                self._checkpoint()
            if stop:
                self.saving.wait()
                print(f"Stopped by SIGTERM at step {self.step}; run again to go on.", file=sys.stderr)
                sys.exit(128 + stop[0])

    def _marks(self, end: int) -> list[int]:
        """The steps ahead at which the device loop must return."""
        every = self.options.checkpoint_steps
        return [end, (self.step // every + 1) * every, *(mark for mark in self.cycle_ends if mark > self.step)]

    def _run_steps(self, iterator, steps: int):
        try:
            return self.steps.run(iterator, steps)
        except tf.errors.DataLossError as error:
            raise ValueError(
                f"A record of {self.records} is damaged ({error.message.splitlines()[0]}). Which one: "
                f"python -m tfrecords_tools.verify --records={self.records}"
            ) from error

    def _take_devices(self, distribution, together: int) -> None:
        self.devices = devices.choose(distribution)
        self.steps_per_loop = distribution.steps_per_loop
        self.augment_on = distribution.augment_on
        if self.augment_on == "auto":
            self.augment_on = "host" if self.devices.is_cpu else "device"
        chosen = self.optimization
        step_options.check_batch(chosen.batch_size, chosen.accumulate_steps, self.devices.replicas, together)

    def _build(self, trained: bool) -> None:
        keras.utils.set_random_seed(self.options.seed)
        with self.devices.scope():
            self.encoder, self.heads = self.make_model(trained)
            self._build_step()
        self.variables = model_state.variables_of(self.encoder, self.heads, self.optimizer)
        self.variables |= {f"average/{place:04d}": v for place, v in enumerate(self.steps.averages)}
        if self.steps.loss_scale:
            self.variables |= {f"loss_scale/{v.name}": v for v in self.steps.loss_scale.variables}
        self.saving = Saving(self.folder, self.encoder, self.heads, self.variables)

    def _build_step(self) -> None:
        chosen, per_epoch = self.optimization, self.input.steps_per_epoch
        self.schedule = schedules.build(chosen, per_epoch, self.total_steps)
        self.cycle_ends = schedules.snapshot_steps(chosen, self.total_steps)
        self.optimizer = optimizers.build(chosen, self.schedule)
        options = step_options.of(chosen, self.encoder, self.heads, per_epoch, self.margin, self.input.mixes)
        self.steps = self.devices.step(self.encoder, self.heads, self.optimizer, self.input.on_device, options)

    def _resume(self) -> None:
        fresh = {"step": 0, "best_score": -1.0, "best_step": 0, "scores": {}, "restores": 0}
        self._take(self.saving.restore() or fresh)
        self.log = progress.MetricsLog(self.folder / "metrics.jsonl", self.folder / "tensorboard", self.step)

    def _take(self, state: dict) -> None:
        self.step, self.scores, self.restores = state["step"], state["scores"], state["restores"]
        self.best_score, self.best_step = state["best_score"], state["best_step"]

    def _checkpoint(self) -> None:
        self.log.flush()
        self.steps.sync()
        names = ("step", "scores", "best_score", "best_step", "restores")
        self.saving.checkpoint({name: getattr(self, name) for name in names})

    def _log(self, losses: np.ndarray) -> None:
        for step, loss in enumerate(losses, self.step + 1):
            if step % LOG_STEPS == 0 or step == self.total_steps:
                self.log.write(step, {"loss": float(loss), "learning_rate": float(self.schedule(step - 1))})

    def _go_back(self, losses: np.ndarray) -> None:
        """Takes up the last checkpoint, and passes over the batches from there to the loss that is not finite.

        Raises:
          ValueError: that is not wanted, or has happened too often.
        """
        place, end = int(np.argmin(np.isfinite(losses))), self.step + len(losses)
        found = self._not_finite(self.step + place, losses[place])
        if self.options.on_nan == "stop" or self.restores >= self.options.nan_restores:
            often = f" It is time {self.restores + 1} in this run (--nan_restores)." if self.restores else ""
            raise ValueError(f"{found}{often} Lower --learning_rate or set --clip_norm=1; the last checkpoint stands.")
        state = self.saving.restore()
        if state is None:
            raise ValueError(f"{found} There is no checkpoint yet to go back to: lower --checkpoint_steps.")
        print(f"{found} Back to step {state['step']}, on from step {end}.", file=sys.stderr, flush=True)
        self._take({**state, "step": end, "restores": self.restores + 1})
        self.optimizer.iterations.assign(end)
        self.steps.load()
        self._checkpoint()

    def _not_finite(self, step: int, loss: float) -> str:
        ids = self.input.ids(*divmod(step, self.input.steps_per_epoch))
        return (
            f"Loss is {loss} at step {step + 1}, learning rate {float(self.schedule(step)):.3g}. "
            f"{self.examples.capitalize()} of the batch: {', '.join(ids[:8])}{', ...' if len(ids) > 8 else ''}."
        )

    def _is_evaluation(self) -> bool:
        epoch, within = divmod(self.step, self.input.steps_per_epoch)
        due = not within and epoch % self.options.evaluate_epochs == 0
        return due or self.step == self.total_steps or self.step in self.cycle_ends

    def _evaluate(self) -> dict[str, float]:
        """Scores the weights and, where there is one, their moving average, which then is what counts.

        Returns:
          the scores of the weights themselves.
        """
        self.steps.sync()
        plain = self.scores = self._scored("")
        if not self.steps.averages:
            self._keep_if_best()
            return plain
        with model_state.holding(self.steps.variables, self.steps.averages):
            self.scores = self._scored("average/")
            self._keep_if_best()
        return plain

    def _scored(self, prefix: str) -> dict[str, float]:
        if not self.evaluate:
            return {}
        scores = self.evaluate()
        self.log.write(self.step, {f"{prefix}{name}": value for name, value in scores.items()})
        shown = "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
        print(f"step {self.step}: {prefix}{shown}", file=sys.stderr, flush=True)
        return scores

    def _keep_if_best(self) -> None:
        score = self._deciding_score()
        if not self.evaluate or score > self.best_score:
            self.best_score, self.best_step = score, self.step
            self.saving.best(self.step, self.scores)

    def _deciding_score(self) -> float:
        if self.scores and self.deciding not in self.scores and self.options.best_by != "auto":
            raise ValueError(
                f"--best_by={self.options.best_by}: fold {self.options.validation_fold} has no {self.deciding}, but "
                f"{', '.join(self.scores)}."
            )
        return self.scores.get(self.deciding, 0.0)

    def _say_banner(self) -> None:
        replicas = self.devices.replicas
        batch = self.optimization.batch_size
        rows = {
            "devices": f"{self.devices.line}, {replicas} replica(s), {self.devices.precision}",
            "batch": f"{batch} in all, {batch // replicas} per replica",
            "steps": f"{self.total_steps} ({self.input.steps_per_epoch} per epoch), starting at {self.step}",
            **self.banner_rows(),
            "parameters": f"{self.encoder.count_params():,} encoder, "
            f"{sum(head.count_params() for head in self.heads.values()):,} heads",
            "run": self.folder.path,
        }
        print(progress.banner(rows), file=sys.stderr, flush=True)
