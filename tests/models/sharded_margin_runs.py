"""One step of the sharded and of the replicated head, on as many devices as asked for; run in a process of its own.

    python sharded_margin_runs.py <devices> <file of the results>

KERAS_BACKEND says which backend.
"""

import os
import sys

import keras
import numpy as np

from models import column_shards
from models.arc_margin import ArcMargin
from models.sampled_margin import SampledArcMargin
from models.sharded_margin import ShardedArcMargin

CLASSES, DIM, BATCH = 37, 8, 16  # 37 columns do not divide by 2 nor by 8
STEPS = 3


def batch() -> tuple:
    draw = np.random.default_rng(3)
    embedding = draw.normal(size=(BATCH, DIM)).astype("float32")
    embedding[5] = 0.0
    label = draw.integers(0, CLASSES, BATCH).astype("int32")
    label[2], label[3] = -1, 36
    return embedding, label, draw.random(BATCH).astype("float32")


def heads() -> dict:
    made = {
        "replicated": ArcMargin(CLASSES, scale=16.0),
        "sharded": ShardedArcMargin(CLASSES, scale=16.0),
        "sampled": SampledArcMargin(CLASSES, scale=16.0, sampled_share=0.6, seed=7),
    }
    for head in made.values():
        head.build((None, DIM))
    centres = np.random.default_rng(4).normal(size=(DIM, CLASSES)).astype("float32")
    for head in made.values():
        column_shards.assign(head.centres, centres)
    return made


def tensorflow_run(devices: int) -> dict:
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    names = [f"CPU:{i}" for i in range(devices)]
    strategy = tf.distribute.MirroredStrategy(names) if devices > 1 else tf.distribute.OneDeviceStrategy("CPU:0")
    results = {}
    with strategy.scope():
        made = heads()
    for name, head in made.items():
        with strategy.scope():
            optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
            optimizer.build([head.centres])
            if name == "sharded":
                column_shards.mark_slots(optimizer, [head.centres])
        results |= {f"{name}/{k}": v for k, v in _tensorflow_steps(strategy, devices, head, optimizer).items()}
    return results


def _tensorflow_steps(strategy, devices: int, head, optimizer) -> dict:
    import tensorflow as tf

    rows = BATCH // devices
    whole = batch()
    parts = strategy.experimental_distribute_values_from_function(
        lambda context: tuple(
            x[context.replica_id_in_sync_group * rows : (context.replica_id_in_sync_group + 1) * rows] for x in whole
        )
    )
    optimizer._all_reduce_sum_gradients = list  # the step below has reduced them

    def step(part):
        embedding, label, weight = (tf.convert_to_tensor(x) for x in part)
        with tf.GradientTape() as tape:
            tape.watch(embedding)
            loss = tf.reduce_sum(head.loss(embedding, label, 0.1) * weight) / BATCH
        to_embedding, to_centres = tape.gradient(loss, [embedding, head.centres.value])
        if not hasattr(head.centres, "shards") and devices > 1:
            to_centres = tf.distribute.get_replica_context().all_reduce("SUM", to_centres)
        optimizer.apply_gradients([(to_centres, head.centres)])
        return loss, to_embedding, to_centres

    results = {}
    run = tf.function(lambda parts: strategy.run(step, (parts,)))
    for i in range(STEPS):
        loss, to_embedding, to_centres = (strategy.experimental_local_results(x) for x in run(parts))
        results[f"loss_{i}"] = np.sum([x.numpy() for x in loss])
        results[f"to_embedding_{i}"] = np.concatenate(to_embedding)
        if hasattr(head.centres, "shards"):
            results[f"to_centres_{i}"] = np.concatenate(to_centres, axis=1)[:, :CLASSES]
        else:
            results[f"to_centres_{i}"] = to_centres[0].numpy()
    results["centres"] = column_shards.values(head.centres)
    results["momentum"] = column_shards.values(optimizer._momentums[0])
    results["logits"] = head(whole[0])
    return results


def jax_run(devices: int) -> dict:
    import jax

    assert len(jax.devices()) == devices
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("batch",))
    rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))
    embedding, label, weight = (jax.device_put(x, rows) for x in batch())
    results = {}
    for name, head in heads().items():
        optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
        optimizer.build([head.centres])
        if name == "sharded":
            column_shards.mark_slots(optimizer, [head.centres])
        results |= {f"{name}/{k}": v for k, v in _jax_steps(head, optimizer, embedding, label, weight).items()}
    return results


def _jax_steps(head, optimizer, embedding, label, weight) -> dict:
    import jax

    def loss_of(centres, rest, embedding):
        state = [(head.centres, centres), *zip(head.non_trainable_variables, rest, strict=True)]
        with keras.StatelessScope(state_mapping=state) as scope:
            loss = keras.ops.sum(head.loss(embedding, label, 0.1) * weight) / BATCH
        return loss, [scope.get_current_value(v) for v in head.non_trainable_variables]

    @jax.jit
    def step(centres, rest, slots, embedding):
        gradients = jax.value_and_grad(loss_of, argnums=(0, 2), has_aux=True)
        (loss, rest), (to_centres, to_embedding) = gradients(centres, rest, embedding)
        (centres,), slots = optimizer.stateless_apply(slots, [to_centres], [centres])
        return loss, to_embedding, to_centres, centres, rest, slots

    results, whole = {}, np.s_[:, :CLASSES]
    centres, rest = head.centres.value, [v.value for v in head.non_trainable_variables]
    slots = [v.value for v in optimizer.variables]
    for i in range(STEPS):
        loss, to_embedding, to_centres, centres, rest, slots = step(centres, rest, slots, embedding)
        results |= {f"loss_{i}": loss, f"to_embedding_{i}": to_embedding, f"to_centres_{i}": to_centres[whole]}
    if hasattr(head.centres, "shards"):
        results["widths"] = [shard.data.shape[1] for shard in centres.addressable_shards]
        momentum = next(s for v, s in zip(optimizer.variables, slots, strict=True) if v is optimizer._momentums[0])
        results["slot_widths"] = [shard.data.shape[1] for shard in momentum.addressable_shards]
        lowered = step.lower(head.centres.value, rest, slots, embedding).compile().as_text()
        results["largest_gather"] = _largest_gather(lowered)
    head.centres.assign(centres)
    results["centres"], results["logits"] = column_shards.values(head.centres), head(embedding)
    return results


def _largest_gather(program: str) -> int:
    """Elements of the largest array that the devices gather from one another."""
    import re

    shapes = re.findall(r"= \w+\[([\d,]*)\]\S* all-gather", program)
    return max((int(np.prod([int(x) for x in shape.split(",") if x])) for shape in shapes), default=0)


if __name__ == "__main__":
    count = int(sys.argv[1])
    run = jax_run if os.environ.get("KERAS_BACKEND") == "jax" else tensorflow_run
    np.savez(sys.argv[2], **run(count))
