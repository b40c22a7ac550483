"""Augmentation: what each operation does, the same on host and device, and where a list is cut."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from training.augmentation import colour, erasing, geometry, mirrors
from training.augmentation.plan import Augmentation

PICTURE_OPERATIONS = (*geometry.OPERATIONS, *colour.OPERATIONS, *erasing.OPERATIONS)
LONG = (
    "affine(rotate=30,shear=8,zoom=0.2,shift=0.1)@0.7,crop(0.5),vflip,color@0.6,contrast,hue(0.2),channels@0.5,"
    "cutout@0.5,dropout,affine_normal@0.5"
)
NOTHING = "brightness(0),"  # keeps a crop or a flip that follows from being done at decoding or on the host


def pictures(count=8, size=48, seed=0):
    noise = np.random.default_rng(seed).uniform(0, 255, (count, 9, 9, 3))
    return np.round(tf.image.resize(noise, (size, size)).numpy())


def seeds(count=8, first=0):
    return tf.constant([[5, first + i] for i in range(count)])


def on_host(text, values, first=0):
    augmentation = Augmentation(text, "host")
    changes = augmentation.draw(seeds(len(values), first)).get("host", ())
    rows = [tuple(change[i] for change in changes) for i in range(len(values))]
    pairs = zip(tf.cast(values, tf.uint8), rows, strict=True)
    return np.stack([augmentation.on_host(value, row) for value, row in pairs]).astype(np.float32)


def on_device(text, values, jit):
    augmentation = Augmentation(text, "device")
    changes = augmentation.draw(seeds(len(values)))["device"]
    return tf.function(augmentation.on_device, jit_compile=jit)(tf.cast(values, tf.uint8), changes).numpy()


class TwinsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.product(text=(*PICTURE_OPERATIONS, "affine(rotate=40,zoom=0.2)@0.5", LONG), jit=(False, True))
    def test_host_and_device_make_the_same_picture_within_two_grey_levels(self, text, jit):
        values = pictures()
        host, device = on_host(NOTHING + text, values), on_device(NOTHING + text, values, jit)
        self.assertEqual(device.dtype, np.uint8)
        self.assertAllClose(host, device.astype(np.float32), atol=2.0, rtol=0)
        if text != "affine":  # which has no amounts of its own
            self.assertNotAllClose(host, values, atol=2.0)

    @parameterized.parameters(*PICTURE_OPERATIONS, LONG)
    def test_repeats_with_its_seed_in_any_batch_and_keeps_the_range(self, text):
        values = pictures().astype(np.float32)
        whole, part = on_host(NOTHING + text, values), on_host(NOTHING + text, values[3:5], first=3)
        self.assertAllClose(whole[3:5], part, atol=1)
        self.assertAllEqual(part, on_host(NOTHING + text, values[3:5], first=3))
        self.assertAllInRange(whole, 0.0, 255.0)

    def test_gates_of_operations_in_one_list_are_independent(self):
        half = np.tile(np.concatenate([np.zeros((4, 2, 3)), np.full((4, 2, 3), 200.0)], 1)[None], (60, 1, 1, 1))
        changed = on_host("invert@0.5,flip", half.astype(np.float32))
        kinds = {(float(c[0, 0, 0]), float(c[0, -1, 0])) for c in changed}
        self.assertEqual(kinds, {(0.0, 200.0), (200.0, 0.0), (255.0, 55.0), (55.0, 255.0)})

    def test_share_is_the_share_of_examples_touched(self):
        touched = on_host("invert@0.3", np.zeros((300, 1, 1, 3), np.float32))[:, 0, 0, 0] > 0
        self.assertBetween(touched.mean(), 0.2, 0.4)


class OperationsTest(tf.test.TestCase):
    def test_affine_without_amounts_changes_nothing(self):
        self.assertAllClose(on_host("affine", pictures(2).astype(np.float32)), pictures(2), atol=1)

    def test_affine_turns_about_the_centre_and_repeats_the_border(self):
        dot = np.full((1, 25, 25, 3), 50, np.float32)
        dot[:, 12, 12] = 255
        turned = on_host("affine(rotate=90)", dot)[0]
        self.assertAllClose(turned[12, 12], [255.0] * 3, atol=1.0)
        self.assertAllClose(turned[0, 0], [50.0] * 3, atol=1)

    def test_neighbouring_warps_interpolate_once(self):
        augmentation = Augmentation("affine(rotate=10),crop(0.7),flip,hue", "host")
        self.assertEqual([stage.kind for stage in augmentation.host], [geometry, colour])

    def test_flips_alone_are_exact(self):
        augmentation = Augmentation("flip,vflip", "host")
        self.assertEqual([stage.kind for stage in augmentation.host], [mirrors])
        values = pictures(40).astype(np.float32)
        ways = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        kinds = set()
        for value, flipped in zip(values, on_host("flip,vflip", values), strict=True):
            kinds.update(way for way in ways if np.array_equal(flipped, value[:: way[0], :: way[1]]))
        self.assertEqual(kinds, set(ways))

    def test_colours_in_a_row_are_as_if_done_one_after_the_other(self):
        value = tf.constant(pictures(1)[0], tf.float32)
        both = Augmentation("contrast(0.5,0.5),saturation(2,2),contrast(1.2,1.2)", "host")
        change = both.draw(seeds(1))["host"][0][0]
        mean = tf.reduce_mean(value, (0, 1))
        once = (value - mean) * 0.5 + mean
        luma = tf.reduce_sum(once * colour.LUMA, -1, keepdims=True)
        twice = luma + (once - luma) * 2.0
        mean = tf.reduce_mean(twice, (0, 1))
        self.assertAllClose(colour.on_host(value, change), (twice - mean) * 1.2 + mean, atol=1e-3)

    def test_hue_keeps_luma_and_grey(self):
        turned = on_host("hue(0.5)", np.clip(pictures(4), 100, 140).astype(np.float32))
        self.assertAllClose(turned @ colour.LUMA, np.clip(pictures(4), 100, 140) @ colour.LUMA, atol=1)
        self.assertAllClose(on_host("hue(0.5)", np.full((1, 2, 2, 3), 90)), np.full((1, 2, 2, 3), 90), atol=1)

    def test_grey_has_equal_channels_and_channels_only_reorders(self):
        grey = on_host("grey", pictures(1).astype(np.float32))
        self.assertAllClose(grey[..., 0], grey[..., 2], atol=1)
        dealt = on_host("channels", pictures(6).astype(np.float32))
        self.assertAllClose(np.sort(dealt, axis=-1), np.sort(pictures(6), axis=-1), atol=1)

    def test_cutout_and_dropout_blacken_their_share(self):
        values = np.full((40, 40, 40, 3), 100, np.float32)
        self.assertBetween((on_host("cutout(0.4,0.6)", values) == 0).mean(), 0.1, 0.25)
        self.assertBetween((on_host("dropout(8,0.1,0.1)", values) == 0).mean(), 0.04, 0.08)


class PlaceTest(tf.test.TestCase):
    def test_a_leading_crop_is_a_window_for_the_decoder(self):
        augmentation = Augmentation("crop(0.25)@0.5,hue", "host")
        window = augmentation.draw(seeds(200))["window"].numpy()
        whole = np.all(window == [0, 0, 1, 1], axis=1)
        self.assertBetween(whole.mean(), 0.35, 0.65)
        self.assertAllInRange(window[:, :2] + window[:, 2:], 0.0, 1.0 + 1e-6)
        self.assertAllInRange((window[:, 2] * window[:, 3])[~whole], 0.2, 1.0)

    def test_with_a_device_the_host_keeps_the_leading_flips_alone(self):
        augmentation = Augmentation("crop,flip,affine(rotate=9),flip,color", "device")
        self.assertIsNotNone(augmentation.window)
        self.assertEqual([stage.kind for stage in augmentation.host], [mirrors])
        self.assertEqual([stage.kind for stage in augmentation.device], [geometry, colour])

    def test_runs_inside_tf_data(self):
        augmentation = Augmentation(LONG, "host")
        dataset = tf.data.Dataset.from_tensors(seeds()).map(augmentation.draw).unbatch()
        change = dataset.map(lambda c: augmentation.on_host(tf.ones((24, 24, 3), tf.uint8), c["host"]))
        self.assertEqual(next(iter(change)).shape, (24, 24, 3))
