"""The training loop: epochs of device loops, with checkpoints and evaluations between them.

Everything that decides the result (weights, optimizer, random state, step, best score) is in a checkpoint, and the
order of examples is a function of (seed, epoch): a run that was killed and taken up again ends with the same weights.
"""

import dataclasses
import sys

import keras
import numpy as np
import tensorflow as tf

from tfrecords_tools.manifest import Manifest
from training import checkpoints, model_state, optimizers, preemption, progress, schedules, title_inputs
from training import step as training_step
from training import strategy as devices
from training.classes import classes_of_labels, training_folds
from training.evaluation import Evaluator
from training.run_folder import RunFolder
from training.training_input import TrainingInput

LOG_STEPS = 10


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run came to: steps taken, the best validation score and where it stands."""

    steps: int
    best_score: float
    best_step: int
    scores: dict[str, float]


class Training:
    """One run, from its flags to its weights. Build it, then call `run`.

    Args:
      records: folder of the records.
      model, optimization, distribution, run: the dataclasses of flags/.
    """

    def __init__(self, records: str, model, optimization, distribution, run):
        self.records, self.model, self.optimization, self.options = records, model, optimization, run
        self.folder, self.manifest = RunFolder(run.run), Manifest.read(records)
        folds = training_folds(self.manifest, run.validation_fold, run.test_fold)
        classes = classes_of_labels(self.manifest, folds)
        facts = {"records": self.manifest.source_fingerprint, "num_classes": int(classes.max()) + 1}
        concerns = {"model": model, "optimization": optimization, "run": run, "distribution": distribution}
        self._take_devices(distribution)
        begun = self.folder.begun(concerns, facts)
        titles = self._titles(folds, begun)
        self.input = TrainingInput(
            records, self.manifest, model, titles,
            folds=folds, class_of_label=classes, optimization=optimization, seed=run.seed,
            where=self.augment_on, replicas=self.strategy.num_replicas_in_sync, data_service=distribution.data_service,
        )  # fmt: skip
        self.total_steps = self.input.steps_per_epoch * optimization.epochs
        if optimization.max_steps:
            self.total_steps = min(self.total_steps, optimization.max_steps)
        self._build(facts["num_classes"], self.folder.architecture() if begun else "")
        if not begun:
            self.folder.begin(concerns, facts, self.encoder, titles)
        self.evaluate = self._evaluator(classes) if run.validation_fold >= 0 else None
        self._resume()

    def run(self) -> Outcome:
        """Trains to the last step, from the newest checkpoint if there is one."""
        self._say_banner()
        line = progress.ProgressLine(self.total_steps, self.step, self.optimization.batch_size)
        with preemption.noticed() as stop:
            while self.step < self.total_steps:
                epoch, within = divmod(self.step, self.input.steps_per_epoch)
                batches = self.strategy.experimental_distribute_dataset(self.input.epoch(epoch, within))
                self._epoch(iter(batches), (epoch + 1) * self.input.steps_per_epoch, line, stop)
        return Outcome(self.step, self.best_score, self.best_step, self.scores)

    def _epoch(self, iterator, end: int, line: progress.ProgressLine, stop: list) -> None:
        end = min(end, self.total_steps)
        while self.step < end:
            to_checkpoint = self.options.checkpoint_steps - self.step % self.options.checkpoint_steps
            steps = min(self.steps_per_loop, end - self.step, to_checkpoint)
            losses, waited = self._run_steps(iterator, steps)
            self._log(losses.numpy())
            self.step += steps
            line.show(self.step, float(losses[-1]), float(waited))
            if self.step == end:
                self._evaluate()
            if self.step == end or self.step % self.options.checkpoint_steps == 0 or stop:
                self._checkpoint()
            if stop:
                print(f"Stopped by SIGTERM at step {self.step}; run again to go on.", file=sys.stderr)
                sys.exit(128 + stop[0])

    def _run_steps(self, iterator, steps: int):
        try:
            return self.run_steps(iterator, tf.constant(steps))
        except tf.errors.DataLossError as error:
            raise ValueError(
                f"A record of {self.records} is damaged ({error.message.splitlines()[0]}). Which one: "
                f"python -m tfrecords_tools.verify --records={self.records}"
            ) from error

    def _take_devices(self, distribution) -> None:
        self.strategy, self.devices = devices.choose(distribution)
        self.precision = devices.set_numbers(self.devices, distribution.precision)
        self.steps_per_loop = distribution.steps_per_loop
        self.augment_on = distribution.augment_on
        if self.augment_on == "auto":
            self.augment_on = "host" if devices.is_cpu(self.devices) else "device"
        batch, replicas = self.optimization.batch_size, self.strategy.num_replicas_in_sync
        if batch % replicas:
            raise ValueError(
                f"--batch_size={batch} is the batch over all {replicas} replicas and must divide by {replicas}."
            )

    def _titles(self, folds: list[int], begun: bool):
        if begun:
            return title_inputs.load(self.folder / "titles", self.model)
        learned_from = folds if self.model.tfidf_titles == "train" else None
        return title_inputs.learn(self.records, learned_from, self.model, self.options.seed)

    def _build(self, num_classes: int, architecture: str) -> None:
        keras.utils.set_random_seed(self.options.seed)
        with self.strategy.scope():
            self.encoder, self.heads = model_state.build(self.model, self.input.titles, num_classes, architecture)
            if self.strategy.num_replicas_in_sync > 1:
                model_state.synchronise_batch_norm(self.encoder)
            self.schedule = schedules.build(self.optimization, self.input.steps_per_epoch, self.total_steps)
            self.optimizer = optimizers.build(self.optimization, self.schedule)
            step = training_step.make_step(
                self.encoder, self.heads, self.optimizer, self.input.on_device,
                self.optimization.batch_size, self.optimization.label_smoothing, self.optimization.clip_norm,
            )  # fmt: skip
            self.run_steps = training_step.make_loop(self.strategy, step)
        self.variables = model_state.variables_of(self.encoder, self.heads, self.optimizer)

    def _evaluator(self, classes: np.ndarray) -> Evaluator:
        return Evaluator(
            self.strategy, self.encoder, self.heads, self.input,
            self.options.validation_fold, classes, self.optimization.batch_size,
        )  # fmt: skip

    def _resume(self) -> None:
        self.step, self.best_score, self.best_step, self.scores = 0, -1.0, 0, {}
        found = checkpoints.latest(self.folder / "checkpoints")
        if found:
            arrays, state = found
            model_state.restore(self.variables, arrays)
            self.step, self.scores = state["step"], state["scores"]
            self.best_score, self.best_step = state["best_score"], state["best_step"]
        self.log = progress.MetricsLog(self.folder / "metrics.jsonl", self.folder / "tensorboard", self.step)

    def _log(self, losses: np.ndarray) -> None:
        if not np.isfinite(losses).all():
            self._refuse(int(np.argmin(np.isfinite(losses))), losses)
        for step, loss in enumerate(losses, self.step + 1):
            if step % LOG_STEPS == 0 or step == self.total_steps:
                self.log.write(step, {"loss": float(loss), "learning_rate": float(self.schedule(step - 1))})

    def _refuse(self, place: int, losses: np.ndarray) -> None:
        step = self.step + place
        ids = self.input.ids(*divmod(step, self.input.steps_per_epoch))
        raise ValueError(
            f"Loss is {losses[place]} at step {step + 1}, learning rate {float(self.schedule(step)):.3g}. "
            f"Products of the batch: {', '.join(ids[:8])}{', ...' if len(ids) > 8 else ''}. "
            "Lower --learning_rate or set --clip_norm=1; the last checkpoint is untouched."
        )

    def _evaluate(self) -> None:
        last = self.step == self.total_steps
        epoch = self.step // self.input.steps_per_epoch
        if not last and epoch % self.options.evaluate_epochs:
            return
        if self.evaluate:
            self.scores = self.evaluate()
            self.log.write(self.step, self.scores)
            shown = "  ".join(f"{name} {value:.4f}" for name, value in self.scores.items())
            print(f"step {self.step}: {shown}", file=sys.stderr, flush=True)
        score = self.scores.get(f"{self.model.modality}/mean_f1", 0.0)
        if not self.evaluate or score > self.best_score:
            self.best_score, self.best_step = score, self.step
            weights = model_state.values_of(model_state.variables_of(self.encoder, self.heads))
            checkpoints.save(
                self.folder / "best", self.step, weights, {"step": self.step, "scores": self.scores}, keep=1
            )

    def _checkpoint(self) -> None:
        self.log.flush()
        state = {
            "step": self.step,
            "scores": self.scores,
            "best_score": self.best_score,
            "best_step": self.best_step,
        }
        checkpoints.save(self.folder / "checkpoints", self.step, model_state.values_of(self.variables), state)

    def _say_banner(self) -> None:
        replicas = self.strategy.num_replicas_in_sync
        batch = self.optimization.batch_size
        rows = {
            "devices": f"{self.devices}, {replicas} replica(s), {self.precision}",
            "pictures": f"changed on the {self.augment_on}: {self.optimization.augment or 'nothing'}",
            "batch": f"{batch} in all, {batch // replicas} per replica",
            "steps": f"{self.total_steps} ({self.input.steps_per_epoch} per epoch), starting at {self.step}",
            "records": f"{self.manifest.count(self.input.folds)} in folds {list(self.input.folds)} of {self.records}",
            "classes": f"{next(iter(self.heads.values())).num_classes}",
            "parameters": f"{self.encoder.count_params():,} encoder, "
            f"{sum(head.count_params() for head in self.heads.values()):,} heads",
            "run": self.folder.path,
        }
        print(progress.banner(rows), file=sys.stderr, flush=True)
