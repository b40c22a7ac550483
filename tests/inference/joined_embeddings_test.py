"""Several runs as one: side by side their cosine is the mean, apart they vote, and other products are refused."""

import os

import numpy as np
import tensorflow as tf

from flags.matching import Matching
from flags.run import Run
from inference import embedding_folder, joined_embeddings, match, match_folder
from tests.inference import planted

TABLE = planted.products().assign(title="", phash="")
LABELS = TABLE["label"].to_numpy()
A, B = planted.space(LABELS, 0.3), planted.space(LABELS, 0.3, seed=1)


class JoinedEmbeddingsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folders = [os.path.join(self.get_temp_dir(), name) for name in "ab"]
        for folder, vectors in zip(self.folders, (A, B), strict=True):
            about = {"spaces": ["image"], "run_fingerprint": folder[-1]}
            embedding_folder.write(folder, {"image": vectors}, TABLE, about)

    def test_side_by_side_the_cosine_is_the_mean_of_the_runs(self):
        spaces, _, fingerprint = joined_embeddings.read(self.folders, "concat")
        whole = spaces["image"]
        self.assertAllClose(whole @ whole.T, (A @ A.T + B @ B.T) / 2, atol=1e-6)
        self.assertEqual(fingerprint, "a+b")

    def test_a_row_that_all_lack_stays_without(self):
        self.assertAllEqual(joined_embeddings.side_by_side([np.zeros((2, 3)), np.zeros((2, 4))]), np.zeros((2, 7)))

    def test_other_products_are_refused(self):
        embedding_folder.write(self.folders[1], {"image": B[:-1]}, TABLE[:-1], {"spaces": ["image"]})
        with self.assertRaisesRegex(ValueError, "a has 180 products and .*b 179, .*: embed the same records"):
            joined_embeddings.read(self.folders, "concat")

    def test_two_runs_match_better_than_one(self):
        found = {}
        for how, folders in (("concat", self.folders), ("separate", self.folders), ("one", self.folders[:1])):
            matches = os.path.join(self.get_temp_dir(), how)
            flags = {"embeddings": ",".join(folders), "matches": matches, "chain": "embedding,min2,fused,votes"}
            match.main(Matching(**flags, ensemble="concat" if how == "one" else how), Run())
            steps = {step.name: step.mean_f1 for step in match_folder.read_ablation(matches)}
            self.assertEqual("votes" in steps, how == "separate")
            found[how] = steps["final"]
        self.assertGreater(found["concat"], found["one"] + 0.03)
        self.assertGreater(found["separate"], found["one"] + 0.03)


if __name__ == "__main__":
    tf.test.main()
