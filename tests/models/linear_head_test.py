"""The plain classifier, and the one with a category tree."""

import keras
import numpy as np
import tensorflow as tf

from flags.model import Model
from models import class_losses, heads
from models.heads import Classes
from models.linear_head import HierarchicalHead, LinearHead
from models.margin_softmax import cross_entropy

TREE = np.array([[0, 0, 1, 1], [0, 1, 2, -1]])  # categories of four classes at two levels
FEATURES = tf.constant(np.random.default_rng(0).standard_normal((5, 3)), tf.float32)
LABEL = tf.constant([0, 1, 2, 3, -1])


def _hierarchical(**flags):
    model = Model(head="linear", level_weights="0.5,2", **flags)
    head = heads.build(model, Classes(4, level_sizes=(2, 3), level_of_class=TREE), "image_head")
    head.build((None, 3))
    return head


class LinearHeadTest(tf.test.TestCase):
    def test_logits_are_linear_in_features_of_any_length_and_float32(self):
        head = heads.build(Model(head="linear"), Classes(4), "image_head")
        self.assertIs(type(head), LinearHead)
        head.build((None, 3))
        logits = head(FEATURES)
        self.assertAllClose(head(tf.cast(2.0 * FEATURES, tf.bfloat16)), 2.0 * logits, atol=0.05)
        self.assertEqual(head(tf.cast(FEATURES, tf.bfloat16)).dtype, tf.float32)
        self.assertAllClose(head.loss(FEATURES, LABEL, 0.1), cross_entropy(logits, LABEL, 0.1))

    def test_one_class_is_refused(self):
        with self.assertRaisesRegex(ValueError, "at least 2 classes, got num_classes=1"):
            LinearHead(1)

    def test_config_makes_the_same_head_again(self):
        for head in (LinearHead(4, name="head"), HierarchicalHead(4, (2, 3), (0.5, 2.0), TREE, name="head")):
            again = keras.layers.deserialize(keras.layers.serialize(head))
            self.assertEqual(again.get_config(), head.get_config())


class HierarchicalHeadTest(tf.test.TestCase):
    def test_the_loss_is_that_of_the_class_and_of_each_level_by_its_weight(self):
        head = _hierarchical()
        expected = cross_entropy(head(FEATURES), LABEL, 0.1)
        for weight, logits, categories in zip((0.5, 2.0), head.level_logits(FEATURES), TREE, strict=True):
            categories = tf.constant([*categories, -1])
            expected += weight * cross_entropy(logits, categories, 0.1)
        self.assertAllClose(head.loss(FEATURES, LABEL, 0.1), expected)
        self.assertEqual(float(head.loss(FEATURES, LABEL)[4]), 0.0)

    def test_levels_have_the_class_loss_too(self):
        head, plain = _hierarchical(class_loss="focal"), _hierarchical()
        for variable, value in zip(head.weights, plain.weights, strict=True):
            variable.assign(value)
        expected = class_losses.focal(head(FEATURES), LABEL)
        for weight, logits, categories in zip((0.5, 2.0), head.level_logits(FEATURES), TREE, strict=True):
            expected += weight * class_losses.focal(logits, tf.constant([*categories, -1]))
        self.assertAllClose(head.loss(FEATURES, LABEL), expected)

    def test_every_level_is_trained_and_the_tree_is_a_weight(self):
        head = _hierarchical()
        self.assertLen(head.trainable_variables, 6)
        self.assertLen({variable.path for variable in head.variables}, 7)
        self.assertAllEqual(head.level_of_class, TREE)

    def test_records_with_another_number_of_levels_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"--level_weights=1 weighs 1 level\(s\), and the records have 2.*coarse"
        ):
            heads.build(Model(head="linear", level_weights="1"), Classes(4, level_sizes=(2, 3)), "image_head")
