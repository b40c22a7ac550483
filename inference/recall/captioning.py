"""A pretrained run over some products: their labels and captions on a page."""

import itertools
import os

import keras
import tensorflow as tf

from inference.recall import caption_sheet, described
from inference.recall.caption_sheet import CaptionRow
from inference.recall.region_drawing import Region
from models.recall import matching_towers
from models.recall.matching_towers import SPACE
from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.pairs import pair_record
from tfrecords_tools.pairs.pair import Pair
from tfrecords_tools.pairs.pair_reader import read_pairs
from tfrecords_tools.writer import write_whole
from training.recall import recall_models, region_inputs, stop_words
from training.run_folder import RunFolder


def write_sheet(records: str, run: str, fold: int, count: int) -> str:
    """Writes <run>/captions.html of the first `count` products that answer a query of `fold`; gives its path.

    Raises:
      ValueError: the run is no pretraining, or the fold has no such product.
    """
    folder, manifest = RunFolder(run), PairManifest.read(records)
    recall, facts = recall_models.config(folder)
    if recall.matcher != "pretrain":
        raise ValueError(f"{run} is of --matcher={recall.matcher}: only --matcher=pretrain gives labels and captions.")
    recall_models.check_features(run, facts, records, manifest)
    pairs = _first_of_each_product(records, fold, count)
    if not pairs:
        raise ValueError(
            f"{records}: no product is known to answer a query of fold {fold}. Give another --scored_fold."
        )
    encoder, heads, titles = recall_models.load(folder)
    tower = matching_towers.side(encoder, of_query=False)
    packed = tf.constant([pair_record.encode(pair) for pair in pairs])
    regions = region_inputs.parse(packed, recall.region_boxes, manifest.feature_width)
    arrays = {name: value.numpy() for name, value in regions.items()}
    vectors = keras.ops.convert_to_numpy(tower(arrays, training=False)["heads"])
    captions = described.captions(heads[SPACE], vectors, titles)
    skipped = stop_words.skipped_tokens(titles)
    labels = described.top_labels(heads[SPACE], vectors, titles, skipped, [pair.query for pair in pairs])
    rows = [
        CaptionRow(
            str(pair.product_id), pair.query, caption, named, _regions(pair, manifest.label_names),
            pair.image_height / pair.image_width,
        )
        for pair, caption, named in zip(pairs, captions, labels, strict=True)
    ]  # fmt: skip
    path = f"{run.rstrip('/')}/captions.html"
    name = os.path.basename(run.rstrip("/"))
    write_whole(path, caption_sheet.render(name, rows, {"records": records, "run": run}))
    return path


def _first_of_each_product(records: str, fold: int, count: int) -> list[Pair]:
    seen: dict[int, Pair] = {}
    relevant = (pair for pair in read_pairs(records, [fold]) if pair.answer == 1)
    fresh = (seen.setdefault(pair.product_id, pair) for pair in relevant if pair.product_id not in seen)
    return list(itertools.islice(fresh, count))


def _regions(pair: Pair, names: list[str]) -> tuple[Region, ...]:
    return tuple(
        Region(names[label] if label >= 0 else "", *map(float, box))
        for label, box in zip(pair.box_labels, pair.boxes, strict=True)
    )
