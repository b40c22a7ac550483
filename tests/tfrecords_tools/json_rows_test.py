"""Rows come out of a JSON file whatever the size of the pieces it is read in."""

import json
import os
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from tfrecords_tools import json_rows


class JsonRowsTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, content, columns=("name",)):
        path = os.path.join(self.get_temp_dir(), "rows.json")
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return list(json_rows.read(path, "images", columns))

    @parameterized.parameters(40, 41, 47, 64, 1000)
    def test_the_size_of_a_piece_changes_nothing(self, block):
        names = ['a"b', "c}d,", "é🔥", "[x]"] * 5
        for text in (
            json.dumps({"images": [{"name": name, "n": [1]} for name in names]}, ensure_ascii=False),
            json.dumps({"images": [{"name": name} for name in names], "info": {}}, indent=2),
        ):
            with mock.patch.object(json_rows, "BLOCK", block):
                self.assertEqual(self.read(text), [(name,) for name in names])

    def test_an_empty_list_has_no_rows(self):
        self.assertEqual(self.read('{"images": []}'), [])

    def test_a_later_row_that_lacks_a_column_has_nothing_there(self):
        rows = self.read('{"images": [{"a": "1", "b": "2"}, {"a": "3"}, {"a": 4, "b": "5"}, null]}', ("a", "b"))
        self.assertEqual(rows, [("1", "2"), ("3", ""), ("", "5"), ("", "")])

    def test_a_broken_character_spoils_its_row_alone(self):
        first, second = self.read(b'{"images": [{"name": "\xff"}, {"name": "b"}]}')
        self.assertEqual((first, second), (("\ufffd",), ("b",)))

    @parameterized.parameters(
        ('{"images": [{"file": "x"}]}', r'The first row of .*rows.json is {"file": "x"}; expected {"name": "..."}'),
        ('{"annotations": []}', r'begins with .*annotations.*; expected {"images": \[...\]}'),
        ("", "begins with ''; expected"),
        ('{"images": [{"name": "a"}, {"name": "b', "cut short at row 2 of 'images', .*Download it again"),
        ('{"images": [{"name": "a"}', "cut short at row 2"),
        ('{"images": [{"name": "a"}, oops]}', "damaged or cut short at row 2 of 'images', 'oops]}'"),
    )
    def test_what_is_no_such_list_is_named(self, text, message):
        with self.assertRaisesRegex(ValueError, message):
            self.read(text)


if __name__ == "__main__":
    tf.test.main()
