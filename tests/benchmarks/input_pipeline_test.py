"""The programs that benchmarks/input_pipeline.py compares read the same pictures, and print figures."""

import contextlib
import io
import json
import os

import numpy as np
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from benchmarks import figures, input_pipeline
from tfrecords_tools import verification
from tfrecords_tools.manifest import Manifest


class InputPipelineTest(tf.test.TestCase):
    def records(self, count=140):
        folder = os.path.join(self.get_temp_dir(), self.id())
        os.makedirs(folder, exist_ok=True)
        photos = [os.path.join(folder, f"{i}.jpg") for i in range(3)]
        for i, path in enumerate(photos):
            noise = np.random.default_rng(i).integers(0, 256, (8, 8, 3)).astype("uint8")
            Image.fromarray(noise).resize((256, 256)).save(path)
        return input_pipeline.write_records(os.path.join(folder, "records"), photos, 256, count)

    def test_records_are_sound(self):
        folder = self.records()
        manifest = Manifest.read(folder)
        self.assertEmpty(list(verification.faults(folder, manifest, verification.examine(folder, manifest, True))))

    def test_every_program_gives_whole_batches(self):
        folder = self.records()
        self.assertLen(list(input_pipeline.decoding_only(folder)), 140)
        self.assertLen(list(input_pipeline.decoding_only(folder, handed_over=False)), 3)
        self.assertLen(list(input_pipeline.evaluation(folder)), 3)
        for augment, where in ((input_pipeline.FULL, "device"), (input_pipeline.HOST, "host")):
            batch = next(iter(input_pipeline.training(folder, augment, where).epoch(0)))
            self.assertEqual(batch["inputs"]["image"].shape, (64, 224, 224, 3))
        self.assertEqual(next(iter(input_pipeline.keras_layers(folder))).shape, (64, 224, 224, 3))

    def test_a_large_set_is_measured_by_cost_memory_and_seeking(self):
        found = input_pipeline.measure(self.records(), images=200)
        self.assertCountEqual(found, ["seconds_each", "megabytes", "seek_seconds"])
        self.assertGreater(min(found.values()), 0)


class FiguresTest(tf.test.TestCase):
    def test_a_figure_is_a_row_or_one_json_object(self):
        flags.FLAGS(["test"], known_only=True)
        figure = figures.figure("input/some", 3.0, "images/s", 2.0)
        for as_json, text in ((True, json.dumps(figure)), (False, "| input/some | 3 images/s | 2 | 1.500 |")):
            out = io.StringIO()
            with flagsaver.flagsaver((figures.JSON, as_json)), contextlib.redirect_stdout(out):
                figures.show([figure])
            self.assertEqual(out.getvalue().strip(), text)
