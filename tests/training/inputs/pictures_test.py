"""Decoding to the size that is wanted: letterbox, window, and the JPEG decoder's own shrinking."""

import io

import numpy as np
import tensorflow as tf
from absl.testing import parameterized
from PIL import Image

from training.inputs import pictures


def smooth(width, height, seed=0):
    noise = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=97, subsampling=0)
    return file.getvalue()


def decode(content, size, window=None, stored=0):
    decoder = pictures.Decoder(size, stored)
    cuts = decoder.plan(tf.constant([content]), None if window is None else tf.constant([window], tf.float32))
    return decoder.decode(content, cuts[0]).numpy().astype(np.float32)


def letterboxed(image, size, window=(0, 0, 1, 1)):
    side = max(image.size)
    square = Image.new("RGB", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    top, left, height, width = (share * side for share in window)
    box = (left, top, left + width, top + height)
    return np.asarray(square.resize((size, size), Image.Resampling.BILINEAR, box=box), np.float32)


class DecodeTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (640, 640), (640, 480), (300, 500), (64, 64), (130, 97), (1500, 1500), (2000, 60), (60, 2000), (1, 1), (20, 20)
    )
    def test_is_the_letterboxed_picture(self, width, height):
        image = smooth(width, height)
        found = decode(jpeg(image), 64)
        self.assertEqual(found.shape, (64, 64, 3))
        # Half a pixel of black border more or less is all that whole pixels allow.
        self.assertLess(np.abs(found - letterboxed(image, 64)).mean(), 5.0)

    @parameterized.parameters((640, 640), (512, 384), (128, 128))
    def test_a_window_is_a_part_of_it(self, width, height):
        image, window = smooth(width, height), (0.25, 0.125, 0.5, 0.75)
        found = decode(jpeg(image), 64, window)
        self.assertLess(np.abs(found - letterboxed(image, 64, window)).mean(), 5.0)

    @parameterized.parameters(512, 640, 64, 100)
    def test_knowing_that_all_are_squares_of_one_size_changes_nothing(self, stored):
        content = jpeg(smooth(stored, stored))
        for window in (None, (0.1, 0.2, 0.6, 0.5)):
            self.assertAllEqual(decode(content, 64, window), decode(content, 64, window, stored))
        whole = pictures.Decoder(64, stored, windowed=False)
        self.assertAllEqual(whole.decode(content, whole.plan(tf.constant([content]))[0]), decode(content, 64))

    def test_the_decoder_shrinks_only_as_far_as_the_window_allows(self):
        stripes = np.zeros((512, 512, 3), np.uint8)
        stripes[:, ::2] = 255  # gone at half the size, there at full size
        content = jpeg(Image.fromarray(stripes))
        self.assertLess(decode(content, 64).std(), 20)
        self.assertGreater(decode(content, 51, (0.25, 0.25, 0.1, 0.1)).std(), 60)

    def test_where_there_is_no_picture_a_plan_is_made_all_the_same(self):
        decoder = pictures.Decoder(32)
        cuts = decoder.plan(tf.constant([b"", jpeg(smooth(90, 60))]))
        self.assertEqual(cuts.shape, (2, 9))

    def test_runs_inside_tf_data(self):
        decoder = pictures.Decoder(32)
        dataset = tf.data.Dataset.from_tensors([jpeg(smooth(90, 60))]).map(lambda x: (x, decoder.plan(x)))
        dataset = dataset.unbatch().map(decoder.decode)
        self.assertEqual(dataset.element_spec.shape, (32, 32, 3))
        self.assertEqual(next(iter(dataset)).dtype, tf.uint8)
