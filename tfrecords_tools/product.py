"""One product posting, as every catalogue reader yields it."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    """A posting before its picture is read; an empty string always means "there is none".

    Attributes:
      id: unique name of the posting.
      image: path of the picture, local or gs://.
      title: what the seller wrote.
      label_name: postings of equal label_name show the same product; "" = unlabelled.
      split: "train", "validation", "test", or "" = to be dealt to a fold by label.
      levels: category names from coarse to fine; () = none.
      phash: perceptual hash as 16 hex digits; "" = compute it from the picture.
    """

    id: str
    image: str = ""
    title: str = ""
    label_name: str = ""
    split: str = ""
    levels: tuple[str, ...] = ()
    phash: str = ""
