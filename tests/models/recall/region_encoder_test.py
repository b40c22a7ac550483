"""The region encoder: shapes, masked regions, products without any, and what is refused."""

import numpy as np
import tensorflow as tf

from models.recall.region_encoder import build_region_encoder
from tests.models.recall import matching_options
from tests.models.recall.matching_options import BOXES, NO_REGIONS, ROWS, WIDTH

SIDE = ("boxes", "features", "box_mask", "box_labels")


def encoder(**changes):
    options = {"attention_heads": 2, "inner_width": 8, "pooling_width": 8, "label_names": 3, **changes}
    return matching_options.drawn(build_region_encoder(WIDTH, BOXES, 6, **options), 3)


def inputs():
    return {name: value for name, value in matching_options.inputs().items() if name in SIDE}


class RegionEncoderTest(tf.test.TestCase):
    def test_it_gives_five_heads_and_the_regions_in_float32(self):
        output = encoder()(inputs())
        found = {name: (value.shape, value.dtype) for name, value in output.items()}
        expected = {"heads": ((ROWS, 5, 6), "float32"), "regions": ((ROWS, BOXES, WIDTH), "float32")}
        self.assertEqual(found, expected)
        self.assertEqual(encoder(width=10)(inputs())["regions"].shape, (ROWS, BOXES, 10))

    def test_the_published_size(self):
        built = build_region_encoder(2048, 40, 1024, pooling_width=512)
        self.assertEqual(built.output["heads"].shape, (None, 5, 1024))
        self.assertEqual(built.get_layer("heads").kernel.shape, (2048, 5 * 1024))

    def test_a_product_without_regions_has_zero_heads_and_gradients_are_finite(self):
        made, given = encoder(), inputs()
        with tf.GradientTape() as tape:
            heads = made(given, training=True)["heads"]
            loss = tf.reduce_sum(tf.square(heads))
        self.assertAllEqual(heads[NO_REGIONS], np.zeros((5, 6)))
        self.assertTrue(np.all(np.abs(heads[:NO_REGIONS]).sum(axis=(1, 2)) > 0))
        for variable, gradient in zip(
            made.trainable_variables, tape.gradient(loss, [v.value for v in made.trainable_variables]), strict=True
        ):
            self.assertTrue(np.isfinite(tf.convert_to_tensor(gradient)).all(), variable.path)

    def test_what_stands_in_the_padding_changes_nothing(self):
        made, given, other = encoder(), inputs(), inputs()
        there = given["box_mask"] > 0
        other["boxes"][~there], other["features"][~there], other["box_labels"][~there] = 0.7, 9.0, 2
        one, two = (made(each) for each in (given, other))
        self.assertAllClose(one["heads"], two["heads"], atol=1e-5)
        self.assertAllClose(one["regions"][there], two["regions"][there], atol=1e-5)

    def test_the_order_of_regions_changes_nothing(self):
        made, given = encoder(), inputs()
        turned = {name: value[:, ::-1] for name, value in given.items()}
        self.assertAllClose(made(given)["heads"], made(turned)["heads"], atol=1e-5)

    def test_boxes_and_classes_are_looked_at(self):
        for name, change in (("boxes", 0.3), ("box_labels", 1)):
            given = inputs()
            given[name] = (given[name] + change) % 3
            self.assertNotAllClose(encoder()(given)["heads"][0], encoder()(inputs())["heads"][0], atol=1e-3)

    def test_heads_that_do_not_divide_the_width_are_refused(self):
        with self.assertRaisesRegex(ValueError, "--region_attention_heads=3 do not divide a region's 4 features: give"):
            encoder(attention_heads=3)
        with self.assertRaisesRegex(ValueError, "=4 do not divide a region's 10 features"):
            encoder(attention_heads=4, width=10)


if __name__ == "__main__":
    tf.test.main()
