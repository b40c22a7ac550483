"""Word vectors from a Hugging Face folder and from a keras-hub preset folder."""

import os

import keras
import keras_hub
import numpy as np
import tensorflow as tf
from safetensors.numpy import save_file

from tests.training.hugging_face_folder import DIM, VOCABULARY, write_bert_folder
from training.recall.word_vectors import TENSOR, load_word_vectors


class WordVectorsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), "bert")
        self.tensors = write_bert_folder(self.folder)
        self.said = []

    def load(self, words=None):
        return load_word_vectors(self.folder, words or len(VOCABULARY), self.said.append)

    def save(self, tensors):
        save_file(tensors, os.path.join(self.folder, "model.safetensors"))

    def test_the_input_embeddings_of_a_hugging_face_folder(self):
        found = self.load()
        self.assertAllEqual(found, self.tensors[TENSOR])
        self.assertEqual((found.dtype, found.shape), (np.float32, (len(VOCABULARY), DIM)))
        self.assertEqual(self.said, [f"{self.folder}: 12 word vectors of width 8 loaded."])

    def test_names_may_begin_with_bert_and_numbers_may_be_halves(self):
        self.save({f"bert.{name}": value.astype(np.float16) for name, value in self.tensors.items()})
        found = self.load()
        self.assertAllClose(found, self.tensors[TENSOR], atol=1e-2)
        self.assertEqual(found.dtype, np.float32)

    def test_the_token_embedding_of_a_preset_folder(self):
        backbone = keras_hub.models.BertBackbone(len(VOCABULARY), 1, 2, DIM, 16, max_sequence_length=8)
        self.folder += "_preset"
        backbone.save_to_preset(self.folder)
        self.assertAllEqual(self.load(), keras.ops.convert_to_numpy(backbone.token_embedding.embeddings))

    def test_another_vocabulary_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "has 12 word vectors, and the tokenizer has 30522 token ids: take both"
        ):
            self.load(30522)

    def test_files_without_word_vectors_or_with_two_or_broken_ones_are_refused(self):
        wrong = {
            "has 0 tensors named": {"pooler.dense.bias": np.zeros(2, np.float32)},
            "has 2 tensors named": {
                TENSOR: np.zeros((2, 2), np.float32),
                f"bert.{TENSOR}": np.ones((2, 2), np.float32),
            },
            r"has shape \(12,\), \[words, width\] expected": {TENSOR: np.zeros(12, np.float32)},
            "not all finite": {TENSOR: np.full((12, 8), np.nan, np.float32)},
        }
        for message, tensors in wrong.items():
            self.save(tensors)
            with self.assertRaisesRegex(ValueError, message):
                self.load()

    def test_missing_files_are_named_with_where_to_put_them(self):
        os.remove(os.path.join(self.folder, "model.safetensors"))
        with open(os.path.join(self.folder, "pytorch_model.bin"), "wb") as file:
            file.write(b"never read")
        with self.assertRaisesRegex(FileNotFoundError, "has no model.safetensors. Fetch model.safetensors from the"):
            self.load()
        os.remove(os.path.join(self.folder, "config.json"))
        with self.assertRaisesRegex(FileNotFoundError, "has no config.json. Fetch config.json and model.safetensors"):
            self.load()
        self.folder += os.sep + "absent"
        with self.assertRaisesRegex(FileNotFoundError, "There is no folder .*absent to read word vectors from"):
            self.load()


if __name__ == "__main__":
    tf.test.main()
