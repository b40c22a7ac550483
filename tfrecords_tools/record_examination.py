"""Unpacks records of every kind for the checks, which are the same for all kinds."""

import dataclasses

import tensorflow as tf

from tfrecords_tools import product_verification, schema
from tfrecords_tools.manifest import Manifest, PairManifest, Shard
from tfrecords_tools.pairs import pair_schema, pair_verification


@dataclasses.dataclass
class Examined:
    """A record that was unpacked.

    Attributes:
      id: as it is stored, "" = it cannot be read.
      kinds: what the manifest's histogram counts it under.
      without_image, without_title: whether its shard's line in the manifest counts it as one-sided.
      faults: what is wrong with it, each the end of a sentence.
    """

    id: str = ""
    kinds: list[str] = dataclasses.field(default_factory=list)
    without_image: bool = False
    without_title: bool = False
    faults: list[str] = dataclasses.field(default_factory=list)


def examine_products(records: list[bytes], shard: Shard, manifest: Manifest, decode: bool) -> list[Examined]:
    """Examines records of products; with `decode` their pictures too. One that does not fit the schema says so."""
    try:
        columns = schema.parse(records, num_levels=len(manifest.level_names))
    except tf.errors.InvalidArgumentError as error:
        if len(records) == 1:
            return [Examined(faults=[f"does not fit the schema ({error.message})"])]
        return [one for record in records for one in examine_products([record], shard, manifest, decode)]
    pictures = columns.pop("image")
    undecodable = _undecodable(pictures) if decode else [[]] * len(records)
    columns = {key: values.numpy().tolist() for key, values in columns.items()}
    columns["image"] = tf.strings.length(pictures).numpy().tolist()
    rows = ({key: values[i] for key, values in columns.items()} for i in range(len(records)))
    return [_product(row, shard, manifest, faults) for row, faults in zip(rows, undecodable, strict=True)]


def _product(row: dict, shard: Shard, manifest: Manifest, undecodable: list[str]) -> Examined:
    kinds = [str(row["label"])] if row["label"] >= 0 else []
    faults = [*product_verification.value_faults(row, shard, manifest), *undecodable]
    return Examined(row["id"].decode(errors="replace"), kinds, not row["has_image"], not row["has_title"], faults)


def _undecodable(pictures: tf.Tensor) -> list[list[str]]:
    """What keeps each picture `[batch]` from being decoded; looked for one by one only where the batch fails."""
    try:
        _decode(pictures)
        return [[]] * len(pictures)
    except tf.errors.InvalidArgumentError:
        return [_picture_faults(picture) for picture in pictures.numpy().tolist()]


def _picture_faults(picture: bytes) -> list[str]:
    try:
        if picture:
            tf.io.decode_jpeg(picture, channels=3)
        return []
    except tf.errors.InvalidArgumentError as error:
        return [f"its picture cannot be decoded: {error.message.splitlines()[0]}"]


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def _decode(pictures: tf.Tensor) -> tf.Tensor:
    pictures = tf.boolean_mask(pictures, tf.strings.length(pictures) > 0)
    return tf.map_fn(
        lambda jpeg: tf.size(tf.io.decode_jpeg(jpeg, channels=3)),
        pictures,
        parallel_iterations=1,
        fn_output_signature=tf.int32,
    )


def examine_pairs(records: list[bytes], shard: Shard, manifest: PairManifest, decode: bool) -> list[Examined]:
    """Examines records of query-product pairs, which hold no picture to decode."""
    return [_pair(record, shard, manifest) for record in records]


def _pair(record: bytes, shard: Shard, manifest: PairManifest) -> Examined:
    try:
        pair = pair_schema.decode(record, manifest.feature_width)
    except ValueError as error:
        return Examined(faults=[f"does not fit the schema ({error})"])
    faults = list(pair_verification.value_faults(pair, shard, manifest))
    return Examined(pair.id, list(pair.kinds), not pair.num_boxes, not pair.query, faults)


EXAMINE = {"products": examine_products, "pairs": examine_pairs}  # by the manifest's name
