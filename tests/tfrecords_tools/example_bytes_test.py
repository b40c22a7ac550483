"""Examples serialized without TensorFlow are those that TensorFlow serializes, byte for byte."""

import tensorflow as tf
from absl.testing import parameterized

from tfrecords_tools import example_bytes


class ExampleBytesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ({"b": [b"x", b"\xc3\xa9"], "a": [0], "c": [-1, 127, 128, 2**40, -(2**63)]},),
        ({"no integers": (), "no texts": [], "empty": [b""], "long": [b"x" * 70_000]},),
        ({},),
    )
    def test_the_bytes_are_those_that_tensorflow_writes(self, features):
        example, packed = tf.train.Example(), {}
        for name, values in features.items():
            if name == "no integers" or (values and isinstance(values[0], int)):
                example.features.feature[name].int64_list.value.extend(values)
                example.features.feature[name].int64_list.SetInParent()
                packed[name] = example_bytes.integers(values)
            else:
                example.features.feature[name].bytes_list.value.extend(values)
                example.features.feature[name].bytes_list.SetInParent()
                packed[name] = example_bytes.texts(values)
        example.features.SetInParent()
        self.assertEqual(example_bytes.example(packed), example.SerializeToString(deterministic=True))
