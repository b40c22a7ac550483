"""The page of class predictions: what is confused, what is hard, and that nothing in it can come alive."""

import io
import os
import tempfile
from contextlib import redirect_stdout

import numpy as np
import tensorflow as tf

from flags.classify import Predictions
from flags.matching import Matching, Report
from flags.run import Run
from inference import report
from inference.classes import class_examples, prediction_folder
from inference.classes.class_tree import ClassTree
from tests import tiny_catalogue
from tests.inference.classes.trained import TREE, plant
from training import embedding

EVIL = '"><script>alert(1)</script>'
# right, taken for another: ant 2 of 3, bee 0 of 2 (both for ant), cat 1 of 1
LABEL, PREDICTED = [0, 0, 0, 1, 1, 2], [0, 0, 3, 0, 0, 2]
CONFIDENCE = [0.9, 0.8, 0.7, 0.55, 0.95, 0.58]


def probabilities():
    rest = (1 - np.array(CONFIDENCE)) / 3
    return np.where(np.eye(4)[PREDICTED] > 0, np.array(CONFIDENCE)[:, None], rest[:, None])


class ExamplesTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def judged(self, fold=0, held_out=None, label=LABEL):
        plant(self.folder, probabilities(), label, fold, held_out or {"validation": [0]})
        found = prediction_folder.read(self.folder)
        return found, class_examples.judged(found)

    def test_pairs_confused_most_often_come_first_with_the_surest_mistakes(self):
        first, second = class_examples.confusions(self.judged()[1], 5)
        self.assertEqual((first.label, first.predicted, first.of, first.rows.tolist()), (1, 0, 2, [4, 3]))
        self.assertEqual((second.label, second.predicted, second.of, second.rows.tolist()), (0, 3, 3, [2]))

    def test_classes_of_low_recall_are_hard(self):
        found = class_examples.hardest(self.judged()[1], 5)
        self.assertEqual([(one.label, round(one.recall, 3)) for one in found], [(1, 0.0), (0, 0.667)])
        self.assertEqual(found[1].rows.tolist(), [2, 0, 1])

    def test_reliability_is_accuracy_by_confidence(self):
        confidence, accuracy, share = class_examples.reliability(self.judged()[1])
        self.assertAllClose(confidence, [0.565, 0.7, 0.8, 0.9, 0.95])
        self.assertAllClose(accuracy, [0.5, 0, 1, 1, 0])
        self.assertAllClose(share, np.array([2, 1, 1, 1, 1]) / 6)

    def test_levels_are_those_of_the_predicted_class(self):
        self.assertAllClose(class_examples.level_accuracies(*self.judged()), [5 / 6])

    def test_rows_that_were_not_trained_on_are_judged(self):
        _, rows = self.judged(fold=[0, 0, 1, 1, 2, -1], label=[0, 0, 0, 1, 1, -1])
        self.assertEqual((rows.row.tolist(), rows.unseen), ([0, 1], True))
        _, rows = self.judged(held_out={"validation": [7]})
        self.assertEqual((len(rows.row), rows.unseen), (6, False))

    def test_without_mistakes_nothing_is_hard(self):
        _, rows = self.judged(label=PREDICTED)
        self.assertEqual((class_examples.confusions(rows, 5), class_examples.hardest(rows, 5)), ([], []))

    def test_without_labels_there_is_nothing_to_judge(self):
        with self.assertRaisesRegex(ValueError, "no labelled row, so there is nothing to judge: classify with"):
            self.judged(label=[-1] * 6)


class PageTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.run_folder, self.records = tempfile.mkdtemp(dir=self.get_temp_dir()), tiny_catalogue.tree_records()
        products = embedding.product_table(self.records)[:6]
        tree = ClassTree([EVIL, *TREE.names[1:]], TREE.level_names, TREE.level_of_class)
        folder = f"{self.run_folder}/predictions"
        plant(folder, probabilities(), LABEL, products["fold"], {"validation": [0, 1]}, tree, records=self.records)
        table = products[["id"]].assign(label=LABEL, label_name="", fold=products["fold"])
        scores = [{"fold": "validation", "name": EVIL, "rows": 6, "scores": {"top1": 0.5}}]
        about = {"records": self.records, "members": [], "held_out": {"validation": [0, 1]}, "scores": scores}
        prediction_folder.finish(folder, table, tree, about)

    def page(self, **flags):
        with redirect_stdout(io.StringIO()):
            report.main(Run(run=self.run_folder), Matching(), Report(thumbnail=16), Predictions(**flags))
        with open(f"{self.run_folder}/report.html", encoding="utf-8") as file:
            return file.read()

    def test_shows_scores_charts_and_pictures_of_both_kinds_of_trouble(self):
        text = self.page()
        self.assertIn("6 labelled rows that no member was trained on; 4 classes", text)
        self.assertIn("<b>0.500</b><span>Top-1 accuracy", text)
        self.assertIn("bee taken for &quot;&gt;&lt;script", text)
        self.assertIn("bee: 0% of 2 right", text)
        self.assertEqual(text.count("<svg"), 2)
        self.assertEqual(text.count("data:image/jpeg"), 3 + 5)

    def test_nothing_comes_alive(self):
        self.assertNotIn("<script", self.page())

    def test_a_run_with_matches_shows_them_unless_predictions_are_named(self):
        os.makedirs(f"{self.run_folder}/matches")
        with open(f"{self.run_folder}/matches/match.json", "w") as file:
            file.write("{}")
        with self.assertRaises(ValueError):  # an empty match.json
            self.page()
        self.assertIn("<h1>Classes</h1>", self.page(predictions=f"{self.run_folder}/predictions"))
        with self.assertRaisesRegex(ValueError, "--predictions=a,b names several folders: a page shows one"):
            self.page(predictions="a,b")


if __name__ == "__main__":
    tf.test.main()
