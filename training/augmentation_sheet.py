"""A picture of what `--augment` does: each row a product before, and after several draws."""

import itertools

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from tfrecords_tools.reader import read_records
from training.augmentation import mixing, titles
from training.augmentation.plan import Augmentation
from training.inputs import pictures

DRAWS = 6
MARGIN, CAPTION = 6, 18  # pixels


def draw(folder: str, text: str, size: int, rows: int, seed: int = 0) -> Image.Image:
    """Draws the sheet.

    Args:
      folder: records, local or gs://.
      text: the list, see training/augmentation/language.py.
      size: side of a picture in pixels.
      rows: products shown; neighbours are partners where the list mixes.
      seed: decides the draws.

    Raises:
      ValueError: the list cannot be read, or the records have no picture.
    """
    augmentation = Augmentation(text)
    with_picture = (row for row in read_records(folder, keys=("image", "title", "has_image")) if row["has_image"])
    products = list(itertools.islice(with_picture, rows))
    products = products[: len(products) // 2 * 2] or products * 2  # the list may mix partners
    if not products:
        raise ValueError(f"{folder} has no record with a picture, so there is nothing that --augment could change.")
    jpegs, names = zip(*((row["image"], row["title"].decode()) for row in products), strict=True)
    columns = [_decoded(jpegs, size)]
    captions = [names]
    for number in range(DRAWS):
        seeds = tf.constant([[seed, number * len(products) + i] for i in range(len(products))])
        columns.append(_changed(augmentation, jpegs, size, seeds))
        captions.append([_words(augmentation, *pair) for pair in zip(names, seeds, strict=True)])
    return _sheet(np.stack(columns, axis=1), list(zip(*captions, strict=True)), bool(augmentation.titles))


def _decoded(jpegs, size, window=None) -> np.ndarray:
    decoder = pictures.Decoder(size)
    cuts = decoder.plan(tf.constant(jpegs), window)
    return np.stack([decoder.decode(jpeg, cut) for jpeg, cut in zip(jpegs, cuts, strict=True)])


def _changed(augmentation, jpegs, size, seeds) -> np.ndarray:
    changes = augmentation.draw(seeds)
    before = _decoded(jpegs, size, changes.get("window"))
    stages = [tuple(change[i] for change in changes.get("host", ())) for i in range(len(before))]
    after = np.stack([augmentation.on_host(*pair) for pair in zip(before, stages, strict=True)])
    if "mixing" not in changes:
        return after
    return tf.round(mixing.on_host(tf.cast(after, tf.float32), changes["mixing"])).numpy().astype(np.uint8)


def _words(augmentation, title, seed) -> str:
    return titles.on_host(tf.constant(title), augmentation.titles, seed).numpy().decode()


def _sheet(shown: np.ndarray, captions: list, with_captions: bool) -> Image.Image:
    """`shown` uint8 `[rows, columns, size, size, 3]`, `captions` as many texts."""
    rows, columns, size = shown.shape[:3]
    high, wide = size + MARGIN + CAPTION * with_captions, size + MARGIN
    sheet = Image.new("RGB", (columns * wide + 2 * MARGIN, rows * high + MARGIN + CAPTION), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for column in range(columns):
        left = MARGIN * (1 + (column > 0)) + column * wide
        pen.text((left, 3), f"draw {column}" if column else "before", "black", font)
        for row in range(rows):
            top = CAPTION + row * high
            sheet.paste(Image.fromarray(shown[row, column]), (left, top))
            if with_captions:
                length = next(n for n in range(60, -1, -1) if font.getlength(captions[row][column][:n]) <= size)
                pen.text((left, top + size + 2), captions[row][column][:length], "black", font)
    return sheet
