"""Tests of benchmarks/real_recall.py."""

import tensorflow as tf

from benchmarks import query_products, real_recall
from flags import command
from flags.model import Model
from flags.optimizer import Optimization
from flags.recall import Recall
from inference.ranking.scores import arrange


class RealRecallTest(tf.test.TestCase):
    def test_flags_of_every_model_go_together(self):
        for name, flags in real_recall.TRAINED.items():
            with self.subTest(name):
                extra = [flag.format(pretrain="runs/pretrain") for flag in flags]
                extra += ["--mined=mined"] if "--negatives_from=mined" in flags else []
                recall, optimization = command.read_flagfile(real_recall.RECIPE, Recall, Optimization, extra=extra)
                recall.check_together(Model(), optimization)
                self.assertEqual(name == "word_random", recall.negatives_from == "random" and name != "pretrain")

    def test_sets_are_judged_apart(self):
        device = query_products.FIRST_DEVICE
        # A caption whose picture comes second of two, and a device that comes first.
        scores = arrange(
            [1, 1, 2, 2], [10, 11, device, device + 1], [0.9, 0.8, 0.9, 0.8], [0, 1, 1, 0],
            {"fold": 1, "run": "", "records_fingerprint": ""}, "planted",
        )  # fmt: skip
        self.assertEqual(real_recall.ndcg(scores, "zigbee"), 1.0)
        self.assertAlmostEqual(real_recall.ndcg(scores, "coco"), 0.6309298)  # 1 / log2(3)

    def test_models_are_named(self):
        self.assertContainsSubset(real_recall.MEMBERS, real_recall.TRAINED)
        self.assertNotIn("pretrain", real_recall.MODELS)


if __name__ == "__main__":
    tf.test.main()
