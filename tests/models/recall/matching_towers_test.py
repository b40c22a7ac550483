"""Both towers: what each matcher is given, the sides alone, and texts or products that are empty."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models.recall.matching_towers import QUERY_INPUTS, SPACE, side
from tests.models.recall import matching_options
from tests.models.recall.matching_options import BOXES, MATCHERS, NO_REGIONS, NO_WORDS, ROWS, TOKENS, towers

SHAPES = {
    "word_match": {"vectors": (TOKENS, 6), "states": (TOKENS, 10), "words": (TOKENS,), "heads": (5, 6)},
    "sentence_match": {"vectors": (TOKENS, 6), "words": (TOKENS,), "sentence": (6,)},
    "cross_attention": {"states": (TOKENS, 7), "words": (TOKENS,), "regions": (BOXES, 7), "box_mask": (BOXES,)},
    "two_tower": {"queries": (7,), "products": (7,)},
}


class MatchingTowersTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*MATCHERS)
    def test_a_matcher_is_given_these_in_float32(self, matcher):
        output = towers(matcher)(matching_options.inputs())[SPACE]
        self.assertEqual({name: value.shape[1:] for name, value in output.items()}, SHAPES[matcher])
        self.assertEqual({(value.shape[0], value.dtype.name) for value in output.values()}, {(ROWS, "float32")})

    @parameterized.parameters(*MATCHERS, "pretrain")
    def test_a_side_alone_gives_what_both_give(self, matcher):
        encoder, given = towers(matcher), matching_options.inputs()
        if matcher == "pretrain":
            given["label_mask"] = np.ones_like(given["token_ids"])
        whole, seen = encoder(given)[SPACE], {}
        for of_query in (True, False):
            own = {name: value for name, value in given.items() if (name in QUERY_INPUTS) == of_query}
            seen |= side(encoder, of_query)(own)
        self.assertEqual(seen.keys(), whole.keys())
        for name, value in whole.items():
            self.assertAllClose(seen[name], value, msg=name)

    def test_start_and_end_tokens_and_padding_are_no_words(self):
        words = towers("word_match")(matching_options.inputs())[SPACE]["words"]
        self.assertAllEqual(words[:2], [[0, 1, 1, 1, 0], [0, 1, 0, 0, 0]])
        self.assertAllEqual(words[NO_WORDS], np.zeros(TOKENS))

    def test_more_padding_does_not_change_the_states_of_words(self):
        encoder, given, longer = towers("word_match"), matching_options.inputs(), matching_options.inputs()
        for name in ("token_ids", "padding_mask"):
            longer[name] = np.pad(given[name], ((0, 0), (0, 3)))
        one, two = (encoder(each)[SPACE] for each in (given, longer))
        there = given["padding_mask"] > 0
        self.assertAllClose(one["states"][there], two["states"][:, :TOKENS][there], atol=1e-6)

    def test_two_towers_give_unit_vectors_and_zero_where_nothing_is_said(self):
        output = towers("two_tower")(matching_options.inputs())[SPACE]
        lengths = {name: np.linalg.norm(value, axis=1) for name, value in output.items()}
        self.assertAllClose(lengths["queries"], np.arange(ROWS) != NO_WORDS, atol=1e-5)
        self.assertAllClose(lengths["products"], np.arange(ROWS) != NO_REGIONS, atol=1e-5)

    def test_word_vectors_may_stay_as_they_are(self):
        trained, frozen = (len(towers("word_match", train_words=moved).trainable_variables) for moved in (True, False))
        self.assertEqual(trained, frozen + 1)

    @parameterized.parameters(*MATCHERS)
    def test_it_is_made_again_from_its_config(self, matcher):
        encoder, given = towers(matcher), matching_options.inputs()
        again = keras.models.model_from_json(encoder.to_json())
        again.set_weights(encoder.get_weights())
        for name, value in encoder(given)[SPACE].items():
            self.assertAllClose(again(given)[SPACE][name], value, msg=name)


if __name__ == "__main__":
    tf.test.main()
