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
        self.scorer, self.table, self.fold = PairScorer(devices, encoder, heads, pairs, batch_size), None, fold
        table = pairs.table_of([fold])
        self.judged = np.flatnonzero(table.answers >= 0)
        if not (table.answers == pair_table.RELEVANT).any():
            raise ValueError(
                f"{pairs.folder}: fold {fold} has {len(table)} pairs and none is judged relevant, so nothing can be "
                "scored there. Put valid_answer.json beside valid.tsv, or give another --validation_fold."
            )
        # By query, whatever the order of the files: see PairScorer.pairwise.
        self.judged = self.judged[np.argsort(table.query_ids[self.judged], kind="stable")]
        self.table = table

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
        self.pairs, self.fold, (self.head,) = pairs, fold, heads.values()
        self.scorer = PairScorer(devices, encoder, heads, pairs, batch_size)
        self.skipped = stop_words.skipped_tokens(pairs.titles)
        table = pairs.table_of([fold])
        self.rows = table.positives()
        tokens = pairs.titles(np.array(table.texts, object), training=False)
        self.tokens = np.asarray(tokens["token_ids"])
        if not len(self.rows):
            raise ValueError(
                f"{pairs.folder}: fold {fold} has no relevant pair, so nothing can be scored there. Put "
                "valid_answer.json beside valid.tsv, or give another --validation_fold."
            )

    def __call__(self) -> dict[str, float]:
        """`match/label_recall_at_10`, the mean over relevant pairs whose query has a label."""
        table, products = self.pairs.table_of([self.fold]), self.scorer.encoded_products([self.fold])
        found = []
        for row in self.rows:
            labels = np.unique(self.tokens[table.queries[row]])
            labels = labels[~self.skipped[labels]]
            if len(labels):
                scores = np.array(self.head.label_scores(products["heads"][table.products[row]][None])[0])
                scores[self.skipped] = -np.inf
                found.append(np.isin(labels, np.argsort(-scores)[:LABELS]).mean())
        return {f"match/label_recall_at_{LABELS}": float(np.mean(found)) if found else 0.0}
