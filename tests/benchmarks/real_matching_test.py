"""The benchmark on real products: its tasks read the data, and its figures are named."""

import os

import tensorflow as tf

from benchmarks import real_matching, real_tasks


def data_is_there() -> bool:
    try:
        return os.path.isdir(real_tasks.data_folder())
    except FileNotFoundError:
        return False


class RealTasksTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        if not data_is_there():
            self.skipTest("the data sets are not here: set SHELFLENS_DATA")

    def test_groups_never_cross_splits(self):
        for name, task in real_tasks.TASKS.items():
            rows = task.read()
            self.assertEqual(rows.groupby("label")["split"].nunique().max(), 1, name)
            self.assertTrue(rows["id"].is_unique, name)

    def test_zigbee_keeps_a_picture_only_where_it_is_another_photograph(self):
        rows = real_tasks.TASKS["zigbee_joint"].read()
        pictures = rows[rows["image"] != ""]
        self.assertLess(len(pictures), 0.6 * len(rows))
        self.assertTrue(pictures["image"].is_unique)

    def test_lay_out_writes_a_table_that_the_source_reads(self):
        source, _ = real_tasks.lay_out(real_tasks.TASKS["em_titles_abt_buy"], self.get_temp_dir())
        self.assertEqual(source.image_column, "")
        with open(source.input) as file:
            self.assertEqual(file.readline().strip(), "id,label,split,title")


class FiguresTest(tf.test.TestCase):
    def test_every_figure_is_one_object_beside_the_best_untrained_method(self):
        title = real_matching.beside_untrained("zigbee_titles", {"alone": 0.5, "tfidf": 0.6, "title": 0.66})[2]
        self.assertEqual(title["name"], "match/zigbee_titles/title/mean_f1")
        self.assertEqual((title["value"], title["reference"]), (0.66, 0.6))
        self.assertAllClose(title["ratio"], 1.1)

    def test_the_table_has_a_row_a_task_and_blanks_where_a_task_lacks_a_method(self):
        table = real_matching.table({"a": {"alone": 0.5}, "b": {"alone": 0.25, "title": 0.75}})
        self.assertEqual(table.splitlines()[2:], ["| a | 0.5000 |  |", "| b | 0.2500 | 0.7500 |"])

    def test_data_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere is not there: set SHELFLENS_DATA"):
            os.environ["SHELFLENS_DATA"], before = "/nowhere", os.environ.get("SHELFLENS_DATA")
            try:
                real_tasks.data_folder()
            finally:
                os.environ.pop("SHELFLENS_DATA")
                if before is not None:
                    os.environ["SHELFLENS_DATA"] = before
