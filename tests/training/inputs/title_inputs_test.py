"""Title inputs are chosen by the model's options and kept in the run folder."""

import os
from unittest import mock

import tensorflow as tf

from tests.models.model_options import options
from tests.training.hugging_face_folder import write_bert_folder
from training.inputs import title_inputs
from training.inputs.tfidf import TfidfTitles
from training.inputs.tokens import TokenTitles

TITLES = ["kopi susu", "kopi hitam", "susu hitam", "teh manis", "teh tawar", "galaxy 128", "galaxy 256", "gula aren"]


def records(*arguments, **options):
    return iter([{"title": title.encode()} for title in TITLES])


class TitleInputsTest(tf.test.TestCase):
    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self.id(), name)

    def test_the_encoder_decides_the_kind(self):
        self.assertIsInstance(title_inputs.fit(TITLES, options()), TfidfTitles)
        self.assertIsInstance(title_inputs.fit(TITLES, options(title_encoder="bert_tiny")), TokenTitles)

    def test_pretrained_weights_bring_their_tokenizer_and_the_options_the_lengths(self):
        write_bert_folder(self.folder("bert"))
        model = options(title_encoder="bert", title_weights=self.folder("bert"))
        titles = title_inputs.fit(TITLES, model)
        self.assertEqual((titles.length, titles.inference_length, titles.vocabulary_size), (8, 12, 12))

    def test_learned_from_records_saved_and_loaded_is_the_same(self):
        with mock.patch.object(title_inputs, "read_records", records):
            learned = title_inputs.learn("records", [2], options())
        learned.save(self.folder("titles"))
        loaded = title_inputs.load(self.folder("titles"), options())
        self.assertAllEqual(learned.transform(TITLES), loaded.transform(TITLES))

    def test_a_model_without_titles_has_none(self):
        self.assertIsNone(title_inputs.learn("records", [2], options(modality="image")))
        self.assertIsNone(title_inputs.load("nowhere", options(modality="image")))

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "xlm_roberta needs its vocabulary: give --title_weights"):
            title_inputs.fit(TITLES, options(title_encoder="xlm_roberta"))
        with self.assertRaisesRegex(ValueError, "Unknown title encoder 'word2vec'"):
            title_inputs.fit(TITLES, options(title_encoder="word2vec"))


if __name__ == "__main__":
    tf.test.main()
