"""One compiled pass of towers and head of each matcher; JAX's run in a process of its own.

KERAS_BACKEND=jax python matchers_program.py <file of the results>
"""

import sys

import keras
import numpy as np

from models.recall.matching_towers import SPACE
from tests.models.recall.matching_options import MATCHERS, head, inputs, towers

# Query and product of each row: rows 0 and 3 ask the same, rows 2 and 5 hold the same product.
LABEL = np.array([[0, 0], [1, 1], [2, 2], [0, 3], [4, 4], [5, 2]], "int32")


def run(matcher: str) -> dict:
    """{"loss": float32 `[rows]`, "to_<variable>": gradient of its sum}, of a compiled program."""
    encoder = towers(matcher)
    made = head(matcher, 2, encoder)
    variables = encoder.trainable_variables + made.trainable_variables
    compiled = _jax if keras.backend.backend() == "jax" else _tensorflow
    loss, gradients = compiled(encoder, made, variables)
    found = {f"to_{place:02d}_{v.name}": g for place, (v, g) in enumerate(zip(variables, gradients, strict=True))}
    return {name: np.asarray(value) for name, value in {"loss": loss, **found}.items()}


def _tensorflow(encoder, made, variables) -> tuple:
    import tensorflow as tf

    @tf.function(jit_compile=True)
    def program(given):
        with tf.GradientTape() as tape:
            loss = made.loss(encoder(given, training=True)[SPACE], tf.constant(LABEL))
        return loss, tape.gradient(loss, [v.value for v in variables], unconnected_gradients="zero")

    loss, gradients = program({name: tf.constant(value) for name, value in inputs().items()})
    return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]


def _jax(encoder, made, variables) -> tuple:
    import jax

    def total(values, given):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            loss = made.loss(encoder(given, training=True)[SPACE], LABEL)
        return loss.sum(), loss

    values = [variable.value for variable in variables]
    (_, loss), gradients = jax.jit(jax.value_and_grad(total, has_aux=True))(values, inputs())
    return loss, gradients


if __name__ == "__main__":
    np.savez(sys.argv[1], **{f"{matcher}/{name}": v for matcher in MATCHERS for name, v in run(matcher).items()})
