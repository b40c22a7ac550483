"""Flags of recall: defaults of each matcher, what has no effect is refused, what must be given is asked for."""

import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.recall import MATCHERS, Recall
from flags.scoring import Scoring
from flags.selection import TrainingRows


class DefaultsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*MATCHERS)
    def test_a_matcher_needs_no_other_flag(self, matcher):
        chosen = Recall(matcher=matcher)
        chosen.check_together(Model(), Optimization(batch_size=64))
        self.assertEqual((chosen.negatives, chosen.rows_together), (0, 1) if matcher == "pretrain" else (1, 32))

    @parameterized.parameters(
        ("word_match", "auto", "hinge"), ("sentence_match", "auto", "bce"), ("cross_attention", "auto", "bce"),
        ("word_match", "focal", "focal"), ("cross_attention", "hinge", "hinge"),
    )  # fmt: skip
    def test_the_loss_of_pairs(self, matcher, given, chosen):
        self.assertEqual(Recall(matcher=matcher, pair_loss=given).chosen_loss, chosen)

    def test_what_belongs_together_passes(self):
        Recall(matcher="word_match", negatives_per_positive=3, in_batch=8, negatives_from="mined", mined="m")
        Recall(matcher="two_tower", negatives_per_positive=0, in_batch=7, softmax_form="am", match_width=64)
        Recall(matcher="sentence_match", pair_loss="focal", pair_gamma=1.0, query_width=64)
        Recall(matcher="cross_attention", pair_loss="hinge", pair_margin=0.2)
        Recall(matcher="pretrain", label_negatives=10, region_labels=True, word_vectors="bert", train_words=False)
        Recall(matcher="word_match", word_weights="mean")


class RefusalsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ({"region_boxes": 20}, "--region_boxes=20 has no effect on --matcher=none: leave it out"),
        ({"mined": "folder"}, "--mined=folder has no effect on --matcher=none"),
        (
            {"matcher": "pretrain", "negatives_per_positive": 2},
            "--negatives_per_positive=2 has no effect on --matcher=p",
        ),
        ({"matcher": "pretrain", "negatives_from": "tfidf"}, "--negatives_from=tfidf has no effect on --matcher=pretr"),
        ({"matcher": "pretrain", "in_batch": 8}, "--in_batch=8 has no effect on --matcher=pretrain"),
        ({"matcher": "pretrain", "match_width": 8}, "--match_width=8 has no effect on --matcher=pretrain"),
        ({"matcher": "pretrain", "pair_loss": "bce"}, "--pair_loss=bce has no effect on --matcher=pretrain"),
        ({"matcher": "word_match", "label_negatives": 8}, "--label_negatives=8 has no effect on --matcher=word_match"),
        ({"matcher": "word_match", "softmax_form": "am"}, "--softmax_form=am has no effect on --matcher=word_match"),
        ({"matcher": "two_tower", "word_weights": "mean"}, "--word_weights=mean has no effect on --matcher=two_tower"),
        ({"matcher": "two_tower", "pair_loss": "bce"}, "--pair_loss=bce has no effect on --matcher=two_tower"),
        ({"matcher": "two_tower", "pair_margin": 0.5}, "--pair_margin=0.5 has no effect on --matcher=two_tower"),
        ({"matcher": "sentence_match", "match_width": 8}, "--match_width=8 has no effect on --matcher=sentence_match"),
        ({"matcher": "sentence_match", "pair_margin": 0.5}, "--pair_margin=0.5 has no effect on --pair_loss=bce"),
        ({"matcher": "word_match", "pair_gamma": 1.0}, "--pair_gamma=1 has no effect on --pair_loss=hinge"),
        (
            {"matcher": "word_match", "word_weights": "mean", "match_width": 8},
            "--match_width=8 has no effect on --word_weights=mean: leave it out",
        ),
        (
            {"matcher": "word_match", "negatives_per_positive": 2},
            r"--in_batch=32 is no whole number of tuples of 1 \+ 2 rows \(--negatives_per_positive\): give a mul.* 3",
        ),
        ({"matcher": "word_match", "negatives_per_positive": 0}, "=0: --matcher=word_match needs at least 1"),
        (
            {"matcher": "word_match", "negatives_from": "mined"},
            "--negatives_from=mined reads what .*: give --mined=<fol",
        ),
        ({"matcher": "word_match", "mined": "m"}, "--mined=m has no effect on --negatives_from=random"),
        ({"matcher": "wordmatch"}, "--matcher=wordmatch is not one of .* Did you mean word_match"),
        ({"matcher": "word_match", "word_dim": 2}, "--word_dim=2 is below 4"),
        ({"matcher": "word_match", "region_dropout": 0.95}, "--region_dropout=0.95 is above 0.9"),
    )
    def test_what_has_no_effect_or_does_not_fit(self, given, message):
        with self.assertRaisesRegex(ValueError, message):
            Recall(**given)

    @parameterized.parameters(
        ({"image_encoder": "resnet50"}, {}, "--image_encoder=resnet50 has no effect on --matcher=word_match: leave it"),
        ({"title_tokens": 32}, {}, "--title_tokens=32 has no effect"),
        ({}, {"augment": "flip"}, "--augment=flip has no effect on --matcher=word_match"),
        ({}, {"label_smoothing": 0.1}, "--label_smoothing=0.1 has no effect"),
        ({}, {"sampler": "classes"}, "--sampler=classes has no effect"),
        ({}, {"batch_size": 48}, "--batch_size=48 is no whole number of groups of --in_batch=32 rows: give a multiple"),
    )
    def test_flags_of_product_encoders_beside_a_matcher(self, model, optimization, message):
        with self.assertRaisesRegex(ValueError, message):
            Recall(matcher="word_match").check_together(Model(**model), Optimization(**optimization))

    @parameterized.parameters(
        (TrainingRows(class_cap=5), "--class_cap=5 has no effect on --matcher=word_match: leave it out"),
        (TrainingRows(train_list="list.csv"), "--train_list=list.csv has no effect"),
        (Distribution(data_service="grpc://host:5050"), "--data_service=grpc://host:5050 has no effect"),
        (Distribution(augment_on="host"), "--augment_on=host has no effect"),
    )
    def test_rows_and_devices_of_product_encoders_beside_a_matcher(self, other, message):
        with self.assertRaisesRegex(ValueError, message):
            Recall(matcher="word_match").check_together(Model(), Optimization(), other)


class ScoringTest(tf.test.TestCase, parameterized.TestCase):
    def test_what_belongs_together_passes(self):
        Scoring(k_reciprocal=0.3, smoothed=0.5, scored_fold=-1)
        Scoring(embedded_queries="queries.npy")

    @parameterized.parameters(
        ({"k_reciprocal": 1.5}, "--k_reciprocal=1.5 is above 1.0"),
        ({"smoothed": -0.5}, "--smoothed=-0.5 is below 0.0"),
        ({"scored_fold": -2}, "--scored_fold=-2 is below -1"),
        (
            {"embedded_queries": "q.npy", "smoothed": 0.5},
            "--embedded_queries=q.npy writes no scores: leave --k_reciprocal and --smoothed out",
        ),
        ({"embedded_queries": "q.npy", "scored_fold": 1}, "--scored_fold=1 has no effect on --embedded_queries=q.npy"),
    )
    def test_what_has_no_effect_or_is_out_of_range(self, given, message):
        with self.assertRaisesRegex(ValueError, message):
            Scoring(**given)


if __name__ == "__main__":
    tf.test.main()
