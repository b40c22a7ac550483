"""Batches of (query, product title): judged pairs beside pseudo-queries, in an order that is a function of its seed.

A resumed run reads on at its position; every row draws its pseudo-query from (seed, epoch, position).
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.recall.title_towers import SPACE
from tfrecords_tools.judgements import Judgements
from training.recall import pseudo_queries
from training.recall.pair_texts import PairTexts

LARGEST = 2**31 - 1


class TitlePairs:
    """Training batches of texts.

    A batch has round(pseudo_share * batch_size) rows of pseudo-queries, so that an epoch shows every product of the
    pool once, and else judged pairs: every query equally often, each time with one of the products that answer it.

    Args:
      marks: of the training queries.
      product_ids, titles: of the catalogue.
      pool: int `[products]`, places in the catalogue of the products that pseudo-queries are drawn from.
      texts: what makes the inputs.
      batch_size: global, in rows.
      seed: decides order and draws.
      relevant: the least rating of a product that answers a query.
      pseudo_share: share of a batch's rows, 0 to 1. 0: an epoch is as many rows as there are judged pairs.
      pseudo_words, removed_share: see training/recall/pseudo_queries.py.

    Attributes:
      steps_per_epoch: batches of an epoch; what is left after the last whole one is dropped.
      untitled: answers and products of the pool that are left out because their title is empty.

    Raises:
      ValueError: nothing to draw rows from, fewer products than one batch takes, or a share that rounds to none.
    """

    def __init__(
        self, marks: Judgements, product_ids: Sequence[str], titles: Sequence[str], pool, texts: PairTexts, *,
        batch_size: int, seed: int, relevant: int = 2, pseudo_share: float = 0.5, pseudo_words: int = 3,
        removed_share: float = 0.1,
    ):  # fmt: skip
        self.marks, self.product_ids, self.texts = marks, product_ids, texts
        self.batch_size, self.seed = batch_size, seed
        self.pseudo_words, self.removed_share = pseudo_words, removed_share
        titled = np.array([bool(title.strip()) for title in titles])
        answers = marks.rating >= relevant
        pool = np.asarray(pool, np.int32)
        self.pool = pool[titled[pool]]
        self.untitled = int((~titled[pool]).sum() + (answers & ~titled[marks.product]).sum())
        self._group_answers(answers & titled[marks.product])
        self.pseudo_rows = round(pseudo_share * batch_size)
        self._check(pseudo_share, relevant)
        rows, each = (len(self.pool), self.pseudo_rows) if self.pseudo_rows else (len(self.products), batch_size)
        self.steps_per_epoch = max(1, rows // each)
        self._titles, self._queries = tf.constant(list(titles)), tf.constant(list(marks.queries) or [""])

    def _group_answers(self, answers: np.ndarray) -> None:
        """The products that answer queries, query by query."""
        query, product = self.marks.query[answers], self.marks.product[answers]
        by_query = np.argsort(query, kind="stable")
        self.products = product[by_query]
        self.answered, self.starts, self.sizes = np.unique(query[by_query], return_index=True, return_counts=True)

    def _check(self, share: float, relevant: int) -> None:
        batch = f"a batch of --batch_size={self.batch_size}"
        if 0 < share < 1 and self.pseudo_rows in (0, self.batch_size):
            raise ValueError(
                f"--pseudo_share={share:g} is {self.pseudo_rows} rows of {batch}: give a share that leaves both kinds "
                "a row, or exactly 0 or 1."
            )
        if len(self.pool) < self.pseudo_rows:
            raise ValueError(
                f"{len(self.pool)} products with a title are fewer than the {self.pseudo_rows} pseudo-queries of "
                f"{batch}: lower --batch_size or --pseudo_share."
            )
        if self.pseudo_rows < self.batch_size and not len(self.products):
            raise ValueError(
                f"{self.marks.summary()} of training, and none is a rating of {relevant} or more of a product with a "
                "title: lower --relevant_rating, or give --pseudo_share=1."
            )

    def order(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Places of the queries (-1: a pseudo-query) and products of an epoch, int32 `[positions]`."""
        random, steps = np.random.default_rng([self.seed, epoch]), self.steps_per_epoch
        judged = steps * (self.batch_size - self.pseudo_rows)
        drawn = random.permutation(self.pool)[: steps * self.pseudo_rows]
        turn = self._turns(judged, random)
        products = self.products[self.starts[turn] + random.integers(0, self.sizes[turn])]
        columns = random.permutation(self.batch_size)  # of a batch cut into groups, each has some of both kinds

        def in_batches(pseudo, own):
            rows = np.concatenate([pseudo.reshape(steps, -1), own.reshape(steps, -1)], axis=1)
            return rows[:, columns].ravel().astype(np.int32)

        return in_batches(np.full(len(drawn), -1), self.answered[turn]), in_batches(drawn, products)

    def _turns(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Places in `answered`: all of them in a new order, again and again."""
        if not count:
            return np.zeros(0, np.int64)
        rounds = -(-count // len(self.answered))
        return np.argsort(random.random((rounds, len(self.answered))), axis=1).ravel()[:count]

    def epoch(self, epoch: int, first_step: int = 0) -> tf.data.Dataset:
        """Batches of one epoch from `first_step` on.

        Yields {"inputs": of models.recall.title_towers, "label": int32 [batch, 2], numbers of the query's text and of
        the product, "present": {"match": ones, float32 [batch]}}.
        """
        drawn = self._drawn(epoch, first_step).batch(self.batch_size, drop_remainder=True)
        return drawn.map(self._labelled, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    mixes = False  # of neighbours' pictures, of which there are none

    def on_device(self, batch: dict) -> dict:
        """The batch that the loss takes: nothing is left to the device."""
        return batch

    def ids(self, epoch: int, step: int) -> list[str]:
        """ "<query>/<product_id>" of each row of one batch; a pseudo-query by its words."""
        queries, _, products = next(iter(self._drawn(epoch, step).batch(self.batch_size)))
        pairs = zip(queries.numpy(), products.numpy(), strict=True)
        return [f"{query.decode()}/{self.product_ids[product]}" for query, product in pairs]

    def _drawn(self, epoch: int, first_step: int) -> tf.data.Dataset:
        """Rows: query and title as strings, the product's place."""
        start, order = first_step * self.batch_size, self.order(epoch)
        positions = np.arange(len(order[0]), dtype=np.int32)
        rows = tf.data.Dataset.from_tensor_slices(tuple(values[start:] for values in (positions, *order)))
        seed = tf.random.fold_in(tf.constant([self.seed, 0]), epoch)[0]
        return rows.map(lambda position, *pair: self._texts_of(tf.stack([seed, position]), *pair), tf.data.AUTOTUNE)

    @tf.function  # built once, not for every epoch
    def _texts_of(self, seed, query, product):
        title = self._titles[product]
        pseudo = lambda: pseudo_queries.drawn(title, seed, self.pseudo_words, self.removed_share)  # noqa: E731
        query, title = tf.cond(query < 0, pseudo, lambda: (self._queries[query], title))
        return query, title, product

    @tf.function
    def _labelled(self, queries, titles, product):
        # Two rows whose queries read alike have one query, whoever wrote it.
        number = tf.strings.to_hash_bucket_fast(tf.strings.lower(queries, encoding="utf-8"), LARGEST)
        label = tf.stack([tf.cast(number, tf.int32), product], axis=1)
        return {
            "inputs": self.texts(queries, titles),
            "label": label,
            "present": {SPACE: tf.ones([self.batch_size], tf.float32)},
        }
