"""Records in, batches out: an order that is a function of (seed, epoch), and a position that is one integer.

Serialized records are shuffled, never pictures; a resumed run skips to its position before anything is decoded;
every example draws its augmentation from (seed, epoch, index).
"""

import numpy as np
import tensorflow as tf

from models.product_encoder import SIDES
from tfrecords_tools import schema
from training import augmentation

PARSE_BATCH = 64  # records parsed at once: one by one costs 2.5 times as much
OPEN_SHARDS = 16


class ProductInput:
    """Batches of model inputs from a records folder.

    Args:
      folder, manifest: the records.
      model: flags.model.Model or what a run folder kept of it.
      titles: title inputs as training/title_inputs.py makes them; None if the model sees no titles.

    Raises:
      ValueError: a shard is not there, or not as long as the manifest says.
    """

    def __init__(self, folder: str, manifest, model, titles=None):
        self.folder, self.manifest, self.model, self.titles = folder, manifest, model, titles
        self.sides = SIDES[model.modality]
        _check_sizes(folder, manifest)

    def evaluation(self, folds, batch_size: int) -> tf.data.Dataset:
        """Every record of `folds` once, in the manifest's order; the last batch is padded with zeros.

        Yields model inputs; record i of the manifest is row i, rows beyond the count are padding.
        """
        dataset = _read(self._paths(folds)).batch(PARSE_BATCH).map(self._parse, tf.data.AUTOTUNE).unbatch()
        batches = self._with_pictures(dataset).batch(batch_size).map(self._inputs, tf.data.AUTOTUNE)
        return batches.map(lambda inputs: _pad(inputs, batch_size)).prefetch(tf.data.AUTOTUNE)

    def _with_pictures(self, examples: tf.data.Dataset, operations=()) -> tf.data.Dataset:
        if "image" not in self.sides:
            return examples
        return examples.map(lambda example: self._with_picture(example, operations), tf.data.AUTOTUNE)

    def _paths(self, folds) -> list[str]:
        return [_path(self.folder, shard) for shard in self.manifest.shards_of(folds)]

    def _parse(self, serialized):
        keys = [*self.sides, *(f"has_{side}" for side in self.sides), "label"]
        return schema.parse(serialized, keys=keys)

    def _with_picture(self, example, operations):
        size = self.model.image_size
        picture = tf.cond(
            example["has_image"] > 0,
            lambda: _decode(example["image"], size),
            lambda: tf.zeros((size, size, 3), tf.float32),
        )
        if operations:
            picture = augmentation.augment(picture, operations, example["seed"])
        return {**example, "image": tf.ensure_shape(tf.cast(tf.round(picture), tf.uint8), (size, size, 3))}

    def _inputs(self, batch, training=False):
        inputs = {f"has_{side}": tf.cast(batch[f"has_{side}"], tf.float32) for side in self.sides}
        if "image" in self.sides:
            inputs["image"] = batch["image"]
        if "title" in self.sides:
            inputs |= self.titles(batch["title"], training=training)
        return inputs


class TrainingInput(ProductInput):
    """Shuffled, augmented batches of the training folds, with the class of each row.

    Args:
      folds: the folds to train on.
      class_of_label: int32 `[num_labels]`, the head's class of each label.
      batch_size: the global batch; what is left of an epoch after the last whole batch is dropped.

    Raises:
      ValueError: fewer records than one batch.
    """

    def __init__(self, folder, manifest, model, titles, *, folds, class_of_label, optimization, seed: int):
        super().__init__(folder, manifest, model, titles)
        self.folds, self.seed, self.batch_size = tuple(folds), seed, optimization.batch_size
        self.class_of_label = tf.constant(class_of_label, tf.int32)
        self.shuffle_buffer = optimization.shuffle_buffer
        self.operations = augmentation.parse(optimization.augment)
        self.steps_per_epoch = manifest.count(self.folds) // self.batch_size
        if not self.steps_per_epoch:
            raise ValueError(
                f"{folder}: folds {list(self.folds)} hold {manifest.count(self.folds)} records, fewer than one batch "
                f"of {self.batch_size}. Lower --batch_size."
            )

    def epoch(self, epoch: int, first_step: int = 0) -> tf.data.Dataset:
        """Batches of one epoch from `first_step` on: {"inputs", "label" int32 [batch], "present" {space: [batch]}}."""
        examples = self._parsed(epoch, first_step, self._parse)
        if self.operations:
            examples = examples.map(self._with_title, tf.data.AUTOTUNE)
        batches = self._with_pictures(examples, self.operations).batch(self.batch_size, drop_remainder=True)
        return batches.map(self._labelled, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def ids(self, epoch: int, step: int) -> list[str]:
        """The ids of one batch, found again from the order alone."""
        parse = lambda serialized: schema.parse(serialized, keys=["id"])  # noqa: E731
        batch = next(iter(self._parsed(epoch, step, parse).batch(self.batch_size)))
        return [i.decode() for i in batch["id"].numpy()]

    def _parsed(self, epoch: int, first_step: int, parse) -> tf.data.Dataset:
        order = np.random.default_rng([self.seed, epoch])
        paths = [str(path) for path in order.permutation(self._paths(self.folds))]
        serialized = _read(paths, OPEN_SHARDS)
        serialized = serialized.shuffle(self.shuffle_buffer, int(order.integers(2**31)), False)
        start = first_step * self.batch_size
        seed = tf.random.fold_in(tf.constant([self.seed, 0]), epoch)

        def with_seeds(index, records):
            seeds = tf.vectorized_map(lambda i: tf.random.fold_in(seed, i), index)
            return {**parse(records), "seed": seeds}

        indexed = serialized.enumerate().skip(start).batch(PARSE_BATCH)
        return indexed.map(with_seeds, tf.data.AUTOTUNE).unbatch()

    def _with_title(self, example):
        if "title" not in self.sides:
            return example
        return {**example, "title": augmentation.augment(example["title"], self.operations, example["seed"], True)}

    def _labelled(self, batch):
        inputs = self._inputs(batch, training=True)
        present = {side: inputs[f"has_{side}"] for side in self.sides}
        if self.model.modality == "joint":
            present["joint"] = tf.maximum(present["image"], present["title"])
        return {"inputs": inputs, "label": tf.gather(self.class_of_label, batch["label"]), "present": present}


def _path(folder: str, shard) -> str:
    return f"{folder.rstrip('/')}/{shard.file}"


def _check_sizes(folder: str, manifest) -> None:
    # tf.data would read on to the first fault and drop what follows it.
    for shard in manifest.shards:
        path = _path(folder, shard)
        found = tf.io.gfile.stat(path).length if tf.io.gfile.exists(path) else 0
        if found != shard.bytes:
            raise ValueError(
                f"{path} has {found} bytes where the manifest says {shard.bytes}: see what is lost with "
                f"python -m tfrecords_tools.verify --records={folder}"
            )


def _read(paths: list[str], open_shards: int = 1) -> tf.data.Dataset:
    shards = tf.data.Dataset.from_tensor_slices(paths)
    return shards.interleave(
        tf.data.TFRecordDataset, cycle_length=min(open_shards, len(paths)), num_parallel_calls=1, deterministic=True
    )


def _decode(data: tf.Tensor, size: int) -> tf.Tensor:
    picture = tf.image.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.image.resize_with_pad(tf.cast(picture, tf.float32), size, size, antialias=True)


def _pad(inputs: dict, batch_size: int) -> dict:
    def pad(tensor):
        missing = batch_size - tf.shape(tensor)[0]
        padded = tf.pad(tensor, [[0, missing]] + [[0, 0]] * (tensor.shape.rank - 1))
        return tf.ensure_shape(padded, [batch_size, *tensor.shape[1:]])

    return {name: pad(tensor) for name, tensor in inputs.items()}
