"""The two convolutions that are compared are measured forward and backward."""

import tensorflow as tf

from benchmarks import grouped_convolution


class GroupedConvolutionTest(tf.test.TestCase):
    def test_each_layer_gives_a_forward_and_a_gradient_figure(self):
        found = list(grouped_convolution.measure({"tiny": (16, 16, 4, 4)}))
        self.assertEqual(
            [one["name"] for one in found],
            ["grouped_convolution/tiny_forward", "grouped_convolution/tiny_gradient"],
        )
        for one in found:
            self.assertGreater(one["value"], 0.0)
            self.assertGreater(one["reference"], 0.0)


if __name__ == "__main__":
    tf.test.main()
