"""Captions and labels of a head whose weights are planted."""

import keras_hub
import numpy as np
import tensorflow as tf

from inference.recall.beam_search import Search, beam_search
from inference.recall.described import captions, top_labels
from models.recall.caption_decoder import caption_loss
from models.recall.pretraining_head import PretrainingHead
from training.inputs.tokens import TokenTitles
from training.recall.stop_words import skipped_tokens

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "red", "shoe", "##es", "lamp"]
DIM = len(VOCABULARY)


def titles():
    return TokenTitles(keras_hub.models.BertTokenizer(VOCABULARY, lowercase=True), length=6, inference_length=6)


def head(seed=0):
    """Word vectors are unit vectors, so that coordinate k of a head is the logit of word k."""
    made = PretrainingHead(DIM, DIM, units=6, word_vectors=np.eye(DIM))
    made.build({"heads": (None, 5, DIM)})
    draw = np.random.default_rng(seed)
    for variable in made.decoder.weights:
        variable.assign(draw.normal(size=variable.shape) * 2)
    return made


def heads(*words):
    """One product: its label heads name the words, the first of them most."""
    found = np.random.default_rng(len(words)).normal(size=(5, DIM)).astype("float32")
    found[1:] = -3.0
    for place, word in enumerate(words):
        found[1 + place % 4, VOCABULARY.index(word)] = 5.0 - place
    return found


class DescribedTest(tf.test.TestCase):
    def test_labels_are_the_words_that_the_heads_name_without_stop_words(self):
        products = np.stack([heads("the", "shoe", "##es"), np.zeros((5, DIM), "float32"), heads("lamp")])
        found = top_labels(
            head(), products, titles(), skipped_tokens(titles()), ["red shoe", "lamp", "lampes"], count=2
        )
        self.assertEqual([(label.word, label.right) for label in found[0]], [("shoe", True), ("##es", False)])
        self.assertAllClose([label.probability for label in found[0]], 1 / (1 + np.exp([-4.0, -3.0])))
        self.assertEqual(found[1], ())
        self.assertEqual((found[2][0].word, found[2][0].right), ("lamp", True))
        every = top_labels(head(), products, titles(), skipped_tokens(titles()), ["", "", ""], count=99)
        self.assertLen(every[0], 4)

    def test_a_captions_score_is_the_loss_of_teacher_forcing(self):
        made, product = head(), heads("red")[None]
        search = Search(2, 3, width=4, max_tokens=6, length_power=0.0)
        best = beam_search(made.step, made.first_state(product)[0], search)
        self.assertGreater(len(best[0].tokens) + len(best[1].tokens), 0)
        for caption in best:
            tokens = np.array([[2, *caption.tokens, 3]])
            logits = made.decoder(product[:, 0], tokens, made.word_vectors.value)
            loss = caption_loss(logits, tokens, np.ones_like(tokens)) * (tokens.shape[1] - 1)
            self.assertAllClose(caption.score, -loss[0], rtol=1e-4)

    def test_captions_are_text_and_products_without_regions_have_none(self):
        made = head()
        made.decoder.to_words.kernel.assign(np.zeros((6, DIM)))
        likely = np.full(DIM, -9.0)
        likely[[VOCABULARY.index("shoe"), VOCABULARY.index("##es")]] = 9.0, 8.0
        made.decoder.to_words.bias.assign(likely)
        products = np.stack([heads("red"), np.zeros((5, DIM), "float32")])
        self.assertEqual(captions(made, products, titles(), width=1, max_tokens=3), ["shoe shoe", ""])
        likely[3] = 20.0
        made.decoder.to_words.bias.assign(likely)
        self.assertEqual(captions(made, products, titles(), width=1, max_tokens=2), ["", ""])


if __name__ == "__main__":
    tf.test.main()
