"""The catalogue that benchmarks/class_bookkeeping.py makes, and that its figures are of something."""

import numpy as np
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver

from benchmarks import class_bookkeeping


class ClassBookkeepingTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        flags.FLAGS(["test"], known_only=True)

    def test_classes_are_long_tailed_and_fill_the_rows(self):
        sizes = class_bookkeeping.class_sizes(50_030, 2_500_000)
        self.assertEqual((len(sizes), sizes.sum(), sizes.max()), (50_030, 2_500_000, 8000))
        self.assertAllInRange(sizes, 5, 8000)
        self.assertLess(np.median(sizes), 50)

    def test_every_part_takes_time(self):
        label = class_bookkeeping.labels(50, 4000)
        with flagsaver.flagsaver((class_bookkeeping.TIMED, 2), (class_bookkeeping.VALIDATION, 512)):
            found = class_bookkeeping.bookkeeping(label, 50)
        self.assertCountEqual(found, ["selection", "shuffling", "balancing", "metrics"])
        self.assertGreater(min(found.values()), 0)

    def test_reading_is_timed_on_real_records(self):
        self.assertGreater(class_bookkeeping.reading(self.get_temp_dir(), 10_000, 512), 0)

    def test_memory_is_told_apart_from_what_is_kept(self):
        found = class_bookkeeping.held(20_000, 100)
        self.assertEqual(found["kept"], 20_000 * 8 + -(-20_000 // 256) * 256 * 13)


if __name__ == "__main__":
    tf.test.main()
