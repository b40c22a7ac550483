"""Heads that compare queries with products: scores pair by pair, empty sides, losses against NumPy, both backends."""

import os

import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from models.recall.matcher_head import MatcherHead
from models.recall.matching_towers import QUERY_SIDE, SPACE
from tests import backends
from tests.models.recall import matchers_program
from tests.models.recall.matchers_program import LABEL
from tests.models.recall.matching_options import MATCHERS, NO_REGIONS, NO_WORDS, ROWS, as_groups, head, inputs, towers

PAIR_MATCHERS = MATCHERS[:3]


def outputs(matcher, given=None):
    return {name: np.array(value) for name, value in towers(matcher)(given or inputs())[SPACE].items()}


def scores(matcher, given=None, **changes):
    """Of every query with every product, `[ROWS, ROWS]`."""
    output = as_groups(outputs(matcher, given), ROWS)
    return np.array(head(matcher, **changes).score(output, output)[0])


class ScoreTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*MATCHERS)
    def test_scores_of_groups_are_those_of_each_pair_alone(self, matcher):
        made, output = head(matcher), outputs(matcher)
        queries = {name: value for name, value in output.items() if name in QUERY_SIDE}
        products = {name: value for name, value in output.items() if name not in QUERY_SIDE}
        grouped = made.score(as_groups(queries, 3), {n: v[:, :2] for n, v in as_groups(products, 3).items()})
        self.assertEqual((grouped.shape, grouped.dtype), ((2, 3, 2), "float32"))
        for group, query, product in np.ndindex(2, 3, 2):
            asked, offered = 3 * group + query, 3 * group + product
            alone = made.score(
                {name: value[None, asked : asked + 1] for name, value in queries.items()},
                {name: value[None, offered : offered + 1] for name, value in products.items()},
            )
            self.assertAllClose(alone[0, 0, 0], grouped[group, query, product], atol=1e-5)

    @parameterized.parameters(*MATCHERS)
    def test_nothing_scores_nothing_and_something_scores_something(self, matcher):
        empty = np.zeros((ROWS, ROWS), bool)
        empty[NO_WORDS], empty[:, NO_REGIONS] = True, True
        found = scores(matcher)
        self.assertAllEqual(found[empty], np.zeros(empty.sum()))
        self.assertTrue(np.all(found[~empty] != 0))

    def test_a_plain_mean_is_zero_for_nothing_too(self):
        found = scores("word_match", weigh=False)
        self.assertAllEqual(found[NO_WORDS], np.zeros(ROWS))
        self.assertAllEqual(found[:, NO_REGIONS], np.zeros(ROWS))

    @parameterized.parameters(*MATCHERS)
    def test_what_stands_in_the_padding_changes_no_score(self, matcher):
        given = inputs()
        given["token_ids"][given["padding_mask"] == 0] = 7
        given["features"][given["box_mask"] == 0], given["boxes"][given["box_mask"] == 0] = 3.0, 0.5
        longer = inputs()
        for name in ("token_ids", "padding_mask"):
            longer[name] = np.pad(longer[name], ((0, 0), (0, 2)))
        for other in (given, longer):
            self.assertAllClose(scores(matcher), scores(matcher, other), atol=1e-5)

    def test_word_match_is_the_published_formula(self):
        made, output, found = head("word_match"), outputs("word_match"), scores("word_match")
        weights = {v.path.removeprefix("head/"): np.array(v) for v in made.weights}
        for query, product in np.ndindex(ROWS, ROWS):
            words = output["words"][query] > 0
            vectors, states = output["vectors"][query, words], output["states"][query, words]
            score = (vectors @ output["heads"][product, 1:].T).max(axis=1)
            hidden = states @ weights["of_word/kernel"] + weights["of_word/bias"]
            hidden = np.tanh(hidden + output["heads"][product, 0] @ weights["of_product/kernel"])
            weight = np.exp(hidden @ weights["weight/kernel"])[:, 0]
            self.assertAllClose(found[query, product], weight @ score / max(weight.sum(), 1e-9), atol=1e-4)

    def test_word_match_without_weights_is_the_mean_of_its_words(self):
        made, output = head("word_match", weigh=False), outputs("word_match")
        self.assertEmpty(made.weights)
        found = scores("word_match", weigh=False)
        for query, product in np.ndindex(NO_WORDS, ROWS):
            vectors = output["vectors"][query, output["words"][query] > 0]
            expected = (vectors @ output["heads"][product, 1:].T).max(axis=1).mean()
            self.assertAllClose(found[query, product], expected, atol=1e-5)


def hinge(score, same, negatives, margin):
    """The loss of each row of one group, pair by pair."""
    rows, relu = range(len(score)), lambda value: max(0.0, value)
    loss = np.zeros(len(score))
    for row in rows:
        others = [other for other in rows if not same[row, other]]
        for hardest in ([score[row, o] for o in others], [score[o, row] for o in others]):
            loss[row] += relu(margin - score[row, row] + max(hardest)) if hardest else 0.0
    for first in rows[:: 1 + negatives]:
        for row in range(first + 1, first + 1 + negatives):
            if not same[first, row]:
                for wrong in (score[first, row], score[row, first]):
                    loss[row] += relu(margin - score[first, first] + wrong)
    return loss


def pointwise(score, same, negatives, gamma):
    """As `hinge`, of each pair by itself; gamma 0 is the binary cross-entropy."""
    loss, right = np.zeros(len(score)), lambda value: 1 / (1 + np.exp(-value))
    of = lambda value: -((1 - right(value)) ** gamma) * np.log(right(value))  # noqa: E731
    for first in range(0, len(score), 1 + negatives):
        loss[first] = of(score[first, first])
        for row in range(first + 1, first + 1 + negatives):
            if not same[first, row]:
                loss[row] = of(-score[first, row]) + of(-score[row, first])
    return loss


class LossTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.product(
        matcher=PAIR_MATCHERS, loss=({"margin": 0.9}, {"gamma": 0.0}, {"gamma": 1.5}), negatives=(1, 2)
    )
    def test_it_is_that_of_every_pair_but_those_of_one_query_or_product(self, matcher, loss, negatives):
        name = "hinge" if "margin" in loss else "focal" if loss["gamma"] else "bce"
        made = head(matcher, ROWS, negatives=negatives, pair_loss=name, **(loss if name != "bce" else {}))
        output = outputs(matcher)
        same = (LABEL[:, None] == LABEL).any(axis=2)
        score = np.array(made.score(as_groups(output, ROWS), as_groups(output, ROWS))[0])
        expected = (hinge if name == "hinge" else pointwise)(score, same, negatives, *loss.values())
        self.assertAllClose(made.loss(output, LABEL), expected, atol=1e-4)

    @parameterized.parameters(*PAIR_MATCHERS)
    def test_groups_do_not_see_each_other(self, matcher):
        made, output = head(matcher, 2, pair_loss="hinge"), outputs(matcher)
        whole = made.loss(output, LABEL)
        for start in range(0, ROWS, 2):
            part = made.loss({n: v[start : start + 2] for n, v in output.items()}, LABEL[start : start + 2])
            self.assertAllClose(whole[start : start + 2], part, atol=1e-5)

    @parameterized.parameters(*MATCHERS)
    def test_gradients_are_finite_where_a_side_is_empty(self, matcher):
        encoder, given = towers(matcher), {name: tf.constant(value) for name, value in inputs().items()}
        made = head(matcher, 2, encoder)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(made.loss(encoder(given, training=True)[SPACE], tf.constant(LABEL)))
        variables = [v.value for v in encoder.trainable_variables + made.trainable_variables]
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables) if g is not None]
        self.assertNotEmpty(gradients)
        self.assertTrue(all(np.isfinite(gradient).all() for gradient in gradients))

    @parameterized.parameters(*PAIR_MATCHERS)
    def test_the_config_and_the_weights_make_it_again(self, matcher):
        changes = {"pair_loss": "focal", "gamma": 1.0, "margin": 0.3, "negatives": 2}
        made, output = head(matcher, 6, **changes), outputs(matcher)
        again = type(made).from_config(made.get_config())
        again.build({name: value.shape for name, value in output.items()})
        again.set_weights(made.get_weights())
        self.assertEqual(again.get_config(), made.get_config())
        self.assertAllClose(again.loss(output, LABEL), made.loss(output, LABEL))

    def test_what_does_not_fit_is_refused(self):
        for given, message in (
            ({"group": 3}, "groups of whole tuples, a pair and 1 negatives, at least 1; 3 rows are none"),
            ({"group": 2, "negatives": 0}, "a pair and 0 negatives, at least 1"),
            ({"group": 2, "pair_loss": "huber"}, "Unknown loss of pairs 'huber'; there are hinge, bce, focal"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                MatcherHead(**given)
        with self.assertRaisesRegex(ValueError, "groups of 4 rows, and 6 rows are no whole number of them: change --b"):
            head("word_match", 4).loss(outputs("word_match"), LABEL)
        with self.assertRaisesRegex(ValueError, "--label_smoothing=0.1 has no effect"):
            head("word_match").loss(outputs("word_match"), LABEL, 0.1)


class CompiledTest(tf.test.TestCase, parameterized.TestCase):
    def test_xla_gives_the_same_loss(self):
        self.assert_compiled("two_tower")

    @parameterized.parameters(*PAIR_MATCHERS)
    @pytest.mark.slow
    def test_xla_gives_the_same_loss_of_pairs(self, matcher):
        self.assert_compiled(matcher)

    def assert_compiled(self, matcher):
        found = matchers_program.run(matcher)
        made = head(matcher, 2)
        self.assertAllClose(found["loss"], made.loss(outputs(matcher), LABEL), atol=1e-4)

    @pytest.mark.slow
    @backends.needs_jax
    def test_losses_and_gradients_are_the_same_on_jax(self):
        path = os.path.join(self.get_temp_dir(), "jax.npz")
        backends.run("jax", "-m", "tests.models.recall.matchers_program", path)
        on_jax = dict(np.load(path))
        for matcher in MATCHERS:
            for name, value in matchers_program.run(matcher).items():
                self.assertAllClose(on_jax.pop(f"{matcher}/{name}"), value, rtol=1e-3, atol=1e-4, msg=name)
        self.assertEmpty(on_jax)


if __name__ == "__main__":
    tf.test.main()
