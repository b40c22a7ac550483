"""The weights that predict: every snapshot, and runs that tell no classes apart."""

from unittest import mock

import tensorflow as tf

from inference.classes import members
from tests.inference.classes import trained
from training import checkpoints
from training.run_folder import RunFolder


class MembersTest(tf.test.TestCase):
    def test_every_snapshot_has_its_own_weights(self):
        folder = RunFolder(trained.run())
        loaded, _ = members.load(folder, "snapshots", trained.chosen_devices())
        steps = checkpoints.steps(folder / "snapshots")
        self.assertEqual([member.name for member in loaded], [f"snapshot {step}" for step in steps])
        self.assertNotEqual(loaded[0].fingerprint, loaded[1].fingerprint)
        for member, step in zip(loaded, steps, strict=True):
            arrays, _ = checkpoints.load(folder / "snapshots", step)
            self.assertAllEqual(member.head.kernel, arrays["head_image/0000/kernel"])

    def test_weights_that_are_not_there_say_what_makes_them(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "averaged has no weights: averaged/ by python -m training.average"
        ):
            members.load(RunFolder(trained.run()), "averaged", trained.chosen_devices())

    def test_a_run_of_tuples_is_refused(self):
        with self.assertRaisesRegex(ValueError, "first was trained with --head=tuples, which tells no classes apart"):
            members._check(mock.Mock(num_classes=0), RunFolder("runs/first"))


if __name__ == "__main__":
    tf.test.main()
