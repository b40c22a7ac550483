"""The programs of a matcher, or of what it begins with: train, and its two towers; without records or weights."""

import types

from models.recall import matching_towers
from models.title_encoders import BERT_VOCABULARY
from training.recall import recall_models
from training.rehearsal import run_programs
from training.rehearsal.run_programs import Program, RunPrograms

MARKS = types.SimpleNamespace(start_token_id=101, end_token_id=102)  # of BERT's English vocabulary


class RecallPrograms(RunPrograms):
    """See RunPrograms; queries are tokens of BERT's English vocabulary.

    Args:
      devices: of a topology.
      feature_width, label_names: floats of a region, and classes of regions.
      recall, optimization, distribution: the dataclasses of flags/.
    """

    examples = "rows"

    def __init__(self, devices: list, feature_width: int, label_names: int, recall, optimization, distribution):
        run_programs.take_precision(distribution.precision)
        titles = types.SimpleNamespace(vocabulary_size=BERT_VOCABULARY, tokenizer=MARKS)
        encoder, heads = recall_models.build(recall, titles, feature_width, label_names)
        self.tokens = recall.query_tokens
        self.names = ("train", "products") if recall.matcher == "pretrain" else ("train", "queries", "products")
        super().__init__(devices, encoder, heads, optimization, lambda batch: batch)

    def queries(self) -> Program:
        """What the tower gives of a batch of queries."""
        return self._tower(of_query=True)

    def products(self) -> Program:
        """What the tower gives of a batch of products."""
        return self._tower(of_query=False)

    def _tower(self, of_query: bool) -> Program:
        tower = matching_towers.side(self.encoder, of_query)
        return self.inference([tower], lambda inputs: tower(inputs, training=False), self._inputs(tower))

    def batch(self) -> dict:
        present = {matching_towers.SPACE: self.rows("float32")}
        return {"inputs": self._inputs(self.encoder), "label": self.rows("int32", 2), "present": present}

    def _inputs(self, model) -> dict:
        shapes = {name: [size or self.tokens for size in value.shape[1:]] for name, value in model.input.items()}
        return {name: self.rows(model.input[name].dtype, *shape) for name, shape in shapes.items()}
