"""What goes into a record of a pair comes out of it, as it was and padded in batches."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfrecords_tools.pairs import pair_record, pair_schema
from tfrecords_tools.pairs.pair import Pair


def pair(num_boxes=2, width=3, **changed):
    values = np.arange(num_boxes * 4, dtype="<f4").reshape(num_boxes, 4) / 64
    features = np.arange(num_boxes * width).reshape(num_boxes, width).astype("<f2") + 1
    drawn = Pair("train/7/5", "train", 2, "botas ❤", 7, 5, 1, 100, 200, values, features, np.arange(num_boxes), ())
    return dataclasses.replace(drawn, **changed)


class PairSchemaTest(tf.test.TestCase):
    def test_a_record_is_unpacked_as_it_was_packed(self):
        before = pair(mended=("boxes cut", "unknown box label"))
        after = pair_schema.decode(pair_record.encode(before), 3)
        for field in dataclasses.fields(Pair):
            self.assertAllEqual(getattr(after, field.name), getattr(before, field.name))
        self.assertEqual(after.kinds, ("relevant", "boxes cut", "unknown box label"))

    def test_a_batch_has_static_shapes_padding_and_a_mask_inside_tf_data(self):
        records = [pair_record.encode(pair(count)) for count in (2, 0, 4)]
        data = tf.data.Dataset.from_tensor_slices(records).batch(3, drop_remainder=True)
        data = data.map(lambda batch: pair_schema.parse(batch, max_boxes=4, feature_width=3))
        self.assertEqual(set(data.element_spec), set(pair_schema.KEYS))
        self.assertEqual(data.element_spec["features"], tf.TensorSpec((3, 4, 3), tf.float16))
        batch = next(iter(data))
        self.assertAllEqual(batch["mask"], [[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
        self.assertAllEqual(batch["num_boxes"], [2, 0, 4])
        self.assertAllEqual(batch["box_labels"], [[0, 1, -1, -1], [-1] * 4, [0, 1, 2, 3]])
        self.assertAllEqual(batch["boxes"][0, :2], pair(2).boxes)
        self.assertAllEqual(batch["features"][2], pair(4).features)
        self.assertAllEqual(batch["features"][0, 2:], np.zeros((2, 3)))
        self.assertEqual((batch["query"][0].numpy().decode(), int(batch["answer"][0])), ("botas ❤", 1))

    def test_fewer_regions_may_be_asked_for_than_are_stored(self):
        batch = pair_schema.parse([pair_record.encode(pair(4))], 2, 3, keys=["features", "mask"])
        self.assertEqual(set(batch), {"features", "mask"})
        self.assertAllEqual(batch["features"][0], pair(4).features[:2])
        self.assertAllEqual(batch["mask"], [[1, 1]])

    def test_the_same_pair_gives_the_same_bytes(self):
        self.assertLen({pair_record.encode(pair()) for _ in range(20)}, 1)

    def test_an_unknown_key_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Records of pairs have no feature 'image'; they have id, split"):
            pair_schema.parse([b""], 4, 3, keys=["image"])

    def test_a_record_of_something_else_is_refused(self):
        with self.assertRaisesRegex(ValueError, "it is no Example"):
            pair_schema.decode(b"\xff\xff", 3)
        with self.assertRaisesRegex(ValueError, "it lacks 'id'"):
            pair_schema.decode(b"", 3)
        with self.assertRaisesRegex(ValueError, "its features have 12 bytes, which does not fit 2 boxes"):
            pair_schema.decode(pair_record.encode(pair()), 4)


if __name__ == "__main__":
    tf.test.main()
