"""Samplers: how often classes and records come, and that nothing but (labels, seed) decides it."""

import numpy as np
import tensorflow as tf

from training.inputs import samplers

LABELS = np.repeat(np.arange(5), [1, 2, 4, 33, 60])


def random(seed=0):
    return np.random.default_rng(seed)


class InstancesTest(tf.test.TestCase):
    def test_every_record_comes_once(self):
        self.assertAllEqual(np.sort(samplers.instances(LABELS, random(), 16)), np.arange(100))

    def test_small_classes_are_repeated_up_to_a_minimum(self):
        found = samplers.instances(LABELS, random(), 16, at_least=10)
        self.assertAllEqual(np.bincount(LABELS[found]), [10, 10, 10, 33, 60])
        self.assertAllInRange(np.bincount(found)[3:7], 2, 3)


class ClassesTest(tf.test.TestCase):
    def test_classes_come_equally_often_and_their_records_in_turn(self):
        found = samplers.classes(LABELS, random())
        self.assertAllEqual(np.bincount(LABELS[found]), [20] * 5)
        self.assertAllEqual(np.bincount(found)[:3], [20, 10, 10])
        self.assertAllInRange(np.bincount(found, minlength=100)[40:], 0, 1)

    def test_the_seed_decides(self):
        self.assertAllEqual(samplers.classes(LABELS, random(1)), samplers.classes(LABELS, random(1)))
        self.assertNotAllEqual(samplers.classes(LABELS, random(1)), samplers.classes(LABELS, random(2)))


class GroupsTest(tf.test.TestCase):
    def test_every_batch_has_p_groups_of_k_members(self):
        labels = np.random.default_rng(0).integers(0, 40, 400)
        found = samplers.groups(labels, random(), batch_size=24, members_each=3).reshape(-1, 8, 3)
        self.assertLen(found, 400 // 24)
        for batch in found:
            kinds = labels[batch]
            self.assertAllEqual(kinds, kinds[:, :1] * np.ones((1, 3), int))
            self.assertLen(set(kinds[:, 0]), 8)
            for group, kind in zip(batch, kinds[:, 0], strict=True):
                self.assertLen(set(group), min(3, np.sum(labels == kind)))
        self.assertAllInRange(np.bincount(labels[found[:, :, 0].ravel()]), 2, 5)

    def test_says_when_a_batch_does_not_fit(self):
        with self.assertRaisesRegex(ValueError, "batch of 10 is to hold groups of 3 records each, of 4 groups"):
            samplers.groups(LABELS, random(), 10, 3)
        with self.assertRaisesRegex(ValueError, "--sampler=groups"):
            samplers.groups(LABELS, random(), 16, 2)
