"""Trains a small encoder in every way that a step knows, on so many devices; writes losses, weights and outputs.

    python -m tests.training.steps.exactness_program <devices> <out.npz>

Run by exactness_test.py, a process for each number of devices: they are settled when TensorFlow or JAX starts.
"""

import os
import sys

STEPS, BATCH, CLASSES, WIDTH = 50, 16, 6, 12
CASES = {  # what differs from Optimization's defaults
    "sgd": {},
    "clipped": {"clip_norm": 0.3},
    "centralized": {"centralize_gradients": True},
    "smoothed": {"label_smoothing": 0.1},
    "averaged": {"ema_momentum": 0.9},
    "sharpness": {"sam_rho": 0.05},
    "accumulated": {"accumulate_steps": 2},
    "margin": {"margin_warmup_epochs": 2.0},
    "rates": {"rates": "head*3"},
    "absent": {},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
    "lamb": {"optimizer": "lamb"},
    "adafactor": {"optimizer": "adafactor"},
    "muon": {"optimizer": "muon"},
}


def batches(absent: bool, steps: int = STEPS):
    """The same batches for every program: features, labels, and which rows count."""
    import numpy as np

    random = np.random.default_rng(0)
    for _ in range(steps):
        label = random.integers(0, CLASSES, BATCH).astype("int32")
        features = random.normal(size=(BATCH, WIDTH)).astype("float32")
        features[:, :CLASSES] += 2.0 * np.eye(CLASSES, dtype="float32")[label]
        present = np.ones(BATCH, "float32")
        if absent:
            present[-5:] = 0.0
        yield {"inputs": {"features": features}, "label": label, "present": {"title": present}}


def build(batch_norm: bool):
    """An encoder {"features"} -> {"title"} of two Dense layers with a BatchNorm between, and its head."""
    import keras

    from models.arc_margin import ArcMargin
    from models.unit_vector import UnitVector

    keras.utils.set_random_seed(0)
    features = keras.Input((WIDTH,), name="features")
    hidden = keras.layers.Dense(16, use_bias=not batch_norm)(features)
    if batch_norm:
        hidden = keras.layers.BatchNormalization(synchronized=True)(hidden)
    embedding = UnitVector(name="unit")(keras.layers.Dense(8)(keras.layers.Activation("tanh")(hidden)))
    encoder = keras.Model({"features": features}, {"title": embedding})
    head = ArcMargin(CLASSES, 10.0, 0.3, name="title_head")
    head.build(embedding.shape)
    return encoder, {"title": head}


def optimization_of(case: str):
    from flags.optimizer import Optimization

    return Optimization(
        **{"optimizer": "sgd", "learning_rate": 0.01, "schedule": "constant", "batch_size": BATCH, **CASES[case]}
    )


def main(devices: int, out: str) -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import numpy as np
    import tensorflow as tf

    from training import schedules
    from training.steps import optimizers, step_options, tensorflow_step

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * devices
    )
    names = [device.name for device in tf.config.list_logical_devices("CPU")]
    strategy = tf.distribute.MirroredStrategy(names) if devices > 1 else tf.distribute.OneDeviceStrategy(names[0])
    found = {}
    for case in CASES:
        with strategy.scope():
            encoder, heads = build(batch_norm=case != "accumulated")
            optimization = optimization_of(case)
            options = step_options.of(optimization, encoder, heads, steps_per_epoch=10, margin=0.3)
            optimizer = optimizers.build(optimization, schedules.build(optimization, 10, STEPS))
            step = tensorflow_step.Step(strategy, encoder, heads, optimizer, lambda batch: batch, options)
        spec = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), next(batches(False)))
        data = tf.data.Dataset.from_generator(lambda case=case: batches(case == "absent"), output_signature=spec)
        losses, _ = step.run(iter(strategy.experimental_distribute_dataset(data)), STEPS)
        found[f"{case}/losses"] = losses
        for place, value in enumerate([*step.variables, *step.averages, *encoder.non_trainable_variables]):
            found[f"{case}/weights/{place}"] = value.numpy()
        inputs = next(batches(False))["inputs"]
        found[f"{case}/outputs"] = np.asarray(encoder(inputs, training=False)["title"])
    np.savez(out, **found)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
