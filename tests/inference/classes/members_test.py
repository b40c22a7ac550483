"""The weights that predict: every snapshot, classes of one length, and runs that tell no classes apart."""

from unittest import mock

import numpy as np
import tensorflow as tf

from inference.classes import members
from models.arc_margin import ArcMargin
from models.linear_head import HierarchicalHead, LinearHead
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


class TauTest(tf.test.TestCase):
    def head(self, head):
        head.build((None, 2))
        head.kernel.assign([[3.0, 0.0, 0.0], [4.0, 0.25, 0.0]])
        head.bias.assign([1.0, 2.0, 3.0])
        return head

    def test_weights_are_divided_by_a_power_of_their_length_and_biases_dropped(self):
        head = self.head(LinearHead(3))
        members.normalise(head, 0.5)
        self.assertAllClose(head.kernel, [[3 / 5**0.5, 0, 0], [4 / 5**0.5, 0.5, 0]])
        self.assertAllEqual(head.bias, np.zeros(3))

    def test_with_tau_one_all_have_one_length(self):
        head = self.head(LinearHead(3))
        members.normalise(head, 1.0)
        self.assertAllClose(np.linalg.norm(head.kernel, axis=0), [1, 1, 0])

    def test_levels_keep_their_own(self):
        head = self.head(HierarchicalHead(3, [2], [0.5]))
        before = np.array(head.levels[0].kernel)
        members.normalise(head, 0.5)
        self.assertAllEqual(head.levels[0].kernel, before)

    def test_angles_have_no_length(self):
        head = ArcMargin(3)
        head.build((None, 2))
        with self.assertRaisesRegex(
            ValueError, "--tau=0.5: ArcMargin compares angles.*for --head=linear: leave it out"
        ):
            members.normalise(head, 0.5)

    def test_it_reaches_the_run(self):
        folder = RunFolder(trained.run())
        [plain], _ = members.load(folder, "best", trained.chosen_devices())
        [tau], _ = members.load(folder, "best", trained.chosen_devices(), tau=1.0)
        self.assertAllClose(tau.head.kernel, plain.head.kernel / np.linalg.norm(plain.head.kernel, axis=0))


if __name__ == "__main__":
    tf.test.main()
