"""An encoder that takes saved weights in turn, to score them and to measure their BatchNorms anew."""

import itertools
import sys

import numpy as np

from tfrecords_tools.manifest import Manifest
from training import devices, model_state
from training.averages import batch_norm_statistics
from training.classes import of_run
from training.evaluation import Evaluator, deciding
from training.inputs.training_input import TrainingInput
from training.run_folder import RunFolder


class Bench:
    """One encoder for all weights of a kind of run.

    Args:
      records: folder of the records that the runs were trained on; only training and validation folds are read.
      folder: RunFolder whose flags and architecture hold for all weights, with weights in its subfolder `weights`.
      distribution: flags.distribution.Distribution.
      steps: batches that BatchNorm is measured on.

    Attributes:
      measure: the score that decides, such as `<modality>/mean_f1`.
      evaluate: Evaluator of the validation fold; None where the run has none.

    Raises:
      ValueError: other records, or a batch that does not divide over the replicas.
    """

    def __init__(self, records: str, folder: RunFolder, weights: str, distribution, steps: int):
        config, manifest = folder.config(), Manifest.read(records)
        if manifest.source_fingerprint != config.facts.records:
            raise ValueError(f"--records={records} are not those that {folder.path} was trained on: give the same.")
        self.devices, self.steps, self.scored = devices.choose(distribution), steps, 0
        _check_batch(config.optimization.batch_size, self.devices.replicas, folder)
        with self.devices.scope():
            self.encoder, self.heads, titles = folder.load(weights)
        self.devices.prepare_batch_norm(self.encoder)
        self.variables = model_state.variables_of(self.encoder, self.heads)
        self.measure = deciding(config.model, config.run)
        self._read(records, manifest, config, titles)

    def score(self, name: str, arrays: dict[str, np.ndarray]) -> dict[str, float]:
        """Scores of the validation fold with these weights; {} where the run has none."""
        if not self.evaluate:
            return {}
        model_state.restore(self.variables, arrays)
        scores, self.scored = self.evaluate(), self.scored + 1
        print(f"{self.scored}: {name}  {self.measure} {scores.get(self.measure, 0.0):.4f}", file=sys.stderr, flush=True)
        return scores

    def reestimated(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same weights with BatchNorm's statistics measured on training batches; as they are for 0 steps."""
        if not self.steps:
            return arrays
        model_state.restore(self.variables, arrays)
        epochs = (self.input.epoch(number).map(lambda batch: batch["inputs"]) for number in itertools.count())
        batches = itertools.chain.from_iterable(self.devices.batches(epoch) for epoch in epochs)
        batch_norm_statistics.reestimate_batch_norm(self.devices, self.encoder, batches, self.steps, say=True)
        return model_state.values_of(self.variables)

    def _read(self, records: str, manifest: Manifest, config, titles) -> None:
        rows, classes = of_run(records, manifest, config.run, config.rows)
        self.input = TrainingInput(
            records, manifest, config.model, titles,
            folds=rows.folds, class_of_label=classes, optimization=config.optimization, seed=config.run.seed,
            replicas=self.devices.replicas, chosen=rows,
        )  # fmt: skip
        self.evaluate = None
        if config.run.validation_fold >= 0:
            self.evaluate = Evaluator(
                self.devices, self.encoder, self.heads, self.input,
                config.run.validation_fold, classes, config.optimization.batch_size,
            )  # fmt: skip


def _check_batch(batch: int, replicas: int, folder: RunFolder) -> None:
    if batch % replicas:
        raise ValueError(
            f"{folder.path} was trained with --batch_size={batch}, which does not divide by the {replicas} replicas "
            "here: give --replicas=1."
        )
