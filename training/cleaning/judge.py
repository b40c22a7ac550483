"""A trained run that predicts the labels of records, fold by fold and block by block."""

import os
from collections.abc import Iterator

import numpy as np

from training import class_metrics
from training.classes import of_folder
from training.inputs.input_pipeline import ProductInput
from training.run_folder import RunFolder

BLOCK = 256  # rows whose probabilities of all labels are in memory together


class Judge:
    """One run; pictures and titles go through its encoder once, and what comes out waits on the disk.

    Args:
      records, manifest: folder of the records, which may be others than the run's: classes are told apart by name.
      run: its folder.
      devices: what `training.devices.choose` gave.
      scratch: folder for embeddings, float32, records times their length.

    Attributes:
      held_out: the folds that it did not train on.
      knows: bool `[num_labels]`, whether its head has a class for the label.

    Raises:
      FileNotFoundError: the folder holds no trained run.
      ValueError: it has no classes.
    """

    def __init__(self, records: str, manifest, run: str, devices, scratch: str):
        folder = RunFolder(run)
        config = folder.config()
        if config.model.head == "tuples":
            raise ValueError(
                f"{run} was trained with --head=tuples and has no classes to judge labels by: leave it out."
            )
        self.run, self.manifest, self.devices, self.scratch = run, manifest, devices, scratch
        with devices.scope():
            encoder, heads, titles = folder.load()
        self.space, self.batch_size = config.model.modality, config.optimization.batch_size
        self.head, self.embedder = heads[self.space], devices.embedder(encoder)
        self.products = ProductInput(records, manifest, config.model, titles)
        self.held_out = {config.run.validation_fold, config.run.test_fold}
        classes = of_folder(folder, records, manifest)
        self.knows = classes >= 0
        self.class_of_known, self.labels = classes[self.knows], np.flatnonzero(self.knows)

    def vectors(self, fold: int) -> Iterator[np.ndarray]:
        """The embeddings of a fold's records in their order, float32 `[n, dim]` a block; 0 of a record that lacks the
        side."""
        path = os.path.join(self.scratch, f"{fold}.npy")
        if not os.path.exists(path):
            self._embed(fold, path)
        stored = np.load(path, mmap_mode="r")
        for start in range(0, len(stored), BLOCK):
            yield np.asarray(stored[start : start + BLOCK])

    def probabilities(self, fold: int) -> Iterator[np.ndarray]:
        """The probability of each label, float32 `[n, num_labels]` a block; labels that the run has no class for get
        0, and so do all labels of a record that lacks the side."""
        for vectors in self.vectors(fold):
            found = np.zeros((len(vectors), self.manifest.num_labels), np.float32)
            classes = class_metrics.softmax(self.head(vectors, training=False))
            found[:, self.labels] = classes[:, self.class_of_known]
            found[~vectors.any(axis=1)] = 0.0
            yield found

    def _embed(self, fold: int, path: str) -> None:
        count, start, stored = self.manifest.count([fold]), 0, None
        self.embedder.load()
        for inputs in self.devices.batches(self.products.evaluation([fold], self.batch_size)):
            found = np.asarray(self.embedder(inputs)[self.space], np.float32)[: count - start]
            if stored is None:
                shape = (count, found.shape[1])
                stored = np.lib.format.open_memmap(f"{path}.part", "w+", np.float32, shape)
            stored[start : start + len(found)] = found
            start += len(found)
        if stored is None:
            stored = np.lib.format.open_memmap(f"{path}.part", "w+", np.float32, (0, 1))
        stored.flush()
        os.replace(f"{path}.part", path)
