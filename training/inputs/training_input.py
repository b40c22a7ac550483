"""Shuffled, augmented batches: an order that is a function of (seed, epoch), and a position that is one integer.

Serialized records are shuffled, never pictures; a resumed run reads on at its position; every example draws its
augmentation from (seed, epoch, position).
"""

import numpy as np
import tensorflow as tf

from tfrecords_tools import schema
from training.augmentation import mixing, titles
from training.augmentation.plan import Augmentation
from training.inputs import borrowing, record_stream, rows, samplers
from training.inputs.input_pipeline import CORES, PARSE_BATCH, ProductInput


class TrainingInput(ProductInput):
    """Batches of the training folds, with the class of each row.

    Args:
      folds: the folds to train on.
      class_of_label: int32 `[num_labels]`, the head's class of each label; -1 of labels that no chosen record has.
      optimization: flags.optimizer.Optimization: batch_size (global, in rows; what is left of an epoch after the last
        whole batch is dropped), augment, sampler, shuffle_buffer.
      where: "host" or "device", see training/augmentation/plan.py.
      replicas: what a batch is divided among.
      data_service: address of a tf.data service dispatcher that decodes and augments; "" = this host does.
      chosen: training.inputs.rows.Rows of these folds; None = every record once.

    Attributes:
      classes: int32 `[records]` of the folds. numbers: int64 `[rows]`, the records that an epoch is made of.

    Raises:
      ValueError: fewer records than one batch, or an augmentation or sampler that does not fit.
    """

    def __init__(
        self, folder, manifest, model, titles, *,
        folds, class_of_label, optimization, seed: int, where: str = "host", replicas: int = 1,
        data_service: str = "", chosen: rows.Rows | None = None,
    ):  # fmt: skip
        self.augmentation = Augmentation(optimization.augment, where)
        super().__init__(folder, manifest, model, titles, windowed=bool(self.augmentation.window))
        self.folds, self.seed, self.optimization = tuple(folds), seed, optimization
        self.batch_size, self.data_service = optimization.batch_size, data_service
        self.class_of_label = np.asarray(class_of_label, np.int32)
        if "image" in self.sides:
            parts = replicas * optimization.accumulate_steps
            _check_mixing(self.augmentation, model, self.batch_size // parts)
        chosen = chosen or rows.read(folder, manifest, self.folds)
        self.shards, self.offsets, self.numbers = chosen.shards, chosen.offsets, chosen.numbers()
        self.classes = self.class_of_label[chosen.labels]
        self.steps_per_epoch = self._rows_per_epoch() // self.batch_size

    def _rows_per_epoch(self) -> int:
        rows, found = len(self.numbers), f"{len(self.numbers)} records"
        if self.optimization.sampler == "tuples":
            rows = len(self.order(0))
            found += f", {rows} rows of tuples an epoch"
        if rows < self.batch_size:
            raise ValueError(
                f"{self.folder}: folds {list(self.folds)} hold {found}, fewer than one batch of {self.batch_size}. "
                "Lower --batch_size."
            )
        # Epochs of another sampler may be of another length: the shortest is the length of all.
        return min(len(self.order(epoch)) for epoch in {0, max(0, self.optimization.classes_from_epoch)})

    def order(self, epoch: int) -> np.ndarray:
        """The record numbers of an epoch, int64 `[positions]`: what the sampler makes of (seed, epoch)."""
        return self.numbers[self._sampled(epoch)]

    def _sampled(self, epoch: int) -> np.ndarray:
        """Places in `numbers`."""
        classes = self.classes[self.numbers]
        random, chosen = np.random.default_rng([self.seed, epoch]), self.optimization
        if chosen.sampler == "tuples":
            return samplers.tuples(classes, random, self.model.negatives)
        if chosen.sampler == "groups":
            return samplers.groups(classes, random, self.batch_size, chosen.group_members)
        if chosen.sampler == "classes" or 0 <= chosen.classes_from_epoch <= epoch:
            return samplers.classes(classes, random)
        return samplers.instances(classes, random, self.window, chosen.oversample_to)

    @property
    def mixes(self) -> bool:
        """Whether neighbours' pictures are mixed."""
        return bool(self.augmentation.mixing)

    @property
    def window(self) -> int:
        """Records shuffled among themselves: --shuffle_buffer in whole batches."""
        return max(1, self.optimization.shuffle_buffer // self.batch_size) * self.batch_size

    def epoch(self, epoch: int, first_step: int = 0) -> tf.data.Dataset:
        """Batches of one epoch from `first_step` on.

        Yields {"inputs", "label" int32 [batch], "present" {space: [batch]}}; with mixing also "kept" float32 [batch],
        the weight of the row's own label; with changes left to the device also "device" and "mixing", what
        `on_device` applies.
        """
        examples = self._read(epoch, first_step, self._drawn)
        if self.augmentation.titles and "title" in self.sides:
            examples = examples.map(self._with_title, tf.data.AUTOTUNE)
        if "image" in self.sides:
            examples = examples.map(self._with_changed_picture, CORES)
        batches = examples.batch(self.batch_size, drop_remainder=True)
        if self.data_service:
            batches = batches.apply(
                tf.data.experimental.service.distribute(
                    tf.data.experimental.service.ShardingPolicy.DYNAMIC, self.data_service
                )
            )
        return batches.map(self._labelled, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def on_device(self, batch: dict) -> dict:
        """Applies what the host left to the device, and gives the batch that the loss takes."""
        if "device" not in batch and "mixing" not in batch:
            return batch
        image = self.augmentation.on_device(batch["inputs"]["image"], batch.get("device", ()), batch.get("mixing"))
        return {**batch, "inputs": {**batch["inputs"], "image": image}}

    def ids(self, epoch: int, step: int) -> list[str]:
        """The ids of one batch, found again from the order alone."""
        parse = lambda seeds, records: schema.parse(records, keys=["id"])  # noqa: E731
        batch = next(iter(self._read(epoch, step, parse).batch(self.batch_size)))
        return [i.decode() for i in batch["id"].numpy()]

    def _read(self, epoch: int, first_step: int, parse) -> tf.data.Dataset:
        """Examples as `parse` makes them of (seeds int32 [n, 2], records string [n])."""
        order = self.order(epoch)[: self.steps_per_epoch * self.batch_size]
        start = first_step * self.batch_size
        # Records are parsed and draws made in the same batches wherever an epoch is taken up: the last bit of a sine
        # depends on its place in a vector.
        skipped = start % PARSE_BATCH
        windows = record_stream.stream(
            self._paths(self.folds), order, self.window, self.shards, self.offsets, start - skipped
        )
        seed = tf.random.fold_in(tf.constant([self.seed, 0]), epoch)[0]

        def parsed(positions, records):
            positions = tf.cast(positions, tf.int32)
            return parse(tf.stack([tf.fill(tf.shape(positions), seed), positions], axis=1), records)

        return windows.rebatch(PARSE_BATCH).map(parsed, tf.data.AUTOTUNE).unbatch().skip(skipped)

    # The graphs of these three are built once, not for every epoch and every place that one is taken up at.

    @tf.function
    def _drawn(self, seeds, records):
        examples, changes = self._parse(records), {}
        if "image" in examples:
            changes = self.augmentation.draw(seeds)
            examples["cut"] = self.decoder.plan(examples["image"], changes.pop("window", None))
        return {**examples, "seed": seeds, "changes": changes}

    def _with_title(self, example):
        return {**example, "title": titles.on_host(example["title"], self.augmentation.titles, example["seed"])}

    @tf.function
    def _with_changed_picture(self, example):
        example = self._with_picture(example)
        return {**example, "image": self.augmentation.on_host(example["image"], example["changes"].get("host", ()))}

    @tf.function
    def _labelled(self, batch):
        inputs = self._inputs(batch, training=True)
        for side in self.lacking:
            inputs = borrowing.filled(inputs, side)
        present = {side: inputs[f"has_{side}"] for side in self.sides}
        if self.model.modality == "joint":
            present["joint"] = tf.maximum(present["image"], present["title"])
        label = tf.gather(tf.constant(self.class_of_label), batch["label"])
        labelled = {"inputs": inputs, "label": label, "present": present}
        changes = batch["changes"]
        if "device" in changes:
            labelled["device"] = changes["device"]
        if "mixing" in changes:
            mixed = mixing.only_where_both(changes["mixing"], inputs["has_image"])
            labelled["kept"] = mixed[:, mixing.KEPT_SHARE]
            if self.augmentation.where == "device":
                labelled["mixing"] = mixed
            else:
                whole = mixing.on_host(tf.cast(inputs["image"], tf.float32), mixed)
                inputs["image"] = tf.cast(tf.round(whole), tf.uint8)
        return labelled


def _check_mixing(augmentation: Augmentation, model, rows: int) -> None:
    if not augmentation.mixing:
        return
    name = augmentation.mixing[0].name
    if model.modality != "image":
        raise ValueError(
            f"--augment: {name} mixes pictures and their classes, but with --modality={model.modality} a title would "
            "keep the class of one: train with --modality=image, or leave it out."
        )
    if getattr(model, "head", "replicated") == "tuples":
        raise ValueError(
            f"--augment: {name} mixes pictures and their classes, and --head=tuples has none: leave it out."
        )
    if rows % 2:
        raise ValueError(
            f"--augment: {name} mixes pairs of rows, and a replica has {rows} at a time: change --batch_size."
        )
