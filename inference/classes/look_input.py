"""Batches of model inputs with several looks at every product."""

import tensorflow as tf

from inference.classes.looks import Alone
from tfrecords_tools import schema
from training.augmentation import titles as title_changes
from training.inputs.input_pipeline import CORES, PARSE_BATCH, ProductInput, padded

_IDS = 2**31 - 1


class LookInput(ProductInput):
    """Every record once, each as several rows: look 0, 1, ... of the first record, then of the second.

    Args:
      folder, manifest, model, titles: see ProductInput.
      looks: what is made of each product.
      seed: of the looks that are random.

    Raises:
      ValueError: looks at pictures of a run that sees none.
    """

    def __init__(self, folder: str, manifest, model, titles, looks: Alone, seed: int):
        super().__init__(folder, manifest, model, titles, windowed=looks.windowed)
        self.looks, self.count, self.seed = looks, len(looks.weights), seed
        if self.count > 1 and "image" not in self.sides and not looks.titles:
            raise ValueError(
                "--tta changes pictures, and this run sees titles alone: leave it out, or give --tta=augment "
                "--tta_augment=words(0.1)"
            )

    def evaluation(self, folds, batch_size: int) -> tf.data.Dataset:
        """Every record of `folds` once, in the manifest's order; the last batch is padded with zeros.

        Yields model inputs of `batch_size * looks` rows.
        """
        records = tf.data.TFRecordDataset(self._paths(folds)).batch(PARSE_BATCH)
        examples = records.map(self._seeded, tf.data.AUTOTUNE).unbatch().map(self._looked_at, CORES)
        rows = examples.batch(batch_size).map(self._flattened, tf.data.AUTOTUNE)
        return rows.map(lambda inputs: padded(inputs, batch_size * self.count)).prefetch(tf.data.AUTOTUNE)

    def _seeded(self, serialized):
        keys = ["id", *self.sides, *(f"has_{side}" for side in self.sides)]
        examples = schema.parse(serialized, keys=keys)
        number = tf.strings.to_hash_bucket_fast(examples.pop("id"), _IDS)
        seeds = tf.stack([tf.fill(tf.shape(number), self.seed), tf.cast(number, tf.int32)], axis=1)
        return {**examples, "seed": seeds}

    def _looked_at(self, example):
        """One product as `[looks, ...]` of everything."""
        seed = example.pop("seed")
        seeds = tf.stack([tf.random.fold_in(seed, look) for look in range(self.count)])
        looks = {name: tf.tile([value], [self.count]) for name, value in example.items() if name != "image"}
        if "image" in example:
            looks["image"] = tf.stack(self._pictures(example, seeds))
        if self.looks.titles and "title" in looks:
            changed = [self._title(example["title"], seeds[look]) for look in range(1, self.count)]
            looks["title"] = tf.stack([example["title"], *changed])
        return looks

    def _title(self, title, seed):
        return title_changes.on_host(title, self.looks.titles, seed)

    def _pictures(self, example, seeds) -> list:
        windows, known = self.looks.windows(seeds)
        number = windows.shape[0] or self.count
        cuts = self.decoder.plan(tf.fill([number], example["image"]), windows)
        decoded = [self._with_picture({**example, "cut": cuts[place]})["image"] for place in range(number)]
        return self.looks.finished(decoded, known)

    def _flattened(self, batch):
        rows = {name: tf.reshape(value, [-1, *value.shape[2:]]) for name, value in batch.items()}
        return self._inputs(rows)
