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


class TuplesTest(tf.test.TestCase):
    def test_every_record_of_a_group_is_an_anchor_once_beside_another_of_its_group(self):
        labels = random().permutation(LABELS)
        found = samplers.tuples(labels, random(), negatives=5).reshape(-1, 7)
        self.assertAllEqual(np.sort(found[:, 0]), np.flatnonzero(labels != 0))
        self.assertAllEqual(labels[found[:, 0]], labels[found[:, 1]])
        self.assertAllGreater(np.abs(found[:, 0] - found[:, 1]), 0)

    def test_positives_are_drawn_from_the_whole_group_and_negatives_from_all_records(self):
        labels = np.repeat(np.arange(1001), [4] * 1000 + [1])
        found = samplers.tuples(labels, random(), negatives=8).reshape(-1, 10)
        member = found[:, :2] % 4
        self.assertAllInRange(np.bincount(member[:, 0] * 4 + member[:, 1], minlength=16)[[1, 2, 3, 4, 6, 7]], 280, 390)
        times = np.bincount(found[:, 2:].ravel(), minlength=4001)
        self.assertGreater(times[4000], 0)
        self.assertAllClose([times.mean(), times.var()], [8.0, 8.0], atol=0.6)  # Poisson
        self.assertLess(np.abs(np.corrcoef(found[:, 0], found[:, 2])[0, 1]), 0.05)

    def test_the_seed_decides(self):
        self.assertAllEqual(samplers.tuples(LABELS, random(1), 2), samplers.tuples(LABELS, random(1), 2))
        self.assertNotAllEqual(samplers.tuples(LABELS, random(1), 2), samplers.tuples(LABELS, random(2), 2))

    def test_says_when_no_anchor_has_a_positive(self):
        with self.assertRaisesRegex(ValueError, "--sampler=tuples: none of 9 groups has two records.*--label_column"):
            samplers.tuples(np.arange(9), random(), 5)
