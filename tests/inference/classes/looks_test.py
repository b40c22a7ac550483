"""Several looks at a picture: what they see, what their mean is, and that they are the same again."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Classification
from flags.model import Model
from inference.classes import looks, members, predicting
from inference.classes.look_input import LookInput
from inference.classes.looks import Alone, Augmented, Crops, Mirrored
from tests import tiny_catalogue
from tests.inference.classes import trained
from tfrecords_tools.manifest import Manifest
from training.class_metrics import softmax
from training.run_folder import RunFolder

AUGMENT = "flip,crop(0.6)@0.8,color@0.5"


def input_of(views, seed=0):
    manifest = Manifest.read(trained.records())
    return LookInput(trained.records(), manifest, RunFolder(trained.run()).config().model, None, views, seed)


def pictures(views, folds=(0,), batch_size=3, seed=0):
    """uint8 `[products, looks, size, size, 3]`."""
    products = input_of(views, seed)
    batches = [batch["image"].numpy() for batch in products.evaluation(folds, batch_size)]
    found = np.concatenate(batches).reshape(-1, products.count, 24, 24, 3)
    return found[: products.manifest.count(folds)]


class LooksTest(tf.test.TestCase, parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [cls.member], _ = members.load(RunFolder(trained.run()), "best", trained.chosen_devices())

    def predicted(self, views):
        batches = predicting.predict(trained.chosen_devices(), [self.member], input_of(views), [0])
        return np.concatenate([batch.all_looks[0].classes for batch in batches])

    def by_hand(self, images):
        """Probabilities of `[products, size, size, 3]`, each as it is."""
        there = tf.ones(len(images))
        vectors = self.member.embedder({"image": tf.constant(images), "has_image": there})["image"]
        return softmax(self.member.head(vectors))

    def test_flip_is_the_mean_of_two_passes(self):
        plain = pictures(Alone())[:, 0]
        expected = (self.by_hand(plain) + self.by_hand(plain[:, :, ::-1])) / 2
        self.assertAllClose(self.predicted(Mirrored()), expected, atol=1e-6)

    def test_beta_weighs_the_picture_as_it_is_against_the_mean_of_the_others(self):
        views = Augmented(AUGMENT, passes=5, beta=0.3)
        seen = pictures(views)
        self.assertAllEqual(seen[:, 0], pictures(Alone())[:, 0])
        others = [self.by_hand(seen[:, look]) for look in range(1, 5)]
        self.assertGreater(np.abs(others[0] - others[1]).max(), 1e-4)
        expected = 0.3 * self.by_hand(seen[:, 0]) + 0.7 * np.mean(others, axis=0)
        self.assertAllClose(self.predicted(views), expected, atol=1e-6)

    def test_a_product_is_seen_alike_in_any_batch_and_among_any_others(self):
        views = Augmented(AUGMENT, passes=3, beta=0.3)
        alone = pictures(views, folds=(1,), batch_size=2)
        among = pictures(views, folds=(0, 1), batch_size=5)
        self.assertAllEqual(alone, among[-len(alone) :])
        self.assertNotAllEqual(alone, pictures(views, folds=(1,), seed=1))

    def test_crops_are_the_centre_and_the_corners_and_their_mirrors(self):
        boxes, _ = Crops(0.5).windows(None)
        corners = [[0.25, 0.25], [0, 0], [0, 0.5], [0.5, 0], [0.5, 0.5]]
        self.assertAllClose(boxes, [[*corner, 0.5, 0.5] for corner in corners])
        seen = pictures(Crops(0.5))
        self.assertAllEqual(seen[:, 5:], seen[:, :5, :, ::-1])
        self.assertNotAllEqual(seen[:, 1], seen[:, 4])

    def test_weights_sum_to_one(self):
        for views in (Alone(), Mirrored(), Crops(0.8), Augmented("flip", 7, 0.3)):
            self.assertAllClose(views.weights.sum(), 1.0)

    def test_the_runs_own_changes_are_taken_unless_others_are_named(self):
        self.assertIsNotNone(looks.of_flags(Classification(tta="augment"), "crop(0.5)").augmentation.window)
        named = looks.of_flags(Classification(tta="augment", tta_augment="flip"), "crop(0.5)")
        self.assertIsNone(named.augmentation.window)

    @parameterized.parameters(
        ("flip,mixup(0.2)", "mixup of 'flip,mixup.*mixes products.*give --tta_augment with the other changes"),
        ("cutmix", "cutmix of 'cutmix' mixes products"),
        ("", "the run was trained without --augment, so say what: --tta_augment=flip"),
        ("flop", "'flop' is not one of"),
    )
    def test_what_cannot_be_looked_at_is_refused(self, augment, message):
        with self.assertRaisesRegex(ValueError, message):
            Augmented(augment, 4, 0.3)

    def test_pictures_of_a_run_that_sees_titles_are_refused(self):
        records = tiny_catalogue.tree_records(unlabelled=5)
        model = Model(modality="title", tfidf_dim=8)
        with self.assertRaisesRegex(ValueError, "--tta changes pictures, and this run sees titles alone"):
            LookInput(records, Manifest.read(records), model, None, Mirrored(), 0)


class TitleLooksTest(tf.test.TestCase):
    def test_words_are_dropped_of_all_looks_but_the_first(self):
        records = tiny_catalogue.tree_records(unlabelled=5)
        titles = lambda text, training: {"title": text}  # noqa: E731
        model = Model(modality="title", tfidf_dim=8)
        views = Augmented("words(0.5)", 3, 0.3)
        products = LookInput(records, Manifest.read(records), model, titles, views, 0)
        batches = [batch["title"].numpy() for batch in products.evaluation([0], 4)]
        seen = np.concatenate(batches).reshape(-1, 3)
        lengths = np.vectorize(lambda title: len(title.split()))(seen)
        self.assertTrue((lengths[:, 1:] <= lengths[:, :1]).all())
        self.assertGreater((lengths[:, 0] - lengths[:, 1]).max(), 0)
        self.assertNotAllEqual(seen[:, 1], seen[:, 2])


if __name__ == "__main__":
    tf.test.main()
