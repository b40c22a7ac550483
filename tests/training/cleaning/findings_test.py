"""What each rule finds of judges whose predictions are planted."""

import numpy as np
import tensorflow as tf

from flags.cleaning import Cleaning
from training.cleaning import findings
from training.inputs.rows import Rows

BLOCK = 8


class PlantedJudge:
    """Predicts the true class of every row but those it is told to mistake."""

    def __init__(self, true_of_fold, held_out=(), mistakes=(), knows=(True,) * 4):
        self.true_of_fold, self.held_out, self.mistakes = true_of_fold, set(held_out), set(mistakes)
        self.knows, self.asked = np.array(knows), []

    def _blocks(self, fold, values):
        self.asked.append(fold)
        for start in range(0, len(values), BLOCK):
            yield values[start : start + BLOCK]

    def vectors(self, fold):
        return self._blocks(fold, np.eye(4)[self.true_of_fold[fold]] * 3.0)

    def probabilities(self, fold):
        said = self.true_of_fold[fold].copy()
        said[[row for where, row in self.mistakes if where == fold]] += 1
        return self._blocks(fold, (np.eye(4)[said % 4] * 0.8 + 0.05).astype(np.float32))


class FindingsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.true = {fold: np.random.default_rng(fold).permutation(np.repeat(np.arange(4), 5)) for fold in (2, 3)}
        label = np.concatenate([self.true[2], self.true[3]])
        self.planted = [1, 17, 33]
        label[self.planted] = (label[self.planted] + 2) % 4
        none = np.zeros(40, np.int64)
        self.rows = Rows((2, 3), none, none, label, np.ones(40, np.int64))

    def dropped(self, judges, rows=None, **cleaning):
        found = findings.find(Cleaning(runs="a,b" if len(judges) > 1 else "a", **cleaning), judges, rows or self.rows)
        self.assertAllEqual([bool(reason) for reason in found.reason], found.dropped)
        return found, np.flatnonzero(found.dropped).tolist()

    def test_accuracy_finds_them_in_uncertain_classes(self):
        found, dropped = self.dropped([PlantedJudge(self.true)])
        self.assertEqual(dropped, self.planted)
        self.assertAllEqual(found.predicted[self.planted], (self.rows.labels[self.planted] + 2) % 4)
        self.assertAllClose(found.confidence[self.planted], [0.85] * 3)
        self.assertAllClose(found.doubt[self.planted], [0.8] * 3)
        self.assertEmpty(self.dropped([PlantedJudge(self.true)], class_accuracy=0.5)[1])

    def test_consensus_also_drops_what_one_run_mistakes(self):
        judges = [PlantedJudge(self.true), PlantedJudge(self.true, mistakes=[(3, 4)])]
        self.assertEqual(self.dropped(judges, rule="consensus")[1], sorted([*self.planted, 24]))

    def test_cosine_drops_what_lies_elsewhere(self):
        self.assertEqual(self.dropped([PlantedJudge(self.true)], rule="cosine")[1], self.planted)

    def test_confidence_asks_only_runs_that_did_not_train_on_the_row(self):
        judges = [PlantedJudge(self.true, held_out=[2]), PlantedJudge(self.true, held_out=[3])]
        self.assertEqual(self.dropped(judges, rule="confidence")[1], self.planted)
        self.assertEqual([set(judge.asked) for judge in judges], [{2}, {3}])
        with self.assertRaisesRegex(ValueError, "every run of --runs trained on fold 3.*--validation_fold=3 too"):
            self.dropped([PlantedJudge(self.true, held_out=[2])] * 2, rule="confidence")

    def test_rows_that_are_not_asked_for_or_of_a_class_unknown_to_a_run_stay(self):
        copies = self.rows.copies.copy()
        copies[17] = 0
        some = Rows(self.rows.folds, self.rows.shards, self.rows.offsets, self.rows.labels, copies)
        self.assertEqual(self.dropped([PlantedJudge(self.true)], some)[1], [1, 33])
        unknown = int(self.rows.labels[1])
        judge = PlantedJudge(self.true, knows=[label != unknown for label in range(4)])
        self.assertNotIn(1, self.dropped([judge])[1])


class FlagsTest(tf.test.TestCase):
    def test_what_has_no_effect_is_refused(self):
        for flags, message in (
            ({"runs": "a,b"}, "--rule=accuracy looks at one run, and --runs=a,b names 2"),
            ({"runs": "a", "rule": "consensus"}, "agreement needs two runs at least"),
            ({"runs": "a", "rule": "cosine", "class_accuracy": 0.9}, "--class_accuracy=0.9 has no effect on --rule=co"),
            ({"runs": "a,a", "rule": "consensus"}, "--runs=a,a names a run twice"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                Cleaning(**flags)


if __name__ == "__main__":
    tf.test.main()
