"""Beam search against every caption that a tiny planted model can write."""

import itertools

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.recall.beam_search import Caption, Search, beam_search

START, END, WORDS = 0, 1, 4
BASE = np.random.default_rng(2).normal(size=(5, WORDS, WORDS)) * 2


def step(state, tokens):
    """Logits that depend on the token and on how many were written; the state counts them."""
    return BASE[state % len(BASE), tokens], state + 1


def log_p(tokens):
    """log P of a caption whose last token is the end token."""
    total = 0.0
    for place, (before, token) in enumerate(itertools.pairwise((START, *tokens))):
        logits = BASE[place % len(BASE), before]
        total += logits[token] - np.log(np.exp(logits).sum())
    return total


def every_caption(max_tokens, power):
    others = [word for word in range(WORDS) if word != END]
    found = []
    for length in range(1, max_tokens + 1):
        for words in itertools.product(others, repeat=length - 1):
            score = log_p((*words, END)) / ((5 + length) / 6) ** power
            found.append(Caption(words, score))
    return sorted(found, key=lambda caption: -caption.score)


class BeamSearchTest(tf.test.TestCase, parameterized.TestCase):
    def check(self, found, wanted):
        self.assertEqual([caption.tokens for caption in found], [caption.tokens for caption in wanted])
        self.assertAllClose([caption.score for caption in found], [caption.score for caption in wanted])

    @parameterized.parameters(0.0, 0.6, 2.0)
    def test_a_beam_as_wide_as_all_prefixes_finds_the_best_of_all_captions(self, power):
        search = Search(START, END, width=30, max_tokens=4, length_power=power)
        self.check(beam_search(step, np.array(0), search), every_caption(4, power)[:30])

    def test_longer_captions_win_as_the_penalty_grows(self):
        means = []
        for power in (0.0, 1.0, 3.0):
            captions = beam_search(step, np.array(0), Search(START, END, 30, 4, power))[:5]
            means.append(np.mean([len(caption.tokens) for caption in captions]))
        self.assertLess(means[0], means[2])
        self.assertEqual(means, sorted(means))

    def test_a_greedy_first_word_loses_against_a_beam_of_two(self):
        likely = np.full((3, 5, 5), -9.0)
        likely[0, START, [2, 3]] = 0.55, 0.45  # greedy takes word 2, after which nothing is likely
        likely[1, 2, :] = 0.0
        likely[1, 3, 4] = 9.0
        likely[2, :, END] = 9.0

        def planted(state, tokens):
            return likely[np.minimum(state, 2), tokens], state + 1

        greedy, beam = (beam_search(planted, np.array(0), Search(START, END, width, 5, 0.0))[0] for width in (1, 2))
        self.assertEqual(greedy.tokens[0], 2)
        self.assertEqual(beam.tokens, (3, 4))
        self.assertGreater(beam.score, greedy.score)

    def test_states_follow_their_captions(self):
        """The state sums up the words, and the model ends at a sum of 5: rows with another's state would not."""

        def summing(state, tokens):
            state = state + np.where(tokens >= 2, tokens, 0)[:, None]
            logits = np.where(np.arange(WORDS) == START, -99.0, 0.1 * np.arange(WORDS))[None].repeat(len(state), 0)
            logits[:, END] = np.where(state[:, 0] == 5, 50.0, -50.0)
            return logits, state

        found = beam_search(summing, np.zeros(1), Search(START, END, width=4, max_tokens=4, length_power=0.0))
        self.assertCountEqual([caption.tokens for caption in found[:2]], [(2, 3), (3, 2)])

    def test_a_caption_that_does_not_end_is_cut_and_one_that_must_end_stops_the_search(self):
        never = lambda state, tokens: (np.array([[0.0, -np.inf, 1.0, 3.0]] * len(tokens)), state)  # noqa: E731
        (cut,) = beam_search(never, np.zeros(1), Search(START, END, width=2, max_tokens=3))
        self.assertEqual(cut.tokens, (3, 3, 3))
        calls = []

        def at_once(state, tokens):
            calls.append(len(tokens))
            return np.array([[-np.inf, 0.0, -np.inf, -np.inf]] * len(tokens)), state

        self.assertEqual(beam_search(at_once, np.zeros(1), Search(START, END, width=3)), [Caption((), 0.0)])
        self.assertEqual(calls, [3])

    def test_nan_and_options_out_of_range_are_refused(self):
        broken = lambda state, tokens: (np.full((len(tokens), WORDS), np.nan), state)  # noqa: E731
        with self.assertRaisesRegex(ValueError, r"logits that are not numbers \(NaN\). Are its weights trained\?"):
            beam_search(broken, np.zeros(1), Search(START, END))
        for options in ({"width": 0}, {"max_tokens": 0}, {"length_power": -1}):
            name, value = next(iter(options.items()))
            with self.assertRaisesRegex(ValueError, f"needs {name} of at least .*, got {value}"):
                Search(START, END, **options)


if __name__ == "__main__":
    tf.test.main()
