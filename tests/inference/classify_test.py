"""The commands classify and ensemble, one after the other, and what their flags refuse."""

import io
import os
from contextlib import redirect_stderr, redirect_stdout

import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Classification, Ensemble, Predictions
from flags.data import Records
from flags.matching import Matching
from flags.model import Model
from flags.ranking import ScoreEnsemble, Scores
from flags.run import Run
from flags.weights import RunWeights
from inference import classify, embed, ensemble
from tests import tiny_catalogue
from tests.inference.classes import trained


def classified(output=None, weights="best", records=None, run=None, **options):
    said, records = io.StringIO(), Records(records=trained.records() if records is None else records)
    run = Run(run=trained.run() if run is None else run)
    with redirect_stdout(said), redirect_stderr(io.StringIO()):
        flags = Classification(**options), Predictions(**(output or {})), RunWeights(run_weights=weights)
        classify.main(records, *flags, tiny_catalogue.CPU, run)
    return said.getvalue()


NO_SCORES = Scores(), ScoreEnsemble()


class CommandsTest(tf.test.TestCase):
    def test_two_ways_to_look_become_one_ensemble(self):
        folders = [os.path.join(self.get_temp_dir(), name) for name in ("plain", "flip")]
        classified({"predictions": folders[0], "submission": "aliproducts"})
        with open(f"{folders[0]}/submission.csv") as file:
            self.assertEqual(file.readline(), "id,predicted\n")
        said = classified({"predictions": folders[1], "min_confidence": 0.5}, tta="flip")
        for line in ("best, flip", "backing off below 0.5:", f"wrote {folders[1]}/submission.csv: 53 rows"):
            self.assertIn(line, said)
        self.assertIn(f"next: python -m inference.report --run={trained.run()} --predictions={folders[1]}", said)
        both, text = os.path.join(self.get_temp_dir(), "both"), io.StringIO()
        with redirect_stdout(text), redirect_stderr(io.StringIO()):
            predictions = Predictions(predictions=",".join(folders))
            ensemble.main(Ensemble(weights_by="search", search_for="accuracy"), predictions, *NO_SCORES, Run(run=both))
        for line in ("the other half (6), searched", "test rows, each judged by", "gain", f"report --run={both}"):
            self.assertIn(line, text.getvalue())
        self.assertTrue(os.path.exists(f"{both}/predictions/submission.csv"))


class FlagsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (Classification, {"tta": "flips"}, "--tta=flips is not one of none, flip, .* Did you mean flip"),
        (Classification, {"tta_beta": 0.5}, "--tta_beta=0.5 has no effect on --tta=none: leave it out, or .*=augment"),
        (Classification, {"tta_crop": 0.5, "tta": "flip"}, "--tta_crop=0.5 has no effect on --tta=flip"),
        (Predictions, {"min_confidence": 0.5, "submission": "code_league"}, "answers levels, for which .* no column"),
        (Predictions, {"submission_ids": "test.csv"}, "--submission_ids=test.csv has no effect on --submission=table"),
        (Ensemble, {"search_for": "accuracy"}, "--search_for=accuracy has no effect on --weights_by=equal"),
    )
    def test_flags_without_effect_are_refused(self, concern, values, message):
        with self.assertRaisesRegex(ValueError, message):
            concern(**values)

    def test_what_is_missing_or_meant_for_another_command_is_said(self):
        with self.assertRaisesRegex(ValueError, "--records=<folder of records> and --run=.* are both needed"):
            classified(run="")
        with self.assertRaisesRegex(ValueError, "--run_weights=untrained is for embed: classes are known"):
            classified(weights="untrained")
        with self.assertRaisesRegex(ValueError, "--predictions=a,b names several folders: classify writes one"):
            classified({"predictions": "a,b"})
        with self.assertRaisesRegex(ValueError, "--run_weights=snapshots is for classify.*training.average"):
            weights = RunWeights(run_weights="snapshots")
            embed.main(Records(records="r"), Matching(), Model(), tiny_catalogue.CPU, Run(run="r"), weights)

    @parameterized.parameters(
        ({"predictions": "a"}, "both", "two folders or more of python -m inference.classify"),
        ({"predictions": "a,b"}, "", "--run=<folder to write predictions/ into> are both needed"),
        ({"predictions": "a,a/"}, "both", "--predictions=a,a/ names a folder twice"),
        ({"predictions": "a,both/predictions"}, "both", "both/predictions is a member and would be written over"),
    )
    def test_an_ensemble_needs_members_and_a_place(self, flags, run, message):
        with self.assertRaisesRegex(ValueError, message):
            ensemble.main(Ensemble(), Predictions(**flags), *NO_SCORES, Run(run=run))


if __name__ == "__main__":
    tf.test.main()
