"""Lines come whole, whatever the size of the blocks that they are read in."""

import os
import tempfile
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from tfrecords_tools import text_lines


class ReadLinesTest(tf.test.TestCase, parameterized.TestCase):
    def write(self, content):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "lines.txt")
        with open(path, "wb") as file:
            file.write(content)
        return path

    @parameterized.parameters(1, 2, 3, 7, 100)
    def test_blocks_of_any_size_give_the_same_lines_and_offsets(self, block):
        path = self.write(b"one\n\nthree\nlast")
        with mock.patch.object(text_lines, "BLOCK", block), mock.patch.object(text_lines, "LITTLE", 1):
            lines = list(text_lines.read_lines(path))
            middle = list(text_lines.read_lines(path, 4, 11))
            within = list(text_lines.read_lines(path, 4, 6))
        self.assertEqual(lines, [(0, b"one"), (4, b""), (5, b"three"), (11, b"last")])
        self.assertEqual(middle, [(4, b""), (5, b"three")])
        self.assertEqual(within, middle)

    def test_line_ends_of_windows_are_left_out_and_offsets_stay_right(self):
        self.assertEqual(list(text_lines.read_lines(self.write(b"a\r\nb\r\n"))), [(0, b"a"), (3, b"b")])

    def test_an_empty_file_has_no_line(self):
        self.assertEqual(list(text_lines.read_lines(self.write(b""))), [])

    def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(self):
        path = self.write(b"short\n" + b"x" * 100)
        with mock.patch.object(text_lines, "BLOCK", 8), mock.patch.object(text_lines, "LONGEST", 20):
            with self.assertRaisesRegex(
                ValueError, "lines.txt has a line of more than 20 bytes at byte 6: is it a text"
            ):
                list(text_lines.read_lines(path))


if __name__ == "__main__":
    tf.test.main()
