"""The heads are measured in processes of their own, and what is compared does the same work."""

import math

import numpy as np
import tensorflow as tf

from benchmarks import large_heads


class LargeHeadsTest(tf.test.TestCase):
    def test_a_head_takes_its_steps_in_a_process_of_its_own(self):
        for head in ("arc", "dense"):
            taken = large_heads._alone(head, 5000)
            self.assertLen(taken["seconds"], large_heads.STEPS)
            # Centres and their gradient are there at once.
            self.assertBetween(taken["peak"], 2 * 5000 * large_heads.DIM * 4, 2**30)

    def test_a_shard_of_centres_and_slots_is_an_eighth(self):
        taken = large_heads._alone("sharded", 4000)
        self.assertEqual(taken["replica_bytes"] * 8, taken["whole_bytes"])
        self.assertEqual(taken["whole_bytes"], 3 * 4000 * large_heads.DIM * 4)

    def test_what_is_compared_to_pml_is_the_published_formula(self):
        draw = np.random.default_rng(0)
        centres, embedding = draw.normal(size=(512, 50)), draw.normal(size=(8, 512))
        label = draw.integers(0, 50, 8)
        ours = large_heads._values(centres.astype("float32"), embedding.astype("float32"), label)
        unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
        cosine = unit @ (centres / np.linalg.norm(centres, axis=0))
        own = np.arange(8), label
        cosine[own] = np.cos(np.arccos(cosine[own]) + large_heads.MARGIN)
        logits = large_heads.SCALE * cosine
        loss = np.mean([math.log(np.exp(row).sum()) - row[i] for row, i in zip(logits, label, strict=True)])
        self.assertAllClose(ours["loss"], loss, rtol=1e-5)
        self.assertEqual(ours["to_centres"].shape, (512, 50))

    def test_a_process_that_fails_says_why(self):
        with self.assertRaisesRegex(
            ChildProcessError, "large_heads --measure_head=arc --measure_classes=1 ended .*(.|\n)*classes"
        ):
            large_heads._alone("arc", 1)


if __name__ == "__main__":
    tf.test.main()
