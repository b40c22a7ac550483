"""The perceptual hash against values of the public implementation and on real catalogues."""

import os
import pathlib

import numpy as np
import pandas as pd
import tensorflow as tf
from absl.testing import parameterized
from PIL import Image

from tfrecords_tools import images, phash


class PhashTest(tf.test.TestCase, parameterized.TestCase):
    def test_bits_are_the_signs_of_low_frequencies_about_their_median(self):
        grey = np.random.default_rng(0).integers(0, 256, (32, 32)).astype("uint8")
        position = np.arange(32)
        basis = np.cos(np.pi * (2 * position[None] + 1) * position[:8, None] / 64)
        low = basis @ grey @ basis.T
        bits = "".join("1" if value > np.median(low) else "0" for value in low.flatten())
        self.assertEqual(phash.phash(Image.fromarray(grey)).hex(), f"{int(bits, 2):016x}")

    def test_a_scaled_and_recompressed_picture_keeps_its_hash_nearly(self):
        noise = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).astype("uint8")
        image = Image.fromarray(noise).resize((400, 400), Image.Resampling.BICUBIC)
        first, second = (int.from_bytes(phash.phash(i)) for i in (image, images.fit(image, 100, "letterbox")))
        self.assertLessEqual((first ^ second).bit_count(), 2)

    @parameterized.parameters("xyz", "94974f93", "94974f937d4c24330")
    def test_what_is_no_hash_is_refused(self, digits):
        with self.assertRaisesRegex(ValueError, f"'{digits}' is not 16 hex digits"):
            phash.parse(digits)

    def test_hex_digits_become_eight_bytes_and_none_stays_none(self):
        self.assertEqual((phash.parse("94974f937d4c2433").hex(), phash.parse("")), ("94974f937d4c2433", b""))

    @parameterized.parameters("magento_luma", "zigbee_devices")
    def test_the_hashes_of_a_real_catalogue_are_found_again(self, name):
        folder = pathlib.Path(os.environ.get("SHELFLENS_DATA", "../shared/data")) / name
        if not folder.exists():
            self.skipTest(f"no real data in {folder}; SHELFLENS_DATA names their place")
        table = pd.read_csv(folder / "postings.csv", dtype=str, keep_default_na=False)
        for row in table[table["image"] != ""].iloc[::40].itertuples():
            image = images.decode((folder / row.image).read_bytes())
            self.assertEqual(phash.phash(image).hex(), row.image_phash, row.image)


if __name__ == "__main__":
    tf.test.main()
