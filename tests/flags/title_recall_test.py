"""Flags of title retrieval: what has no effect is refused."""

import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from flags.selection import TrainingRows
from flags.title_recall import TitleRecall


class TitleRecallTest(tf.test.TestCase, parameterized.TestCase):
    def test_what_belongs_together_passes(self):
        TitleRecall(pseudo_share=0.0)
        TitleRecall(pseudo_words=5, removed_share=0.0).check_model(Model())
        TitleRecall(query_tokens=8).check_model(Model(title_encoder="minilm"))

    @parameterized.parameters(
        ({"pseudo_share": 0.0, "pseudo_words": 5}, "--pseudo_words=5 has no effect on --pseudo_share=0: leave it out"),
        ({"pseudo_share": 0.0, "removed_share": 0.5}, "--removed_share=0.5 has no effect on --pseudo_share=0"),
        ({"relevant_rating": 4}, "--relevant_rating=4 is above 3"),
        ({"pseudo_share": 1.5}, "--pseudo_share=1.5 is above 1.0"),
    )
    def test_what_has_no_effect_or_is_out_of_range_is_refused(self, flags, message):
        with self.assertRaisesRegex(ValueError, message):
            TitleRecall(**flags)

    def test_words_have_no_number_of_tokens(self):
        with self.assertRaisesRegex(ValueError, "--query_tokens=8 has no effect on --title_encoder=tfidf, which reads"):
            TitleRecall(query_tokens=8).check_model(Model(title_encoder="tfidf"))

    def test_recipes_of_titles_pass_and_what_they_do_not_read_is_refused(self):
        fine = (Model(title_encoder="minilm"), Optimization(), Distribution(), Run(), TrainingRows(), "none")
        TitleRecall().check_together(*fine)
        for place, wrong, message in (
            (0, Model(margin=0.3), "--margin=0.3 has no effect on --judgements: leave it out"),
            (0, Model(modality="image"), "--modality=image with --judgements, which reads titles alone"),
            (0, Model(dropout=0.5), "--dropout=0.5 has no effect on --judgements without --embedding_dim"),
            (1, Optimization(augment="flip"), "--augment=flip has no effect on --judgements"),
            (1, Optimization(batch_size=40), "--batch_size=40 is no whole number of groups of --in_batch=32 rows"),
            (2, Distribution(data_service="grpc://a:1"), "--data_service=grpc://a:1 has no effect on --judgements"),
            (3, Run(initial_run="runs/a"), "--initial_run=runs/a has no effect on --judgements"),
            (3, Run(best_by="gap"), "--best_by=gap has no effect on --judgements"),
            (4, TrainingRows(class_cap=3), "--class_cap=3 has no effect on --judgements"),
            (5, "two_tower", "--matcher=two_tower reads pairs with regions, and --judgements marks titles: leave one"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                TitleRecall().check_together(*fine[:place], wrong, *fine[place + 1 :])

    def test_without_judgements_its_flags_are_refused_and_shared_ones_are_those_of_a_matcher(self):
        TitleRecall().check_idle("none")
        TitleRecall(query_tokens=8, in_batch=4).check_idle("two_tower")
        with self.assertRaisesRegex(ValueError, "--in_batch=4 has no effect without --matcher or --judgements=<table>"):
            TitleRecall(in_batch=4).check_idle("none")
        with self.assertRaisesRegex(ValueError, "--relevant_rating=1 has no effect without --judgements=<table>: leav"):
            TitleRecall(relevant_rating=1).check_idle("two_tower")


if __name__ == "__main__":
    tf.test.main()
