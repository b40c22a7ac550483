"""Flags of the model and of the optimization that do not go together."""

import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from flags.optimizer import Optimization
from flags.together import check_together


class TogetherTest(tf.test.TestCase, parameterized.TestCase):
    def test_heads_and_losses_go_with_what_they_look_at(self):
        check_together(Model(), Optimization(label_smoothing=0.1, margin_warmup_epochs=1.0))
        check_together(Model(head="linear", class_loss="focal"), Optimization(label_smoothing=0.1))
        check_together(Model(class_loss="gce"), Optimization())

    @parameterized.parameters(
        ({"head": "linear"}, {"margin_warmup_epochs": 1.0}, "--margin_warmup_epochs=1 has no effect on --head=linear"),
        ({"class_loss": "gce"}, {"label_smoothing": 0.1}, "--label_smoothing=0.1 has no effect on --class_loss=gce"),
        ({}, {"sampler": "tuples"}, "--head=replicated with --sampler=tuples"),
    )
    def test_what_has_no_effect_is_refused(self, model, optimization, message):
        with self.assertRaisesRegex(ValueError, message):
            check_together(Model(**model), Optimization(**optimization))

    @parameterized.parameters(
        (
            {"head": "sharded", "class_loss": "focal"},
            "--class_loss=focal with --head=sharded: that head has cross_entr",
        ),
        ({"focal_gamma": 1.0}, "--focal_gamma=1 has no effect on --class_loss=cross_entropy"),
        ({"gce_q": 0.5, "class_loss": "focal"}, "--gce_q=0.5 has no effect on --class_loss=focal"),
        ({"level_weights": "0.5"}, "--level_weights=0.5 with --head=replicated: give --head=linear"),
        ({"head": "linear", "level_weights": "0.5,a"}, "--level_weights=0.5,a: 'a' is no number"),
        ({"head": "linear", "margin": 0.2}, "--margin=0.2 has no effect on --head=linear"),
        ({"head": "linear", "margin_loss": "adacos"}, "--margin_loss=adacos"),
    )
    def test_the_model_refuses_what_its_head_has_not(self, model, message):
        with self.assertRaisesRegex(ValueError, message):
            Model(**model)
