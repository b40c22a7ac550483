"""Training on tuples: it finds groups that an untrained encoder does not, resumes and splits exactly."""

import csv
import os

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.data import Records, Source
from flags.distribution import Distribution
from flags.together import check_together
from tests import tiny_catalogue
from tests.training.loop_test import killed_after, read
from tfrecords_tools import conversion
from training.product_training import Training


def model(**changes):
    return tiny_catalogue.tiny_model(
        **{"modality": "title", "head": "tuples", "negatives": 2, "tfidf_layers": "12,8", "embedding_norm": "none",
           "margin": 0.5, "scale": 30.0, **changes}
    )  # fmt: skip


def optimization(**changes):
    return tiny_catalogue.tiny_optimization(**{"sampler": "tuples", "augment": "", "batch_size": 16, **changes})


def train(folder, chosen=None, optimizing=None, distribution=tiny_catalogue.CPU, records=None, **run):
    chosen, optimizing = chosen or model(), optimizing or optimization()
    check_together(chosen, optimizing)
    options = tiny_catalogue.tiny_run(folder, **run)
    return Training(records or tiny_catalogue.records(), chosen, optimizing, distribution, options)


def noisy_titles(folder: str, groups: int = 60, members: int = 4) -> str:
    """Records of titles: three words of a product among four that any seller writes; the folder."""
    random = np.random.default_rng(0)
    os.makedirs(folder)
    rows = []
    for group in range(groups):
        words = random.choice(30, 3, replace=False)
        for member in range(members):
            title = [f"word{i}" for i in words] + [f"noise{i}" for i in random.choice(12, 4, replace=False)]
            rows.append((f"p{group}_{member}", " ".join(random.permutation(title)), f"group{group}"))
    with open(f"{folder}/products.csv", "w", newline="") as file:
        csv.writer(file).writerows([("id", "title", "label"), *rows])
    source = Source(input=f"{folder}/products.csv", image_column="")
    conversion.convert(source, Records(records=f"{folder}/records", folds=4, workers=1))
    return f"{folder}/records"


class TuplesTest(tf.test.TestCase, parameterized.TestCase):
    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self.id(), name)

    @parameterized.parameters(False, True)
    def test_a_trained_title_encoder_beats_an_untrained_one_on_groups_it_has_not_seen(self, learn_scale):
        records = noisy_titles(self.folder("catalogue"))
        chosen = model(tfidf_dim=48, tfidf_layers="64,32", negatives=5, learn_scale=learn_scale)
        optimizing = optimization(optimizer="adam", learning_rate=3e-3, schedule="constant", batch_size=56, epochs=12)
        training = train(self.folder("run"), chosen, optimizing, records=records, evaluate_epochs=12)
        untrained = training.evaluate()["title/mean_f1"]
        self.assertGreater(training.run().scores["title/mean_f1"], untrained + 0.05)

    def test_killed_and_resumed_ends_with_the_same_bits(self):
        unbroken, broken = self.folder("unbroken"), self.folder("broken")
        chosen = model(learn_scale=True)
        train(unbroken, chosen, checkpoint_steps=2).run()
        for loops in (1, 2, 1):
            killed_after(train(broken, chosen, checkpoint_steps=2), loops)
        last = f"checkpoints/step-{train(broken, chosen, checkpoint_steps=2).run().steps:08d}.npz"
        self.assertEqual(read(f"{unbroken}/{last}"), read(f"{broken}/{last}"))

    def test_two_replicas_take_the_steps_of_one_where_pictures_are_lacking(self):
        weights = []
        chosen = model(modality="joint", joint_dim=6, image_layers="8,5", dropout=0.0)
        optimizing = optimization(optimizer="sgd", learning_rate=0.02, max_steps=4, accumulate_steps=2)
        records = tiny_catalogue.records(lacking=3)
        for replicas in (1, 2):
            devices = Distribution(accelerator="cpu", replicas=replicas, steps_per_loop=2)
            training = train(self.folder(str(replicas)), chosen, optimizing, devices, records, evaluate_epochs=9)
            training.run()
            dense = training.encoder.get_layer("joint_dense")
            weights.append([np.asarray(v) for v in dense.trainable_variables])
        for one, two in zip(*weights, strict=True):
            self.assertAllClose(one, two, atol=1e-5)

    def test_a_batch_that_would_cut_tuples_is_refused(self):
        devices = Distribution(accelerator="cpu", replicas=2)
        with self.assertRaisesRegex(ValueError, "--batch_size=12 does not divide by 2 devices with whole tuples of 4"):
            train(self.folder("run"), optimizing=optimization(batch_size=12), distribution=devices)


if __name__ == "__main__":
    tf.test.main()
