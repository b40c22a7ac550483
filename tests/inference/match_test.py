"""The match command: an embeddings folder in, submission.csv, test_matches.csv and match.json out."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import numpy as np
import pandas as pd
import tensorflow as tf
from absl.testing import parameterized

from flags.matching import Matching
from flags.run import Run
from inference import embedding_folder, match, match_folder
from tests.inference import planted


class MatchCommandTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        self.run = os.path.join(self.get_temp_dir(), "run")
        self.table = planted.products()
        self.spaces = {"title": planted.space(self.table["label"].to_numpy(), 0.02)}
        embedding_folder.write(f"{self.run}/embeddings", self.spaces, self.table, {"spaces": ["title"]})

    def match(self, run=None, **flags):
        printed = io.StringIO()
        with redirect_stdout(printed):
            match.main(Matching(**{"chain": "none", **flags}), Run(**{"run": self.run, **(run or {})}))
        return printed.getvalue()

    def test_writes_a_submission_that_names_every_product_and_its_matches(self):
        self.match()
        found = pd.read_csv(f"{self.run}/matches/submission.csv")
        self.assertEqual(found["posting_id"].tolist(), self.table["id"].tolist())
        group = dict(zip(self.table["id"], self.table["label"], strict=True))
        for own, matches in zip(found["posting_id"], found["matches"], strict=True):
            matches = matches.split()
            self.assertEqual(matches[0], own)
            self.assertEqual(sorted(matches), sorted(id for id in group if group[id] == group[own]))

    def test_test_matches_bear_the_f1_that_match_json_reports(self):
        self.match()
        rows, about = (
            pd.read_csv(f"{self.run}/matches/test_matches.csv"),
            match_folder.read_match(f"{self.run}/matches"),
        )
        self.assertEqual(list(rows), ["posting_id", "matches", "expected", "f1"])
        by_hand = [
            2 * len({*m.split()} & {*e.split()}) / (len(m.split()) + len(e.split()))
            for m, e in zip(rows["matches"], rows["expected"], strict=True)
        ]
        self.assertAllClose(rows["f1"], by_hand, atol=1e-5)
        chosen = next(method for method in about["methods"] if method["name"] == about["chosen"])
        self.assertAllClose(chosen["mean_f1"], np.mean(by_hand))

    def test_match_json_has_the_promised_keys(self):
        self.match(match_rows="test")
        about = match_folder.read_match(f"{self.run}/matches")
        for key in (
            "gallery_size",
            "rows",
            "validation_fold",
            "test_fold",
            "methods",
            "chosen",
            "curves",
            "histograms",
        ):
            self.assertIn(key, about)
        self.assertEqual((about["rows"], about["gallery_size"]), ("test", 60))
        self.assertContainsSubset(
            ["name", "mean_f1", "validation_f1", "thresholds", "matches_per_item"], about["methods"][0]
        )
        self.assertNotIn("Infinity", json.dumps(about))

    def test_without_a_test_fold_no_test_matches_are_left_from_another_run(self):
        self.match()
        self.assertIn("test_matches.csv", os.listdir(f"{self.run}/matches"))
        self.assertNotIn("test_matches.csv", self.match(run={"test_fold": -1}))
        self.assertEqual(sorted(os.listdir(f"{self.run}/matches")), ["match.json", "submission.csv"])

    def test_prints_the_table_what_it_wrote_and_the_next_command(self):
        printed = self.match()
        self.assertRegex(printed, r"alone +0\.5000 +0\.5000 +1\.00")
        self.assertIn("<- chosen on validation", printed)
        self.assertIn(f"wrote {self.run}/matches/submission.csv: 180 products", printed)
        self.assertTrue(printed.endswith(f"next: python -m inference.report --run={self.run}\n"))

    def test_the_same_run_twice_writes_the_same_bytes(self):
        def contents():
            self.match()
            names = sorted(os.listdir(f"{self.run}/matches"))
            return [open(f"{self.run}/matches/{name}", "rb").read() for name in names]

        self.assertEqual(contents(), contents())

    def test_the_chain_is_printed_and_written_step_by_step(self):
        printed = self.match(chain="min2,union,classifier", ablation=True)
        steps = match_folder.read_ablation(f"{self.run}/matches")
        self.assertEqual([step.name for step in steps], ["alone", "min2", "union", "classifier", "final"])
        self.assertAllClose(steps[0].mean_f1, 0.5)
        for step in steps:
            self.assertRegex(printed, rf"(?m)^{step.name} +{step.validation_f1:.4f} +{step.mean_f1:.4f} ")
        self.match()
        self.assertEmpty(match_folder.read_ablation(f"{self.run}/matches"))

    def test_a_step_that_there_is_not_is_named(self):
        with self.assertRaisesRegex(ValueError, "--chain: 'boost' is no step; there are embedding, min2, "):
            self.match(chain="min2,boost")

    def test_without_embeddings_says_which_command_is_missing(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere/embeddings has no .*python -m inference.embed"):
            self.match(run={"run": "nowhere"})

    def test_without_a_run_says_what_is_needed(self):
        with self.assertRaisesRegex(ValueError, "--run=<run folder> is needed, or both --embeddings and --matches"):
            self.match(run={"run": ""})

    def test_spaces_that_are_not_there_are_named(self):
        with self.assertRaisesRegex(ValueError, "--spaces=image: .* has none of them; it has title"):
            self.match(spaces="image")

    def test_a_fold_without_queries_leaves_no_file(self):
        with self.assertRaisesRegex(ValueError, "--validation_fold=7 has 0 labelled products"):
            self.match(run={"validation_fold": 7})
        self.assertFalse(os.path.exists(f"{self.run}/matches"))

    def test_an_id_that_cannot_be_submitted_leaves_no_file(self):
        self.table.loc[3, "id"] = "p 3"
        embedding_folder.write(f"{self.run}/embeddings", self.spaces, self.table, {"spaces": ["title"]})
        with self.assertRaisesRegex(ValueError, "'p 3' cannot be submitted"):
            self.match()
        self.assertFalse(os.path.exists(f"{self.run}/matches/submission.csv"))

    def test_a_folder_without_match_json_says_which_command_writes_it(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no match.json: run python -m inference.match first"):
            match_folder.read_match(self.run)

    def test_progress_names_what_is_searched_and_counts_to_its_end(self):
        said = io.StringIO()
        with (
            redirect_stderr(said),
            mock.patch("tfrecords_tools.progress.time.monotonic", side_effect=range(0, 999, 60)),
        ):
            say = match.progress_lines()
            say("test, title", 100, 300)
            say("test, title", 200, 300)
        self.assertRegex(said.getvalue(), "200 of 300 products searched for test, title")


if __name__ == "__main__":
    tf.test.main()
