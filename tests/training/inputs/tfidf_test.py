"""TF-IDF titles: what the numbers are, that they survive saving, and what is refused."""

import os

import numpy as np
import tensorflow as tf

from training.inputs.tfidf import TfidfTitles

TITLES = [
    "Samsung Galaxy S21 128GB hitam",
    "Samsung Galaxy S21 128 GB black",
    "Kopi susu gula aren 250 ml",
    "Kopi susu 250ml botol",
    "Sepatu lari pria ukuran 42",
    "Café au lait instant coffee",
    "Cafe au lait instant coffee sachet",
    "",
]


def _cosine(a, b):
    return a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12)


class TfidfTitlesTest(tf.test.TestCase):
    def test_components_are_about_one_in_size_and_an_empty_or_unknown_title_is_zero(self):
        features = TfidfTitles.fit(TITLES, dim=4).transform([*TITLES, "§§§"])
        self.assertEqual((features.shape, features.dtype), ((9, 4), np.float32))
        length = np.linalg.norm(features, axis=1)
        self.assertAllClose(length[:7].mean(), 2.0, atol=1e-5)
        self.assertAllEqual(length[7:], [0, 0])

    def test_a_higher_power_of_rarity_brings_titles_with_a_rare_term_together(self):
        titles = [*[f"smart zigbee plug white {colour}" for colour in "abcdefgh"], "plug TS0601 white", "ts0601"]
        usual, raised = (TfidfTitles.fit(titles, dim=9, idf_power=power).transform(titles) for power in (1.0, 2.0))
        cosine = [_cosine(features[-1], features[-2]) for features in (usual, raised)]
        self.assertGreater(cosine[1], cosine[0] + 0.02)

    def test_more_components_than_titles_can_give_are_as_many_as_they_can(self):
        self.assertEqual(TfidfTitles.fit(TITLES, dim=1000).dim, 6)

    def test_titles_of_one_product_are_nearer_than_others(self):
        features = TfidfTitles.fit(TITLES, dim=5).transform(TITLES)
        cosine = np.array([[_cosine(a, b) for b in features] for a in features])
        self.assertGreater(cosine[0, 1], cosine[0, 2:].max())
        self.assertGreater(cosine[5, 6], np.delete(cosine[5], [5, 6]).max())

    def test_case_and_accents_do_not_matter(self):
        titles = TfidfTitles.fit(TITLES, dim=4)
        self.assertAllClose(titles.transform(["CAFÉ KOPI"]), titles.transform(["cafe kopi"]))

    def test_a_loaded_one_gives_identical_numbers_and_no_pickle_is_written(self):
        folder = os.path.join(self.get_temp_dir(), "titles")
        titles = TfidfTitles.fit(TITLES, dim=4)
        titles.save(folder)
        self.assertAllEqual(TfidfTitles.load(folder).transform(TITLES), titles.transform(TITLES))
        self.assertEqual(sorted(os.listdir(folder)), ["tfidf.json", "tfidf.npz"])
        np.load(os.path.join(folder, "tfidf.npz"), allow_pickle=False)["components"]

    def test_the_same_seed_gives_the_same_numbers(self):
        one, other = (TfidfTitles.fit(TITLES, dim=4, seed=3).transform(TITLES) for _ in range(2))
        self.assertAllEqual(one, other)

    def test_runs_inside_tf_data_with_a_static_width(self):
        titles = TfidfTitles.fit(TITLES, dim=4)
        dataset = tf.data.Dataset.from_tensor_slices(TITLES).batch(4, drop_remainder=True).map(titles)
        self.assertEqual(dataset.element_spec["title_features"], tf.TensorSpec((4, 4), tf.float32))
        found = np.concatenate([batch["title_features"] for batch in dataset])
        self.assertAllEqual(found, titles.transform(TITLES))

    def test_terms_limits_the_vocabulary_of_each_analyzer(self):
        titles = TfidfTitles.fit(TITLES, terms=20, dim=4, analyzers=("word", "char_wb"))
        self.assertEqual(titles.components.shape, (40, 4))

    def test_broken_utf8_is_read_with_replacement(self):
        self.assertEqual(TfidfTitles.fit(TITLES, dim=4).transform([b"kopi \xff\xfe"]).shape, (1, 4))

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValueError, "every title is empty. Train with --modality=image"):
            TfidfTitles.fit(["", " "], dim=4)
        with self.assertRaisesRegex(ValueError, "finds no term in 2 titles such as '!!'"):
            TfidfTitles.fit(["!!", "?"], dim=1, analyzers=("word",))
        with self.assertRaisesRegex(ValueError, "Unknown analyzer 'syllable'; there are word, char_wb"):
            TfidfTitles.fit(TITLES, dim=1, analyzers=("syllable",))
        with self.assertRaisesRegex(FileNotFoundError, "has no tfidf.json"):
            TfidfTitles.load(self.get_temp_dir() + "/nothing")


if __name__ == "__main__":
    tf.test.main()
