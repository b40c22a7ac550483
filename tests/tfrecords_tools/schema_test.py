"""What goes into a record comes out of it, in batches and inside tf.data."""

import tensorflow as tf

from tfrecords_tools import schema

CUP = {
    "id": "cup-1",
    "image": b"\xff\xd8jpeg",
    "title": "Cangkir ❤",
    "label": 3,
    "label_name": "cups",
    "levels": (1, 0),
    "phash": b"\x00" * 7 + b"\x01",
    "fold": 2,
}


class SchemaTest(tf.test.TestCase):
    def test_a_batch_comes_back_as_it_went_in(self):
        records = [schema.encode(**CUP), schema.encode(id="2", title="Bowl", levels=(-1, -1))]
        batch = next(iter(tf.data.Dataset.from_tensors(records).map(lambda r: schema.parse(r, num_levels=2))))
        self.assertEqual(set(batch), set(schema.KEYS))
        self.assertEqual(batch["title"][0].numpy().decode(), "Cangkir ❤")
        self.assertAllEqual(batch["levels"], [[1, 0], [-1, -1]])
        self.assertAllEqual(batch["label"], [3, -1])
        self.assertAllEqual(batch["has_image"], [1, 0])
        self.assertAllEqual(batch["has_title"], [1, 1])
        self.assertAllEqual(batch["fold"], [2, -1])
        self.assertEqual(batch["phash"][1], b"")

    def test_chosen_keys_come_alone_and_no_levels_are_an_empty_row(self):
        batch = schema.parse([schema.encode(id="1")], keys=["label", "levels"])
        self.assertEqual({key: tuple(value.shape) for key, value in batch.items()}, {"label": (1,), "levels": (1, 0)})

    def test_the_same_product_gives_the_same_bytes(self):
        self.assertLen({schema.encode(**CUP) for _ in range(20)}, 1)

    def test_an_unknown_key_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no feature 'titel'; they have id, image, title"):
            schema.parse([b""], keys=["titel"])


if __name__ == "__main__":
    tf.test.main()
