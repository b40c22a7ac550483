"""Mutual pairs, lists of wanted sizes and groups of a wanted mean size, on planted graphs."""

import numpy as np
import scipy.sparse
import tensorflow as tf

from inference import graph
from inference.chain import grouping
from inference.search import Neighbours


def of_pairs(items, pairs):
    """A graph of directed pairs {(row, column): score}, every item with itself."""
    full = {**{(item, item): 1.0 for item in range(items)}, **pairs}
    row, column = np.array(list(full)).T
    return scipy.sparse.csr_matrix((list(full.values()), (row, column)), shape=(items, items))


def both_ways(pairs):
    return {**pairs, **{(column, row): score for (row, column), score in pairs.items()}}


def lists(found):
    return [sorted(row.tolist()) for row in graph.to_lists(found)]


class GroupingTest(tf.test.TestCase):
    def test_mutual_keeps_what_both_sides_match_with_its_own_score(self):
        found = grouping.mutual(of_pairs(3, {(0, 1): 0.9, (1, 0): 0.8, (1, 2): 0.7}))
        self.assertEqual(lists(found), [[0, 1], [0, 1], [2]])
        self.assertAllClose([found[0, 1], found[1, 0]], [0.9, 0.8])

    def test_mutual_keeps_a_pair_of_score_zero(self):
        self.assertEqual(lists(grouping.mutual(of_pairs(2, {(0, 1): 0.0, (1, 0): 0.0}))), [[0, 1], [0, 1]])

    def test_shares_of_sizes_counts_items_not_groups(self):
        self.assertAllClose(grouping.shares_of_sizes([0, 0, 0, 1, 1, 2]), [1.0, 5 / 6, 3 / 6])

    def test_chiselled_lists_have_the_wanted_sizes_and_the_best_scores(self):
        indices = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 0, -1]])
        scores = np.array([[1, 0.9, 0.3], [1, 0.9, 0.8], [1, 0.5, 0.4], [1, 0.6, -np.inf]], np.float32)
        found = grouping.chiselled(Neighbours(indices, scores), np.array([1.0, 0.75, 0.25]), 4)
        self.assertEqual(lists(found), [[0, 1], [0, 1, 2], [2], [0, 3]])

    def test_chiselled_never_keeps_a_third_without_a_second(self):
        indices, scores = np.array([[0, 1, 2]] * 3), np.array([[1, 0.1, 0.1], [1, 0.9, 0.0], [1, 0.8, 0.0]], np.float32)
        found = grouping.chiselled(Neighbours(indices, scores), np.array([1.0, 2 / 3, 1.0]), 3)
        self.assertAllEqual(np.diff(found.indptr), [1, 3, 3])

    def test_agglomerated_merges_the_nearest_first_until_the_mean_size(self):
        near = both_ways({(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.8, (3, 4): 0.7, (4, 5): 0.2})
        for mean_size, groups in ((1.0, 6), (1.2, 5), (1.5, 4), (2.0, 3), (3.0, 2)):
            self.assertLen(set(grouping.agglomerated(of_pairs(6, near), mean_size)), groups)
        group = grouping.agglomerated(of_pairs(6, near), 2.0)
        self.assertEqual([group[0] == group[2], group[3] == group[4], group[4] == group[5]], [True, True, False])

    def test_agglomerated_joins_nothing_that_no_match_joins(self):
        self.assertLen(set(grouping.agglomerated(of_pairs(4, both_ways({(0, 1): 0.9})), 4.0)), 3)

    def test_a_mean_size_below_one_is_refused(self):
        with self.assertRaisesRegex(ValueError, "mean_size=0.5: a group has at least 1 item"):
            grouping.agglomerated(of_pairs(2, {}), 0.5)

    def test_a_huge_piece_is_cut_where_it_is_weakest(self):
        items = grouping.LARGEST + 500
        chain = {(item, item + 1): 0.9 if item != items // 2 else 0.1 for item in range(items - 1)}
        group = grouping.agglomerated(of_pairs(items, both_ways(chain)), 2.0)
        self.assertNotEqual(group[items // 2], group[items // 2 + 1])
        self.assertLen(set(group), round(items / 2))

    def test_whole_groups_matches_everyone_with_everyone_of_the_group(self):
        found = grouping.whole_groups(np.array([0, 0, 1, 0]), of_pairs(4, {(0, 1): 0.9}))
        self.assertEqual(lists(found), [[0, 1, 3], [0, 1, 3], [2], [0, 1, 3]])
        self.assertAllClose([found[0, 1], found[0, 3], found[0, 0]], [0.9, 0.0, 1.0])


if __name__ == "__main__":
    tf.test.main()
