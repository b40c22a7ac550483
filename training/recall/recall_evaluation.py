"""How good a matcher, or what it begins with, is on a held-out fold."""

import numpy as np

from training.recall import pair_table, ranked_marks, stop_words
from training.recall.pair_scorer import PairScorer

LABELS = 10


class MatchEvaluation:
    """Ranks the judged candidates of a fold's queries.

    Args:
      devices, encoder, heads: of a matcher.
      pairs: training.recall.pair_evaluation.PairEvaluation.
      fold: the held-out fold.
      batch_size: rows encoded at a time.

    Raises:
      ValueError: nobody has judged a pair of the fold.
    """

    def __init__(self, devices, encoder, heads: dict, pairs, fold: int, batch_size: int):
        self.scorer, self.fold = PairScorer(devices, encoder, heads, pairs, batch_size), fold
        self.table = table = pairs.table_of([fold])
        self.judged = np.flatnonzero(table.answers >= 0)
        if not (table.answers == pair_table.RELEVANT).any():
            raise ValueError(
                f"{pairs.folder}: fold {fold} has {len(table)} pairs and none is judged relevant, so nothing can be "
                "scored there. Put valid_answer.json beside valid.tsv, or give another --validation_fold."
            )
        # By query, whatever the order of the files: see PairScorer.pairwise.
        self.judged = self.judged[np.argsort(table.query_ids[self.judged], kind="stable")]

    def __call__(self) -> dict[str, float]:
        """`match/ndcg5` as KDD Cup 2020 defines it, over all queries that have a judged candidate, and `match/mrr`."""
        table, rows = self.table, self.judged
        queries, products = self.scorer.encode([self.fold])
        scores = self.scorer.pairwise(queries, products, table.queries[rows], table.products[rows])
        asked, query = np.unique(table.query_ids[rows], return_inverse=True)
        found = ranked_marks.of_marks(query, scores, table.answers[rows], len(asked), relevant=1)
        return {f"match/{name}": found[name] for name in ("ndcg5", "mrr")}


class PretrainingEvaluation:
    """How many words of its queries are among the labels that a product scores highest; see MatchEvaluation."""

    def __init__(self, devices, encoder, heads: dict, pairs, fold: int, batch_size: int):
        self.fold, self.batch_size, (self.head,) = fold, batch_size, heads.values()
        self.scorer = PairScorer(devices, encoder, heads, pairs, batch_size)
        self.skipped = stop_words.skipped_tokens(pairs.titles)
        table = pairs.table_of([fold])
        rows = table.positives()
        if not len(rows):
            raise ValueError(
                f"{pairs.folder}: fold {fold} has no relevant pair, so nothing can be scored there. Put "
                "valid_answer.json beside valid.tsv, or give another --validation_fold."
            )
        tokens = np.asarray(pairs.titles(np.array(table.texts, object), training=False)["token_ids"])
        words = [np.unique(query[~self.skipped[query]]) for query in tokens]
        asked = [(table.products[row], words[table.queries[row]]) for row in rows]
        self.asked = [(product, labels) for product, labels in asked if len(labels)]

    def __call__(self) -> dict[str, float]:
        """`match/label_recall_at_10`, the mean over relevant pairs whose query has a label."""
        heads = self.scorer.encoded_products([self.fold])["heads"]
        wanted = np.unique([product for product, _ in self.asked]).astype(int)
        best = {}
        for first in range(0, len(wanted), self.batch_size):
            products = wanted[first : first + self.batch_size]
            scores = np.array(self.head.label_scores(heads[products]))
            scores[:, self.skipped] = -np.inf
            best |= zip(products, np.argsort(-scores, axis=1)[:, :LABELS], strict=True)
        found = [np.isin(labels, best[product]).mean() for product, labels in self.asked]
        return {f"match/label_recall_at_{LABELS}": float(np.mean(found)) if found else 0.0}
