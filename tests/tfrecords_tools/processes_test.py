"""Work comes back from other processes in order, a little at a time, and a dead worker is said."""

import os

import tensorflow as tf

from tfrecords_tools import processes


class InOrderTest(tf.test.TestCase):
    def test_results_keep_the_order_of_the_tasks_with_any_number_of_workers(self):
        for workers in (1, 2):
            self.assertEqual(list(processes.in_order(hex, range(30), workers)), [hex(i) for i in range(30)])

    def test_tasks_are_taken_only_as_places_come_free(self):
        taken = []
        results = processes.in_order(hex, (taken.append(i) or i for i in range(30)), workers=2, window=3)
        self.assertEqual(next(results), "0x0")
        self.assertEqual(taken, list(range(6)))

    def test_what_the_work_raises_passes_through(self):
        with self.assertRaisesRegex(ValueError, "invalid literal for int"):
            list(processes.in_order(int, ["1", "x"], workers=2))

    def test_a_worker_that_dies_is_said_with_what_to_do(self):
        with self.assertRaisesRegex(ChildProcessError, "One of 2 worker processes died.*with fewer --workers"):
            list(processes.in_order(os._exit, [1], workers=2))


if __name__ == "__main__":
    tf.test.main()
