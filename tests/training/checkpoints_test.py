"""Checkpoints: whole or absent, and a broken one is passed over aloud."""

import os
import warnings
from unittest import mock

import numpy as np
import tensorflow as tf

from tfrecords_tools import files
from training import checkpoints


def arrays(value):
    return {"encoder/0000/kernel": np.full((3, 2), value, np.float32), "optimizer/0000/iteration": np.array(value)}


class CheckpointsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), self.id())

    def test_what_is_saved_comes_back(self):
        checkpoints.save(self.folder, 7, arrays(7), {"step": 7, "best_score": 0.5})
        found, state = checkpoints.latest(self.folder)
        self.assertAllEqual(found["encoder/0000/kernel"], arrays(7)["encoder/0000/kernel"])
        self.assertEqual(state, {"step": 7, "best_score": 0.5})

    def test_the_same_values_give_the_same_bytes(self):
        paths = [checkpoints.save(f"{self.folder}/{place}", 7, arrays(7), {}) for place in "ab"]
        contents = [open(path, "rb").read() for path in paths]
        self.assertEqual(*contents)

    def test_the_last_two_are_kept(self):
        for step in (1, 2, 3):
            checkpoints.save(self.folder, step, arrays(step), {})
        self.assertEqual(checkpoints.steps(self.folder), [2, 3])
        self.assertLen(os.listdir(self.folder), 4)

    def test_an_empty_folder_has_none(self):
        self.assertIsNone(checkpoints.latest(self.folder))

    def test_an_altered_newest_is_passed_over_with_a_warning_that_names_both(self):
        for step in (1, 2):
            checkpoints.save(self.folder, step, arrays(step), {"step": step})
        with open(f"{self.folder}/step-00000002.npz", "r+b") as file:
            file.seek(100)
            file.write(b"\x00\xff")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _, state = checkpoints.latest(self.folder)
        self.assertEqual(state["step"], 1)
        self.assertRegex(str(caught[-1].message), "step-00000002.npz .SHA-256.* going on from step 1")

    def test_all_broken_is_an_error(self):
        checkpoints.save(self.folder, 1, arrays(1), {})
        open(f"{self.folder}/step-00000001.npz", "wb").close()
        with self.assertRaisesRegex(ValueError, "Every checkpoint is broken.*Remove"):
            checkpoints.latest(self.folder)

    def test_a_full_disk_leaves_the_checkpoint_before_and_no_half_file(self):
        checkpoints.save(self.folder, 1, arrays(1), {"step": 1})
        with mock.patch.object(files, "rename", side_effect=OSError(28, "No space left on device")):
            with self.assertRaisesRegex(OSError, "No space left"):
                checkpoints.save(self.folder, 2, arrays(2), {"step": 2})
        self.assertEqual(sorted(os.listdir(self.folder)), ["step-00000001.json", "step-00000001.npz"])
        self.assertEqual(checkpoints.latest(self.folder)[1]["step"], 1)
