"""Two towers that share an encoder: unit vectors, each side alone, saved and built again."""

import os

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.recall import title_towers
from tests.models.model_options import options

TOKENS = {"title_encoder": "bert_tiny"}


def inputs(tokens: bool) -> dict:
    random = np.random.default_rng(0)
    if not tokens:
        return {f"{text}_features": random.normal(size=(4, 6)).astype("float32") for text in ("query", "title")}
    found = {}
    for text, length in (("query", 5), ("title", 8)):
        found[f"{text}_token_ids"] = random.integers(5, 50, (4, length)).astype("int32")
        found[f"{text}_padding_mask"] = (np.arange(length) < random.integers(3, length, (4, 1))).astype("int32")
    return found


class TitleTowersTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        keras.utils.set_random_seed(0)

    @parameterized.parameters({}, TOKENS, {"embedding_dim": 16, "embedding_norm": "none"})
    def test_both_sides_are_unit_vectors_and_each_alone_is_the_same(self, **changes):
        encoder = title_towers.build_title_towers(options(**changes))
        batch = inputs("title_encoder" in changes)
        output = encoder(batch)["match"]
        self.assertCountEqual(output, ["queries", "products"])
        for name, text in title_towers.TOWERS.items():
            self.assertAllClose(np.linalg.norm(output[name], axis=1), np.ones(4), atol=1e-5)
            side = {key: value for key, value in batch.items() if key.startswith(text)}
            self.assertAllClose(title_towers.tower(encoder, name)(side)[name], output[name], atol=1e-6)

    def test_the_towers_share_all_but_their_batch_norms(self):
        encoder = title_towers.build_title_towers(options(embedding_dim=16))
        batch = inputs(False)
        same = {name: batch["query_features"] for name in batch}
        output = encoder(same, training=False)["match"]
        self.assertAllClose(output["queries"], output["products"], atol=1e-6)
        encoder.get_layer("title_batch_norm").beta.assign(tf.ones(16))
        output = encoder(same, training=False)["match"]
        self.assertNotAllClose(output["queries"], output["products"], atol=1e-2)

    def test_saves_and_is_built_again_from_its_json(self):
        encoder, batch = title_towers.build_title_towers(options(**TOKENS)), inputs(True)
        path = os.path.join(self.get_temp_dir(), "towers.keras")
        encoder.save(path)
        again = keras.models.model_from_json(encoder.to_json())
        again.set_weights(encoder.get_weights())
        for other in (keras.models.load_model(path), again):
            self.assertAllClose(other(batch)["match"]["queries"], encoder(batch)["match"]["queries"], atol=1e-6)

    def test_an_unknown_encoder_is_named(self):
        with self.assertRaisesRegex(ValueError, "Unknown title encoder 'word2vec'; there are tfidf"):
            title_towers.build_title_towers(options(title_encoder="word2vec"))


if __name__ == "__main__":
    tf.test.main()
