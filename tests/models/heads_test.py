"""The heads that flags ask for, and the margins of classes of unequal size."""

import math
import types

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from models import heads
from models.adacos import AdaCos
from models.arc_margin import ArcMargin
from models.curricular_margin import CurricularMargin
from models.heads import Classes
from models.sampled_margin import SampledArcMargin
from models.sampled_negatives import SampledNegatives
from models.sharded_margin import ShardedArcMargin
from models.subcenter_margin import SubCenterArcMargin

SIZES = [2, 32, 8]


class HeadsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(("replicated", ArcMargin), ("sharded", ShardedArcMargin), ("sampled", SampledArcMargin))
    def test_each_name_is_a_head_with_the_flags_scale_and_margin(self, name, kind):
        head = heads.build(
            Model(head=name, scale=20.0, margin=0.4, sampled_share=0.5), Classes(10), "title_head", seed=3
        )
        self.assertIs(type(head), kind)
        self.assertEqual((head.num_classes, head.scale, head.initial_margin, head.name), (10, 20.0, 0.4, "title_head"))
        self.assertIsNone(head.initial_shares)

    @parameterized.parameters(("subcenter", SubCenterArcMargin), ("curricular", CurricularMargin))
    def test_each_margin_loss_is_a_head_with_the_flags_scale_and_margin(self, name, kind):
        head = heads.build(Model(margin_loss=name, scale=20.0, margin=0.4), Classes(10), "title_head")
        self.assertIs(type(head), kind)
        self.assertEqual((head.num_classes, head.scale, head.initial_margin, head.name), (10, 20.0, 0.4, "title_head"))

    def test_adacos_has_no_margin_and_subcenters_has_as_many_as_asked_for(self):
        head = heads.build(Model(margin_loss="adacos", margin=0.0), Classes(10), "title_head")
        self.assertEqual((type(head), head.initial_margin, head.name), (AdaCos, 0.0, "title_head"))
        self.assertEqual(heads.build(Model(margin_loss="subcenter", subcenters=5), Classes(10), "head").subcenters, 5)

    def test_a_run_from_before_margin_losses_has_arcface(self):
        old = types.SimpleNamespace(scale=20.0, margin=0.4)
        self.assertIs(type(heads.build(old, Classes(10), "title_head")), ArcMargin)

    def test_tuples_have_no_classes_and_the_flags_negatives_and_scale(self):
        head = heads.build(Model(head="tuples", negatives=3, learn_scale=True), Classes(10), "image_head")
        self.assertIs(type(head), SampledNegatives)
        self.assertEqual((head.num_classes, head.negatives, head.learn_scale, head.name), (0, 3, True, "image_head"))

    @parameterized.parameters("replicated", "sharded", "sampled", "tuples")
    def test_flags_and_head_agree_on_the_rows_of_a_tuple(self, name):
        model = Model(head=name, negatives=4)
        self.assertEqual(heads.build(model, Classes(10), "head").rows_together, model.rows_together)

    def test_the_smallest_class_has_the_whole_margin(self):
        self.assertAllClose(heads.shares(SIZES, 0.25), [1.0, 0.5, 1 / math.sqrt(2)])

    @parameterized.parameters(
        {}, {"head": "sharded"}, {"head": "sampled"}, {"margin_loss": "subcenter"}, {"margin_loss": "curricular"}
    )
    def test_every_row_gets_the_margin_of_its_class(self, **chosen):
        model = Model(scale=1.0, margin=0.4, margin_class_power=0.25, sampled_share=1.0, **chosen)
        head = heads.build(model, Classes(3, SIZES), "head")
        head.build((None, 2))
        self.assertAllClose(head.margins_of(np.array([0, 1, 2, -1])), [0.4, 0.2, 0.4 / math.sqrt(2), 0.4])
        angles = np.array([0.3, 1.4, 2.0], np.float32)
        centres = np.stack([np.cos(angles), np.sin(angles)])
        head.centres.assign(np.tile(centres, head.centres.shape[1] // 3))
        embedding, label = np.array([[1.0, 0.0]] * 3, np.float32), np.arange(3)
        cosine = np.cos(np.tile(angles, (3, 1)))
        own = np.cos(angles + [0.4, 0.2, 0.4 / math.sqrt(2)])
        if chosen == {"margin_loss": "curricular"}:  # t is 0
            cosine = np.where(cosine > own[:, None], cosine**2, cosine)
        np.fill_diagonal(cosine, own)
        expected = np.log(np.exp(cosine).sum(axis=1)) - np.diag(cosine)
        self.assertAllClose(head.loss(embedding, label), expected, atol=1e-6)

    def test_shares_are_saved_with_the_weights(self):
        model = Model(margin_class_power=0.25)
        saved, loaded = (heads.build(model, Classes(3, sizes), "head") for sizes in (SIZES, None))
        for head in (saved, loaded):
            head.build((None, 2))
        self.assertAllEqual(loaded.class_shares, np.ones(3))
        loaded.set_weights(saved.get_weights())
        self.assertAllClose(loaded.class_shares, heads.shares(SIZES, 0.25))
        self.assertAllClose(ArcMargin.from_config(saved.get_config()).initial_shares, heads.shares(SIZES, 0.25))


if __name__ == "__main__":
    tf.test.main()
