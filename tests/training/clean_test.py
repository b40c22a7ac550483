"""Cleaning by a trained run: the list and the page, and training by the list."""

import csv
import io
import os
from contextlib import redirect_stdout

import numpy as np
import tensorflow as tf

from flags.cleaning import Cleaning
from flags.data import Records, Source
from flags.model import Model
from flags.selection import TrainingRows
from tests import tiny_catalogue
from tests.training.classification_test import tree_records
from tfrecords_tools import conversion, ids
from tfrecords_tools.manifest import Manifest
from training import clean
from training.inputs import rows
from training.product_training import Training

PLANTED = {"p001_0": "group2", "p001_5": "group2", "p003_1": "group0", "p003_6": "group4", "p004_2": "group5"}


def mislabelled(folder: str) -> str:
    """The catalogue of tree_records as other records, with some labels wrong."""
    path = tiny_catalogue.draw(f"{folder}/catalogue", groups=6, members=8)
    with open(path, newline="") as file:
        listed = list(csv.DictReader(file))
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, listed[0])
        writer.writeheader()
        writer.writerows({**row, "label": PLANTED.get(row["id"], row["label"])} for row in listed)
    records = Records(records=f"{folder}/records", stored_size=32, folds=4, workers=1, split="stratified")
    conversion.convert(Source(input=path), records)
    return records.records


class CleanTest(tf.test.TestCase):
    def test_planted_labels_are_found_by_a_run_of_other_records_and_training_takes_the_list(self):
        folder = os.path.join(self.get_temp_dir(), self.id())
        run, cleaned, records = f"{folder}/run", f"{folder}/cleaned", mislabelled(folder)
        options = tiny_catalogue.tiny_run(run)
        optimization = tiny_catalogue.tiny_optimization(epochs=1, augment="")
        model = Model(modality="title", head="linear", tfidf_dim=16)
        outcome = Training(tree_records(), model, optimization, tiny_catalogue.CPU, options).run()
        self.assertEqual(outcome.best_score, 1.0)

        said = io.StringIO()
        with redirect_stdout(said):
            cleaning = Cleaning(runs=run, cleaned=cleaned)
            clean.main(cleaning, Records(records=records), tiny_catalogue.CPU, options, TrainingRows())
        with open(f"{cleaned}/reliable_train.csv", newline="") as file:
            listed = {row["id"]: row for row in csv.DictReader(file)}
        manifest = Manifest.read(records)
        self.assertCountEqual(listed, [id.decode() for id in ids.read_all(records, manifest, [2, 3])])
        dropped = [id for id, row in listed.items() if row["kept"] == "0"]
        self.assertCountEqual(dropped, PLANTED.keys() & listed.keys())
        self.assertNotEmpty(dropped)
        for id in dropped:
            self.assertEqual(listed[id]["predicted"], f"group{int(id[1:4])}")
            self.assertEqual((listed[id]["label"], listed[id]["copies"]), (PLANTED[id], "0"))

        self.assertIn(f"{len(listed)} rows of 6 classes, {len(dropped)} dropped", said.getvalue())
        with open(f"{cleaned}/cleaned.html") as file:
            page = file.read()
        self.assertIn(f"{len(dropped)} of {len(listed)} rows dropped", page)
        self.assertEqual(page.count("data:image/jpeg"), 2 * len(dropped))
        taken = rows.read(records, manifest, [2, 3], TrainingRows(train_list=f"{cleaned}/reliable_train.csv"))
        self.assertAllEqual(np.bincount(taken.labels, taken.copies), [10] * 6)

    def test_a_run_without_classes_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--records=<folder of records> and --runs=<trained runs> are both"):
            clean.main(Cleaning(), Records(), tiny_catalogue.CPU, tiny_catalogue.tiny_run(""), TrainingRows())


if __name__ == "__main__":
    tf.test.main()
