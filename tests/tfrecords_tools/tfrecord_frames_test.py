"""Frames are TensorFlow's own, and damage costs no more than the record that it hit."""

import os
import tempfile

import numpy as np
import tensorflow as tf

from tfrecords_tools import tfrecord_frames

RECORDS = [bytes([65 + i]) * (200 + i) for i in range(6)]
OFFSETS = np.cumsum([0] + [len(record) + tfrecord_frames.OVERHEAD for record in RECORDS]).tolist()
FILE = b"".join(part for record in RECORDS for part in tfrecord_frames.pack(record))


def flipped(*positions):
    content = bytearray(FILE)
    for position in positions:
        content[position] ^= 4
    return bytes(content)


class WalkTest(tf.test.TestCase):
    def walk(self, content):
        """Returns the frames, having checked that they cover the file without a gap."""
        frames = list(tfrecord_frames.walk(content))
        self.assertEqual(sum(frame.size for frame in frames), len(content))
        for before, frame in zip(frames, frames[1:], strict=False):
            self.assertEqual(before.offset + before.size, frame.offset)
        return frames

    def readable(self, content):
        return [frame.record for frame in self.walk(content) if frame.is_readable]

    def test_frames_are_the_bytes_that_tensorflow_writes(self):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), "a.tfrecord")
        with tf.io.TFRecordWriter(path) as writer:
            for record in [*RECORDS, b""]:
                writer.write(record)
        with open(path, "rb") as file:
            content = file.read()
        self.assertEqual(content, FILE + b"".join(tfrecord_frames.pack(b"")))
        self.assertEqual(self.readable(content), [*RECORDS, b""])
        self.assertEqual(list(tfrecord_frames.walk(b"")), [])

    def test_a_flipped_data_byte_costs_its_record_alone(self):
        frames = self.walk(flipped(OFFSETS[2] + 50))
        self.assertEqual([frame.record for frame in frames if frame.is_readable], RECORDS[:2] + RECORDS[3:])
        self.assertEqual(frames[2].offset, OFFSETS[2])
        self.assertEqual(frames[2].damage, "its checksum is wrong: some byte of it has changed")

    def test_a_flipped_checksum_costs_its_record_alone(self):
        self.assertEqual(self.readable(flipped(OFFSETS[3] - 1)), RECORDS[:2] + RECORDS[3:])

    def test_a_flipped_length_costs_nothing(self):
        for byte in range(tfrecord_frames.HEADER.size):
            for number in (0, 2, 5):
                frames = self.walk(flipped(OFFSETS[number] + byte))
                self.assertEqual([frame.record for frame in frames if frame.is_readable], RECORDS)
                self.assertIn("its length is wrong, but the record itself can be read", frames[number].damage)

    def test_a_flipped_length_and_data_byte_cost_one_record_and_say_where_reading_goes_on(self):
        frames = self.walk(flipped(OFFSETS[2] + 3, OFFSETS[2] + 50))
        self.assertEqual([frame.record for frame in frames if frame.is_readable], RECORDS[:2] + RECORDS[3:])
        self.assertIn(f"what can be read again begins at byte {OFFSETS[3]}", frames[2].damage)

    def test_a_file_cut_off_loses_its_last_record(self):
        for cut in (1, 13, tfrecord_frames.OVERHEAD + 204):
            frames = self.walk(FILE[:-cut])
            self.assertEqual([frame.record for frame in frames if frame.is_readable], RECORDS[:-1])
            self.assertEqual(frames[-1].offset, OFFSETS[5])
        self.assertEqual(self.walk(FILE[:-13])[-1].damage, "the file is cut off here, 13 bytes too early")

    def test_bytes_that_went_missing_in_the_middle_cost_the_records_they_were_of(self):
        content = FILE[: OFFSETS[2] + 100] + FILE[OFFSETS[4] - 30 :]
        self.assertEqual(self.readable(content), RECORDS[:2] + RECORDS[4:])

    def test_a_stretch_of_zeros_costs_what_it_covers(self):
        start, stop = OFFSETS[1] + 5, OFFSETS[3] + 50
        content = FILE[:start] + bytes(stop - start) + FILE[stop:]
        self.assertEqual(self.readable(content), [RECORDS[0], *RECORDS[4:]])

    def test_bytes_that_are_no_records_are_one_damaged_frame(self):
        noise = np.random.default_rng(0).bytes(3_000_000)
        (frame,) = self.walk(noise)
        self.assertFalse(frame.is_readable)
        self.assertEqual(self.readable(noise + FILE), RECORDS)


if __name__ == "__main__":
    tf.test.main()
