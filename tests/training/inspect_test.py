"""The sheet of before and after that --augment gives, and the command around it."""

import os

import numpy as np
import tensorflow as tf
from PIL import Image

from flags.data import Inspection, Records
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from tests import tiny_catalogue
from training import augmentation_sheet, inspect


def sheet(text, seed=0):
    return np.asarray(augmentation_sheet.draw(tiny_catalogue.records(), text, size=24, rows=4, seed=seed))


class AugmentationSheetTest(tf.test.TestCase):
    def test_without_change_every_draw_is_the_picture_before(self):
        drawn = sheet("affine")
        before = drawn[18:42, 6:30]
        self.assertGreater(before.std(), 0)
        for column in range(1, 7):
            left = 12 + column * 30
            self.assertAllClose(drawn[18:42, left : left + 24].astype(int), before.astype(int), atol=1)

    def test_draws_differ_and_the_seed_decides_them(self):
        self.assertAllEqual(sheet("color"), sheet("color"))
        self.assertNotAllEqual(sheet("color"), sheet("color", seed=1))
        drawn = sheet("crop(0.3),mixup(1.0),words(0.5)")
        self.assertNotAllEqual(drawn[18:42, 42:66], drawn[18:42, 72:96])

    def test_inspect_writes_it_beside_the_records(self):
        path = os.path.join(self.get_temp_dir(), "sheet.png")
        records = Records(records=tiny_catalogue.records())
        inspect.main(records, Inspection(sheet=path), Model(image_size=24), Optimization(augment="flip"), Run())
        with Image.open(path) as image:
            self.assertGreater(image.width, 7 * 24)
        inspect.main(records, Inspection(sheet=path, pictures=2), Model(), Optimization(), Run())
        with Image.open(path) as image:
            self.assertGreater(image.width, 176)
