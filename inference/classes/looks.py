"""Several looks at one picture, whose predictions are averaged: test-time augmentation (TTA).

A look is a window of the stored picture, cut out by the decoder, and what is done to its pixels after. Whatever is
random comes from (seed, id of the product, look), so that a product gets the same looks in any batch and any choice of
rows.
"""

import numpy as np
import tensorflow as tf

from training.augmentation.plan import Augmentation

WHOLE = (0.0, 0.0, 1.0, 1.0)


class Alone:
    """The picture as it is: one look.

    Attributes:
      weights: float64 `[looks]`, of each look's probabilities; they sum to 1.
      first: what the first look is; "" for the picture as it is.
      windowed: whether `windows` are parts of pictures.
      titles: operations on titles, see training/augmentation/titles.py.
    """

    weights = np.ones(1)
    first = ""
    windowed = False
    titles: tuple = ()

    def windows(self, seeds) -> tuple[tf.Tensor, object]:
        """Where to look.

        Args:
          seeds: int32 `[looks, 2]`.

        Returns:
          float32 `[windows, 4]`: top, left, height, width as shares; and what `finished` needs to know.
        """
        return tf.constant([WHOLE]), None

    def finished(self, pictures: list, known) -> list:
        """The looks, uint8 `[size, size, 3]` each, from what was decoded of each window."""
        return pictures


class Mirrored(Alone):
    """The picture, and it mirrored left and right, with equal weights."""

    weights = np.full(2, 1 / 2)

    def finished(self, pictures: list, known) -> list:
        return pictures + [tf.reverse(picture, [1]) for picture in pictures]


class Crops(Mirrored):
    """The centre and the four corners, and each mirrored, with equal weights.

    Args:
      share: side of a crop as a share of the picture's.

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, 2012, section 4.1.
    """

    weights = np.full(10, 1 / 10)
    first = "centre crop"
    windowed = True

    def __init__(self, share: float):
        rest = 1.0 - share
        corners = [(rest / 2, rest / 2), (0.0, 0.0), (0.0, rest), (rest, 0.0), (rest, rest)]
        self.boxes = [(top, left, share, share) for top, left in corners]

    def windows(self, seeds):
        return tf.constant(self.boxes), None


class Augmented(Alone):
    """The picture as it is with weight `beta`, and `passes - 1` augmented ones that share the rest.

    Args:
      text: see training/augmentation/language.py.
      passes: looks, the unchanged one included.
      beta: in [0, 1].

    Raises:
      ValueError: a list that cannot be read, is empty, or mixes products.

    Source: Shopee Code League 2020, 7th place: beta .3, 7 or 8 passes.
    """

    def __init__(self, text: str, passes: int, beta: float):
        self.augmentation = Augmentation(text)
        if not text.strip():
            raise ValueError("--tta=augment: the run was trained without --augment, so say what: --tta_augment=flip")
        if self.augmentation.mixing:
            raise ValueError(
                f"--tta=augment: {self.augmentation.mixing[0].name} of {text!r} mixes products, and each is to be "
                "recognised by itself: give --tta_augment with the other changes."
            )
        self.weights = np.array([beta] + [(1.0 - beta) / (passes - 1)] * (passes - 1))
        self.windowed, self.titles = bool(self.augmentation.window), self.augmentation.titles

    def windows(self, seeds):
        changes = self.augmentation.draw(seeds[1:])
        others = changes.pop("window", tf.tile([WHOLE], [len(self.weights) - 1, 1]))
        return tf.concat([[WHOLE], others], axis=0), changes.get("host", ())

    def finished(self, pictures: list, known) -> list:
        changed = [
            self.augmentation.on_host(picture, tuple(change[place] for change in known))
            for place, picture in enumerate(pictures[1:])
        ]
        return [pictures[0], *changed]


def of_flags(options, augment: str) -> Alone:
    """The looks that flags ask for.

    Args:
      options: flags.classify.Classification.
      augment: the run's own --augment.
    """
    if options.tta == "augment":
        return Augmented(options.tta_augment or augment, options.tta_passes, options.tta_beta)
    return {"none": Alone, "flip": Mirrored, "crops": lambda: Crops(options.tta_crop)}[options.tta]()
