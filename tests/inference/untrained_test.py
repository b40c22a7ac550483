"""Embedding without training, through the commands: pretrained weights in, matches out."""

import io
import os
from contextlib import redirect_stderr, redirect_stdout

import keras
import numpy as np
import tensorflow as tf

from flags.data import Records
from flags.matching import Matching
from flags.run import Run
from flags.weights import RunWeights
from inference import embed, embedding_folder, match, match_folder
from tests import tiny_catalogue
from training.run_folder import RunFolder


class UntrainedTest(tf.test.TestCase):
    def embed(self, run, seed=0, **changes):
        model = tiny_catalogue.tiny_model(
            **{"modality": "image", "image_encoder": "edges_and_colours", "embedding_norm": "none", **changes}
        )
        records, said = Records(records=tiny_catalogue.records()), io.StringIO()
        with redirect_stdout(said), redirect_stderr(io.StringIO()):
            weights = RunWeights(run_weights="untrained")
            embed.main(records, Matching(), model, tiny_catalogue.CPU, Run(run=run, seed=seed), weights)
        return said.getvalue()

    def test_embeds_and_matches_beside_hashes_and_titles(self):
        run = os.path.join(self.get_temp_dir(), "unsupervised")
        self.assertIn(f"next: python -m inference.match --run={run}", self.embed(run))
        spaces, products, about = embedding_folder.read(f"{run}/embeddings")
        self.assertAllClose(np.linalg.norm(spaces["image"], axis=1), np.ones(len(products)), atol=1e-5)
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            match.main(Matching(), Run(run=run))
        found = match_folder.read_match(f"{run}/matches")
        f1 = {method["name"]: method["mean_f1"] for method in found["methods"]}
        self.assertContainsSubset({"alone", "phash", "tfidf", "image", "union"}, f1)
        self.assertGreater(f1["image"], f1["alone"] + 0.05)
        self.assertEqual(found["run_fingerprint"], about["run_fingerprint"])

    def test_the_seed_and_the_weights_decide(self):
        found = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            run = os.path.join(self.get_temp_dir(), name)
            self.embed(run, seed, image_encoder="small", image_pooling="max")
            spaces, _, about = embedding_folder.read(f"{run}/embeddings")
            found.append((spaces["image"], about["run_fingerprint"]))
        self.assertAllEqual(found[0][0], found[1][0])
        self.assertEqual(found[0][1], found[1][1])
        self.assertNotEqual(found[0][1], found[2][1])

    def test_the_folder_of_a_training_is_refused(self):
        run = os.path.join(self.get_temp_dir(), "trained")
        RunFolder(run).begin({}, {}, keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), None, {})
        with self.assertRaisesRegex(ValueError, "--run_weights=untrained: .*trained holds a training. Give another"):
            self.embed(run)


if __name__ == "__main__":
    tf.test.main()
