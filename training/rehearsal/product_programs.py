"""The programs of an encoder of products: train, evaluation, embedding; without records or weights."""

import dataclasses
import functools
import types

import tensorflow as tf

from models.heads import Classes
from models.product_encoder import SIDES
from models.title_encoders import BERT_VOCABULARY, TFIDF
from training import model_state
from training.augmentation.plan import Augmentation
from training.inputs.training_input import TrainingInput
from training.rehearsal import run_programs
from training.rehearsal.run_programs import Program, RunPrograms

XLM_ROBERTA_VOCABULARY = 250002


class ProductPrograms(RunPrograms):
    """See RunPrograms; with the architecture that the flags name.

    Args:
      devices: of a topology.
      classes: of every head that has any.
      model, optimization, distribution: the dataclasses of flags/.
    """

    names = ("train", "evaluation", "embedding")
    examples = "products"

    def __init__(self, devices: list, classes: Classes, model, optimization, distribution):
        self.model = dataclasses.replace(model, weights="none", title_weights="none")
        run_programs.take_precision(distribution.precision)
        where = "device" if distribution.augment_on == "auto" else distribution.augment_on
        self.augmentation = Augmentation(optimization.augment, where)
        titles = types.SimpleNamespace(vocabulary_size=_vocabulary(model), dim=model.tfidf_dim)
        encoder, heads = model_state.build(self.model, titles, classes)
        # The run's own function, which looks at nothing of the input but its augmentation.
        prepare = functools.partial(TrainingInput.on_device, types.SimpleNamespace(augmentation=self.augmentation))
        mixes = bool(self.augmentation.mixing)
        super().__init__(devices, encoder, heads, optimization, prepare, model.margin, mixes)

    def evaluation(self) -> Program:
        """Embeddings of a batch, and the logits of every head that has classes, without its margin."""
        scoring = {space: head for space, head in self.heads.items() if head.num_classes}

        def scored(inputs):
            found = self.encoder(inputs, training=False)
            return found, {space: head(found[space], training=False) for space, head in scoring.items()}

        return self.inference([self.encoder, *scoring.values()], scored, self._asked())

    def embedding(self) -> Program:
        """Embeddings of a batch."""
        return self.inference([self.encoder], lambda inputs: self.encoder(inputs, training=False), self._asked())

    def _asked(self) -> dict:
        return self._inputs(self.model.title_tokens_inference)

    def batch(self) -> dict:
        rows, spaces = self.optimization.batch_size, list(self.encoder.output)
        batch = {"inputs": self._inputs(self.model.title_tokens), "label": self.rows("int32"),
                 "present": {space: self.rows("float32") for space in spaces}}  # fmt: skip
        if "image" not in SIDES[self.model.modality]:
            return batch
        changes = self.augmentation.draw(tf.zeros((rows, 2), tf.int32))
        if "mixing" in changes:
            batch["kept"] = self.rows("float32")
        if self.augmentation.where == "device":
            left = {name: changes[name] for name in ("device", "mixing") if name in changes}
            batch |= tf.nest.map_structure(lambda change: self.rows("float32", *change.shape[1:]), left)
        return batch

    def _inputs(self, tokens: int) -> dict:
        model, inputs = self.model, {}
        if "image" in SIDES[model.modality]:
            inputs |= {"image": self.rows("uint8", model.image_size, model.image_size, 3)}
        if "title" in SIDES[model.modality] and model.title_encoder == TFIDF:
            inputs |= {"title_features": self.rows("float32", model.tfidf_dim)}
        elif "title" in SIDES[model.modality]:
            inputs |= {name: self.rows("int32", tokens) for name in ("token_ids", "padding_mask")}
        return inputs | {f"has_{side}": self.rows("float32") for side in SIDES[model.modality]}


def _vocabulary(model) -> int:
    return XLM_ROBERTA_VOCABULARY if model.title_encoder == "xlm_roberta" else BERT_VOCABULARY
