"""Random changes of pictures and titles, the same for an example whatever host or replica draws it.

A list such as `flip,affine(rotate=15,shear=8,zoom=0.1,shift=0.1)@0.75,color@0.6,words(0.2)` names operations, their
arguments and, after `@`, the share of examples they touch. Every operation draws from a stateless seed of its own.
"""

import dataclasses
import difflib
import inspect
import math
import re
from collections.abc import Callable

import tensorflow as tf

Seed = tf.Tensor  # int32 [2]
_OPERATION = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<arguments>[^()]*)\))?\s*(?:@\s*(?P<share>[\d.]+))?\s*(?:,|$)")


def uniform(seed: Seed, low: float, high: float, shape=()) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, seed, low, high)


def flip(image, seed):
    """Mirrors left and right, half of the time."""
    return tf.image.stateless_random_flip_left_right(image, seed)


def vflip(image, seed):
    """Mirrors top and bottom, half of the time."""
    return tf.image.stateless_random_flip_up_down(image, seed)


def affine(image, seed, rotate=0.0, shear=0.0, zoom=0.0, shift=0.0):
    """Rotates, shears (degrees), zooms and shifts (shares of the side) by uniform draws; the border is repeated."""
    draw = uniform(seed, -1.0, 1.0, (6,))
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    angle, slant = draw[0] * math.radians(rotate), draw[1] * math.radians(shear)
    zoom_x, zoom_y = 1.0 / (1.0 + draw[2] * zoom), 1.0 / (1.0 + draw[3] * zoom)
    a, b = zoom_x * tf.cos(angle), -zoom_y * tf.sin(angle + slant)
    c, d = zoom_x * tf.sin(angle), zoom_y * tf.cos(angle + slant)
    centre_x, centre_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
    offset_x = centre_x - a * centre_x - b * centre_y + draw[4] * shift * width
    offset_y = centre_y - c * centre_x - d * centre_y + draw[5] * shift * height
    transform = tf.stack([a, b, offset_x, c, d, offset_y, 0.0, 0.0])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=transform[None],
        output_shape=tf.shape(image)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )[0]


def crop(image, seed, smallest=0.8, aspect=1.33):
    """Cuts a random box of `smallest` to 1 of the area and stretches it back (RandomResizedCrop)."""
    draw = uniform(seed, 0.0, 1.0, (4,))
    area = smallest + (1.0 - smallest) * draw[0]
    ratio = tf.exp((2.0 * draw[1] - 1.0) * math.log(aspect))
    height, width = tf.minimum(tf.sqrt(area / ratio), 1.0), tf.minimum(tf.sqrt(area * ratio), 1.0)
    top, left = draw[2] * (1.0 - height), draw[3] * (1.0 - width)
    box = tf.stack([top, left, top + height, left + width])
    return tf.image.crop_and_resize(image[None], box[None], [0], tf.shape(image)[:2])[0]


def brightness(image, seed, amount=0.5):
    """Multiplies by 1 ± `amount`."""
    return image * uniform(seed, 1.0 - amount, 1.0 + amount)


def contrast(image, seed, low=0.8, high=1.3):
    """Moves pixels away from the picture's mean by a factor between `low` and `high`."""
    mean = tf.reduce_mean(image, axis=(0, 1), keepdims=True)
    return (image - mean) * uniform(seed, low, high) + mean


def saturation(image, seed, low=0.8, high=2.3):
    """Moves colours away from grey by a factor between `low` and `high`."""
    return _towards_grey(image, uniform(seed, low, high))


def hue(image, seed, turn=0.05):
    """Turns colours by up to `turn` of the colour circle."""
    return tf.image.adjust_hue(image / 255.0, uniform(seed, -turn, turn)) * 255.0


def grey(image, seed):
    """Drops the colours."""
    return _towards_grey(image, 0.0)


def channels(image, seed):
    """Deals red, green and blue anew: another colour, the same shape."""
    order = tf.argsort(tf.random.stateless_uniform((3,), seed))
    return tf.gather(image, order, axis=-1)


def invert(image, seed):
    """Turns light to dark and dark to light."""
    return 255.0 - image


def color(image, seed, brightness_amount=0.15):
    """Brightness, saturation and contrast at once, as system 3 drew them."""
    seeds = tf.random.split(seed, 3)
    image = image + 255.0 * uniform(seeds[0], -brightness_amount, brightness_amount)
    return contrast(saturation(image, seeds[1]), seeds[2])


def cutout(image, seed, low=0.4, high=0.6):
    """Blackens a rectangle whose sides are `low` to `high` of the picture's."""
    draw = uniform(seed, 0.0, 1.0, (4,))
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    box_height, box_width = (low + (high - low) * draw[0]) * height, (low + (high - low) * draw[1]) * width
    rows = tf.abs(tf.range(height) - draw[2] * height) < box_height / 2
    columns = tf.abs(tf.range(width) - draw[3] * width) < box_width / 2
    return tf.where((rows[:, None] & columns[None, :])[..., None], 0.0, image)


def words(title, seed, share=0.1):
    """Drops each word with probability `share`; the first word left stands if all would go."""
    parts = tf.strings.split(title)
    kept = uniform(seed, 0.0, 1.0, (tf.size(parts),)) >= share
    kept = tf.cond(tf.reduce_any(kept), lambda: kept, lambda: tf.range(tf.size(parts)) == 0)
    return tf.strings.reduce_join(tf.boolean_mask(parts, kept), separator=" ")


def _towards_grey(image, factor):
    luma = tf.reduce_sum(image * [0.299, 0.587, 0.114], axis=-1, keepdims=True)
    return luma + (image - luma) * factor


IMAGE_OPERATIONS = {
    f.__name__: f
    for f in (flip, vflip, affine, crop, brightness, contrast, saturation, hue, grey, channels, invert, color, cutout)
}
TITLE_OPERATIONS = {words.__name__: words}


@dataclasses.dataclass(frozen=True)
class Operation:
    """One entry of the list: what to do, with which arguments, to which share of examples."""

    apply: Callable
    arguments: dict[str, float]
    share: float
    on_titles: bool

    def __call__(self, value: tf.Tensor, seed: Seed) -> tf.Tensor:
        gate, draw = tf.unstack(tf.random.split(seed, 2))
        if self.share >= 1.0:
            return self.apply(value, draw, **self.arguments)
        touched = uniform(gate, 0.0, 1.0) < self.share
        return tf.cond(touched, lambda: self.apply(value, draw, **self.arguments), lambda: value)


def parse(text: str) -> tuple[Operation, ...]:
    """Reads `--augment`, without evaluating anything.

    Raises:
      ValueError: an unknown operation or argument, or text that is no list of operations.
    """
    operations, position = [], 0
    while position < len(text):
        match = _OPERATION.match(text, position)
        if not match:
            raise ValueError(f"--augment: cannot read {text[position:]!r}; write name(key=number,...)@share, ...")
        operations.append(_operation(**match.groupdict()))
        position = match.end()
    return tuple(operations)


def _operation(name: str, arguments: str | None, share: str | None) -> Operation:
    known = IMAGE_OPERATIONS | TITLE_OPERATIONS
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        guess = f" Did you mean {close[0]}?" if close else ""
        raise ValueError(f"--augment: {name!r} is not one of {', '.join(known)}.{guess}")
    parameters = list(inspect.signature(known[name]).parameters)[2:]
    values = {}
    for place, argument in enumerate((arguments or "").split(",") if (arguments or "").strip() else ()):
        key, _, number = argument.rpartition("=")
        key = key.strip() or (parameters[place] if place < len(parameters) else f"argument {place + 1}")
        if key not in parameters:
            raise ValueError(f"--augment: {name} takes {', '.join(parameters) or 'no arguments'}, not {key!r}.")
        values[key] = _number(name, number)
    return Operation(known[name], values, _number(name, share or "1"), name in TITLE_OPERATIONS)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--augment: {name} has {text!r} where a number was expected.") from None


def augment(value: tf.Tensor, operations: tuple[Operation, ...], seed: Seed, on_titles: bool = False) -> tf.Tensor:
    """Applies the picture (or title) operations in order, each with a seed of its own.

    Args:
      value: float32 picture `[height, width, 3]` in 0..255, or a string scalar.
    """
    for place, operation in enumerate(operations):
        if operation.on_titles == on_titles:
            value = operation(value, tf.random.fold_in(seed, place))
    return value if on_titles else tf.clip_by_value(value, 0.0, 255.0)
