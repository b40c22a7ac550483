"""Augmentation: its little language, its draws, and what each operation does to a picture."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training import augmentation

EVERY_IMAGE_OPERATION = ",".join(augmentation.IMAGE_OPERATIONS) + ",affine(rotate=20,shear=5,zoom=0.1,shift=0.1)"


def picture(seed=0, size=24):
    return tf.constant(np.random.default_rng(seed).uniform(0, 255, (size, size, 3)), tf.float32)


def apply(text, value, seed=(1, 2)):
    return augmentation.augment(value, augmentation.parse(text), tf.constant(seed), value.dtype == tf.string)


class ParseTest(tf.test.TestCase, parameterized.TestCase):
    def test_names_arguments_by_name_and_place_and_shares_are_read(self):
        flip, affine, cutout = augmentation.parse("flip, affine(rotate=15,shear=8)@0.75, cutout(0.4,0.6)@0.5")
        self.assertEqual((flip.arguments, flip.share), ({}, 1.0))
        self.assertEqual((affine.arguments, affine.share), ({"rotate": 15.0, "shear": 8.0}, 0.75))
        self.assertEqual((cutout.arguments, cutout.share), ({"low": 0.4, "high": 0.6}, 0.5))

    def test_empty_text_is_no_augmentation(self):
        self.assertEqual(augmentation.parse(""), ())

    @parameterized.parameters(
        ("flop", "'flop' is not one of .* Did you mean flip"),
        ("affine(turn=3)", "affine takes rotate, shear, zoom, shift, not 'turn'"),
        ("flip(1)", "flip takes no arguments"),
        ("brightness(a lot)", "brightness has 'a lot' where a number was expected"),
        ("flip;vflip", "cannot read 'flip;vflip'"),
        ("__import__('os')", "'__import__' is not one of"),
    )
    def test_says_what_is_wrong(self, text, message):
        with self.assertRaisesRegex(ValueError, message):
            augmentation.parse(text)


class AugmentTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*augmentation.IMAGE_OPERATIONS)
    def test_keeps_shape_and_range_and_repeats_with_its_seed(self, name):
        first, again = apply(name, picture()), apply(name, picture())
        self.assertAllEqual(first, again)
        self.assertEqual(first.shape, (24, 24, 3))
        self.assertAllInRange(first, 0.0, 255.0)

    def test_another_seed_gives_another_picture(self):
        self.assertNotAllClose(
            apply("affine(rotate=30)", picture(), (1, 2)), apply("affine(rotate=30)", picture(), (1, 3))
        )

    def test_runs_inside_tf_data(self):
        dataset = tf.data.Dataset.from_tensors(picture()).map(lambda p: apply(EVERY_IMAGE_OPERATION, p))
        self.assertEqual(next(iter(dataset)).shape, (24, 24, 3))

    def test_gates_of_operations_in_one_list_are_independent(self):
        operations = augmentation.parse("invert@0.5,flip@0.5")
        value = tf.concat([tf.zeros((4, 2, 3)), tf.fill((4, 2, 3), 200.0)], axis=1)
        kinds = set()
        for index in range(60):
            changed = augmentation.augment(value, operations, tf.constant([0, index]))
            kinds.add((float(changed[0, 0, 0]), float(changed[0, -1, 0])))
        self.assertEqual(kinds, {(0.0, 200.0), (200.0, 0.0), (255.0, 55.0), (55.0, 255.0)})

    def test_share_is_the_share_of_examples_touched(self):
        operations = augmentation.parse("invert@0.3")
        touched = [float(augmentation.augment(tf.zeros((1, 1, 3)), operations, tf.constant([7, i]))[0, 0, 0]) > 0
                   for i in range(300)]  # fmt: skip
        self.assertBetween(np.mean(touched), 0.2, 0.4)

    def test_affine_without_amounts_changes_nothing(self):
        self.assertAllClose(apply("affine", picture()), picture(), atol=1e-3)

    def test_affine_turns_about_the_centre(self):
        dot = np.zeros((25, 25, 3), np.float32)
        dot[12, 12] = 255
        turned = apply("affine(rotate=90)", tf.constant(dot))
        self.assertAllClose(turned[12, 12], [255.0] * 3, atol=1.0)

    def test_cutout_blackens_a_part(self):
        cut = apply("cutout(0.4,0.6)", tf.fill((40, 40, 3), 100.0)).numpy()
        self.assertBetween((cut == 0).mean(), 0.03, 0.4)

    def test_grey_has_equal_channels_and_channels_only_reorders(self):
        grey = apply("grey", picture()).numpy()
        self.assertAllClose(grey[..., 0], grey[..., 2])
        dealt = apply("channels", picture()).numpy()
        self.assertAllClose(np.sort(dealt, axis=-1), np.sort(picture().numpy(), axis=-1))

    def test_words_drops_some_words_and_never_all(self):
        title = tf.constant("red mug 300 ml ceramic handmade")
        kept = [apply("words(0.5)", title, (0, i)).numpy().decode().split() for i in range(20)]
        self.assertAllInSet([word for words in kept for word in words], title.numpy().decode().split())
        self.assertLess(np.mean([len(words) for words in kept]), 5)
        self.assertEqual(apply("words(1.0)", title).numpy(), b"red")
