"""Trains a small encoder in every way that a step knows, on so many devices; writes losses, weights and outputs.

    python -m tests.training.steps.exactness_program <backend> <devices> <first> <out.npz> [<case> ...]

The weights begin from the files in the folder <first>, which the first program to run writes. Without a case it trains
all of them. Run by exactness_test.py, a process for each backend and number of devices: they are settled when
TensorFlow or JAX starts.
"""

import contextlib
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
    "class_margins": {},
    "absent": {},
    "scaled": {"ema_momentum": 0.9},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
    "lamb": {"optimizer": "lamb"},
    "adafactor": {"optimizer": "adafactor"},
    "muon": {"optimizer": "muon"},
    "sharded": {"clip_norm": 0.3, "ema_momentum": 0.9, "label_smoothing": 0.1, "rates": "head*3", "sam_rho": 0.05},
    "sharded_adamw": {"optimizer": "adamw", "weight_decay": 0.01, "accumulate_steps": 2},
    "sampled": {"clip_norm": 0.3},
    "subcenter": {"label_smoothing": 0.1},
    "adacos": {},
    "adacos_accumulated": {"accumulate_steps": 2},
    "curricular": {"margin_warmup_epochs": 2.0},
    "curricular_sharpness": {"sam_rho": 0.05},
    "linear": {"label_smoothing": 0.1, "learning_rate": 0.5},
    "tuples": {"learning_rate": 1.0},
    "tuples_learned": {"accumulate_steps": 2, "rates": "head*3", "learning_rate": 0.01},
}
MIXED = ("adacos", "curricular", "curricular_sharpness")  # and some of their rows do not count
NEGATIVES = 1  # of a tuple of 3 rows
SAMPLED_CLASSES = 40  # a sample must have room for the classes of a batch
POISONED = 5  # the step of "scaled" whose gradients are not finite


def rows_of(case: str) -> int:
    """Rows of a batch: tuples are to stay whole on 8 devices in 2 parts."""
    return (2 + NEGATIVES) * BATCH if case.startswith("tuples") else BATCH


def batches(case: str = "sgd", steps: int = STEPS):
    """The same batches for every program: features, labels, and which rows count."""
    import numpy as np

    random, rows = np.random.default_rng(0), rows_of(case)
    for place in range(steps):
        label = random.integers(0, CLASSES, rows).astype("int32")
        if case.startswith("tuples"):
            label[1 :: 2 + NEGATIVES] = label[:: 2 + NEGATIVES]
        features = random.normal(size=(rows, WIDTH)).astype("float32")
        features[:, :CLASSES] += 2.0 * np.eye(CLASSES, dtype="float32")[label]
        present = np.ones(rows, "float32")
        if case == "absent" or case in MIXED:
            present[-5:] = 0.0
        if case == "scaled" and place == POISONED:
            present[0] = np.inf
        batch = {"inputs": {"features": features}, "label": label, "present": {"title": present}}
        if case in MIXED:
            label[3] = -1
            batch["kept"] = random.uniform(0.8, 1.0, BATCH).astype("float32")
        yield batch


def build(case: str = "sgd"):
    """An encoder {"features"} -> {"title"} of two Dense layers with a BatchNorm between, and its head."""
    import keras

    from flags.model import Model
    from models import heads
    from models.unit_vector import UnitVector

    keras.utils.set_random_seed(0)
    features = keras.Input((WIDTH,), name="features")
    hidden = keras.layers.Dense(16, use_bias=False)(features)
    synchronized = keras.backend.backend() == "tensorflow"
    hidden = keras.layers.BatchNormalization(synchronized=synchronized)(hidden)
    embedding = UnitVector(name="unit")(keras.layers.Dense(8)(keras.layers.Activation("tanh")(hidden)))
    encoder = keras.Model({"features": features}, {"title": embedding})
    name = case.split("_")[0]
    kind = name if name in ("sharded", "sampled", "tuples") else "replicated"
    loss = name if name in ("subcenter", "adacos", "curricular") else "arcface"
    power = 0.2 if case in ("class_margins", "sharded", "curricular") else 0.0
    margin = {} if loss == "adacos" else {"scale": 10.0, "margin_class_power": power}
    if case == "linear":
        model = Model(head="linear", class_loss="focal", level_weights="0.5")
        return _with_head(encoder, model, heads.Classes(CLASSES, level_sizes=(2,), level_of_class=[[0, 1] * 3]))
    model = Model(
        head=kind, margin_loss=loss, sampled_share=0.5, margin=0.3 if margin else 0.0, negatives=NEGATIVES,
        learn_scale=case == "tuples_learned", **margin,
    )  # fmt: skip
    sampled, sizes = heads.Classes(SAMPLED_CLASSES), range(2, 2 + CLASSES)
    return _with_head(encoder, model, sampled if kind == "sampled" else heads.Classes(CLASSES, sizes))


def _with_head(encoder, model, classes):
    from models import heads

    head = heads.build(model, classes, "title_head")
    head.build(encoder.output["title"].shape)
    return encoder, {"title": head}


def begin(encoder, heads, first: str) -> None:
    """Gives the weights the values in the file `first`, or makes it of them."""
    import numpy as np

    from models import column_shards

    variables = [*encoder.weights, *heads["title"].trainable_weights]
    if os.path.exists(first):
        with np.load(first) as saved:
            for place, variable in enumerate(variables):
                column_shards.assign(variable, saved[f"arr_{place}"])
    else:
        np.savez(first, *map(column_shards.values, variables))


def optimization_of(case: str):
    from flags.optimizer import Optimization

    return Optimization(
        **{
            "optimizer": "sgd",
            "learning_rate": 0.01,
            "schedule": "constant",
            "batch_size": rows_of(case),
            **CASES[case],
        }
    )


def on_jax(devices: int):
    """(what models are built in, {} -> Step, case -> iterator of batches)."""
    import jax

    from training.steps.jax_step import Step

    return contextlib.nullcontext, lambda *model: Step(jax.devices()[:devices], *model), batches


def on_tensorflow(devices: int):
    """The same."""
    import tensorflow as tf

    from training.steps.tensorflow_step import Step

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    names = [device.name for device in tf.config.list_logical_devices("CPU")]
    strategy = tf.distribute.MirroredStrategy(names) if devices > 1 else tf.distribute.OneDeviceStrategy(names[0])

    def iterator(case: str):
        spec = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), next(batches(case)))
        data = tf.data.Dataset.from_generator(lambda: batches(case), output_signature=spec)
        return iter(strategy.experimental_distribute_dataset(data))

    def make(encoder, heads, optimizer, prepare, options, scale):
        return Step(strategy, encoder, heads, optimizer, prepare, options, loss_scale=scale)

    return strategy.scope, make, iterator


def main(backend: str, devices: int, first: str, out: str, *cases: str) -> None:
    os.environ |= {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    import numpy as np

    from models import column_shards
    from training import schedules
    from training.steps import optimizers, step_options
    from training.steps.loss_scale import LossScale

    scope, make, iterator = (on_jax if backend == "jax" else on_tensorflow)(devices)
    os.makedirs(first, exist_ok=True)
    found = {}
    for case in cases or CASES:
        with scope():
            encoder, heads = build(case)
            begin(encoder, heads, f"{first}/{case}.npz")
            optimization = optimization_of(case)
            options = step_options.of(optimization, encoder, heads, steps_per_epoch=10, margin=0.3)
            optimizer = optimizers.build(optimization, schedules.build(optimization, 10, STEPS))
            scale = LossScale() if case == "scaled" else None
            step = make(encoder, heads, optimizer, lambda batch: batch, options, scale)
        data = iterator(case)
        found[f"{case}/losses"] = np.concatenate([step.run(data, STEPS // 2)[0] for _ in range(2)])
        step.sync()
        values = [*step.variables, *step.averages, *encoder.non_trainable_variables]
        found |= {f"{case}/weights/{place}": column_shards.values(v) for place, v in enumerate(values)}
        found |= {f"{case}/state/{v.name}": np.asarray(v) for v in heads["title"].non_trainable_variables}
        if scale:
            found[f"{case}/scale"] = np.asarray(scale.scale)
        inputs = next(batches())["inputs"]
        found[f"{case}/outputs"] = np.asarray(encoder(inputs, training=False)["title"])
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
