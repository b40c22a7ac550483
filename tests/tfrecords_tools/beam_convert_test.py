"""A Beam pipeline writes the very files that convert writes, and each goes on with what the other has begun."""

import importlib.util
import os
import sys
import tempfile
import unittest
from unittest import mock

import tensorflow as tf

from flags.data import Pipeline
from tests.tfrecords_tools import catalogue
from tfrecords_tools import beam_convert, beam_pipeline, conversion, rehearsal, shard_conversion

OPTIONS = "--runner=FnApiRunner --direct_num_workers=2 --direct_running_mode=multi_threading"
HAS_BEAM = importlib.util.find_spec("apache_beam") is not None


class BeamCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.source = catalogue.draw(os.path.join(self.folder, "catalogue"))
        self.enter_context(mock.patch.object(rehearsal, "records_per_shard", return_value=4))
        self.said = self.enter_context(mock.patch("builtins.print"))
        self.enter_context(mock.patch("sys.stderr"))

    def records(self, name, **options):
        return catalogue.records(os.path.join(self.folder, name), **options)

    def beam_convert(self, name, **options):
        beam_convert.main(self.source, self.records(name, **options), Pipeline(OPTIONS))

    def contents(self, name):
        return catalogue.contents(os.path.join(self.folder, name))


@unittest.skipUnless(HAS_BEAM, "apache-beam is not installed: pip install '.[beam]' in an environment of its own")
class BeamConvertTest(BeamCase):
    def test_all_files_are_those_of_convert(self):
        os.remove(os.path.join(self.folder, "catalogue/pictures/5.png"))
        self.beam_convert("beam", max_rejects=0.1)
        conversion.convert(self.source, self.records("plain", max_rejects=0.1))
        self.assertLen(self.contents("beam"), 21)  # six shards with index and entry, conversion, rejects, manifest
        self.assertEqual(self.contents("beam"), self.contents("plain"))
        self.assertIn("holds 23 records of 12 labels in 6 shards; 1 rows rejected", self.said.call_args_list[0].args[0])

    def test_it_goes_on_with_a_conversion_and_writes_only_what_is_missing(self):
        conversion.convert(self.source, self.records("plain"))
        before = self.contents("plain")
        os.remove(os.path.join(self.folder, "plain/products-00002-of-00006.tfrecord"))
        with mock.patch.object(shard_conversion, "write", wraps=shard_conversion.write) as write:
            self.beam_convert("plain")
        self.assertLessEqual(write.call_count, 1)  # none is seen where the runner works in another process
        self.assertEqual(self.contents("plain"), before)


class WithoutBeamTest(BeamCase):
    def test_a_missing_extra_is_said_with_the_command_that_installs_it(self):
        with mock.patch.dict(sys.modules, {"apache_beam": None}):
            with self.assertRaisesRegex(ModuleNotFoundError, r"Beam is not installed: pip install 'shelflens\[beam\]'"):
                self.beam_convert("beam")
        self.assertNotIn("beam", os.listdir(self.folder))

    def test_shards_that_the_workers_wrote_elsewhere_are_noticed(self):
        with self.assertRaisesRegex(OSError, "products-00000-of-00001.tfrecord is not in .* workers must write to"):
            beam_pipeline._entry(self.folder, "products-00000-of-00001.tfrecord")


if __name__ == "__main__":
    tf.test.main()
