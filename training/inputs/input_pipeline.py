"""Records in, batches of model inputs out: every record once, in the manifest's order. Training adds to it in
training/inputs/training_input.py."""

import os

import tensorflow as tf

from models.product_encoder import SIDES
from tfrecords_tools import schema
from training.inputs import pictures

CORES = os.cpu_count()  # pictures decoded at once; tf.data's own choice takes seconds of every epoch to grow to it
PARSE_BATCH = 64  # records parsed at once: one by one costs 2.5 times as much


class ProductInput:
    """Batches of model inputs from a records folder.

    Args:
      folder, manifest: the records.
      model: flags.model.Model or what a run folder kept of it.
      titles: title inputs as training/inputs/title_inputs.py makes them; None if the model sees no titles.
      windowed: whether parts of pictures will be decoded.

    Raises:
      ValueError: a shard is not there, or not as long as the manifest says.
    """

    def __init__(self, folder: str, manifest, model, titles=None, windowed: bool = False):
        self.folder, self.manifest, self.model, self.titles = folder, manifest, model, titles
        self.sides = SIDES[model.modality]
        squares = manifest.resize != "none"
        self.decoder = pictures.Decoder(model.image_size, manifest.stored_size if squares else 0, windowed)
        lacking = {side: any(getattr(shard, f"without_{side}") for shard in manifest.shards) for side in self.sides}
        self.lacking = [side for side, lacks in lacking.items() if lacks]
        check_sizes(folder, manifest)

    def evaluation(self, folds, batch_size: int) -> tf.data.Dataset:
        """Every record of `folds` once, in the manifest's order; the last batch is padded with zeros.

        Yields model inputs; record i of the manifest is row i, rows beyond the count are padding.
        """
        records = tf.data.TFRecordDataset(self._paths(folds)).batch(PARSE_BATCH)
        examples = records.map(self._planned, tf.data.AUTOTUNE).unbatch()
        if "image" in self.sides:
            examples = examples.map(self._with_picture, CORES)
        batches = examples.batch(batch_size).map(self._inputs, tf.data.AUTOTUNE)
        return batches.map(lambda inputs: padded(inputs, batch_size)).prefetch(tf.data.AUTOTUNE)

    def _paths(self, folds) -> list[str]:
        return [os.path.join(self.folder, shard.file) for shard in self.manifest.shards_of(folds)]

    def _parse(self, serialized):
        keys = [*self.sides, *(f"has_{side}" for side in self.sides), "label"]
        return schema.parse(serialized, keys=keys)

    def _planned(self, serialized):
        examples = self._parse(serialized)
        if "image" in self.sides:
            examples["cut"] = self.decoder.plan(examples["image"])
        return examples

    def _with_picture(self, example):
        """Decodes the picture of one example, uint8 `[size, size, 3]`; black where there is none."""
        decode = lambda: self.decoder.decode(example["image"], example["cut"])  # noqa: E731
        if "image" not in self.lacking:
            return {**example, "image": decode()}
        blank = tf.zeros((self.decoder.size, self.decoder.size, 3), tf.uint8)
        return {**example, "image": tf.cond(example["has_image"] > 0, decode, lambda: blank)}

    def _inputs(self, batch, training=False):
        inputs = {f"has_{side}": tf.cast(batch[f"has_{side}"], tf.float32) for side in self.sides}
        if "image" in self.sides:
            inputs["image"] = batch["image"]
        if "title" in self.sides:
            inputs |= self.titles(batch["title"], training=training)
        return inputs


def check_sizes(folder: str, manifest) -> None:
    """Refuses shards that are not there or not as long as the manifest says."""
    # tf.data would read on to the first fault and drop what follows it.
    for shard in manifest.shards:
        path = os.path.join(folder, shard.file)
        found = tf.io.gfile.stat(path).length if tf.io.gfile.exists(path) else 0
        if found != shard.bytes:
            raise ValueError(
                f"{path} has {found} bytes where the manifest says {shard.bytes}: see what is lost with "
                f"python -m tfrecords_tools.verify --records={folder}"
            )


def padded(inputs: dict, batch_size: int) -> dict:
    """The batch with rows of zeros after its own, `batch_size` in all."""

    def pad(tensor):
        missing = batch_size - tf.shape(tensor)[0]
        margins = [[0, missing]] + [[0, 0]] * (tensor.shape.rank - 1)
        whole = tf.cond(missing > 0, lambda: tf.pad(tensor, margins), lambda: tensor)
        return tf.ensure_shape(whole, [batch_size, *tensor.shape[1:]])

    return {name: pad(tensor) for name, tensor in inputs.items()}
