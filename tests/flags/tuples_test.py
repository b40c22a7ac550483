"""Head and sampler of tuples belong together, and what they do not look at is refused."""

import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from flags.optimizer import Optimization
from flags.tuples import check_tuples


class CheckTuplesTest(tf.test.TestCase, parameterized.TestCase):
    def test_what_belongs_together_passes(self):
        check_tuples(Model(), Optimization(label_smoothing=0.1, sampler="groups"))
        check_tuples(Model(head="tuples", learn_scale=True), Optimization(sampler="tuples", batch_size=224))
        check_tuples(Model(head="tuples", negatives=2), Optimization(sampler="tuples", batch_size=32))

    @parameterized.parameters(
        ({"head": "tuples"}, {}, "--head=tuples with --sampler=instances.* Give both --head=tuples --sampler=tuples"),
        ({}, {"sampler": "tuples"}, "--head=replicated with --sampler=tuples"),
        ({"negatives": 3}, {}, "--negatives=3 has no effect on --head=replicated: leave it out"),
        ({"learn_scale": True}, {}, "--learn_scale=True has no effect on --head=replicated"),
    )
    def test_half_of_it_is_refused(self, model, optimization, message):
        with self.assertRaisesRegex(ValueError, message):
            check_tuples(Model(**model), Optimization(**optimization))

    @parameterized.parameters(
        ({"margin": 0.3}, {}, "--margin=0.3 has no effect on --head=tuples: leave it out"),
        ({"scale": 20.0}, {}, "--scale=20.0"),
        ({"margin_class_power": 0.1}, {}, "--margin_class_power=0.1"),
        ({"sampled_share": 0.2}, {}, "--sampled_share=0.2"),
        ({}, {"label_smoothing": 0.1}, "--label_smoothing=0.1"),
        ({}, {"margin_start": 0.1}, "--margin_start=0.1"),
        ({}, {"margin_warmup_epochs": 2.0}, "--margin_warmup_epochs=2.0"),
        ({}, {"classes_from_epoch": 3}, "--classes_from_epoch=3"),
        ({}, {"oversample_to": 9}, "--oversample_to=9"),
        ({}, {"group_members": 3}, "--group_members=3"),
        (
            {},
            {"batch_size": 32},
            "--batch_size=32 counts rows.* 1 \\+ 1 \\+ 5 rows: give a multiple of 7, such as 224 ",
        ),
    )
    def test_what_has_no_effect_on_tuples_is_refused(self, model, optimization, message):
        model = Model(**{"head": "tuples", **model})
        with self.assertRaisesRegex(ValueError, message):
            check_tuples(model, Optimization(**{"sampler": "tuples", "batch_size": 224, **optimization}))


if __name__ == "__main__":
    tf.test.main()
