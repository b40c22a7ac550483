"""What a query-product pair is, whatever file it came from."""

import dataclasses

import numpy as np

ANSWERS = {1: "relevant", 0: "irrelevant", -1: "unjudged"}


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """One query beside the regions of one product's picture.

    Attributes:
      id: unique name, `<split>/<query_id>/<product_id>`.
      split: the file that it came from: train, valid, testA or testB.
      fold: 0 = validation, 1 = test, 2 = train, -1 = not judged.
      query: "" = the query is empty; the pair is kept, for its query still needs a ranking.
      query_id, product_id: 0 or more.
      answer: 1 = the product answers the query, 0 = it does not, -1 = nobody has said.
      image_height, image_width: of the picture, in pixels.
      boxes: float32 `[num_boxes, 4]` top, left, bottom, right, as shares of height and width in 0..1.
      features: float16 `[num_boxes, feature_width]`, finite.
      box_labels: int64 `[num_boxes]`, number of the region's class in the manifest's label_names, -1 = unknown class.
      mended: what was changed on the way in: "boxes cut", "boxes clipped", "unknown box label".
    """

    id: str
    split: str
    fold: int
    query: str
    query_id: int
    product_id: int
    answer: int
    image_height: int
    image_width: int
    boxes: np.ndarray
    features: np.ndarray
    box_labels: np.ndarray
    mended: tuple[str, ...] = ()

    @property
    def num_boxes(self) -> int:
        """How many regions it has, 0 or more."""
        return len(self.boxes)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the manifest's histogram counts it under: its answer, and what was mended."""
        return (ANSWERS.get(self.answer, f"answer {self.answer}"), *self.mended)
