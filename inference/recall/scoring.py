"""A trained matcher over the candidates of a fold: scores in a folder that rankings are made of."""

import io

import numpy as np

from inference.ranking import k_reciprocal, scores_folder, smoothing
from inference.ranking.scores import Scores, arrange
from tfrecords_tools import folds
from tfrecords_tools.manifest import PairManifest
from tfrecords_tools.writer import write_whole
from training import devices
from training.recall import recall_models
from training.recall.pair_evaluation import PairEvaluation
from training.recall.pair_scorer import PairScorer
from training.run_folder import RunFolder


class Scorer:
    """The best weights of a run over one folder of pairs.

    Args:
      records, run: the two folders.
      distribution: flags.distribution.Distribution.

    Raises:
      ValueError: the run is no matcher's, or was trained on records of other features.
    """

    def __init__(self, records: str, run: str, distribution):
        self.run, folder, self.manifest = run, RunFolder(run), PairManifest.read(records)
        recall, facts = recall_models.config(folder)
        if recall.matcher == "pretrain":
            raise ValueError(f"{run} is a pretraining, which scores nothing: train --matcher=word_match on it.")
        recall_models.check_features(run, facts, records, self.manifest)
        self.matcher = recall.matcher
        chosen = devices.choose(distribution)
        with chosen.scope():
            encoder, heads, titles = recall_models.load(folder)
        self.pairs = PairEvaluation(records, self.manifest, titles, recall.region_boxes)
        rows = folder.config().optimization.batch_size
        self.scorer = PairScorer(chosen, encoder, heads, self.pairs, rows)

    def scores(self, fold: int, k_share: float = 1.0, smoothed: float = 0.0) -> Scores:
        """Scores of every candidate of a fold.

        Args:
          k_share: of the towers' own distance in k-reciprocal re-ranking; 1: none.
          smoothed: share of its neighbours' mean that a product's vector takes.

        Raises:
          ValueError: either of a matcher that has no vectors to compare.
        """
        if (k_share, smoothed) != (1.0, 0.0) and self.matcher != "two_tower":
            raise ValueError(
                f"--k_reciprocal and --smoothed compare vectors, and --matcher={self.matcher} of {self.run} has none "
                "of queries and products in one space: leave them out, or give a run of two_tower."
            )
        table = self.pairs.table_of([fold])
        rows = np.argsort(table.query_ids, kind="stable")
        query, product = table.queries[rows], table.products[rows]
        queries, products = self.scorer.encode([fold], say=True)
        if smoothed:
            mixed = smoothing.smooth(products["products"], share=smoothed)
            products = {"products": smoothing.unit(mixed, "products")}
        if k_share < 1:
            score = k_reciprocal.re_rank(queries["queries"], products["products"], share=k_share)[query, product]
        else:
            score = self.scorer.pairwise(queries, products, query, product, say=True)
        about = {
            "fold": fold, "run": self.run, "records_fingerprint": self.manifest.source_fingerprint,
            "matcher": self.matcher, "k_reciprocal": k_share, "smoothed": smoothed,
        }  # fmt: skip
        return arrange(table.query_ids[rows], table.product_ids[rows], score, table.answers[rows], about, self.run)

    def write(self, fold: int, folder: str, **options) -> Scores:
        """Scores a fold into a folder of scores, see `scores`."""
        found = self.scores(fold, **options)
        scores_folder.write(folder, found)
        return found

    def write_queries(self, path: str) -> int:
        """Writes what the run makes of the training queries, float32 `[queries, dim]`, in the order that training.mine
        numbers them; gives their number."""
        found = self.scorer.encoded_queries([folds.TRAIN])
        vectors = found.get("queries")
        if vectors is None:
            words = found["words"][..., None]
            read = found.get("states", found.get("vectors"))
            vectors = (words * read).sum(axis=1) / np.maximum(words.sum(axis=1), 1.0)
        file = io.BytesIO()
        np.save(file, vectors.astype(np.float32), allow_pickle=False)
        write_whole(path, file.getvalue())
        return len(vectors)


def default_folder(run: str, fold: int) -> str:
    """Where the scores of a fold lie unless --scores says otherwise."""
    return f"{run.rstrip('/')}/scores_{folds.name(fold)}"
