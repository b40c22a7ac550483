"""Decodes stored JPEGs to the size that the encoder sees, no more of them than is needed.

The decoder itself shrinks a picture by 2, 4 or 8 as far as the size allows, which costs less than decoding it whole.
What is left is less than a factor of two, where the two nearest pixels of bilinear sampling leave none out.
"""

import tensorflow as tf

RATIOS = (1, 2, 4, 8)


class Decoder:
    """Letterboxes JPEGs, or windows of them, to squares of `size` pixels.

    Args:
      size: side in pixels.
      stored: side in pixels where all pictures are stored as squares of one size, as --resize=letterbox and resize
        leave them: then nothing needs to be found out about each. 0 = pictures of any shape.
      windowed: whether windows will be asked for.
    """

    def __init__(self, size: int, stored: int = 0, windowed: bool = True):
        self.size, self.stored = size, stored
        self.ratios = [ratio for ratio in RATIOS if not stored or ratio == 1 or stored >= ratio * size]
        if stored and not windowed:
            self.ratios = self.ratios[-1:]

    def plan(self, jpegs: tf.Tensor, window: tf.Tensor | None = None) -> tf.Tensor:
        """What `decode` will cut out of each picture, for a whole batch at once.

        Args:
          jpegs: string `[batch]`, "" for no picture.
          window: float32 `[batch, 4]`, top, left, height, width as shares of the letterboxed square: the part that is
            wanted. None = all of it.

        Returns:
          int32 `[batch, 9]`: which ratio; row, column, height, width in the shrunk picture; the same in the result.
        """
        height, width = self._shapes(jpegs)
        if window is None:
            window = tf.tile([[0.0, 0.0, 1.0, 1.0]], [tf.shape(jpegs)[0], 1])
        side = tf.maximum(height, width)
        wanted = tf.minimum(window[:, 2], window[:, 3]) * side
        shrunk = [tf.cast(wanted >= ratio * self.size, tf.int32) for ratio in self.ratios[1:]]
        place = tf.add_n([tf.zeros_like(wanted, tf.int32), *shrunk])
        ratio = tf.gather(tf.constant(self.ratios, tf.float32), place)
        row, rows, top, high = self._span(window[:, 0], window[:, 2], side, height, ratio)
        column, columns, left, wide = self._span(window[:, 1], window[:, 3], side, width, ratio)
        return tf.stack([place, row, column, rows, columns, top, left, high, wide], axis=1)

    def decode(self, jpeg: tf.Tensor, cut: tf.Tensor) -> tf.Tensor:
        """A JPEG or the part of it that `plan` chose: uint8 `[size, size, 3]`.

        Args:
          jpeg: string scalar.
          cut: int32 `[9]`, its row of `plan`.
        """
        if len(self.ratios) == 1:
            part = self._part(jpeg, cut, self.ratios[0])
        else:
            part = tf.switch_case(cut[0], [lambda r=r: self._part(jpeg, cut, r) for r in self.ratios])
        if not self.stored:
            top, left, high, wide = tf.unstack(cut[5:])
            part = tf.pad(part, [[top, self.size - high - top], [left, self.size - wide - left], [0, 0]])
        return tf.ensure_shape(part, (self.size, self.size, 3))

    def _part(self, jpeg, cut, ratio):
        part = tf.image.decode_and_crop_jpeg(jpeg, cut[1:5], channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")
        part = tf.cast(part, tf.float32)  # TensorFlow resizes floats much faster than bytes
        extent = (self.size, self.size) if self.stored else cut[7:]
        part = tf.image.resize(part, extent, antialias=ratio == RATIOS[-1])
        return tf.cast(tf.round(part), tf.uint8)

    def _shapes(self, jpegs):
        """Height and width of each, float32 `[batch]`."""
        if self.stored:
            return (tf.fill([tf.shape(jpegs)[0]], float(self.stored)),) * 2
        pixel = tf.io.encode_jpeg(tf.zeros((1, 1, 3), tf.uint8))  # stands in where there is no picture
        shape = lambda jpeg: tf.io.extract_jpeg_shape(tf.where(jpeg == b"", pixel, jpeg))  # noqa: E731
        shapes = tf.map_fn(shape, jpegs, fn_output_signature=tf.TensorSpec([3], tf.int32))
        return tf.unstack(tf.cast(shapes[:, :2], tf.float32), axis=1)

    def _span(self, start, share, side, length, ratio):
        """Along one axis: first pixel and number in the shrunk picture, first place and number in the result."""
        margin = (side - length) / 2.0  # black beside a picture that is shorter here than along the other axis
        first = tf.clip_by_value(start * side - margin, 0.0, length - 1.0)
        last = tf.clip_by_value((start + share) * side - margin, first + 1.0, length)
        pixels = tf.math.ceil(length / ratio)
        begin = tf.minimum(tf.round(first / ratio), pixels - 1)
        count = tf.clip_by_value(tf.round(last / ratio) - begin, 1.0, pixels - begin)
        scale = self.size / (share * side)
        place = tf.clip_by_value(tf.round((first + margin - start * side) * scale), 0.0, self.size - 1.0)
        extent = tf.clip_by_value(tf.round((last - first) * scale), 1.0, self.size - place)
        return tuple(tf.cast(number, tf.int32) for number in (begin, count, place, extent))
