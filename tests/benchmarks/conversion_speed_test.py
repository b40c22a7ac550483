"""The loops that conversion is compared to do the same work, and the figures come as the benchmarks print them."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from PIL import Image

from benchmarks import conversion_speed
from flags.data import Records
from tfrecords_tools import worker


class ConversionSpeedTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.paths = [os.path.join(self.folder, f"{i}.jpg") for i in range(3)]
        for i, path in enumerate(self.paths):
            noise = np.random.default_rng(i).integers(0, 256, (6, 8, 3)).astype("uint8")
            Image.fromarray(noise).resize((640, 480 + 40 * i)).save(path)

    def test_the_bare_loop_shrinks_to_the_very_bytes_that_conversion_stores(self):
        records = Records(stored_size=conversion_speed.STORED_SIZE)
        for path in self.paths:
            jpeg = worker.prepare(path, records).jpeg
            self.assertEqual(conversion_speed._shrink_one(path), len(jpeg))

    def test_verification_is_compared_to_decoding_the_same_records(self):
        figure = conversion_speed._verifying(self.folder, self.paths * 8)
        self.assertEqual(list(figure), ["name", "value", "unit", "reference", "ratio"])
        self.assertEqual((figure["name"], figure["unit"]), ("verify/vs_decode", "pictures/s"))
        self.assertGreater(min(figure["value"], figure["reference"], figure["ratio"]), 0)

    def test_peak_memory_is_that_of_the_command_and_its_workers(self):
        self.assertGreater(conversion_speed._peak_megabytes(os.path.join(self.folder, "rows"), 40), 200)


if __name__ == "__main__":
    tf.test.main()
