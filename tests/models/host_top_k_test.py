"""The search on CPUs against a full sort, across blocks, and its keys."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models import host_top_k


class HostTopKTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters((1000, 9), (host_top_k.GALLERY_BLOCK + 5, 51), (host_top_k.GALLERY_BLOCK * 2 + 1, 3))
    def test_equals_a_full_sort_whatever_the_blocks(self, items, k):
        draw = np.random.default_rng(0)
        gallery = draw.integers(-3, 4, (items, 8)).astype("float32")  # whole numbers: exact products and many ties
        queries = draw.integers(-3, 4, (host_top_k.BLOCK + 7, 8)).astype("float32")
        scores, indices = host_top_k.host_top_k(queries, gallery, k)
        products = queries @ gallery.T
        order = np.argsort(-products, axis=1, kind="stable")[:, :k]
        self.assertAllEqual(indices, order)
        self.assertAllEqual(scores, np.take_along_axis(products, order, axis=1))

    def test_rows_that_are_not_there_are_not_found(self):
        there = np.arange(300) % 3 == 0
        _, indices = host_top_k.host_top_k(np.ones((2, 4), "float32"), np.ones((300, 4), "float32"), 100, there)
        self.assertAllEqual(indices, np.tile(np.arange(0, 300, 3), (2, 1)))

    def test_keys_order_by_score_then_by_lower_index(self):
        scores = np.float32([-np.inf, -2, -1e-30, 0, 0, 1e-30, 3])
        indices = np.int32([1, 2, 3, 9, 4, 0, 2**31 - 2])
        keys = host_top_k.pack(scores, indices)
        self.assertAllEqual(keys, np.sort(keys))
        self.assertAllEqual(host_top_k.unpack(keys)[0], scores)
        self.assertAllEqual(host_top_k.unpack(keys)[1], indices)


if __name__ == "__main__":
    tf.test.main()
