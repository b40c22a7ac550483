"""The programs of a run (train, evaluation, embedding) as jitted functions of shapes, without records or weights."""

import dataclasses
import functools
import types

import jax
import keras
import numpy as np
import tensorflow as tf
from jax.sharding import NamedSharding

from models import column_shards, jax_layouts
from models.heads import Classes
from models.product_encoder import SIDES
from models.title_encoders import BERT_VOCABULARY, TFIDF
from training import model_state, schedules
from training.augmentation.plan import Augmentation
from training.inputs.training_input import TrainingInput
from training.steps import optimizers, step_options
from training.steps.jax_step import Step

XLM_ROBERTA_VOCABULARY = 250002
STEPS_PER_EPOCH = 1000  # only places the schedule's corners: no program's size depends on it


@dataclasses.dataclass(frozen=True)
class Program:
    """A jitted function, its abstract arguments, and bytes of each part of them on one device."""

    function: jax.stages.Wrapped
    arguments: tuple
    parts: dict[str, int]


class Programs:
    """The programs of one run for `devices`, with random weights of the architecture that the flags name.

    Args:
      devices: of a topology.
      classes: of every head that has any.
      model, optimization, distribution: the dataclasses of flags/.

    Raises:
      ValueError: a batch that does not divide by the devices, or a head whose classes are split.
    """

    def __init__(self, devices: list, classes: Classes, model, optimization, distribution):
        self.model, self.optimization = dataclasses.replace(model, weights="none", title_weights="none"), optimization
        policy = "mixed_bfloat16" if distribution.precision == "auto" else distribution.precision
        keras.config.set_dtype_policy(policy)
        where = "device" if distribution.augment_on == "auto" else distribution.augment_on
        self.augmentation = Augmentation(optimization.augment, where)
        self.titles = types.SimpleNamespace(vocabulary_size=_vocabulary(model), dim=model.tfidf_dim)
        self.encoder, self.heads = model_state.build(self.model, self.titles, classes)
        total = STEPS_PER_EPOCH * optimization.epochs
        optimizer = optimizers.build(optimization, schedules.build(optimization, STEPS_PER_EPOCH, total))
        mixes = bool(self.augmentation.mixing)
        options = step_options.of(optimization, self.encoder, self.heads, STEPS_PER_EPOCH, model.margin, mixes)
        # The run's own function, which looks at nothing of the input but its augmentation.
        prepare = functools.partial(TrainingInput.on_device, types.SimpleNamespace(augmentation=self.augmentation))
        self.whole = jax_layouts.over(devices).whole
        self.step = Step(devices, self.encoder, self.heads, optimizer, prepare, options)
        if any(map(column_shards.is_split, self.step.variables)):
            raise ValueError(
                "--head=sharded lies on the devices of this machine, so it cannot be compiled for others: check with "
                "--head=replicated and --classes divided by the number of devices."
            )

    def train(self) -> Program:
        """One update: augmentation on the device, loss, gradients, optimizer."""
        state = {name: [_spec(v, to) for v, to in zip(group, self.step.layouts[name], strict=True)]
                 for name, group in self.step.groups.items()}  # fmt: skip
        batch = self._batch()
        sizes = {name: sum(map(_bytes, group)) for name, group in state.items()}
        return Program(self.step.update, (state, batch), {**sizes, "batch": self._share(batch)})

    def evaluation(self) -> Program:
        """Embeddings of a batch, and the logits of every head that has classes, without its margin."""

        def scored(weights, inputs):
            with keras.StatelessScope(state_mapping=zip(variables, weights, strict=True)):
                found = self.encoder(inputs, training=False)
                return found, {space: head(found[space], training=False) for space, head in scoring.items()}

        scoring = {space: head for space, head in self.heads.items() if head.num_classes}
        variables = [v for owner in (self.encoder, *scoring.values()) for v in owner.variables]
        return self._inference(scored, variables)

    def embedding(self) -> Program:
        """Embeddings of a batch."""

        def embedded(weights, inputs):
            with keras.StatelessScope(state_mapping=zip(variables, weights, strict=True)):
                return self.encoder(inputs, training=False)

        variables = list(self.encoder.variables)
        return self._inference(embedded, variables)

    def _inference(self, function, variables) -> Program:
        weights = [_spec(v, self.whole) for v in variables]
        inputs = self._inputs(self.model.title_tokens_inference)
        parts = {"weights": sum(map(_bytes, weights)), "batch": self._share(inputs)}
        return Program(jax.jit(function), (weights, inputs), parts)

    def _batch(self) -> dict:
        rows, spaces = self.optimization.batch_size, list(self.encoder.output)
        batch = {"inputs": self._inputs(self.model.title_tokens), "label": self._rows("int32"),
                 "present": {space: self._rows("float32") for space in spaces}}  # fmt: skip
        if "image" not in SIDES[self.model.modality]:
            return batch
        changes = self.augmentation.draw(tf.zeros((rows, 2), tf.int32))
        if "mixing" in changes:
            batch["kept"] = self._rows("float32")
        if self.augmentation.where == "device":
            left = {name: changes[name] for name in ("device", "mixing") if name in changes}
            batch |= tf.nest.map_structure(lambda change: self._rows("float32", *change.shape[1:]), left)
        return batch

    def _inputs(self, tokens: int) -> dict:
        model, inputs = self.model, {}
        if "image" in SIDES[model.modality]:
            inputs |= {"image": self._rows("uint8", model.image_size, model.image_size, 3)}
        if "title" in SIDES[model.modality] and model.title_encoder == TFIDF:
            inputs |= {"title_features": self._rows("float32", model.tfidf_dim)}
        elif "title" in SIDES[model.modality]:
            inputs |= {name: self._rows("int32", tokens) for name in ("token_ids", "padding_mask")}
        return inputs | {f"has_{side}": self._rows("float32") for side in SIDES[model.modality]}

    def _rows(self, dtype: str, *shape: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((self.optimization.batch_size, *shape), dtype, sharding=self.step.rows)

    def _share(self, batch) -> int:
        return sum(map(_bytes, jax.tree.leaves(batch))) // self.step.rows.mesh.size


def _vocabulary(model) -> int:
    return XLM_ROBERTA_VOCABULARY if model.title_encoder == "xlm_roberta" else BERT_VOCABULARY


def _spec(variable, layout: NamedSharding) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(variable.shape, variable.dtype, sharding=layout)


def _bytes(spec: jax.ShapeDtypeStruct) -> int:
    return int(np.prod(spec.shape)) * np.dtype(spec.dtype).itemsize
