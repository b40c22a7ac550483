"""Averaging runs: what is averaged, scored, written and refused."""

import contextlib
import csv
import dataclasses
import functools
import io
import json
import os
import shutil
import tempfile
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.average import Average
from flags.data import Records
from tests import tiny_catalogue
from tfrecords_tools.manifest import Manifest
from training import average, checkpoints
from training.averages import average_members, averaging, weight_bench
from training.evaluation import evaluate_run
from training.product_training import Training
from training.run_folder import RunFolder

KERNEL = "encoder/0000/kernel"


@functools.cache
def trained(validation_fold: int = 0) -> str:
    """A run with three snapshots, trained once per test run; take a copy of it."""
    folder = os.path.join(tempfile.mkdtemp(), "run")
    model = tiny_catalogue.tiny_model(modality="title", dropout=0.0, embedding_dim=8)
    optimization = tiny_catalogue.tiny_optimization(epochs=3, schedule="cyclic_cosine", cycles=3)
    run = tiny_catalogue.tiny_run(folder, validation_fold=validation_fold)
    Training(tiny_catalogue.records(), model, optimization, tiny_catalogue.CPU, run).run()
    return folder


def fill(folder: str, value: float) -> None:
    """Fills the first kernel of the encoder in the newest checkpoint of a folder."""
    found, state = checkpoints.latest(folder)
    found[KERNEL] = np.full_like(found[KERNEL], value)
    checkpoints.save(folder, checkpoints.steps(folder)[-1], found, state)


def closeness_to_three(bench, name, weights):
    """Stands in for Bench.score where weights must differ in worth: the tiny catalogue is too easy."""
    return {"title/mean_f1": 1.0 - abs(float(weights[KERNEL].mean()) - 3.0) / 10.0}


def arrays(folder):
    return checkpoints.latest(folder)[0]


def read_csv(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class AverageTestCase(tf.test.TestCase, parameterized.TestCase):
    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self._testMethodName, name)

    def copy(self, name="a", **trained_with):
        return shutil.copytree(trained(**trained_with), self.folder(name))

    def change_config(self, run, concern, **values):
        with open(f"{run}/config.json") as file:
            config = json.load(file)
        config[concern] |= values
        with open(f"{run}/config.json", "w") as file:
            json.dump(config, file)

    def command(self, run, distribution=tiny_catalogue.CPU, records="", **options):
        options = Average(**{"batch_norm_steps": 4, **options})
        records = Records(records=records or tiny_catalogue.records())
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(io.StringIO()) as progress:
            average.main(records, options, distribution, tiny_catalogue.tiny_run(run))
        self.progress = progress.getvalue()
        return said.getvalue()


class SnapshotsTest(AverageTestCase):
    def test_the_average_is_the_mean_of_the_snapshots(self):
        run = self.copy()
        self.command(run, batch_norm_steps=0)
        members = [checkpoints.load(f"{run}/snapshots", step)[0] for step in checkpoints.steps(f"{run}/snapshots")]
        self.assertLen(members, 3)
        for name, value in arrays(f"{run}/averaged").items():
            if value.dtype == np.float32:
                self.assertAllClose(value, np.mean([member[name] for member in members], axis=0), atol=1e-6, msg=name)

    @pytest.mark.slow
    def test_batch_norm_anew_moves_its_statistics_alone_and_on_two_replicas_the_same(self):
        found = []
        for replicas in (1, 2):
            run = self.copy(f"on{replicas}")
            outcome = averaging.average_snapshots(
                tiny_catalogue.records(), run, Average(batch_norm_steps=0), tiny_catalogue.CPU
            )
            before = arrays(f"{run}/averaged")
            devices = dataclasses.replace(tiny_catalogue.CPU, replicas=replicas)
            bench = averaging.Bench(tiny_catalogue.records(), RunFolder(run), "averaged", devices, 4)
            after = bench.reestimated(before)
            moved = {name for name in before if not np.array_equal(before[name], after[name])}
            self.assertEqual({name.split("/")[2] for name in moved}, {"moving_mean", "moving_variance"})
            found.append(after)
            self.assertEqual(outcome.written.weights, "average")
        for name in moved:
            self.assertAllClose(found[0][name], found[1][name], atol=1e-5, msg=name)

    def test_the_table_has_members_last_best_and_both_averages(self):
        run = self.copy()
        said = self.command(run)
        rows = read_csv(f"{run}/averages.csv")
        names = [row["weights"] for row in rows]
        steps = checkpoints.steps(f"{run}/snapshots")
        expected = [f"snapshot {step}" for step in steps] + ["last", f"best of {run}"]
        self.assertEqual(names, [*expected, "average", "average, BatchNorm anew"])
        self.assertEqual([row["in_average"] for row in rows], ["1"] * 3 + ["0"] * 4)
        for row in rows:
            self.assertIn(row["weights"], said)
            self.assertIn(f"{float(row['title/mean_f1']):.4f}", said)
        with open(f"{run}/best/step-{checkpoints.steps(f'{run}/best')[0]:08d}.json") as file:
            in_training = json.load(file)["state"]["scores"]
        self.assertAllClose(float(rows[4]["title/mean_f1"]), in_training["title/mean_f1"], atol=1e-6)
        self.assertIn("7: ", self.progress)

    def test_what_is_written_scores_as_the_table_says_and_is_the_better_average(self):
        run = self.copy()
        self.command(run)
        rows = read_csv(f"{run}/averages.csv")
        written = [row for row in rows if row["written"] == "1"]
        self.assertLen(written, 1)
        score = float(written[0]["title/mean_f1"])
        self.assertEqual(score, max(float(row["title/mean_f1"]) for row in rows[-2:]))
        _, state = checkpoints.latest(f"{run}/averaged")
        self.assertEqual(state["scores"]["title/mean_f1"], score)
        self.assertLen(state["members"], 3)
        for kind in ("checkpoints", "snapshots"):
            shutil.rmtree(f"{run}/{kind}")
        shutil.rmtree(f"{run}/best")
        os.rename(f"{run}/averaged", f"{run}/best")
        again = evaluate_run(tiny_catalogue.records(), run, 0, tiny_catalogue.CPU)
        self.assertAllClose(again["title/mean_f1"], score, atol=1e-6)

    @pytest.mark.slow
    def test_an_older_average_of_a_higher_step_is_replaced(self):
        run = self.copy()
        checkpoints.save(f"{run}/averaged", 10**6, {"old": np.zeros(1)}, {})
        self.command(run)
        self.assertEqual(checkpoints.steps(f"{run}/averaged"), checkpoints.steps(f"{run}/snapshots")[-1:])
        self.assertLen(os.listdir(f"{run}/averaged"), 2)

    def test_the_test_fold_is_never_read(self):
        records = shutil.copytree(tiny_catalogue.records(), self.folder("records"))
        for shard in Manifest.read(records).shards_of([1]):
            with open(f"{records}/{shard.file}", "r+b") as file:
                file.write(bytes(shard.bytes))
        self.command(self.copy(), records=records)

    @pytest.mark.slow
    def test_a_run_without_validation_fold_is_averaged_unscored(self):
        run = self.copy(validation_fold=-1)
        said = self.command(run)
        self.assertIn(f"--run={run} --run_weights=averaged", said)
        self.assertEqual(read_csv(f"{run}/averages.csv")[-1]["written"], "1")
        with self.assertRaisesRegex(ValueError, "--soup=greedy chooses by the validation score.*--validation_fold=-1"):
            self.command(run, soup="greedy")


class SoupTest(AverageTestCase):
    def runs(self):
        runs = [self.copy(name) for name in "abcd"]
        for run, value in zip(runs, (6.0, 4.5, 0.5, 2.0), strict=True):
            fill(f"{run}/best", value)
        return runs

    def test_a_uniform_soup_is_the_mean_of_the_best_weights_in_a_folder_that_loads(self):
        runs, soup = self.runs(), self.folder("soup")
        self.command(soup, runs=",".join(runs), batch_norm_steps=0)
        members = [arrays(f"{run}/best") for run in runs]
        found = arrays(f"{soup}/averaged")
        for name, value in found.items():
            if value.dtype == np.float32:
                self.assertAllClose(value, np.mean([member[name] for member in members], axis=0), atol=1e-6, msg=name)
        encoder, _, titles = RunFolder(soup).load("averaged")
        features = titles(tf.constant([b"red mug model3"]))
        self.assertEqual(encoder({**features, "has_title": tf.ones(1)})["title"].shape, (1, 8))

    def test_a_greedy_soup_takes_only_what_does_not_lower_the_score(self):
        runs, soup = self.runs(), self.folder("soup")
        with mock.patch.object(weight_bench.Bench, "score", closeness_to_three):
            said = self.command(soup, runs=",".join(runs), soup="greedy")
        rows = read_csv(f"{soup}/averages.csv")
        # 2 alone; with 4.5 the mean is 3.25, better; with 0.5 it would be 2.33 and with 6 4.17, both worse.
        self.assertEqual([row["in_average"] for row in rows], ["0", "1", "0", "1", "0", "0"])
        self.assertAllClose(arrays(f"{soup}/averaged")[KERNEL].mean(), 3.25)
        members = [os.path.dirname(file) for file in checkpoints.latest(f"{soup}/averaged")[1]["members"]]
        self.assertEqual(members, [f"{runs[3]}/best", f"{runs[1]}/best"])
        self.assertIn(f"--run={soup} --run_weights=averaged", said)

    def test_a_soup_worse_than_one_of_its_runs_is_written_and_that_run_recommended(self):
        runs, soup = self.runs(), self.folder("soup")
        fill(f"{runs[1]}/best", 3.1)
        with mock.patch.object(weight_bench.Bench, "score", closeness_to_three):
            said = self.command(soup, runs=",".join([*runs[:2], runs[3]]), batch_norm_steps=0)
        self.assertAllClose(arrays(f"{soup}/averaged")[KERNEL].mean(), 3.7)
        self.assertRegex(said, f"{runs[1]}/best/step-.* scores higher than the average: keep it")
        self.assertTrue(said.endswith(f"--run={runs[1]}\n"))

    def test_a_soup_may_go_into_one_of_its_runs_which_stays_as_it_was(self):
        runs = self.runs()
        before = arrays(f"{runs[0]}/best")
        self.command(runs[0], runs=",".join(runs))
        self.assertAllEqual(sorted(before), sorted(arrays(f"{runs[0]}/averaged")))
        for name, value in arrays(f"{runs[0]}/best").items():
            self.assertAllEqual(value, before[name])

    @parameterized.parameters(
        ("model", {"embedding_dim": 4}, "--embedding_dim=8 and 4"),
        ("model", {"modality": "joint", "weights": "x"}, "--modality=title and joint; --weights=none and x"),
        ("run", {"validation_fold": 2}, "--validation_fold=0 and 2"),
        ("facts", {"num_classes": 9, "records": "others"}, "trained on other records; 8 classes and 9"),
    )
    def test_runs_that_differ_in_more_than_training_are_refused_and_nothing_is_written(self, concern, values, message):
        runs = [self.copy("a"), self.copy("b")]
        self.change_config(runs[1], concern, **values)
        with self.assertRaisesRegex(ValueError, f"{runs[0]} and {runs[1]} cannot be averaged: .*{message}"):
            self.command(self.folder("soup"), runs=",".join(runs))
        self.assertFalse(os.path.exists(self.folder("soup")))

    def test_runs_may_differ_in_what_acts_in_training_alone(self):
        runs = [self.copy("a"), self.copy("b")]
        self.change_config(runs[1], "model", margin=0.1, scale=20.0, dropout=0.3)
        self.change_config(runs[1], "optimization", learning_rate=0.5, epochs=7)
        average_members.check_alike(list(map(RunFolder, runs)))

    def test_other_title_inputs_are_refused(self):
        runs = [self.copy("a"), self.copy("b")]
        with open(tf.io.gfile.glob(f"{runs[1]}/titles/*")[0], "ab") as file:
            file.write(b" ")
        with self.assertRaisesRegex(ValueError, "other title inputs .titles/.: .*--seed, give both the same"):
            self.command(self.folder("soup"), runs=",".join(runs))

    def test_a_run_that_is_there_already_must_be_alike_too(self):
        runs, soup = [self.copy("a"), self.copy("b")], self.copy("soup")
        self.change_config(soup, "model", embedding_dim=4)
        with self.assertRaisesRegex(ValueError, f"{soup} cannot be averaged: --embedding_dim=8 and 4"):
            self.command(soup, runs=",".join(runs))


class RefusalsTest(AverageTestCase):
    def test_one_snapshot_is_no_average(self):
        run = self.copy()
        for step in checkpoints.steps(f"{run}/snapshots")[1:]:
            os.remove(f"{run}/snapshots/step-{step:08d}.json")
        with self.assertRaisesRegex(ValueError, "snapshots holds 1: an average needs 2 at least.*--cycles=5.*--runs"):
            self.command(run)

    def test_a_folder_without_a_run(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no config.json: train first"):
            self.command(self.folder("nothing"))

    def test_a_run_without_best_weights(self):
        runs = [self.copy("a"), self.copy("b")]
        shutil.rmtree(f"{runs[1]}/best")
        with self.assertRaisesRegex(FileNotFoundError, "b/best has no weights: let training reach its first eval"):
            self.command(self.folder("soup"), runs=",".join(runs))

    def test_broken_weights_are_named(self):
        run = self.copy()
        path = f"{run}/snapshots/step-{checkpoints.steps(f'{run}/snapshots')[0]:08d}.npz"
        with open(path, "r+b") as file:
            file.write(b"broken")
        with self.assertRaisesRegex(ValueError, f"{path} is broken .SHA-256"):
            self.command(run)

    def test_other_records(self):
        records = tiny_catalogue.records(groups=8, members=3)
        with self.assertRaisesRegex(ValueError, f"--records={records} are not those that .* was trained on"):
            self.command(self.copy(), records=records)

    def test_a_batch_that_does_not_divide_over_the_replicas(self):
        run = self.copy()
        self.change_config(run, "optimization", batch_size=9)
        with self.assertRaisesRegex(
            ValueError, "--batch_size=9, which does not divide by the 2 replicas.*--replicas=1"
        ):
            self.command(run, distribution=dataclasses.replace(tiny_catalogue.CPU, replicas=2))

    def test_folders_are_needed(self):
        with self.assertRaisesRegex(ValueError, "--records=<folder of records> and --run=<folder of the average>"):
            self.command("")

    @parameterized.parameters(
        ({"runs": "runs/a"}, "--runs=runs/a: a soup needs two runs at least"),
        ({"runs": "runs/a,runs/a/"}, "--runs=runs/a,runs/a/ names a run twice"),
        ({"soup": "gredy"}, "--soup=gredy is not one of uniform, greedy. Did you mean greedy"),
        ({"batch_norm_steps": -1}, "--batch_norm_steps=-1 is below 0"),
    )
    def test_flags_that_cannot_be(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            Average(**values)
