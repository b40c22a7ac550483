"""The one declaration of what a record holds, used by the writer and by every reader."""

from tfrecords_tools.example_bytes import example, integers, texts

SCALARS = {
    "id": bytes,
    "image": bytes,
    "title": bytes,
    "label": int,
    "label_name": bytes,
    "phash": bytes,
    "fold": int,
    "has_image": int,
    "has_title": int,
}
KEYS = (*SCALARS, "levels")


def encode(
    *,
    id: str,
    image: bytes = b"",
    title: str = "",
    label: int = -1,
    label_name: str = "",
    levels: tuple[int, ...] = (),
    phash: bytes = b"",
    fold: int = -1,
) -> bytes:
    """Packs one product into the bytes of a tf.train.Example, the same bytes for the same product every time.

    Args:
      id: unique name.
      image: JPEG file, b"" = the product has no picture.
      title: "" = it has none.
      label: class in [0, num_labels), -1 = unlabelled.
      label_name: the class as the catalogue calls it.
      levels: category id per level of the hierarchy, -1 = none at that level.
      phash: 64-bit perceptual hash, 8 bytes big endian, b"" = none.
      fold: 0 = validation, 1 = test, above = train, -1 = unlabelled.
    """
    return example(
        {
            "id": texts([id.encode()]),
            "image": texts([image]),
            "title": texts([title.encode()]),
            "label": integers([label]),
            "label_name": texts([label_name.encode()]),
            "phash": texts([phash]),
            "fold": integers([fold]),
            "has_image": integers([bool(image)]),
            "has_title": integers([bool(title)]),
            "levels": integers(levels),
        }
    )


def parse(serialized, keys=None, num_levels: int = 0) -> dict:
    """Unpacks a batch of records; works inside tf.data and leaves pictures compressed.

    Args:
      serialized: string tensor `[batch]`.
      keys: which features to unpack; None = all of `KEYS`.
      num_levels: number of levels of the manifest's hierarchy.

    Returns:
      Tensors `[batch]`: string id, image (JPEG), title, label_name, phash (8 bytes); int64 label, fold, has_image,
      has_title (0 or 1); and int64 levels `[batch, num_levels]`.

    Raises:
      ValueError: a key that records do not have.
      tf.errors.InvalidArgumentError: a record that is no Example or lacks a feature.
    """
    keys = KEYS if keys is None else keys
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        raise ValueError(f"Records have no feature {unknown[0]!r}; they have {', '.join(KEYS)}.")
    import tensorflow as tf  # here, because worker processes write records without it

    dtypes = {bytes: tf.string, int: tf.int64}
    spec = {key: tf.io.FixedLenFeature([], dtypes[SCALARS[key]]) for key in keys if key != "levels"}
    if "levels" in keys:
        spec["levels"] = tf.io.FixedLenFeature([num_levels], tf.int64)
    return tf.io.parse_example(serialized, spec)
