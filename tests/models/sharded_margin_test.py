"""Sharded and sampled heads train as one device does, on 2 and 8 devices and both backends; a shard is a share."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from models import column_shards
from models.arc_margin import ArcMargin
from models.sharded_margin import ShardedArcMargin
from tests import backends
from training import strategy as devices

BACKENDS = ["tensorflow", "jax"] if backends.HAS_JAX else ["tensorflow"]


def two_replicas():
    return devices.choose(Distribution(accelerator="cpu", replicas=2))[0]


def built(classes=7, dim=4, **kwargs):
    head = ShardedArcMargin(classes, **kwargs)
    head.build((None, dim))
    return head


class ShardedArcMarginTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_replica_holds_its_share_of_centres_and_slots(self):
        with two_replicas().scope():
            head, optimizer = built(classes=10), keras.optimizers.AdamW(0.1)
            optimizer.build([head.centres])
        column_shards.mark_slots(optimizer, [head.centres])
        split = [head.centres, *(slot for slot in optimizer.variables if hasattr(slot, "shards"))]
        self.assertLen(split, 3)
        for variable in split:
            self.assertEqual([part.shape for part in variable.value.values], [(4, 5)] * 2)
            self.assertEqual(column_shards.whole_shape(variable), (4, 10))

    def test_first_centres_do_not_depend_on_the_number_of_replicas(self):
        with two_replicas().scope():
            split = built(classes=2500, seed=3)
        centres = column_shards.values(built(classes=2500, seed=3).centres)
        self.assertAllEqual(column_shards.values(split.centres), centres)
        self.assertAllClose(centres.std(), np.sqrt(2 / 2504), rtol=0.05)
        self.assertLen(np.unique(centres.T, axis=0), 2500)  # no shard repeats another

    def test_checkpoints_interchange_with_those_of_the_replicated_head(self):
        with two_replicas().scope():
            split = built()
        whole = ArcMargin(7)
        whole.build((None, 4))
        column_shards.assign(split.centres, column_shards.values(whole.centres))
        self.assertAllEqual(column_shards.values(split.centres), column_shards.values(whole.centres))
        embedding = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
        self.assertAllClose(split(embedding), whole(embedding), atol=1e-5)

    def test_a_copy_has_the_same_parts(self):
        with two_replicas().scope():
            head = built()
            average = column_shards.copy(head.centres, "average")
        self.assertAllEqual(column_shards.values(average), column_shards.values(head.centres))
        self.assertEqual(average.shape, (4, 4))

    def test_saved_weights_hold_all_classes(self):
        with two_replicas().scope():
            head = built()
        store = {}
        head.save_own_variables(store)
        other = built(seed=1)
        other.load_own_variables(store)
        self.assertAllEqual(column_shards.values(other.centres), column_shards.values(head.centres))
        self.assertEqual((store["0"].shape, head.count_params()), ((4, 7), 29))

    def test_an_optimizer_that_needs_whole_matrices_is_refused(self):
        head, optimizer = built(), keras.optimizers.Lamb(0.1)
        optimizer.build([head.centres])
        with self.assertRaisesRegex(ValueError, "head=sharded with Lamb: it looks at whole matrices.*head=replicated"):
            column_shards.mark_slots(optimizer, [head.centres])

    def test_all_logits_in_training_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"never shows all logits in training: call loss"):
            built()(np.ones((1, 4), "float32"), np.array([0]), training=True)

    def test_survives_saving(self):
        head = ShardedArcMargin(9, scale=16.0, seed=4)
        self.assertEqual(ShardedArcMargin.from_config(head.get_config()).get_config(), head.get_config())


@pytest.mark.slow
class EqualToOneDeviceTest(tf.test.TestCase, parameterized.TestCase):
    """Three AdamW steps with label smoothing, a zero embedding and a row without label, in processes of their own."""

    def _run(self, backend: str, replicas: int) -> dict:
        path = os.path.join(self.get_temp_dir(), f"{backend}{replicas}.npz")
        backends.run(backend, "-m", "tests.models.sharded_margin_runs", str(replicas), path, devices=replicas)
        return dict(np.load(path))

    @parameterized.parameters(*[(backend, replicas) for backend in BACKENDS for replicas in (2, 8)])
    def test_losses_gradients_and_weights_are_those_of_one_device(self, backend, replicas):
        one, many = self._run("tensorflow", 1), self._run(backend, replicas)
        steps = [f"{what}_{i}" for what in ("loss", "to_embedding", "to_centres") for i in range(3)]
        for name in ["centres", "logits", *steps]:
            for head, reference in (("replicated", "replicated"), ("sharded", "replicated"), ("sampled", "sampled")):
                found, expected = many[f"{head}/{name}"].copy(), one[f"{reference}/{name}"].copy()
                if name.startswith("to_embedding"):  # normalising divides the zero embedding by 1e-6
                    found[5] *= 1e-6
                    expected[5] *= 1e-6
                self.assertAllClose(found, expected, rtol=1e-5, atol=1e-5, msg=f"{head} {name}")
        if backend == "jax":
            self.assertAllEqual(many["sharded/widths"], [-(-37 // replicas)] * replicas)
            self.assertAllEqual(many["sharded/slot_widths"], [-(-37 // replicas)] * replicas)
            self.assertEqual(many["sharded/largest_gather"], 16 * 8)  # the embeddings, never centres or logits
        else:
            self.assertAllClose(many["sharded/momentum"], one["replicated/momentum"], 1e-5, 1e-5)


if __name__ == "__main__":
    tf.test.main()
