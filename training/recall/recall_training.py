"""Training of matchers, and of what they begin with, on the records of query-product pairs."""

import functools
import sys

import numpy as np

from tfrecords_tools.folds import TRAIN
from tfrecords_tools.manifest import PairManifest
from training.inputs.tokens import TokenTitles
from training.loop import Loop
from training.recall import hand_over, pair_table, recall_models, stop_words
from training.recall.pair_input import PairInput
from training.recall.recall_evaluation import MatchEvaluation, PretrainingEvaluation
from training.run_folder import RunFolder

LOOKED_AT = 100_000  # queries whose words are counted before pretraining


class RecallTraining(Loop):
    """One run of a matcher.

    Args:
      records: folder of query-product pairs.
      recall, optimization, distribution, run: the dataclasses of flags/.
    """

    examples = "pairs"

    def __init__(self, records: str, recall, optimization, distribution, run):
        if run.best_by != "auto":
            raise ValueError(f"--best_by={run.best_by} has no effect on --matcher={recall.matcher}: leave it out.")
        if run.begins_from and recall.word_vectors != "none":
            raise ValueError(
                f"--word_vectors={recall.word_vectors} has no effect beside --initial_run={run.begins_from}, whose "
                "word vectors and tokenizer are taken: leave it out."
            )
        self.recall, self.manifest = recall, PairManifest.read(records)
        facts = {
            "records": self.manifest.source_fingerprint, "feature_width": self.manifest.feature_width,
            "label_names": len(self.manifest.label_names), "num_classes": 0,
        }  # fmt: skip
        super().__init__(records, optimization, distribution, run, {"recall": recall}, facts, recall.rows_together)

    def make_input(self, begun: bool, distribution) -> PairInput:
        kind = PretrainingInput if self.recall.matcher == "pretrain" else PairInput
        return kind(
            self.records, self.manifest, self.recall, self._titles(begun),
            folds=[TRAIN], optimization=self.optimization, seed=self.options.seed,
        )  # fmt: skip

    def _titles(self, begun: bool) -> TokenTitles:
        if begun:
            return TokenTitles.load(self.folder / "titles")
        lengths = {"length": self.recall.query_tokens, "inference_length": self.recall.query_tokens}
        if self.options.begins_from:
            return TokenTitles(TokenTitles.load(RunFolder(self.options.begins_from) / "titles").tokenizer, **lengths)
        if self.recall.word_vectors != "none":
            return TokenTitles.from_pretrained(self.recall.word_vectors, **lengths)
        return TokenTitles.of_words(pair_table.read(self.records, self.manifest, [TRAIN]).texts, **lengths)

    def make_model(self, trained: bool) -> tuple:
        begins_from = "" if trained else self.options.begins_from
        titles = self.input.titles
        words = None if trained or begins_from else recall_models.first_words(self.recall, titles)
        share = self.input.label_share() if self.recall.matcher == "pretrain" and not trained else None
        encoder, heads = recall_models.build(
            self.recall, titles, self.manifest.feature_width, len(self.manifest.label_names), words, share
        )
        if begins_from:
            print(hand_over.take(self.options, encoder, heads), file=sys.stderr, flush=True)
        return encoder, heads

    def begin_folder(self, concerns: dict, facts: dict) -> None:
        self.folder.begin(concerns, facts, self.encoder, self.input.titles, {})

    def make_evaluator(self):
        kind = PretrainingEvaluation if self.recall.matcher == "pretrain" else MatchEvaluation
        fold, rows = self.options.validation_fold, self.optimization.batch_size
        return kind(self.devices, self.encoder, self.heads, self.input, fold, rows)

    @property
    def deciding(self) -> str:
        return "match/label_recall_at_10" if self.recall.matcher == "pretrain" else "match/ndcg5"

    def banner_rows(self) -> dict[str, str]:
        table = self.input.table
        return {
            "records": f"{len(self.input.positives)} pairs of {len(table.texts)} queries and {len(table.catalogue)} "
            f"products in {self.records}",
            "negatives": f"{self.recall.negatives} a pair, {self.recall.negatives_from}",
        }


class PretrainingInput(PairInput):
    """Pairs whose inputs also say which tokens are labels."""

    @functools.cached_property
    def skipped(self) -> np.ndarray:
        """bool `[vocabulary]`, tokens that are no labels."""
        return stop_words.skipped_tokens(self.titles)

    def label_share(self) -> np.ndarray:
        """float64 `[vocabulary]`, the share of queries that each token labels, of the first LOOKED_AT."""
        texts = self.table.texts[:LOOKED_AT]
        counts = np.zeros(self.titles.vocabulary_size)
        for start in range(0, len(texts), 1000):
            tokens = self.titles(np.array(texts[start : start + 1000], object), training=True)
            rows = [np.unique(row) for row in np.asarray(tokens["token_ids"])]
            counts += np.bincount(np.concatenate(rows), minlength=len(counts))
        return np.where(self.skipped, 0.0, counts / len(texts))

    def epoch(self, epoch: int, first_step: int = 0):
        """See PairInput.epoch; beside its inputs `label_mask` int32 `[rows, tokens]`."""
        skipped = self.skipped

        def labelled(batch):
            tokens = batch["inputs"]
            mask = stop_words.label_mask(skipped, tokens["token_ids"], tokens["padding_mask"])
            return {**batch, "inputs": {**tokens, "label_mask": mask}}

        return super().epoch(epoch, first_step).map(labelled)
