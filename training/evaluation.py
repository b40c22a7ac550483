"""How good an encoder is on a held-out fold: retrieval in every space, and top-1 where classes are shared."""

import numpy as np

from models.top_k import top_k
from tfrecords_tools.manifest import Manifest
from training import devices, embedding, metrics
from training.classes import of_run
from training.inputs.input_pipeline import ProductInput
from training.run_folder import RunFolder

NEIGHBOURS = 51


class Evaluator:
    """Scores an encoder on one fold; the table of the fold is read once.

    Args:
      devices: what `training.devices.choose` gave.
      products: training.inputs.input_pipeline.ProductInput.
      fold: the held-out fold.
      class_of_label: int32 `[num_labels]`, -1 where the head does not know the label.
      batch_size: global batch of the pass.

    Raises:
      ValueError: the fold has no two products of one label, so there is nothing to find.
    """

    def __init__(self, devices, encoder, heads, products, fold: int, class_of_label, batch_size: int):
        self.devices, self.heads, self.products, self.fold = devices, heads, products, fold
        self.batch_size = batch_size
        self.embedder = devices.embedder(encoder)
        self.table = embedding.product_table(products.folder, [fold])
        self.label = self.table["label"].to_numpy()
        self.known_class = np.where(self.label >= 0, np.asarray(class_of_label)[self.label], -1)
        if len(self.label) == len(np.unique(self.label)):
            raise ValueError(
                f"{products.folder}: fold {fold} has {len(self.label)} products and no two of one label: retrieval has "
                "no query there. Give another --validation_fold, or convert with fewer --folds."
            )

    def __call__(self) -> dict[str, float]:
        """Runs the fold through the encoder.

        Returns:
          `<space>/mean_f1` at the best threshold of this fold, `<space>/recall_at_1`, `<space>/map_at_r`, and
          `<space>/top1` where the fold shares classes with training and the head has any. Rows that lack the side are
          left out.
        """
        batches = self.products.evaluation([self.fold], self.batch_size)
        spaces = embedding.embed(self.devices, self.embedder, batches, len(self.label))
        scores: dict[str, float] = {}
        for space, vectors in spaces.items():
            scores |= {f"{space}/{name}": value for name, value in self._score(space, vectors).items()}
        return scores

    def _score(self, space: str, vectors: np.ndarray) -> dict[str, float]:
        there = np.linalg.norm(vectors, axis=1) > 0.5
        vectors, label, known = vectors[there], self.label[there], self.known_class[there]
        if len(label) < 2:
            return {}
        scores, indices = top_k(vectors, vectors, min(NEIGHBOURS, len(vectors)))
        found = metrics.retrieval_scores(scores, indices, label)
        if space in self.heads and self.heads[space].num_classes and (known >= 0).any():
            logits = np.asarray(self.heads[space](vectors[known >= 0], training=False))
            found["top1"] = float((logits.argmax(axis=1) == known[known >= 0]).mean())
        return found


def evaluate_run(records: str, run: str, fold: int, distribution) -> dict[str, float]:
    """Scores the best weights of the folder `run` on one fold of `records`; see Evaluator."""
    folder, manifest = RunFolder(run), Manifest.read(records)
    config = folder.config()
    chosen = devices.choose(distribution)
    with chosen.scope():
        encoder, heads, titles = folder.load()
    _, classes = of_run(manifest, config.run)
    products = ProductInput(records, manifest, config.model, titles)
    return Evaluator(chosen, encoder, heads, products, fold, classes, config.optimization.batch_size)()
