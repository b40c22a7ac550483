"""TF_CONFIG: who trains together, and what is wrong with a cluster."""

import json

import tensorflow as tf
from absl.testing import parameterized

from training import tf_config
from training.tf_config import Worker


def read(cluster, **task):
    return tf_config.read({"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})})


class TfConfigTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_first_worker_is_the_chief(self):
        first = read({"worker": ["a:1", "b:1"]}, type="worker", index=0)
        self.assertEqual(first, Worker(0, ("a:1", "b:1")))
        self.assertTrue(first.is_chief)
        self.assertFalse(read({"worker": ["a:1", "b:1"]}, type="worker", index=1).is_chief)

    def test_a_chief_comes_before_the_workers(self):
        found = read({"worker": ["b:1", "c:1"], "chief": ["a:1"]}, type="worker", index=0)
        self.assertEqual(found, Worker(1, ("a:1", "b:1", "c:1")))

    @parameterized.parameters({}, {"TF_CONFIG": ""}, {"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}}'})
    def test_one_process_is_no_cluster(self, **environment):
        self.assertIsNone(tf_config.read(environment))

    @parameterized.parameters(
        ('{"cluster": ', "TF_CONFIG=.*cannot be read .*It looks like this"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 0}}', "KeyError.*'type'.*It looks like this"),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}', "has the job 'ps'"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
            "worker 2, but .* 2 worker",
        ),
    )
    def test_what_is_wrong_is_said(self, text, message):
        with self.assertRaisesRegex(ValueError, message):
            tf_config.read({"TF_CONFIG": text})
