"""Flags of title retrieval: what has no effect is refused."""

import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
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


if __name__ == "__main__":
    tf.test.main()
