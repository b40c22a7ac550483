"""Odd, damaged and hostile pictures: each is decoded as a person sees it, or refused with the reason."""

import io
import os
import struct
import tempfile
import zlib

import numpy as np
import tensorflow as tf
from absl.testing import parameterized
from PIL import Image, ImageOps

from flags.data import Records
from tfrecords_tools import images, worker


def picture(width=40, height=20, mode="RGB"):
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype("uint8")
    return Image.fromarray(ramp).convert(mode)


def file_of(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def bomb(width, height):
    """A valid PNG header of any size in a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


class DecodeTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("L", "PNG"), ("1", "PNG"), ("P", "GIF"), ("P", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG"), ("YCbCr", "JPEG"),
        ("RGB", "WEBP"), ("RGB", "BMP"), ("CMYK", "TIFF"), ("LAB", "TIFF"),
    )  # fmt: skip
    def test_every_mode_becomes_rgb_and_looks_the_same(self, mode, format):
        source = picture(mode=mode)
        decoded = images.decode(file_of(source, format))
        self.assertEqual((decoded.mode, decoded.size), ("RGB", (40, 20)))
        if mode != "LAB":
            self.assertLess(np.abs(np.asarray(decoded, int) - np.asarray(source.convert("RGB"), int)).mean(), 8)

    def test_transparency_is_laid_over_white(self):
        half = Image.new("RGBA", (2, 1), (200, 0, 0, 255))
        half.putpixel((1, 0), (9, 9, 9, 0))
        self.assertEqual(list(np.asarray(images.decode(file_of(half)))[0, 1]), [255, 255, 255])
        palette = Image.new("P", (1, 1), 0)
        palette.putpalette([10, 20, 30])
        self.assertEqual(list(np.asarray(images.decode(file_of(palette, transparency=0)))[0, 0]), [255, 255, 255])

    def test_sixteen_bits_keep_their_brightness(self):
        grey = Image.fromarray(np.array([[0, 32768, 65535]], "uint16"))
        self.assertAllEqual(np.asarray(images.decode(file_of(grey)))[0, :, 0], [0, 128, 255])

    def test_floating_point_is_stretched_to_the_full_range(self):
        grey = Image.fromarray(np.array([[0.25, 0.5, 0.75]], "float32"))
        self.assertAllEqual(np.asarray(images.decode(file_of(grey, "TIFF")))[0, :, 0], [0, 128, 255])

    def test_an_animation_is_its_first_frame(self):
        frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
        content = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
        self.assertEqual(images.decode(content).getpixel((0, 0)), (255, 0, 0))

    @parameterized.parameters(range(1, 9))
    def test_exif_orientation_is_applied(self, orientation):
        content = file_of(picture(40, 20), "JPEG", exif=turned(orientation))
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        self.assertAllEqual(np.asarray(images.decode(content)), np.asarray(upright))

    def test_unreadable_exif_does_not_condemn_the_picture(self):
        self.assertEqual(images.decode(file_of(picture(40, 20), "JPEG", exif=b"Exif\0\0no tiff")).size, (40, 20))

    @parameterized.parameters(
        (b"", "the file is empty"),
        (b"<html>not found</html>", "no picture format that Pillow knows; it begins with b'<html>not found<'"),
        (file_of(picture(300, 300), "JPEG")[:1500], "damaged: .*truncated"),
        (file_of(picture(300, 300), "PNG")[:400], "damaged: "),
        (bomb(20000, 20000), "more than 179 megapixels"),
    )
    def test_what_cannot_be_decoded_says_why(self, content, message):
        with self.assertRaisesRegex(images.UndecodableImage, message):
            images.decode(content)


class FitTest(tf.test.TestCase, parameterized.TestCase):
    def test_letterbox_centres_the_picture_on_a_black_square(self):
        pixels = np.asarray(images.fit(Image.new("RGB", (40, 20), "white"), 32, "letterbox"))
        self.assertEqual(pixels.shape, (32, 32, 3))
        self.assertAllEqual(pixels[:, 5, 0] > 0, [False] * 8 + [True] * 16 + [False] * 8)

    @parameterized.parameters(
        ("letterbox", 30000, 2, (256, 1)), ("letterbox", 1, 1, (256, 256)), ("resize", 40, 20, (256, 256)),
        ("none", 40, 20, (40, 20)), ("none", 512, 100, (256, 50)),
    )  # fmt: skip
    def test_size_follows_the_mode(self, resize, width, height, fitted):
        self.assertEqual(images.fitted_size(width, height, 256, resize), fitted)


class PrepareTest(tf.test.TestCase, parameterized.TestCase):
    def prepare(self, content, name="picture.jpg", hashed=True, **records):
        path = os.path.join(tempfile.mkdtemp(dir=self.get_temp_dir()), name)
        with open(path, "wb") as file:
            file.write(content)
        return worker.prepare(path, Records(**records), hashed)

    @parameterized.parameters((30000, 3), (3, 30000), (1, 1))
    def test_the_widest_and_the_smallest_picture_become_a_square_jpeg(self, width, height):
        jpeg = self.prepare(file_of(Image.new("RGB", (width, height), "red")), stored_size=64).jpeg
        self.assertEqual(tf.io.decode_jpeg(jpeg).shape, (64, 64, 3))

    def test_a_fitting_jpeg_is_copied_byte_for_byte_only_without_resizing(self):
        content = file_of(picture(), "JPEG", quality=40)
        self.assertEqual(self.prepare(content, resize="none").jpeg, content)
        self.assertNotEqual(self.prepare(content, resize="letterbox").jpeg, content)
        self.assertNotEqual(self.prepare(content, resize="none", stored_size=32).jpeg, content)

    @parameterized.parameters({}, {"progressive": True}, {"exif": turned(1)}, {"restart_marker_rows": 1})
    def test_a_look_at_its_structure_is_enough_to_copy_a_jpeg_and_gives_no_hash(self, **options):
        content = file_of(picture(), "JPEG", **options)
        copied = self.prepare(content, resize="none", picture_check="structure")
        self.assertEqual(copied, worker.Picture(content))
        shrunk = self.prepare(content, resize="none", picture_check="structure", stored_size=32)
        self.assertEqual(shrunk, self.prepare(content, resize="none", stored_size=32))

    def test_a_jpeg_that_is_cut_off_has_no_sound_structure_wherever_the_cut_is(self):
        thumbnail = b"Exif\0\0 a thumbnail ends here \xff\xd9 and not the picture"
        content = file_of(picture(400, 300), "JPEG")
        content = content[:2] + b"\xff\xe5" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail + content[2:]
        self.assertEqual(self.prepare(content, resize="none", stored_size=400, picture_check="structure").reason, "")
        for cut in range(2, len(content) - 1, 97):
            reason = self.prepare(content[:cut], resize="none", stored_size=400, picture_check="structure").reason
            self.assertStartsWith(reason, "undecodable image: ", f"cut at {cut}")
        self.assertRegex(reason, "damaged: the picture from byte [0-9]+ on has no end, the file is cut off")

    def test_a_turned_or_grey_jpeg_is_not_copied(self):
        for content in (file_of(picture(), "JPEG", exif=turned(3)), file_of(picture(mode="L"), "JPEG")):
            jpeg = self.prepare(content, resize="none").jpeg
            self.assertNotEqual(jpeg, content)
            self.assertEqual(tf.io.decode_jpeg(jpeg).shape, (20, 40, 3))

    def test_a_png_named_webp_is_read_for_what_it_is(self):
        self.assertEqual(self.prepare(file_of(picture()), "picture.webp").reason, "")

    def test_a_large_jpeg_without_hash_is_decoded_smaller_and_looks_the_same(self):
        content = file_of(picture(800, 600), "JPEG")
        full, quick = (self.prepare(content, hashed=hashed, stored_size=64).jpeg for hashed in (True, False))
        difference = np.abs(tf.io.decode_jpeg(full).numpy().astype(int) - tf.io.decode_jpeg(quick).numpy())
        self.assertLess(difference.mean(), 3)

    def test_every_fault_has_its_reason(self):
        self.assertEqual(worker.prepare("/nowhere/a.jpg", Records()).reason, "missing file")
        self.assertRegex(self.prepare(b"text").reason, "undecodable image: no picture format .* b'text'")
        self.assertEqual(
            worker.prepare(tempfile.mkdtemp(dir=self.get_temp_dir()), Records()).reason,
            "unreadable file: Is a directory",
        )
        self.assertEqual(worker.prepare("", Records()), worker.Picture())


if __name__ == "__main__":
    tf.test.main()
