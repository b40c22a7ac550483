"""Trains a small encoder in several ways on Keras's JAX backend, or on TensorFlow; writes losses, weights, averages.

python -m tests.training.steps.jax_step_program <backend> <devices> <first.npz> <out.npz>

Run by jax_step_test.py, a process for each backend and number of devices: they are settled when Keras and JAX start.
Where <first.npz> exists the weights begin from it, else they are written there.
"""

import os
import sys

STEPS, BATCH, CLASSES, WIDTH = 20, 16, 6, 12
CASES = {
    "plain": {},
    "changed": {"clip_norm": 0.5, "centralize": True, "ema_momentum": 0.9, "margin": lambda step: 0.01 * step},
    "sharpness": {"sam_rho": 0.05},
    "accumulated": {"accumulate_steps": 2},
}


def build():
    """An encoder {"features"} -> {"title"} with a BatchNorm, and its head."""
    import keras

    from models.arc_margin import ArcMargin
    from models.unit_vector import UnitVector

    keras.utils.set_random_seed(0)
    features = keras.Input((WIDTH,), name="features")
    hidden = keras.layers.Dense(16, use_bias=False)(features)
    hidden = keras.layers.Activation("tanh")(keras.layers.BatchNormalization()(hidden))
    embedding = UnitVector(name="unit")(keras.layers.Dense(8)(hidden))
    head = ArcMargin(CLASSES, 10.0, 0.3, name="title_head")
    head.build(embedding.shape)
    return keras.Model({"features": features}, {"title": embedding}), {"title": head}


def batches():
    """The same batches for every program."""
    import numpy as np

    random = np.random.default_rng(0)
    for _ in range(STEPS):
        label = random.integers(0, CLASSES, BATCH).astype("int32")
        features = random.normal(size=(BATCH, WIDTH)).astype("float32")
        features[:, :CLASSES] += 2.0 * np.eye(CLASSES, dtype="float32")[label]
        yield {"inputs": {"features": features}, "label": label, "present": {"title": np.ones(BATCH, "float32")}}


def make(backend: str, devices: int, encoder, heads, optimizer, options):
    """The step of one backend, and its batches."""
    if backend == "jax":
        import jax

        from training.steps.jax_step import Step

        return Step(jax.devices()[:devices], encoder, heads, optimizer, lambda batch: batch, options), batches()
    import tensorflow as tf

    from training.steps.tensorflow_step import Step

    spec = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), next(batches()))
    data = tf.data.Dataset.from_generator(batches, output_signature=spec)
    step = Step(tf.distribute.get_strategy(), encoder, heads, optimizer, lambda batch: batch, options)
    return step, iter(data)


def begin(encoder, heads, first: str) -> None:
    """Gives the weights the values in the file `first`, or makes it of them."""
    import numpy as np

    centres = heads["title"].centres
    if os.path.exists(first):
        saved = np.load(first)
        encoder.set_weights([saved[f"arr_{i}"] for i in range(len(encoder.weights))])
        centres.assign(saved["centres"])
    else:
        np.savez(first, *encoder.get_weights(), centres=np.asarray(centres))


def main(backend: str, devices: int, first: str, out: str) -> None:
    os.environ |= {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    import keras
    import numpy as np

    from training.steps.step_options import StepOptions

    found = {}
    for case, changes in CASES.items():
        encoder, heads = build()
        begin(encoder, heads, first)
        options = StepOptions(BATCH, label_smoothing=0.1, multipliers={heads["title"].centres.path: 3.0}, **changes)
        step, iterator = make(backend, devices, encoder, heads, keras.optimizers.SGD(0.05, momentum=0.9), options)
        found[f"{case}/losses"] = np.concatenate([step.run(iterator, STEPS // 2)[0] for _ in range(2)])
        step.sync()
        values = [*step.variables, *step.averages, *encoder.non_trainable_variables, heads["title"].margin]
        found |= {f"{case}/{i}": np.asarray(v) for i, v in enumerate(values)}
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
