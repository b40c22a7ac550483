"""Trainings of matchers: they learn planted pairs, begin with a pretraining, resume and spread over replicas."""

import os
import tempfile
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized

from flags.distribution import Distribution
from tests.training import loop_test
from tests.training.recall import planted_regions
from tests.training.recall.planted_regions import recall, training
from training import checkpoints
from training.recall import recall_models
from training.run_folder import RunFolder

# nDCG@5 of a random order of so many candidates, one of which answers.
RANDOM = np.sum(1 / np.log2(np.arange(2, 7))) / planted_regions.CANDIDATES


def few_steps(**changes):
    return planted_regions.optimization(**{"max_steps": 5, **changes})


class TrainingCase(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.enter_context(mock.patch("sys.stderr"))

    def folder(self, name):
        return os.path.join(self.get_temp_dir(), self.id(), name)

    def assert_learns(self, flags):
        outcome = training(self.folder("run"), flags).run()
        self.assertEqual(outcome.deciding, "match/ndcg5")
        self.assertGreater(outcome.best_score, RANDOM + 0.4)


class LearningTest(TrainingCase):
    def test_a_matcher_learns_which_products_answer(self):
        self.assert_learns(recall("word_match"))

    def test_pretraining_finds_the_words_of_products(self):
        outcome = training(self.folder("run"), recall("pretrain")).run()
        words = RunFolder(self.folder("run"))
        self.assertEqual(outcome.deciding, "match/label_recall_at_10")
        self.assertGreater(outcome.best_score, 0.8)
        self.assertEqual(recall_models.config(words)[0].matcher, "pretrain")


@pytest.mark.slow
class SlowLearningTest(TrainingCase):
    @parameterized.parameters("two_tower", "cross_attention", "sentence_match")
    def test_other_matchers_learn_too(self, matcher):
        self.assert_learns(recall(matcher))

    @parameterized.parameters(
        ("word_match", {"word_weights": "mean", "match_width": 256}), ("word_match", {"pair_loss": "focal"}),
        ("two_tower", {"softmax_form": "cosface"}), ("two_tower", {"negatives_per_positive": 0}),
    )  # fmt: skip
    def test_other_forms_learn_too(self, matcher, changes):
        self.assert_learns(recall(matcher, **changes))


class HandOverTest(TrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pretrained = os.path.join(tempfile.mkdtemp(), "pretrained")
        training(cls.pretrained, recall("pretrain"), few_steps(max_steps=2)).run()

    def test_a_matcher_begins_with_the_regions_and_the_words_of_a_pretraining(self):
        encoder, heads, titles = recall_models.load(RunFolder(self.pretrained))
        begun = training(self.folder("words"), recall("word_match"), few_steps(), initial_run=self.pretrained)
        expected, found = (
            {v.path: np.array(v) for v in one.get_layer("region_encoder").weights} for one in (encoder, begun.encoder)
        )
        self.assertGreater(len(expected), 15)
        self.assertAllClose(expected, found, rtol=0, atol=0)
        words = (recall_models.word_vectors(*pair) for pair in ((encoder, heads), (begun.encoder, begun.heads)))
        self.assertAllEqual(*map(np.array, words))
        self.assertEqual(begun.input.titles.tokenizer.get_vocabulary(), titles.tokenizer.get_vocabulary())
        self.assertEqual(begun.run().steps, 5)

    def test_a_query_is_cut_as_asked_here_not_as_there(self):
        flags = recall("word_match", query_tokens=4)
        begun = training(self.folder("words"), flags, few_steps(), initial_run=self.pretrained)
        self.assertEqual(begun.input.epoch(0).element_spec["inputs"]["token_ids"].shape, (32, 4))

    def test_other_sizes_are_refused_by_the_names_of_the_tensors(self):
        for changes, tensor in (
            ({"word_dim": 16}, r"3 tensors differ: heads/bias is \(80,\) here, \(160,\) there; heads/kernel"),
            ({"region_width": 16}, r"attention/attention_output/bias is \(16,\) here, \(32,\) there"),
            ({"region_labels": True}, r"1 tensors differ: label_names/embeddings is \(4, 32\) here, absent there"),
        ):
            message = f"{self.pretrained} has other regions or words; .* tensors differ: .*Give its --word_dim"
            with self.assertRaisesRegex(ValueError, message) as caught:
                training(
                    self.folder("words"), recall("word_match", **changes), few_steps(), initial_run=self.pretrained
                )
            self.assertRegex(str(caught.exception), tensor)

    def test_word_vectors_of_its_own_beside_a_pretraining_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "--word_vectors=bert has no effect beside --initial_run=.*leave it out"
        ):
            training(self.folder("words"), recall("word_match", word_vectors="bert"), initial_run=self.pretrained)

    def test_a_run_that_is_no_matcher_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere has no tokens.json|nowhere/titles has no tokens.json"):
            training(self.folder("words"), recall("word_match"), initial_run=self.folder("nowhere"))


class ExactnessTest(TrainingCase):
    def test_killed_and_resumed_ends_with_the_same_bits(self):
        self.assert_resumes("word_match")

    @pytest.mark.slow
    def test_a_killed_and_resumed_pretraining_ends_with_the_same_bits(self):
        self.assert_resumes("pretrain")

    def assert_resumes(self, matcher):
        unbroken, broken = self.folder("unbroken"), self.folder("broken")
        flags = recall(matcher, region_dropout=0.2)
        two_steps = Distribution(accelerator="cpu", replicas=1, steps_per_loop=2)
        start = lambda folder: training(folder, flags, few_steps(), two_steps, checkpoint_steps=2)  # noqa: E731
        start(unbroken).run()
        loop_test.killed_after(start(broken), 1)
        loop_test.killed_after(start(broken), 1)
        start(broken).run()
        for name in ("checkpoints/step-00000005.npz", "best/step-00000005.npz", "metrics.jsonl"):
            self.assertEqual(*(loop_test.read(f"{folder}/{name}") for folder in (unbroken, broken)), name)

    def test_two_replicas_give_the_weights_of_one(self):
        self.assert_splits("two_tower")

    @pytest.mark.slow
    def test_two_replicas_give_the_weights_of_one_whose_pairs_are_mined(self):
        self.assert_splits("word_match")

    def assert_splits(self, matcher):
        found, optimized = [], few_steps(optimizer="sgd", learning_rate=0.05, clip_norm=0.5)
        for replicas in (1, 2):
            folder, devices = self.folder(f"{replicas}"), Distribution(accelerator="cpu", replicas=replicas)
            run = training(folder, recall(matcher, in_batch=16), optimized, devices)
            self.assertEqual(run.devices.replicas, replicas)
            found.append((checkpoints.latest(f"{folder}/checkpoints") if run.run() else None, run.scores))
        (one, scores), (two, other_scores) = found
        for name, value in one[0].items():
            self.assertAllClose(value, two[0][name], atol=1e-5, msg=name)
        self.assertAllClose(scores, other_scores, atol=1e-4)

    def test_a_batch_whose_groups_do_not_divide_over_the_replicas_is_refused(self):
        two = Distribution(accelerator="cpu", replicas=2)
        with self.assertRaisesRegex(ValueError, "--batch_size=32"):
            training(self.folder("run"), recall("word_match", in_batch=32), distribution=two)


class RefusalsTest(TrainingCase):
    def test_best_by_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--best_by=top1 has no effect on --matcher=word_match: leave it out"):
            training(self.folder("run"), recall("word_match"), best_by="top1")

    def test_a_fold_without_answers_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"has no pair in folds \[3\]"):
            training(self.folder("run"), recall("word_match"), validation_fold=3)

    def test_a_run_of_other_flags_is_refused(self):
        training(self.folder("run"), recall("word_match"))
        with self.assertRaisesRegex(ValueError, "--pair_margin=0.5 here, 0.9 there"):
            training(self.folder("run"), recall("word_match", pair_margin=0.5))


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    tf.test.main()
