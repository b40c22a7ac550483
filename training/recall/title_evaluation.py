"""How good two towers of text are on held-out queries: marked products ranked, answers found in the catalogue."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from models.recall.title_towers import SPACE, TOWERS, tower
from models.top_k import top_k
from tfrecords_tools.judgements import Judgements
from training import embedding
from training.recall import ranked_marks
from training.recall.pair_texts import PairTexts

DEPTHS = (10, 100)  # products of the catalogue that recall looks at


class TitleEvaluation:
    """Scores the towers of one encoder.

    Args:
      devices: what `training.devices.choose` gave.
      encoder: of models.recall.title_towers.
      texts: what makes its inputs.
      marks: of the held-out queries.
      titles: of the whole catalogue.
      batch_size: texts at a time.
      relevant: the least rating of an answer.
      catalogue: whether answers are looked for in the whole catalogue too; else only marked products are embedded,
        which are few.

    Raises:
      ValueError: no query has an answer.
    """

    def __init__(
        self, devices, encoder, texts: PairTexts, marks: Judgements, titles: Sequence[str], batch_size: int,
        relevant: int = 2, catalogue: bool = True,
    ):  # fmt: skip
        self.devices, self.texts, self.batch_size = devices, texts, batch_size
        self.marks, self.titles, self.relevant, self.catalogue = marks, titles, relevant, catalogue
        if not (marks.rating >= relevant).any():
            raise ValueError(
                f"{marks.summary()} held out, and none is a rating of {relevant} or more: there is nothing to find. "
                "Lower --relevant_rating, or hold out other queries."
            )
        if not catalogue:
            kept, places = np.unique(marks.product, return_inverse=True)
            self.marks = dataclasses.replace(marks, product=places.astype(np.int32))
            self.titles = [titles[place] for place in kept]
        self.embedders = {name: devices.embedder(tower(encoder, name)) for name in TOWERS}

    def __call__(self) -> dict[str, float]:
        """Runs queries and titles through the towers as they are now.

        Returns:
          `match/ndcg5`, `match/ndcg5_graded` and `match/mrr` of the marked products of each query
          (training/recall/ranked_marks.py), and with `catalogue` `match/recall_at_<k>` of the answers in all of it,
          where products that nobody marked take places of the k.
        """
        return self.score(**self.embeddings())

    def embeddings(self) -> dict[str, np.ndarray]:
        """{"queries": float32 `[queries, dim]`, "products": float32 `[products, dim]`}, of the catalogue or of the
        marked products alone."""
        found = {}
        for name, texts in (("queries", self.marks.queries), ("products", self.titles)):
            batches = self.texts.batches(name, texts, self.batch_size)
            found |= embedding.embed(self.devices, self.embedders[name], batches, len(texts))
        return found

    def cosines(self, queries: np.ndarray, products: np.ndarray) -> np.ndarray:
        """float32 `[marks]`: the score of each marked pair, of what `embeddings` gave."""
        return np.einsum("md,md->m", queries[self.marks.query], products[self.marks.product])

    def score(self, queries: np.ndarray, products: np.ndarray) -> dict[str, float]:
        """Scores of what `embeddings` gave."""
        marks, cosines = self.marks, self.cosines(queries, products)
        scores = ranked_marks.of_marks(marks.query, cosines, marks.rating, len(queries), self.relevant)
        if self.catalogue:
            scores |= self._recall(queries, products)
        return {f"{SPACE}/{name}": value for name, value in scores.items()}

    def _recall(self, queries, products) -> dict[str, float]:
        marks, scores = self.marks, {}
        answer = marks.rating >= self.relevant
        _, found = top_k(queries, products, min(max(DEPTHS), len(products)))
        for depth in DEPTHS:
            share = ranked_marks.recall(found[:, :depth], marks.query[answer], marks.product[answer], len(queries))
            scores[f"recall_at_{depth}"] = share
        return scores
