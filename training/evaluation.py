"""How good a run is on a held-out fold: retrieval in every space, and its classes where they are shared."""

import numpy as np

from models.linear_head import HierarchicalHead, LinearHead
from models.top_k import top_k
from tfrecords_tools.manifest import Manifest
from training import class_metrics, devices, embedding, metrics
from training.classes import level_of_class, of_folder
from training.inputs.input_pipeline import ProductInput
from training.run_folder import RunFolder

NEIGHBOURS = 51
ROWS_AT_ONCE = 1024  # whose logits of all classes are in memory together


class Evaluator:
    """Scores an encoder on one fold; the table of the fold is read once.

    Args:
      devices: what `training.devices.choose` gave.
      products: training.inputs.input_pipeline.ProductInput.
      fold: the held-out fold.
      class_of_label: int32 `[num_labels]`, -1 where the head does not know the label.
      batch_size: global batch of the pass.

    Raises:
      ValueError: the fold has no two products of one label, so there is nothing to find; or for linear heads, which
        are scored by classes alone, none of a class of training.
    """

    def __init__(self, devices, encoder, heads, products, fold: int, class_of_label, batch_size: int):
        self.devices, self.heads, self.products, self.fold = devices, heads, products, fold
        self.batch_size = batch_size
        self.embedder = devices.embedder(encoder)
        self.table = embedding.product_table(products.folder, [fold])
        self.label = self.table["label"].to_numpy()
        self.known_class = np.where(self.label >= 0, np.asarray(class_of_label)[self.label], -1)
        self.level_of_class = level_of_class(products.manifest, np.asarray(class_of_label))
        self.linear = any(isinstance(head, LinearHead) for head in heads.values())
        if self.linear and (self.known_class < 0).all():
            raise ValueError(
                f"{products.folder}: no product of fold {fold} is of a class that training has, so --head=linear "
                "cannot be scored there: convert with --split=stratified, or give another --validation_fold."
            )
        if not self.linear and len(self.label) == len(np.unique(self.label)):
            raise ValueError(
                f"{products.folder}: fold {fold} has {len(self.label)} products and no two of one label: retrieval has "
                "no query there. Give another --validation_fold, or convert with fewer --folds."
            )

    def __call__(self) -> dict[str, float]:
        """Runs the fold through the encoder.

        Returns:
          `<space>/mean_f1` at the best threshold of this fold, `<space>/recall_at_1`, `<space>/map_at_r`; of linear
          heads not these. Where the fold shares classes with training and the head has any, `<space>/top1`,
          `<space>/top5`, `<space>/gap` and the others of training.class_metrics, on rows of these classes; with a
          category tree `<space>/level_<k>`, the share of rows whose predicted class is of the right category. Rows
          that lack the side are left out.
        """
        return self.score(self.embeddings())

    def embeddings(self) -> dict[str, np.ndarray]:
        """The fold's embeddings {space: float32 `[rows, dim]`}."""
        batches = self.products.evaluation([self.fold], self.batch_size)
        return embedding.embed(self.devices, self.embedder, batches, len(self.label))

    def score(self, spaces: dict[str, np.ndarray]) -> dict[str, float]:
        """Scores of what `embeddings` gave, by the heads as they are now."""
        scores: dict[str, float] = {}
        for space, vectors in spaces.items():
            scores |= {f"{space}/{name}": value for name, value in self._score(space, vectors).items()}
        return scores

    def _score(self, space: str, vectors: np.ndarray) -> dict[str, float]:
        there = vectors.any(axis=1)
        vectors, label, known = vectors[there], self.label[there], self.known_class[there]
        if len(label) < 2:
            return {}
        found = {}
        if not self.linear:
            scores, indices = top_k(vectors, vectors, min(NEIGHBOURS, len(vectors)))
            found = metrics.retrieval_scores(scores, indices, label)
        if space in self.heads and self.heads[space].num_classes and (known >= 0).any():
            found |= self._classes(self.heads[space], vectors[known >= 0], known[known >= 0])
        return found

    def _classes(self, head, vectors: np.ndarray, label: np.ndarray) -> dict[str, float]:
        scores, predicted = class_metrics.ClassScores(), []
        for start in range(0, len(label), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            best, confidence, near = class_metrics.ranked(head(vectors[part], training=False), label[part])
            scores.add_ranked(best, confidence, near, label[part])
            predicted.append(np.asarray(best))
        levels = self._levels(head, vectors, np.concatenate(predicted), label)
        return scores.result() | levels

    def _levels(self, head, vectors, predicted, label) -> dict[str, float]:
        """How often the class predicted lies in the right category, by level; with heads of their own, theirs too."""
        found = {}
        for place, category in enumerate(self.level_of_class):
            there, name = category[label] >= 0, f"level_{place + 1}"
            if not there.any():
                continue
            right = category[label][there]
            found[name] = float((category[predicted][there] == right).mean())
            if isinstance(head, HierarchicalHead):
                own = np.asarray(head.levels[place](vectors[there])).argmax(axis=1)
                found[f"{name}_head"] = float((own == right).mean())
                found[f"{name}_consistent"] = float((own == category[predicted][there]).mean())
        return found


def deciding(model, run) -> str:
    """The name of the score that the best weights are chosen by, such as image/mean_f1.

    Args:
      model, run: of flags, or what a run folder kept of them; older ones lack the flags added since.
    """
    by = getattr(run, "best_by", "auto")
    if by == "auto":
        by = "top1" if getattr(model, "head", "") == "linear" else "mean_f1"
    return f"{model.modality}/{by}"


def evaluate_run(records: str, run: str, fold: int, distribution) -> dict[str, float]:
    """Scores the best weights of the folder `run` on one fold of `records`; see Evaluator."""
    folder, manifest = RunFolder(run), Manifest.read(records)
    config = folder.config()
    chosen = devices.choose(distribution)
    with chosen.scope():
        encoder, heads, titles = folder.load()
    classes = of_folder(folder, records, manifest)
    products = ProductInput(records, manifest, config.model, titles)
    return Evaluator(chosen, encoder, heads, products, fold, classes, config.optimization.batch_size)()
