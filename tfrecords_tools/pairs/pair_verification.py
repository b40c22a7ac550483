"""What must be true of each record of a folder of query-product pairs."""

from collections.abc import Iterator

import numpy as np

from tfrecords_tools.manifest import PairManifest, Shard
from tfrecords_tools.pairs.pair import ANSWERS, Pair


def value_faults(pair: Pair, shard: Shard, manifest: PairManifest) -> Iterator[str]:
    """Yields what is wrong with a pair that `pair_schema.decode` could unpack, each fault as the end of a sentence."""
    if pair.fold != shard.fold:
        yield f"it is of fold {pair.fold} in a shard of fold {shard.fold}"
    if pair.id != f"{pair.split}/{pair.query_id}/{pair.product_id}":
        yield f"its id {pair.id} is not its split, query_id {pair.query_id} and product_id {pair.product_id}"
    if pair.answer not in ANSWERS:
        yield f"its answer {pair.answer} is none of 1 (relevant), 0 (irrelevant), -1 (unjudged)"
    if min(pair.image_height, pair.image_width) < 1:
        yield f"its picture has {pair.image_height} x {pair.image_width} pixels"
    yield from _region_faults(pair, manifest)


def _region_faults(pair: Pair, manifest: PairManifest) -> Iterator[str]:
    if pair.num_boxes > manifest.max_boxes:
        yield f"it has {pair.num_boxes} boxes, the manifest says at most {manifest.max_boxes}"
    outside = ~((pair.boxes >= 0) & (pair.boxes <= 1)).all(axis=1)  # a NaN is outside too
    if outside.any():
        box = int(np.argmax(outside))
        yield f"its box {box} is {pair.boxes[box].tolist()}, outside 0..1"
    infinite = ~np.isfinite(pair.features).all(axis=1)
    if infinite.any():
        yield f"the features of its box {int(np.argmax(infinite))} are not finite"
    unknown = (pair.box_labels < -1) | (pair.box_labels >= len(manifest.label_names))
    if unknown.any():
        label = pair.box_labels[int(np.argmax(unknown))]
        yield f"its box label {label} is outside -1..{len(manifest.label_names) - 1}"
