"""What of a list of operations is done where: at decoding, on the host, on the device."""

import dataclasses
import itertools
from types import ModuleType

import tensorflow as tf
from keras import ops

from training.augmentation import colour, draws, erasing, geometry, language, mirrors, mixing, titles
from training.augmentation.language import Operation


@dataclasses.dataclass(frozen=True)
class Stage:
    """A run of operations of one kind that are done at once; `kind` has combine, on_host and on_device."""

    kind: ModuleType
    operations: tuple[Operation, ...]


class Augmentation:
    """The changes that `--augment` asks for, in the list's order; mixing comes last wherever it stands.

    A crop that stands first is a window that the JPEG decoder cuts out: what is outside is never decoded. With
    `device`, flips that follow it stay on the host too, where they cost next to nothing; all else goes to the device.

    Args:
      text: see training/augmentation/language.py.
      where: "host" or "device".

    Raises:
      ValueError: a list that cannot be read.
    """

    def __init__(self, text: str, where: str = "host"):
        operations = language.parse(text)
        pictures = [o for o in operations if o.name not in mixing.OPERATIONS and o.name not in titles.OPERATIONS]
        self.where = where
        self.titles = tuple(o for o in operations if o.name in titles.OPERATIONS)
        self.mixing = tuple(o for o in operations if o.name in mixing.OPERATIONS)
        self.window = pictures.pop(0) if pictures and pictures[0].name == "crop" else None
        flips = tuple(itertools.takewhile(lambda o: o.name in mirrors.OPERATIONS, pictures))
        self.host = stages(pictures) if where == "host" else stages(flips)
        self.device = () if where == "host" else stages(pictures[len(flips) :])
        self._count = draws.count(self._deal)

    def draw(self, seeds: tf.Tensor) -> dict:
        """Everything random about a batch of examples; `seeds` int32 `[batch, 2]`.

        Returns:
          float32 "window" `[batch, 4]` (top, left, height, width as shares), "host" and "device" with `[batch, n]` for
          each of their stages, and "mixing" `[batch, 6]`; those that the list has a use for.
        """
        return self._deal(draws.Draws(seeds, self._count))

    def on_host(self, picture: tf.Tensor, changes: tuple = ()) -> tf.Tensor:
        """Changes one picture, uint8 `[size, size, 3]`; `changes` is one row of "host" from `draw`."""
        if all(stage.kind is mirrors for stage in self.host):
            for change in changes:
                picture = mirrors.on_host(picture, change)
            return picture
        picture = tf.cast(picture, tf.float32)
        for stage, change in zip(self.host, changes, strict=True):
            picture = stage.kind.on_host(picture, change)
        return tf.cast(tf.round(tf.clip_by_value(picture, 0.0, 255.0)), tf.uint8)

    def on_device(self, pictures, changes: tuple = (), mixed=None):
        """Changes a batch, uint8 `[batch, size, size, 3]`, by operations that XLA compiles.

        Args:
          changes, mixed: "device" and "mixing" from `draw`.
        """
        pictures = ops.cast(pictures, "float32")
        for stage, change in zip(self.device, changes, strict=True):
            pictures = stage.kind.on_device(pictures, change)
        pictures = ops.clip(pictures, 0.0, 255.0)
        if mixed is not None:
            pictures = mixing.on_device(pictures, mixed)
        return ops.cast(ops.round(pictures), "uint8")

    def _deal(self, dealt: draws.Draws) -> dict:
        changes = {}
        if self.window:
            box = geometry.window(dealt, **self.window.arguments)
            touched = dealt.gate(self.window.share)
            changes["window"] = tf.where(touched[:, None], box, [0.0, 0.0, 1.0, 1.0])
        for place, run in (("host", self.host), ("device", self.device)):
            if run:
                changes[place] = tuple(stage.kind.combine(stage.operations, dealt) for stage in run)
        if self.mixing:
            changes["mixing"] = mixing.combine(self.mixing, dealt)
        return changes


def stages(operations) -> tuple[Stage, ...]:
    """Joins neighbours of one kind; flips among themselves need no interpolation and are a kind of their own."""
    runs = []
    for kind, run in itertools.groupby(operations, lambda operation: _kind(operation.name)):
        run = tuple(run)
        if kind is geometry and all(operation.name in mirrors.OPERATIONS for operation in run):
            kind = mirrors
        runs.append(Stage(kind, run))
    return tuple(runs)


def _kind(name: str) -> ModuleType:
    return next(kind for kind in (geometry, colour, erasing) if name in kind.OPERATIONS)
