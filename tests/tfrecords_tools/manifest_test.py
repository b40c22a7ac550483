"""The manifest: selecting folds, and what is said where it is missing or foreign."""

import json
import os
import tempfile

import tensorflow as tf

from tfrecords_tools.manifest import FILE, Manifest, Shard


def manifest():
    shards = [Shard("a", 0, 3, 10, ""), Shard("b", 1, 2, 10, ""), Shard("c", 2, 4, 10, ""), Shard("d", 2, 1, 10, "")]
    histogram = {"0": {"4": 3}, "1": {"1": 2}, "2": {"10": 1, "2": 4}}
    return Manifest("f", 32, "none", 90, 10, 0, 3, 11, [str(i) for i in range(11)], [], [], shards, histogram)


def write(folder, text):
    with open(os.path.join(folder, FILE), "w") as file:
        file.write(text)


class ManifestTest(tf.test.TestCase):
    def test_folds_are_chosen_by_shard(self):
        self.assertEqual([shard.file for shard in manifest().shards_of([2, 0])], ["a", "c", "d"])
        self.assertLen(manifest().shards_of(fold for fold in (0, 1, 2)), 4)
        self.assertEqual((manifest().count([2]), manifest().count([7]), manifest().count()), (5, 0, 10))

    def test_labels_are_numbers_in_rising_order(self):
        self.assertEqual(manifest().labels_of([0, 2, 9]), [2, 4, 10])
        self.assertEqual(manifest().labels_of(), [1, 2, 4, 10])

    def test_it_is_read_as_it_was_written(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        manifest().write(folder)
        self.assertEqual(Manifest.read(folder), manifest())
        self.assertEqual(os.listdir(folder), [FILE])

    def test_a_folder_without_one_is_told_how_to_get_it(self):
        with self.assertRaisesRegex(
            FileNotFoundError, "nowhere has no manifest.json: .* python -m tfrecords_tools.convert"
        ):
            Manifest.read("nowhere")
        with self.assertRaisesRegex(FileNotFoundError, "The empty --records has no manifest.json"):
            Manifest.read("")

    def test_one_of_another_version_or_no_manifest_at_all_is_refused(self):
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        write(folder, json.dumps({"schema_version": 9}))
        with self.assertRaisesRegex(ValueError, "manifest.json has schema version 9, this program reads 2"):
            Manifest.read(folder)
        write(folder, "{")
        with self.assertRaisesRegex(ValueError, "manifest.json is not a manifest .*delete it and convert again"):
            Manifest.read(folder)
        write(folder, json.dumps({"schema_version": 2, "shards": []}))
        with self.assertRaisesRegex(ValueError, "is not a manifest .*missing"):
            Manifest.read(folder)


if __name__ == "__main__":
    tf.test.main()
