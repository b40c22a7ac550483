"""Edges do not see colour, colours do not see shape, and both are exact where a picture is simple."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.edges_and_colours import ColourHistogram, EdgeCells, edges_and_colours_backbone


def plain(colour, size=24):
    return np.broadcast_to(np.asarray(colour, np.float32), (1, size, size, 3))


def half_and_half(left, right, size=32):
    picture = np.empty((1, size, size, 3), np.float32)
    picture[:, :, : size // 2 + 2], picture[:, :, size // 2 + 2 :] = left, right
    return picture


class EdgesAndColoursTest(tf.test.TestCase, parameterized.TestCase):
    def test_a_plain_picture_has_no_edges(self):
        self.assertAllLess(EdgeCells()(plain((200, 30, 90))), 0.02)

    def test_an_edge_is_the_same_from_dark_to_light_and_from_light_to_dark(self):
        cells = EdgeCells()
        dark_first, light_first = half_and_half(20, 220), half_and_half(220, 20)
        self.assertAllClose(cells(dark_first), cells(light_first), atol=1e-5)
        self.assertGreater(float(tf.reduce_max(cells(dark_first))), 0.5)

    def test_an_upright_edge_and_a_level_one_point_in_different_directions(self):
        cells = EdgeCells()
        upright = half_and_half(20, 220)
        found = [tf.reduce_sum(cells(p), axis=(0, 1, 2)) for p in (upright, upright.transpose(0, 2, 1, 3))]
        self.assertEqual(int(tf.argmax(found[0])), 0)
        self.assertEqual(int(tf.argmax(found[1])), 4)

    def test_colours_do_not_see_where_they_are(self):
        picture = np.random.default_rng(0).uniform(0, 200, (1, 24, 24, 3)).astype("float32")
        turned = ColourHistogram()(picture[:, 1::3, 1::3].repeat(3, 1).repeat(3, 2)[:, ::-1])
        self.assertAllClose(ColourHistogram()(picture), turned, atol=1e-5)

    def test_white_background_is_left_out(self):
        shoe = plain((250, 250, 250), 36).copy()
        shoe[:, 6:30, 6:30] = (120, 40, 40)
        share = ColourHistogram()(shoe).numpy() ** 2
        self.assertAllClose(ColourHistogram()(plain((250, 250, 250))), np.zeros((1, 1728)), atol=1e-6)
        self.assertAllClose(share.sum(), 1.0, atol=0.05)

    @parameterized.parameters(24, 100)
    def test_compiles_under_xla_and_gives_the_same(self, size):
        picture = np.random.default_rng(0).uniform(0, 255, (2, size, size, 3)).astype("float32")
        backbone = edges_and_colours_backbone(size, dim=8)
        self.assertEqual(backbone.output.shape, (None, 16))
        self.assertAllClose(tf.function(backbone, jit_compile=True)(picture), backbone(picture), atol=1e-4)

    def test_too_small_a_picture_is_refused(self):
        with self.assertRaisesRegex(ValueError, "image_size=8 is too small for cells of 8 pixels; at least 16"):
            edges_and_colours_backbone(8)
