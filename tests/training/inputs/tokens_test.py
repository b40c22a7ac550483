"""Tokens: ids of a Hugging Face folder, lengths, and that nothing but the run folder is needed afterwards."""

import os
import shutil

import numpy as np
import tensorflow as tf

from tests.training.hugging_face_folder import VOCABULARY, write_bert_folder
from training.inputs.tokens import TokenTitles

TITLES = ["Kopi susu 250ml", "galaxy", "", "CAFÉ"]


class TokenTitlesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), "bert")
        shutil.rmtree(self.folder, ignore_errors=True)
        write_bert_folder(self.folder)

    def tokens(self, **lengths):
        return TokenTitles.from_pretrained(self.folder, **{"length": 6, "inference_length": 8, **lengths})

    def words(self, row):
        return [VOCABULARY[i] for i in np.array(row)]

    def test_ids_are_those_of_the_vocabulary_between_start_and_end(self):
        found = self.tokens()(tf.constant(TITLES), training=True)
        self.assertEqual(self.words(found["token_ids"][0]), ["[CLS]", "kopi", "susu", "[UNK]", "[SEP]", "[PAD]"])
        self.assertEqual(self.words(found["token_ids"][1]), ["[CLS]", "gal", "##axy", "[SEP]", "[PAD]", "[PAD]"])
        self.assertAllEqual(found["padding_mask"][1], [1, 1, 1, 1, 0, 0])

    def test_an_empty_title_is_start_and_end(self):
        found = self.tokens()(tf.constant(TITLES))
        self.assertEqual(self.words(found["token_ids"][2])[:3], ["[CLS]", "[SEP]", "[PAD]"])
        self.assertEqual(int(found["padding_mask"][2].numpy().sum()), 2)

    def test_accents_are_stripped_as_hugging_face_does(self):
        self.assertEqual(self.words(self.tokens()(tf.constant(TITLES))["token_ids"][3])[1], "cafe")

    def test_training_and_inference_have_their_own_lengths_and_keep_the_end_token(self):
        titles = self.tokens()
        for training, length in ((True, 6), (False, 8)):
            found = titles(tf.constant(["kopi " * 20]), training=training)
            self.assertEqual(found["token_ids"].shape, (1, length))
            self.assertEqual(self.words(found["token_ids"][0])[-1], "[SEP]")

    def test_runs_inside_tf_data_with_static_shapes(self):
        titles = self.tokens()
        dataset = tf.data.Dataset.from_tensor_slices(TITLES).batch(2, drop_remainder=True)
        dataset = dataset.map(lambda batch: titles(batch, training=True))
        for spec in dataset.element_spec.values():
            self.assertEqual(spec, tf.TensorSpec((2, 6), tf.int32))
        self.assertAllEqual(
            next(iter(dataset))["token_ids"], titles(tf.constant(TITLES[:2]), training=True)["token_ids"]
        )

    def test_a_loaded_one_gives_identical_tokens_without_the_first_folder(self):
        titles, kept = self.tokens(), os.path.join(self.get_temp_dir(), "run", "titles")
        titles.save(kept)
        shutil.rmtree(self.folder)
        again = TokenTitles.load(kept)
        for training in (True, False):
            one, other = (t(tf.constant(TITLES), training=training) for t in (titles, again))
            self.assertAllEqual(one["token_ids"], other["token_ids"])
        self.assertEqual(again.vocabulary_size, len(VOCABULARY))

    def test_a_vocabulary_is_learned_from_titles(self):
        titles = TokenTitles.fit(["kopi susu", "kopi hitam", "susu hitam"] * 30, 60, 6, 8)
        found = titles(tf.constant(["Kopi hitam", "susu"]))["token_ids"].numpy()
        unknown = titles.tokenizer.token_to_id("[UNK]")
        self.assertNotIn(unknown, found)
        self.assertLessEqual(titles.vocabulary_size, 60)

    def test_words_that_come_twice_stay_whole(self):
        found = TokenTitles.of_words(["Kopi susu", "kópi"])
        self.assertEqual({"kopi", "susu"} & set(found.tokenizer.get_vocabulary()), {"kopi"})
        ids = found(tf.constant(["kopi", "susu"]))["token_ids"].numpy()
        self.assertNotIn(found.tokenizer.token_to_id("[UNK]"), ids)

    def test_missing_files_are_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "There is no folder ./nowhere/bert"):
            TokenTitles.from_pretrained("./nowhere/bert")
        for file, message in (
            ("vocab.txt", "has neither vocab.txt nor sentencepiece.bpe.model"),
            ("tokenizer_config.json", "has no tokenizer_config.json"),
            ("config.json", "has no config.json"),
        ):
            os.remove(os.path.join(self.folder, file))
            with self.assertRaisesRegex(FileNotFoundError, message):
                self.tokens()
        with self.assertRaisesRegex(FileNotFoundError, "has no tokens.json"):
            TokenTitles.load(self.folder)

    def test_no_titles_are_refused(self):
        with self.assertRaisesRegex(ValueError, "every title is empty"):
            TokenTitles.fit(["", " "])


if __name__ == "__main__":
    tf.test.main()
