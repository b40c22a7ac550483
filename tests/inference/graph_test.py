"""Match graphs on planted neighbour lists."""

import numpy as np
import tensorflow as tf

from inference import graph
from inference.search import Neighbours

# Query 0 has two good neighbours, query 1 one doubtful, query 2 is isolated.
NEIGHBOURS = Neighbours(
    np.array([[0, 3, 1], [1, 0, 2], [2, -1, -1]], np.int32),
    np.array([[1, 0.9, 0.8], [1, 0.5, 0.4], [1, -np.inf, -np.inf]], np.float32),
)


def lists(matches):
    return [found.tolist() for found in graph.to_lists(matches, [0, 1, 2])]


class GraphTest(tf.test.TestCase):
    def test_threshold_keeps_good_neighbours_and_always_the_query(self):
        self.assertEqual(lists(graph.threshold(NEIGHBOURS, 0.81, 4)), [[0, 3], [1], [2]])
        self.assertEqual(lists(graph.threshold(NEIGHBOURS, 0.79, 4)), [[0, 3, 1], [1], [2]])
        self.assertEqual(lists(graph.threshold(NEIGHBOURS, 2.0, 4)), [[0], [1], [2]])

    def test_an_isolated_item_matches_itself_at_any_threshold(self):
        self.assertEqual(lists(graph.threshold(NEIGHBOURS, -1.0, 4))[2], [2])

    def test_min2_adds_the_nearest_alone_and_drops_nothing(self):
        kept = graph.union(graph.threshold(NEIGHBOURS, 0.85, 4), graph.min2(NEIGHBOURS, 0.5, 4))
        self.assertEqual(lists(kept), [[0, 3], [1, 0], [2]])
        kept = graph.union(graph.threshold(NEIGHBOURS, 0.3, 4), graph.min2(NEIGHBOURS, 0.3, 4))
        self.assertEqual(lists(kept), [[0, 3, 1], [1, 0, 2], [2]])

    def test_min2_leaves_a_nearest_neighbour_beyond_the_second_threshold(self):
        self.assertEqual(lists(graph.min2(NEIGHBOURS, 0.51, 4)), [[0, 3], [1], [2]])

    def test_union_keeps_the_higher_score_of_a_pair(self):
        other = Neighbours(np.array([[0, 1], [1, 3], [2, 0]]), np.array([[1, 0.95], [1, 0.7], [1, 0.1]], np.float32))
        both = graph.union(graph.threshold(NEIGHBOURS, 0.45, 4), graph.threshold(other, 0.0, 4))
        self.assertEqual(lists(both), [[0, 1, 3], [1, 3, 0], [2, 0]])
        self.assertAllClose(both[0, 1], 0.95)

    def test_a_matched_pair_of_score_zero_or_below_is_kept(self):
        list_of_zero = Neighbours(np.array([[0, 1, 2]]), np.array([[1, 0.0, -0.2]], np.float32))
        found = graph.union(graph.threshold(list_of_zero, -0.5, 3), graph.threshold(list_of_zero, 0.5, 3))
        self.assertEqual(graph.to_lists(found, [0])[0].tolist(), [0, 1, 2])

    def test_cap_keeps_the_best_and_the_query(self):
        crowd = Neighbours(
            np.arange(60)[None, ::-1].copy(), np.concatenate([[1.0], np.linspace(1, 0.5, 59)])[None].astype(np.float32)
        )
        capped = graph.cap(graph.threshold(crowd, 0.0, 60), 50, [59])
        self.assertEqual(graph.to_lists(capped, [59])[0].tolist(), list(range(59, 9, -1)))

    def test_cap_keeps_the_query_among_a_crowd_of_equals(self):
        crowd = Neighbours(np.array([[59, *range(59)]]), np.ones((1, 60), np.float32))
        found = graph.to_lists(graph.cap(graph.threshold(crowd, 0.5, 60), 50, [59]), [59])[0]
        self.assertEqual(found.tolist(), [59, *range(49)])

    def test_no_query_gives_no_list(self):
        empty = Neighbours(np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32))
        self.assertEqual(graph.threshold(empty, 0.5, 4).shape, (0, 4))


if __name__ == "__main__":
    tf.test.main()
