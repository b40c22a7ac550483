"""The margin losses beside ArcFace against their formulas in NumPy, and the state of those that adapt."""

import os

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from models import margin_softmax
from models.adacos import AdaCos
from models.arc_margin import ArcMargin
from models.curricular_margin import CurricularMargin
from models.subcenter_margin import SubCenterArcMargin

ROWS, DIM, CLASSES = 8, 6, 5
LOSSES = (SubCenterArcMargin, AdaCos, CurricularMargin)


def drawn(columns=CLASSES, rows=ROWS, seed=0):
    """Embeddings, labels and centres; the labels of the last two rows are no classes."""
    random = np.random.default_rng(seed)
    label = random.integers(0, CLASSES, rows).astype("int32")
    label[-2:] = -1, CLASSES
    centres = random.normal(size=(DIM, columns)).astype("float32")
    return random.normal(size=(rows, DIM)).astype("float32"), label, centres


def built(kind, centres, **options):
    layer = kind(CLASSES, **options)
    layer.build((None, DIM))
    layer.centres.assign(centres)
    return layer


def cosines(embedding, centres):
    embedding, centres = embedding.astype("float64"), centres.astype("float64")
    unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    return unit @ (centres / np.linalg.norm(centres, axis=0))


def cross_entropy(logits, label):
    found = np.zeros(len(label))
    for i, own in enumerate(label):
        if 0 <= own < CLASSES:
            found[i] = np.log(np.exp(logits[i]).sum()) - logits[i, own]
    return found


def with_margin(cosine, margin):
    """ArcFace's formula, for angles below pi - margin."""
    assert np.arccos(cosine) < np.pi - margin
    return np.cos(np.arccos(cosine) + margin)


class SubCenterTest(tf.test.TestCase):
    def test_the_cosine_of_a_class_is_that_of_its_nearest_centre(self):
        embedding, label, centres = drawn(3 * CLASSES)
        layer = built(SubCenterArcMargin, centres, scale=10.0, margin=0.3)
        cosine = np.zeros((ROWS, CLASSES))
        for c in range(CLASSES):
            cosine[:, c] = cosines(embedding, centres[:, c::CLASSES]).max(axis=1)
        self.assertAllClose(layer(embedding), 10.0 * cosine, atol=1e-4)
        for i, own in enumerate(label[:-2]):
            cosine[i, own] = with_margin(cosine[i, own], 0.3)
        self.assertAllClose(layer(embedding, label, training=True), 10.0 * cosine, atol=1e-4)
        self.assertAllClose(layer.loss(embedding, label), cross_entropy(10.0 * cosine, label), atol=1e-4)

    def test_only_the_nearest_centre_of_a_class_is_moved(self):
        embedding, label, centres = drawn(2 * CLASSES)
        layer = built(SubCenterArcMargin, centres, subcenters=2)
        with tf.GradientTape() as tape:
            loss = layer.loss(embedding[:1], label[:1])
        moved = np.abs(tape.gradient(loss, layer.centres.value)).sum(axis=0) > 0
        nearest = cosines(embedding[:1], centres).reshape(2, CLASSES).argmax(axis=0)
        self.assertAllEqual(moved.reshape(2, CLASSES), nearest == np.arange(2)[:, None])

    def test_one_centre_is_refused(self):
        with self.assertRaisesRegex(ValueError, "subcenters=1 is ArcMargin: take that, or at least 2"):
            SubCenterArcMargin(5, subcenters=1)


class AdaCosTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_scale_begins_as_published(self):
        self.assertAllClose(built(AdaCos, drawn()[2]).scale, np.sqrt(2.0) * np.log(CLASSES - 1))

    @parameterized.parameters(7, 8)
    def test_the_scale_follows_the_formula(self, rows):
        embedding, label, centres = drawn(rows=rows)
        present = np.ones(rows, "float32")
        present[0] = 0.0
        layer, scale = built(AdaCos, centres), np.sqrt(2.0) * np.log(CLASSES - 1)
        for _ in range(3):
            sums, angles = [], []
            for i in range(1, rows - 2):
                cosine = cosines(embedding, centres)[i]
                sums.append(np.exp(scale * np.delete(cosine, label[i])).sum())
                angles.append(np.arccos(cosine[label[i]]))
            scale = np.log(np.mean(sums)) / np.cos(min(np.pi / 4, np.median(angles)))
            layer.observe(embedding, label, present)
            self.assertAllClose(layer.scale, scale, rtol=1e-5)
        expected = cross_entropy(scale * cosines(embedding, centres), label)
        self.assertAllClose(layer.loss(embedding, label), expected, atol=1e-4)

    def test_angles_below_an_eighth_turn_count_as_they_are(self):
        centres = np.eye(DIM, CLASSES, dtype="float32")
        embedding = np.eye(DIM, dtype="float32")[:1] + 0.1
        layer = built(AdaCos, centres)
        layer.observe(embedding, np.zeros(1, "int32"), np.ones(1, "float32"))
        cosine = cosines(embedding, centres)[0]
        scale = np.log(np.exp(np.sqrt(2.0) * np.log(4) * cosine[1:]).sum()) / cosine[0]
        self.assertAllClose(layer.scale, scale, rtol=1e-5)

    def test_the_scale_stays_above_one_where_two_classes_are_opposite(self):
        layer = AdaCos(2)
        layer.build((None, 2))
        layer.centres.assign([[1.0, -1.0], [0.0, 0.0]])
        layer.observe(np.array([[1.0, 0.0]], "float32"), np.array([0]), np.ones(1, "float32"))
        self.assertAllClose(layer.scale, 1.0)


class CurricularTest(tf.test.TestCase):
    def test_hard_negatives_and_t_follow_the_formula(self):
        embedding, label, centres = drawn()
        for i in range(ROWS - 2):  # near their own centres: the margin then ends below pi
            embedding[i] += 2.0 * centres[:, label[i]]
        layer = built(CurricularMargin, centres, scale=8.0, margin=0.5, momentum=0.25)
        present = np.ones(ROWS, "float32")
        present[0] = 0.0
        t, hard = 0.0, 0
        for _ in range(3):
            cosine = cosines(embedding, centres)
            t = 0.25 * np.mean([cosine[i, label[i]] for i in range(1, ROWS - 2)]) + 0.75 * t
            for i, own in enumerate(label[:-2]):
                moved = with_margin(cosine[i, own], 0.5)
                for c in set(range(CLASSES)) - {own}:
                    if cosine[i, c] > moved:
                        cosine[i, c] *= t + cosine[i, c]
                        hard += 1
                cosine[i, own] = moved
            layer.observe(embedding, label, present)
            self.assertAllClose(layer.t, t, atol=1e-6)
            self.assertAllClose(layer(embedding, label, training=True), 8.0 * cosine, atol=1e-4)
            self.assertAllClose(layer.loss(embedding, label), cross_entropy(8.0 * cosine, label), atol=1e-4)
        self.assertBetween(hard, 1, 3 * (ROWS - 2) * (CLASSES - 1) - 1)

    def test_a_momentum_out_of_range_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"momentum is the share of the batch in t, in \(0, 1\], got 0"):
            CurricularMargin(5, momentum=0)


class EveryLossTest(tf.test.TestCase, parameterized.TestCase):
    def layer(self, kind, columns=CLASSES):
        return built(kind, drawn(3 * CLASSES if kind is SubCenterArcMargin else columns)[2])

    @parameterized.parameters(*LOSSES)
    def test_smoothing_spreads_the_target_over_all_classes(self, kind):
        layer, (embedding, label, _) = self.layer(kind), drawn()
        logits = layer(embedding, label, training=True)
        expected = layer.loss(embedding, label) + 0.1 * (
            margin_softmax.target_logits(logits, label) - tf.reduce_mean(logits, axis=1)
        )
        self.assertAllClose(layer.loss(embedding, label, 0.1)[:-2], expected[:-2], atol=1e-5)
        self.assertAllEqual(layer.loss(embedding, label, 0.1)[-2:], [0.0, 0.0])

    @parameterized.parameters(*LOSSES)
    def test_a_row_without_label_has_the_logits_of_inference(self, kind):
        layer, (embedding, label, _) = self.layer(kind), drawn()
        layer.observe(embedding, label, np.ones(ROWS, "float32"))
        self.assertAllClose(layer(embedding, label, training=True)[-2:], layer(embedding)[-2:], atol=1e-5)

    @parameterized.product(kind=LOSSES, policy=("float32", "mixed_bfloat16", "mixed_float16"))
    def test_logits_are_float32_and_gradients_finite(self, kind, policy):
        keras.config.set_dtype_policy(policy)
        self.addCleanup(keras.config.set_dtype_policy, "float32")
        layer, (embedding, label, _) = self.layer(kind), drawn()
        embedding = tf.cast(embedding, keras.config.dtype_policy().compute_dtype)
        embedding = tf.concat([embedding[:-1], tf.zeros_like(embedding[:1])], axis=0)
        with tf.GradientTape() as tape:
            tape.watch(embedding)
            layer.observe(embedding, label, tf.ones(ROWS))
            loss = tf.reduce_sum(layer.loss(embedding, label))
        self.assertEqual(layer(embedding).dtype, tf.float32)
        for gradient in tape.gradient(loss, [embedding, layer.centres.value]):
            self.assertTrue(np.isfinite(tf.cast(gradient, tf.float32)).all())

    @parameterized.parameters(*LOSSES)
    def test_compiles_under_xla_and_gives_the_same(self, kind):
        embedding, label, _ = drawn()

        def step(layer):
            layer.observe(embedding, label, tf.ones(ROWS))
            return layer.loss(embedding, label), [tf.identity(v) for v in layer.non_trainable_variables]

        plain, compiled = self.layer(kind), self.layer(kind)
        self.assertAllClose(tf.function(lambda: step(compiled), jit_compile=True)(), step(plain), atol=1e-5)

    @parameterized.parameters(*LOSSES)
    def test_a_saved_model_gives_the_same_logits(self, kind):
        layer = self.layer(kind)
        self.assertEqual(kind.from_config(layer.get_config()).get_config(), layer.get_config())
        embedding, label, _ = drawn()
        layer.observe(embedding, label, np.ones(ROWS, "float32"))
        inputs = keras.Input((DIM,)), keras.Input((), dtype="int32")
        model = keras.Model(inputs, layer(*inputs, training=True))
        path = os.path.join(self.get_temp_dir(), "margin.keras")
        model.save(path)
        self.assertAllClose(keras.models.load_model(path)((embedding, label)), model((embedding, label)))

    @parameterized.parameters(AdaCos, CurricularMargin)
    def test_a_batch_that_does_not_count_leaves_the_state(self, kind):
        layer, (embedding, label, _) = self.layer(kind), drawn()
        layer.observe(embedding, label, np.ones(ROWS, "float32"))
        before = layer.get_weights()
        layer.observe(embedding, label, np.zeros(ROWS, "float32"))
        layer.observe(embedding, np.full(ROWS, -1), np.ones(ROWS, "float32"))
        self.assertAllEqual(layer.state, before[[v is layer.state for v in layer.weights].index(True)])

    def test_observing_changes_nothing_of_a_plain_margin(self):
        layer, (embedding, label, _) = self.layer(ArcMargin), drawn()
        before = layer.get_weights()
        layer.observe(embedding, label, np.ones(ROWS, "float32"))
        for value, old in zip(layer.get_weights(), before, strict=True):
            self.assertAllEqual(value, old)


if __name__ == "__main__":
    tf.test.main()
