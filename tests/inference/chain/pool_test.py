"""A gallery searched in itself: spaces are added, pairs dropped, and no score is lost."""

import numpy as np
import tensorflow as tf

from inference.chain import pool
from tests.inference import planted

TABLE = planted.products(groups=20)
LABELS = TABLE["label"].to_numpy()
A, B = planted.space(LABELS, 0.4), planted.space(LABELS, 0.4, seed=1)


class PoolTest(tf.test.TestCase):
    def gathered(self, spaces, k=5):
        return pool.gather(TABLE, spaces, np.arange(len(TABLE)), k)

    def test_a_space_added_later_gives_what_both_at_once_give(self):
        later = pool.with_space(self.gathered({"a": A}), "b", B, 5)
        at_once = self.gathered({"a": A, "b": B})
        self.assertAllEqual(later.candidates.indices, at_once.candidates.indices)
        for space in "ab":
            self.assertAllClose(later.candidates.scores[space], at_once.candidates.scores[space], atol=1e-6)

    def test_scores_without_vectors_are_carried_to_their_pairs(self):
        small = self.gathered({"a": A})
        scored = small.with_scores("made", np.where(small.candidates.indices >= 0, 0.25, -np.inf).astype(np.float32))
        wider = pool.with_space(scored, "b", B, 5)
        carried = np.isfinite(wider.candidates.scores["made"])
        self.assertEqual(carried.sum(), np.isfinite(scored.candidates.scores["made"]).sum())
        for row, columns in enumerate(wider.candidates.indices):
            self.assertEqual({*columns[carried[row]]}, {*small.candidates.indices[row]} - {-1})

    def test_barred_pairs_match_nowhere_and_an_item_keeps_itself(self):
        whole = self.gathered({"a": A, "b": B})
        left = whole.without(np.ones(whole.candidates.indices.shape, bool))
        row, _ = left.pairs()
        self.assertEmpty(row)
        self.assertAllEqual(left.candidates.indices[:, 0], np.arange(len(TABLE)))

    def test_of_one_item_has_no_pair(self):
        alone = pool.gather(TABLE, {"a": A}, np.array([7]), 5)
        self.assertEqual((len(alone), len(alone.pairs()[0])), (1, 0))


if __name__ == "__main__":
    tf.test.main()
