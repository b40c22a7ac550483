"""The run folder: whole once begun, refused to another run, readable again as a flagfile."""

import os
from unittest import mock

import tensorflow as tf

from flags import command
from flags.model import Model
from flags.optimizer import Optimization
from tests import tiny_catalogue
from training.product_training import Training
from training.run_folder import RunFolder
from training.weights import pretrained


class RunFolderTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), self.id())
        self.model = tiny_catalogue.tiny_model(modality="title")
        self.optimization = tiny_catalogue.tiny_optimization(max_steps=2)

    def start(self, **changes):
        options = {"model": self.model, "optimization": self.optimization, **changes}
        run = tiny_catalogue.tiny_run(self.folder)
        return Training(tiny_catalogue.records(), options["model"], options["optimization"], tiny_catalogue.CPU, run)

    def test_run_flags_gives_the_same_flags_again(self):
        self.start()
        model, optimization = command.read_flagfile(f"{self.folder}/run.flags", Model, Optimization)
        self.assertEqual((model, optimization), (self.model, self.optimization))

    def test_a_start_that_fails_leaves_nothing_to_stumble_over(self):
        with mock.patch.object(pretrained, "build_encoder", side_effect=ValueError("no such weights")):
            with self.assertRaisesRegex(ValueError, "no such weights"):
                self.start()
        self.assertFalse(os.path.exists(self.folder))

    def test_other_records_are_refused(self):
        self.start()
        folder = RunFolder(self.folder)
        with self.assertRaisesRegex(ValueError, "holds a run of other flags: other records"):
            folder.begun({"model": self.model}, {"records": "another fingerprint"})

    def test_what_only_changes_the_pace_may_differ(self):
        self.start()
        run = tiny_catalogue.tiny_run(self.folder, checkpoint_steps=7)
        Training(tiny_catalogue.records(), self.model, self.optimization, tiny_catalogue.CPU, run)

    def test_loading_before_training_says_what_to_run(self):
        with self.assertRaisesRegex(FileNotFoundError, "has no config.json: train first .python -m training.train"):
            RunFolder(self.folder).load()
        self.start()
        with self.assertRaisesRegex(FileNotFoundError, "best has no checkpoint: best/ is written at the first eval"):
            RunFolder(self.folder).load()
