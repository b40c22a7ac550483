"""Real pictures and queries in KDD Cup's files: no leak between splits, and they convert as they stand."""

import json
import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf

from benchmarks import export_kddcup, query_products
from flags.data import Source
from tests.benchmarks.real_matching_test import data_is_there
from tests.tfrecords_tools import catalogue
from tfrecords_tools import files, images
from tfrecords_tools.pairs import pair_conversion, pair_reader


class RealQueriesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        if not data_is_there():
            self.skipTest("the data sets are not here: set SHELFLENS_DATA")
        self.enter_context(mock.patch("sys.stderr"))

    def test_no_picture_family_or_query_is_in_two_splits(self):
        queries = query_products.read()
        self.assertLen({query.text for query in queries}, len(queries))
        self.assertEqual({query.split for query in queries}, set(query_products.SPLITS))
        splits_of = {}
        for query in queries:
            for product in query.products:
                splits_of.setdefault((product.data_set, product.family), set()).add(query.split)
                splits_of.setdefault(product.id, set()).add(query.split)
        self.assertEqual(max(map(len, splits_of.values())), 1)

    def test_features_find_a_picture_again_when_its_edge_is_cut_off(self):
        products = {product.id: product for query in query_products.read() for product in query.products}
        features = []
        for product in list(products.values())[:400:40]:
            picture = images.decode(files.read(product.picture))
            whole = np.array([0, 0, picture.height, picture.width])
            inner = np.array([0.04, 0.04, 0.96, 0.96]) * whole[[2, 3, 2, 3]]
            features.append(export_kddcup.region_features(picture, np.stack([whole, inner])))
        features = np.stack(features)
        self.assertEqual((features.shape, features.dtype), ((10, 2, 2048), np.float32))
        self.assertBetween(np.std(features), 0.8, 1.2)
        distances = np.linalg.norm(features[:, None, 0] - features[None, :, 1], axis=-1)
        self.assertAllEqual(distances.argmin(axis=1), np.arange(10))

    def test_a_small_cut_is_exported_and_converted(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        with mock.patch.object(export_kddcup, "CANDIDATES", 5):
            rows = export_kddcup.export(folder, train_queries=4, test_queries=2)
        manifest = pair_conversion.convert(
            Source(source="kddcup", input=folder), catalogue.records(os.path.join(folder, "records"))
        )
        self.assertEqual((manifest.records, manifest.rejected), (sum(rows.values()), 0))
        self.assertEqual(
            (manifest.feature_width, manifest.label_names[:2]), (2048, ["whole picture", "cell of a grid"])
        )
        self.assertEqual(manifest.count([0]), rows["valid"])
        self.assertNotIn("unknown box label", manifest.histogram["2"])
        pairs = list(pair_reader.read_pairs(os.path.join(folder, "records")))
        with open(os.path.join(folder, "valid_answer.json")) as file:
            answers = {(int(query), id) for query, ids in json.load(file).items() for id in ids}
        relevant = {(pair.query_id, pair.product_id) for pair in pairs if pair.fold == 0 and pair.answer == 1}
        self.assertEqual(relevant, answers)
        self.assertGreaterEqual(min(pair.num_boxes for pair in pairs), 10)
        self.assertAllEqual(pairs[0].boxes[0], [0, 0, 1, 1])


if __name__ == "__main__":
    tf.test.main()
