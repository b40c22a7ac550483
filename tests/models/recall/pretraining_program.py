"""One compiled pass of the pretraining head, and a caption step by step; JAX's run in a process of its own.

KERAS_BACKEND=jax python pretraining_program.py <file of the results>
"""

import sys

import keras
import numpy as np
from keras import ops

from models.recall.pretraining_head import PretrainingHead

ROWS, TOKENS, WORDS, DIM = 5, 6, 23, 8


def output() -> dict:
    """Five rows: an ordinary one, one with a repeated label, no labels, no tokens, no regions."""
    draw = np.random.default_rng(0)
    heads = draw.normal(size=(ROWS, 5, DIM)).astype("float32")
    heads[4] = 0.0
    token_ids = np.array(
        [
            [2, 5, 9, 11, 7, 3],
            [2, 6, 6, 8, 3, 0],
            [2, 4, 4, 3, 0, 0],
            [2, 3, 0, 0, 0, 0],
            [2, 9, 8, 3, 0, 0],
        ],
        "int32",
    )
    label_mask = (token_ids > 4).astype("int32")
    return {"heads": heads, "token_ids": token_ids, "padding_mask": np.minimum(token_ids, 1), "label_mask": label_mask}


def head(units=8, **options) -> PretrainingHead:
    """A head whose weights are drawn with NumPy, so that both backends have the same."""
    made = PretrainingHead(WORDS, DIM, units, hardest=7, name="head", **options)
    made.build({"heads": (ROWS, 5, DIM)})
    draw = np.random.default_rng(1)
    for variable in made.weights:
        variable.assign(draw.normal(size=variable.shape) * 0.5)
    return made


def run(units: int) -> dict:
    """Losses and gradients from a compiled program, and the logits of decoding with teacher forcing."""
    made, given = head(units, train_words=True), output()
    compiled = _jax if keras.backend.backend() == "jax" else _tensorflow
    loss, to_heads, to_weights = compiled(made, given)
    state = made.first_state(ops.convert_to_tensor(given["heads"]))
    steps = []
    for place in range(TOKENS - 1):
        logits, state = made.step(state, given["token_ids"][:, place])
        steps.append(ops.convert_to_numpy(logits))
    results = {"loss": loss, "to_heads": to_heads, "steps": np.stack(steps, axis=1)}
    results |= {f"to_{v.path}": g for v, g in zip(made.trainable_variables, to_weights, strict=True)}
    return {name: np.asarray(value) for name, value in results.items()}


def _tensorflow(made, given) -> tuple:
    import tensorflow as tf

    @tf.function(jit_compile=True)
    def program(heads):
        with tf.GradientTape() as tape:
            tape.watch(heads)
            loss = made.loss({**given, "heads": heads}, None)
        to_heads, *to_weights = tape.gradient(loss, [heads, *[v.value for v in made.trainable_variables]])
        return loss, to_heads, [tf.convert_to_tensor(gradient) for gradient in to_weights]

    return program(tf.constant(given["heads"]))


def _jax(made, given) -> tuple:
    import jax

    def total(weights, heads):
        parts, _ = made.stateless_call(weights, state, {**given, "heads": heads})
        loss = parts["label"] + parts["caption"]
        return loss.sum(), loss

    state = [variable.value for variable in made.non_trainable_variables]
    weights = [variable.value for variable in made.trainable_variables]
    (_, loss), (to_weights, to_heads) = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(
        weights, given["heads"]
    )
    return loss, to_heads, to_weights


if __name__ == "__main__":
    np.savez(sys.argv[1], **{f"{units}/{name}": v for units in (8, 6) for name, v in run(units).items()})
