"""Two towers trained by the step itself learn what queries call products, and are scored on queries held out."""

import dataclasses
import os

import keras
import numpy as np
import tensorflow as tf

from models.recall.two_tower_head import TwoTowerHead
from tests.models.model_options import options
from tests.tiny_catalogue import CPU
from tests.training.hugging_face_folder import write_bert_folder
from tests.training.recall import planted_pairs
from training import devices
from training.inputs import title_inputs
from training.recall import ranked_marks
from training.recall.pair_texts import PairTexts
from training.recall.title_evaluation import TitleEvaluation
from training.recall.title_pairs import TitlePairs
from training.steps.step_options import StepOptions

TITLES = planted_pairs.titles()
MODEL = options(tfidf_dim=32, tfidf_idf_power=1.0, tfidf_layers="32", embedding_norm="none")
BATCH = 32


def texts_of(train):
    return PairTexts(title_inputs.fit([*TITLES, *train.queries], MODEL))


class TitleEvaluationTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        keras.utils.set_random_seed(0)
        self.devices = devices.choose(CPU)
        self.train, self.held_out = planted_pairs.marks("train"), planted_pairs.marks("validation")

    def test_a_few_dozen_steps_find_the_products_of_queries_never_seen(self):
        texts = texts_of(self.train)
        pairs = TitlePairs(
            self.train, [str(i) for i in range(len(TITLES))], TITLES, range(len(TITLES)), texts,
            batch_size=BATCH, seed=0, pseudo_share=0.25,
        )  # fmt: skip
        encoder, heads = texts.build_encoder(MODEL), {"match": TwoTowerHead(BATCH // 2)}
        evaluate = TitleEvaluation(self.devices, encoder, texts, self.held_out, TITLES, 10)
        before = evaluate()
        options = StepOptions(BATCH, rows_together=BATCH // 2)
        step = self.devices.step(encoder, heads, keras.optimizers.Adam(3e-3), pairs.on_device, options)
        losses = []
        for epoch in range(12):
            found, _ = step.run(self.devices.batches(pairs.epoch(epoch)), pairs.steps_per_epoch)
            losses.extend(found)
        step.sync()
        after = evaluate()
        self.assertLess(np.mean(losses[-5:]), 0.5 * np.mean(losses[:5]))
        self.assertGreater(after["match/ndcg5"], before["match/ndcg5"] + 0.2)
        self.assertGreater(after["match/ndcg5"], self.random_ndcg() + 0.2)
        self.assertGreater(after["match/recall_at_10"], before["match/recall_at_10"])

    def random_ndcg(self) -> float:
        marks = self.held_out
        none = np.zeros(len(marks.rating))
        return ranked_marks.of_marks(marks.query, none, marks.rating, len(marks.queries))["ndcg5"]

    def test_every_text_is_embedded_once_whatever_the_batch(self):
        texts = texts_of(self.train)
        encoder = texts.build_encoder(MODEL)
        found = [
            TitleEvaluation(self.devices, encoder, texts, self.held_out, TITLES, size).embeddings() for size in (7, 64)
        ]
        self.assertAllClose(found[0], found[1], atol=1e-6)
        self.assertEqual({name: len(vectors) for name, vectors in found[0].items()}, {"queries": 7, "products": 64})

    def test_vectors_that_are_right_score_1(self):
        texts = texts_of(self.train)
        evaluate = TitleEvaluation(self.devices, texts.build_encoder(MODEL), texts, self.held_out, TITLES, 16)
        marks = self.held_out
        products = np.eye(len(TITLES), dtype=np.float32)
        queries = np.stack([products[marks.product[(marks.query == i) & (marks.rating == 3)]].sum(0) for i in range(7)])
        scores = evaluate.score(queries, products)
        self.assertAllClose(scores, {f"match/{name}": 1.0 for name in
                                     ("ndcg5", "ndcg5_graded", "mrr", "recall_at_10", "recall_at_100")})  # fmt: skip

    def test_pretrained_weights_and_their_tokenizer_serve_both_sides(self):
        folder = os.path.join(self.get_temp_dir(), "bert")
        write_bert_folder(folder)
        model = options(title_encoder="bert", title_weights=folder, embedding_norm="none")
        texts, said = PairTexts(title_inputs.fit(["kopi susu"], model), query_tokens=5), []
        encoder = texts.build_encoder(model, said.append)
        self.assertIn(folder, said[0])
        marks = dataclasses.replace(self.held_out, queries=("kopi susu",) * 7)
        evaluate = TitleEvaluation(self.devices, encoder, texts, marks, ["kopi susu"] * len(TITLES), 16)
        vectors = evaluate.embeddings()
        self.assertAllClose(vectors["queries"] @ vectors["products"].T, np.ones((7, 64)), atol=1e-5)

    def test_held_out_queries_without_an_answer_are_refused(self):
        texts = texts_of(self.train)
        marks = dataclasses.replace(self.held_out, rating=np.zeros_like(self.held_out.rating))
        with self.assertRaisesRegex(ValueError, "marks of 7 queries held out, and none is a rating of 2 or more"):
            TitleEvaluation(self.devices, texts.build_encoder(MODEL), texts, marks, TITLES, 16)


if __name__ == "__main__":
    tf.test.main()
