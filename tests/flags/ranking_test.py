"""Flags of ranking that have no effect beside others."""

import tensorflow as tf
from absl.testing import parameterized

from flags.ranking import Ranking, ScoreEnsemble, Scores


class RankingFlagsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (Scores, {"scores": "a,b/,a"}, "--scores=a,b/,a names a folder twice"),
        (Ranking, {"pool_rule": "argmax"}, "--pool_rule=argmax is not one of none, .* Did you mean argmax_query"),
        (Ranking, {"gap": 0.5}, "--gap=0.5 has no effect on --pool_rule=none: leave it out, or"),
        (Ranking, {"gap": 0.5, "pool_rule": "argmax_query"}, "--gap=0.5 has no effect on --pool_rule=argmax_query"),
        (
            Ranking,
            {"submission_queries": "q.csv"},
            "--submission_queries=q.csv has no effect without --submission_file",
        ),
        (Ranking, {"top": 0}, "--top=0 is below 1"),
        (
            ScoreEnsemble,
            {"score_weights": "equal", "weights_from": "r"},
            "--score_weights=equal has no .*_from=r, which",
        ),
    )
    def test_what_has_no_effect_is_refused(self, concern, values, message):
        with self.assertRaisesRegex(ValueError, message):
            concern(**values)

    def test_folders_are_named_without_a_slash_at_their_end(self):
        self.assertEqual(Scores(scores="a/, b").folders(), ["a", "b"])


if __name__ == "__main__":
    tf.test.main()
