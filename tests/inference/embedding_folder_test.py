"""The folder of embeddings: row i of every file is product i, and a folder of another making is refused."""

import os

import numpy as np
import pandas as pd
import tensorflow as tf

from inference import embedding_folder
from tests import tiny_catalogue
from tfrecords_tools.manifest import Manifest
from training.product_training import Training

PRODUCTS = pd.DataFrame(
    {
        "id": ["1", "02"],
        "title": ["NA", ""],
        "label": [0, -1],
        "label_name": ["a", ""],
        "fold": [0, -1],
        "phash": ["0" * 16, ""],
        "has_image": [1, 0],
        "has_title": [1, 0],
    }
)


class EmbeddingFolderTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), self.id())

    def test_what_is_written_comes_back_with_ids_and_titles_as_text(self):
        spaces = {"title": np.eye(2, 3, dtype=np.float32)}
        embedding_folder.write(self.folder, spaces, PRODUCTS, {"spaces": ["title"]})
        found, products, _ = embedding_folder.read(self.folder)
        self.assertAllEqual(found["title"], spaces["title"])
        self.assertEqual(products["id"].tolist(), ["1", "02"])
        self.assertEqual(products["title"].tolist(), ["NA", ""])

    def test_rows_of_other_records_are_refused(self):
        embedding_folder.write(self.folder, {"title": np.zeros((3, 2))}, PRODUCTS, {"spaces": ["title"]})
        with self.assertRaisesRegex(ValueError, "title.npy has 3 rows and products.csv 2.*inference.embed again"):
            embedding_folder.read(self.folder)

    def test_a_folder_that_is_not_whole_says_what_to_run(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no embeddings.json: run python -m inference.embed first"):
            embedding_folder.read(self.folder)

    def test_embeds_every_record_once_in_unit_vectors_the_same_on_any_number_of_replicas(self):
        records, run = tiny_catalogue.records(), f"{self.folder}/run"
        model = tiny_catalogue.tiny_model(modality="title")
        optimization = tiny_catalogue.tiny_optimization(max_steps=4)
        Training(records, model, optimization, tiny_catalogue.CPU, tiny_catalogue.tiny_run(run)).run()
        vectors = []
        for replicas in (1, 2):
            distribution = type(tiny_catalogue.CPU)(accelerator="cpu", replicas=replicas)
            shapes = embedding_folder.embed_records(records, run, f"{self.folder}/{replicas}", distribution)
            self.assertEqual(list(shapes), ["title"])
            vectors.append(embedding_folder.read(f"{self.folder}/{replicas}")[0]["title"])
        self.assertLen(vectors[0], Manifest.read(records).records)
        self.assertAllClose(np.linalg.norm(vectors[0], axis=1), np.ones(len(vectors[0])), atol=1e-5)
        self.assertAllClose(vectors[0], vectors[1], atol=1e-5)
