"""Training of product encoders: pictures and titles in, margin heads or classifiers above."""

import sys

from tfrecords_tools.manifest import Manifest
from training import initial_weights, model_state
from training.classes import described, names_of, of_run
from training.evaluation import Evaluator, deciding
from training.inputs import title_inputs
from training.inputs.training_input import TrainingInput
from training.loop import Loop
from training.run_folder import RunFolder


class Training(Loop):
    """One run of a product encoder.

    Args:
      records: folder of the records.
      model, optimization, distribution, run: the dataclasses of flags/.
      rows: flags.selection.TrainingRows; None = all of the training folds.
    """

    def __init__(self, records: str, model, optimization, distribution, run, rows=None):
        self.model, self.manifest, self.margin = model, Manifest.read(records), model.margin
        self.rows, self.classes = of_run(records, self.manifest, run, rows)
        facts = {"records": self.manifest.source_fingerprint, "num_classes": int(self.classes.max()) + 1}
        if model.level_weights:
            facts["level_sizes"] = [len(names) for names in self.manifest.level_names]
        concerns = {"model": model, **({"rows": rows} if rows else {})}
        super().__init__(records, optimization, distribution, run, concerns, facts, model.rows_together)

    def make_input(self, begun: bool, distribution) -> TrainingInput:
        return TrainingInput(
            self.records, self.manifest, self.model, self._titles(begun),
            folds=self.rows.folds, class_of_label=self.classes, optimization=self.optimization,
            seed=self.options.seed, where=self.augment_on, replicas=self.devices.replicas,
            data_service=distribution.data_service, chosen=self.rows,
        )  # fmt: skip

    def _titles(self, begun: bool):
        if begun:
            return title_inputs.load(self.folder / "titles", self.model)
        if self.options.begins_from:
            return title_inputs.load(RunFolder(self.options.begins_from) / "titles", self.model)
        learned_from = self.rows.folds if self.model.tfidf_titles == "train" else None
        return title_inputs.learn(self.records, learned_from, self.model, self.options.seed)

    def make_model(self, trained: bool) -> tuple:
        classes = described(self.manifest, self.rows, self.classes)
        architecture = self.folder.architecture() if trained else ""
        encoder, heads = model_state.build(self.model, self.input.titles, classes, architecture, self.options.seed)
        self.devices.prepare_batch_norm(encoder)
        if self.options.begins_from and not trained:
            print(initial_weights.take(self.options, encoder, heads, self._names()), file=sys.stderr, flush=True)
        return encoder, heads

    def begin_folder(self, concerns: dict, facts: dict) -> None:
        self.folder.begin(concerns, facts, self.encoder, self.input.titles, self._names())

    def _names(self) -> dict:
        return names_of(self.manifest, self.classes)

    def make_evaluator(self) -> Evaluator:
        return Evaluator(
            self.devices, self.encoder, self.heads, self.input,
            self.options.validation_fold, self.classes, self.optimization.batch_size,
        )  # fmt: skip

    @property
    def deciding(self) -> str:
        return deciding(self.model, self.options)

    def banner_rows(self) -> dict[str, str]:
        return {
            "pictures": f"changed on the {self.augment_on}: {self.optimization.augment or 'nothing'}",
            "records": f"{len(self.input.numbers)} of {self.manifest.count(self.input.folds)} in folds "
            f"{list(self.input.folds)} of {self.records}",
            "classes": f"{next(iter(self.heads.values())).num_classes or 'none: tuples'}",
        }
