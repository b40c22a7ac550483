"""Flags of mining: what --mine_by lists, and what each way needs."""

import tensorflow as tf
from absl.testing import parameterized

from flags.mining import Mining


class MiningTest(tf.test.TestCase, parameterized.TestCase):
    def test_ways_are_a_list(self):
        self.assertEqual(Mining().ways, ("last_word", "tfidf"))
        chosen = Mining(mine_by=" kmeans, last_word,kmeans", query_embeddings="e.npy", query_clusters=5)
        self.assertEqual(chosen.ways, ("kmeans", "last_word"))

    @parameterized.parameters(
        ({"mine_by": "last_word,tf_idf"}, "--mine_by=last_word,tf_idf: 'tf_idf' is not one of last_word, tfidf, kmean"),
        ({"mine_by": " "}, "is not one of last_word"),
        ({"mine_by": "kmeans"}, "--mine_by=kmeans clusters embeddings of the queries: give --query_embeddings="),
        ({"query_embeddings": "e.npy"}, "--query_embeddings=e.npy has no effect on --mine_by=last_word,tfidf: leave"),
        ({"query_clusters": 50}, "--query_clusters=50 has no effect on .* or add kmeans"),
        ({"mine_by": "last_word", "mined_neighbours": 5}, "--mined_neighbours=5 has no effect on .* or add tfidf"),
        ({"mined_neighbours": 0}, "--mined_neighbours=0 is below 1"),
    )
    def test_what_does_not_fit_is_refused(self, given, message):
        with self.assertRaisesRegex(ValueError, message):
            Mining(**given)


if __name__ == "__main__":
    tf.test.main()
