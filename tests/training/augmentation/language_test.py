"""The list that --augment takes: what it may say, and what it is told when it may not."""

import tensorflow as tf
from absl.testing import parameterized

from training.augmentation import language


class ParseTest(tf.test.TestCase, parameterized.TestCase):
    def test_names_arguments_by_name_and_place_and_shares_are_read(self):
        flip, affine, cutout = language.parse("flip, affine(rotate=15,shear=8)@0.75, cutout(0.4,0.6)@0.5")
        self.assertEqual((flip.name, flip.arguments, flip.share), ("flip", {}, 1.0))
        self.assertEqual((affine.arguments, affine.share), ({"rotate": 15.0, "shear": 8.0}, 0.75))
        self.assertEqual((cutout.arguments, cutout.share), ({"low": 0.4, "high": 0.6}, 0.5))

    def test_empty_text_is_no_augmentation(self):
        self.assertEqual(language.parse(""), ())

    @parameterized.parameters(
        ("flop", "'flop' is not one of .* Did you mean flip"),
        ("affine(turn=3)", "affine takes rotate, shear, zoom, shift, not 'turn'"),
        ("flip(1)", "flip takes no arguments"),
        ("brightness(a lot)", "brightness has 'a lot' where a number was expected"),
        ("flip@1.5", "flip@1.5 touches a share of the examples; write one from 0 to 1"),
        ("flip;vflip", "cannot read 'flip;vflip'"),
        ("__import__('os')", "'__import__' is not one of"),
    )
    def test_says_what_is_wrong(self, text, message):
        with self.assertRaisesRegex(ValueError, message):
            language.parse(text)
