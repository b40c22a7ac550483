"""Thresholds that were kept: they match the same, elsewhere too, and belong to one model."""

import os

import numpy as np
import tensorflow as tf

from flags.matching import Matching
from flags.run import Run
from inference import embedding_folder, match, stored_calibration
from inference.matching import match as match_products
from tests.inference import planted

TABLE = planted.products()
SPACES = {"title": planted.space(TABLE["label"].to_numpy(), 0.2)}


class StoredCalibrationTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.run = os.path.join(self.get_temp_dir(), "run")
        about = {"spaces": ["title"], "run_fingerprint": "a" * 64}
        embedding_folder.write(f"{self.run}/embeddings", SPACES, TABLE.assign(phash=""), about)
        match.main(Matching(chain="none"), Run(run=self.run))
        self.kept = f"{self.run}/{stored_calibration.NAME}"

    def use(self, products, fingerprint="a" * 64, spaces=SPACES):
        other = os.path.join(self.get_temp_dir(), "other")
        about = {"spaces": list(spaces), "run_fingerprint": fingerprint}
        embedding_folder.write(f"{other}/embeddings", spaces, products, about)
        match.main(Matching(calibration=self.kept, spaces=",".join(spaces)), Run(run=other))
        with open(f"{other}/matches/submission.csv") as file:
            return file.read()

    def test_matches_products_without_labels_as_the_labelled_ones_were(self):
        unlabelled = TABLE.assign(label=-1, label_name="", fold=-1, phash="")
        with open(f"{self.run}/matches/submission.csv") as file:
            self.assertEqual(self.use(unlabelled), file.read())

    def test_is_refused_for_other_weights(self):
        with self.assertRaisesRegex(ValueError, "was chosen for weights aaaaaaaaaaaa, and .* come from bbbbbbbbbbbb"):
            self.use(TABLE, "b" * 64)

    def test_is_refused_where_a_space_is_lacking(self):
        method, _ = stored_calibration.read(self.kept, "a" * 64)
        with self.assertRaisesRegex(ValueError, "matches by .*, and these products have no .*, only image"):
            stored_calibration.matches(TABLE.assign(title="", phash=""), {"image": SPACES["title"]}, method)

    def test_one_that_is_not_there_says_what_writes_it(self):
        with self.assertRaisesRegex(FileNotFoundError, "nothing.json is not there: python -m inference.match"):
            stored_calibration.read("nothing.json", "")

    def test_a_gallery_of_another_size_is_warned_of(self):
        self.assertEqual(stored_calibration.warning(1000, 1500), "")
        self.assertIn("gallery of 1000 products, and this one has 50000", stored_calibration.warning(1000, 50000))


class PrecisionTest(tf.test.TestCase):
    def test_thresholds_rise_until_enough_matches_are_right(self):
        table = TABLE.assign(title="", phash="")
        for noise, chain in ((0.2, ()), (0.25, ("embedding", "min2"))):
            spaces = {"title": planted.space(table["label"].to_numpy(), noise)}
            loose, strict = (match_products(table, spaces, chain=chain, wanted_precision=p) for p in (0.0, 0.95))
            self.assertLess(self.precision(loose, table), 0.9)
            self.assertGreater(self.precision(strict, table), 0.9)
            self.assertLess(sum(map(len, strict.matches)), sum(map(len, loose.matches)))

    @staticmethod
    def precision(result, table):
        label = table["label"].to_numpy()
        others = [(own, row) for own, rows in enumerate(result.matches) for row in rows if row != own]
        return np.mean([label[own] == label[row] for own, row in others])


if __name__ == "__main__":
    tf.test.main()
