"""What inspect prints and draws."""

import io
import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow as tf
from PIL import Image

from flags import data
from tests.tfrecords_tools import catalogue
from tfrecords_tools import contact_sheet, conversion, inspect, reader, summary


class InspectTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        source = catalogue.draw(folder)
        with open(source.input, "a") as file:
            file.write("p24,,Without picture,label0\np25,pictures/1.png,,label0\np26,pictures/2.png,Alone,\n")
        self.folder = os.path.join(folder, "records")
        self.manifest = conversion.convert(source, catalogue.records(self.folder))

    def test_the_table_counts_folds_labels_and_missing_sides(self):
        lines = [line.split() for line in summary.table(self.manifest).splitlines()]
        columns = {line[1]: line[2:] for line in lines if line[0].lstrip("-").isdigit() and line[1] != "records"}
        self.assertEqual(list(columns), ["unlabelled", "validation", "test", "train"])
        self.assertEqual([int(columns[role][2]) for role in columns], [1, 10, 8, 8])
        [total] = [line[1:] for line in lines if line[0] == "all"]
        self.assertEqual([total[0], *total[2:]], ["4", "27", "12", "1", "1"])

    def test_the_table_names_the_largest_groups(self):
        text = summary.table(self.manifest)
        self.assertIn("Label groups hold 2 to 4 records, 2 in the median; 0 hold one only", text)
        self.assertIn("Largest groups: label0 (4), label1 (2)", text)

    def test_the_sheet_shows_groups_together_from_every_fold_the_same_each_time(self):
        rows = contact_sheet.choose(self.folder, 12)
        self.assertEqual({int(row["fold"]) for row in rows}, {-1, 0, 1, 2})
        labels = [int(row["label"]) for row in rows]
        runs = [label for i, label in enumerate(labels) if i == 0 or labels[i - 1] != label]
        self.assertEqual(len(runs), len(set(labels)))
        again = contact_sheet.choose(self.folder, 12)
        self.assertEqual([row["title"] for row in again], [row["title"] for row in rows])

    def test_a_tile_shows_the_picture_of_its_record(self):
        row = next(row for row in reader.read_records(self.folder) if row["image"])
        sheet = np.asarray(contact_sheet.draw([row]), int)
        picture = Image.open(io.BytesIO(row["image"]))
        margin, tile = contact_sheet.MARGIN, contact_sheet.TILE
        left = margin + (tile - picture.width) // 2
        top = margin + (tile - picture.height) // 2
        shown = sheet[top : top + picture.height, left : left + picture.width]
        self.assertAllEqual(shown, np.asarray(picture))
        self.assertLess(sheet[margin + tile :].min(), 100)

    def test_the_command_writes_the_sheet_and_says_where(self):
        with mock.patch("builtins.print") as said:
            inspect.main(data.Records(records=self.folder), data.Inspection(pictures=30))
        path = os.path.join(self.folder, "contact_sheet.png")
        self.assertIn(f"Contact sheet: {path}", [call.args[0] for call in said.call_args_list])
        with Image.open(path) as sheet:
            self.assertEqual(sheet.size, (8 * 184 + 8, 4 * 246 + 8))

    def test_no_sheet_is_drawn_where_none_is_wanted(self):
        inspect.main(data.Records(records=self.folder), data.Inspection(pictures=0))
        self.assertNotIn("contact_sheet.png", os.listdir(self.folder))


if __name__ == "__main__":
    tf.test.main()
