"""Mining writes what PairInput reads, keeps what an earlier call wrote, and refuses what does not fit."""

import contextlib
import csv
import io
import json
import os
import tempfile

import numpy as np
import tensorflow as tf

from flags.data import Records
from flags.mining import Mining
from flags.run import Run
from tests.training.recall import pair_folder
from tests.training.recall.pair_input_test import PairCase, Recall
from training import mine
from training.recall import mined, query_clusters


class MiningTest(PairCase):
    def setUp(self):
        super().setUp()
        self.mined = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "mined")

    def mine(self, **options):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            mine.main(Records(records=self.folder), Mining(mined=self.mined, **options), Run())
        return said.getvalue()

    def array(self, name):
        return np.load(os.path.join(self.mined, name + ".npy"), allow_pickle=False)

    def embeddings(self, array):
        path = os.path.join(self.get_temp_dir(), f"{self.id()}.npy")
        np.save(path, array)
        return path

    def test_clusters_and_neighbours_are_written_by_query_number(self):
        said = self.mine(mined_neighbours=3)
        with open(os.path.join(self.mined, "queries.csv"), newline="") as file:
            queries = list(csv.reader(file))
        self.assertEqual(queries[:2], [["number", "text"], ["0", "red shoes"]])
        self.assertLen(queries, 17)
        self.assertAllEqual(np.unique(self.array("last_word"), return_counts=True), [[1, 2, 3, 4], [4] * 4])
        self.assertEqual((self.array("neighbours").shape, self.array("neighbours").dtype), ((16, 3), np.int32))
        with open(os.path.join(self.mined, "last_words.csv")) as file:
            self.assertEqual(file.read().split()[:3], ["number,word,queries", "0,,0", "1,dress,4"])
        self.assertIn("'red shoes'\n  last_word: '", said)
        self.assertIn("last_word.npy: without_a_word 0, clusters 4, largest 4, of_one_query 0", said)
        self.assertIn(f"next: python -m training.train with --mined={self.mined} --negatives_from=mined", said)

    def test_what_is_written_can_be_trained_on(self):
        self.mine()
        for negatives in ("mined", "tfidf"):
            pairs = self.input(recall=Recall(negatives_from=negatives, mined=self.mined))
            queries = pairs.table.queries[pairs.rows(0).records].reshape(-1, 3)
            type_or_colour = (queries[:, :1] // 4 == queries[:, 1:] // 4) | (queries[:, :1] % 4 == queries[:, 1:] % 4)
            self.assertTrue(type_or_colour.all())

    def test_kmeans_joins_what_was_mined_before(self):
        self.mine(mine_by="last_word")
        points = np.eye(4, dtype=np.float32)[np.arange(16) % 4] * 9
        said = self.mine(mine_by="kmeans", query_embeddings=self.embeddings(points), query_clusters=4)
        clusters = self.array("kmeans")
        self.assertAllEqual(clusters[:, None] == clusters, np.arange(16)[:, None] % 4 == np.arange(16) % 4)
        self.assertAllClose(self.array("kmeans_centres")[clusters], points)
        self.assertIn("kmeans: 'red ", said)
        with open(os.path.join(self.mined, mined.FILE)) as file:
            described = json.load(file)
        self.assertEqual(list(described["parts"]), ["last_word", "kmeans"])
        self.assertEqual((described["records_fingerprint"], described["queries"]), ("of a test", 16))

    def test_queries_without_a_word_are_counted_and_harm_nothing(self):
        rows = [("the", 1, 1, 1), ("", 2, 2, 1), ("red mug", 3, 3, 1), ("blue mug", 4, 4, 1)]
        self.folder, self.manifest = pair_folder.write({2: rows})
        self.assertIn("last_word.npy: without_a_word 2, clusters 1, largest 2, of_one_query 0", self.mine())
        for negatives in ("mined", "tfidf"):
            pairs = self.input(batch_size=12, recall=Recall(negatives_from=negatives, mined=self.mined))
            self.assertTrue(pairs.rows(0).kept.all())

    def test_a_folder_of_other_records_is_left_alone(self):
        self.mine(mine_by="last_word")
        self.folder, self.manifest = pair_folder.write({2: pair_folder.train_rows(8)})
        with self.assertRaisesRegex(
            ValueError, r"holds what was mined of other records \(16 queries, not 8\): name an"
        ):
            self.mine(mine_by="last_word")

    def test_folders_are_needed(self):
        with self.assertRaisesRegex(ValueError, "--mined=<folder to write> are both needed"):
            mine.main(Records(records=self.folder), Mining(), Run())


class QueryClustersTest(tf.test.TestCase):
    def read(self, array, queries):
        path = os.path.join(self.get_temp_dir(), "e.npy")
        np.save(path, array)
        return query_clusters.read_embeddings(path, queries)

    def test_embeddings_that_do_not_fit_are_refused(self):
        self.assertAllEqual(self.read(np.ones((3, 2), np.float32), 3), np.ones((3, 2)))
        for array, message in (
            (np.ones((2, 2), np.float32), r"is float32 \[2, 2\], expected float32 \[3, dim\] with a row for each line"),
            (np.ones((3, 2)), "is float64"),
            (np.ones(3, np.float32), r"is float32 \[3\]"),
            (np.array([[0], [np.nan], [0]], np.float32), r"\(--query_embeddings\), row 1 is not finite"),
            (np.array(["a"], object), "is no npy file of numbers"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.read(array, 3)
        with self.assertRaises(FileNotFoundError):
            query_clusters.read_embeddings(os.path.join(self.get_temp_dir(), "nowhere.npy"), 3)

    def test_the_same_seed_gives_the_same_clusters(self):
        points = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
        one, again = (query_clusters.kmeans(points, 5, 1) for _ in range(2))
        self.assertAllEqual(one[0], again[0])
        self.assertEqual((one[0].dtype, one[1].dtype, one[1].shape), (np.int32, np.float32, (5, 3)))
        with self.assertRaisesRegex(ValueError, "--query_clusters=61 is more than the 60 queries: give fewer"):
            query_clusters.kmeans(points, 61, 1)


if __name__ == "__main__":
    tf.test.main()
