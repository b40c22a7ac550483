"""Parts at other rates: what is read, which variables it reaches, what stays frozen."""

import types

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.model import Model
from models.arc_margin import ArcMargin
from models.image_encoders import build_image_encoder
from models.product_encoder import build_encoder
from models.sampled_negatives import SampledNegatives
from models.title_encoders import build_token_encoder
from training.steps import part_rates


def built(modality="joint", title_encoder="tfidf"):
    model = Model(
        modality=modality, image_size=32, title_encoder=title_encoder, tfidf_dim=8, embedding_dim=6, dropout=0.0
    )
    encoder = build_encoder(model, types.SimpleNamespace(dim=8, vocabulary_size=50))
    heads = {space: ArcMargin(3, name=f"{space}_head") for space in encoder.output}
    for space, head in heads.items():
        head.build(encoder.output[space].shape)
    return encoder, heads


def paths(layer):
    return {v.path for v in layer.trainable_variables}


class ParseTest(tf.test.TestCase, parameterized.TestCase):
    def test_reads_factors_decay_and_frozen_parts(self):
        rates = part_rates.parse("head*10, layer_decay=0.8,freeze=image - 2 , freeze=title,encoder * 1e-1")
        self.assertEqual(rates, part_rates.Rates({"head": 10.0, "encoder": 0.1}, 0.8, {"image": 2, "title": 0}))

    def test_nothing_is_nothing(self):
        self.assertEqual(part_rates.parse(" "), part_rates.Rates({}, 1.0, {}))

    @parameterized.parameters(
        (
            "head=10",
            "cannot read 'head=10'; write part\\*factor, layer_decay=factor, freeze=part or freeze=part-blocks",
        ),
        ("freeze=image-last", "cannot read 'freeze=image-last'"),
        ("freeze=image,freeze=image-2", "--rates names freeze=image 2 times: leave one"),
        ("head*10,", "cannot read ''"),
        ("__import__('os')", "cannot read"),
        ("head*ten", "'head\\*ten' has 'ten' where a number was expected"),
        ("head*0", "needs a factor above 0; freeze=part keeps a part as it is"),
        ("head*nan", "needs a factor above 0"),
        ("layer_decay=1.2", "needs a factor above 0 and at most 1"),
        ("head*2,head*3", "--rates names head 2 times: leave one"),
        ("layer_decay=.9,layer_decay=.8", "--rates names layer_decay 2 times"),
    )
    def test_says_what_it_cannot_read(self, spec, message):
        with self.assertRaisesRegex(ValueError, message):
            part_rates.parse(spec)


class ApplyTest(tf.test.TestCase, parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.encoder, cls.heads = built()

    def tearDown(self):
        for layer in self.encoder._flatten_layers():  # TensorFlow's tracking ignores True where True stands
            layer.trainable = True
        super().tearDown()

    def test_no_rates_change_nothing(self):
        self.assertEqual(part_rates.apply(self.encoder, self.heads, ""), {})
        self.assertTrue(all(layer.trainable for layer in self.encoder.layers))

    def test_heads_are_faster_and_the_rest_is_left_out(self):
        factors = part_rates.apply(self.encoder, self.heads, "head*10")
        self.assertEqual(factors, {f"{space}_head/centres": 10.0 for space in ("image", "title", "joint")})

    def test_factors_of_nested_parts_multiply(self):
        factors = part_rates.apply(self.encoder, self.heads, "encoder*0.1,title*0.5")
        title = paths(self.encoder.get_layer("title_encoder"))
        self.assertEqual(set(factors), paths(self.encoder))
        for path, factor in factors.items():
            self.assertAllClose(factor, 0.05 if path in title else 0.1)

    def test_blocks_decay_from_the_top_and_the_embedding_s_own_layers_do_not(self):
        factors = part_rates.apply(self.encoder, self.heads, "layer_decay=0.5")
        bottom_first = part_rates.blocks(self.encoder.get_layer("image_encoder"))
        expected = {}
        for depth, block in enumerate(reversed(bottom_first)):
            expected |= {v.path: 0.5**depth for v in block if v.trainable and depth}
        self.assertEqual(factors, expected)
        self.assertLen(set(factors.values()), 3)
        self.assertNotIn("image_dense/kernel", factors)

    def test_a_frozen_encoder_keeps_its_weights_and_its_statistics(self):
        factors = part_rates.apply(self.encoder, self.heads, "freeze=image,layer_decay=0.5,image*3")
        frozen, ours = self.encoder.get_layer("image_encoder"), self.encoder.get_layer("image_batch_norm")
        self.assertEmpty(paths(frozen))
        self.assertContainsSubset(["image_dense/kernel", "image_batch_norm/gamma"], paths(self.encoder))
        self.assertEqual(factors, {})
        before, ours_before = frozen.get_weights(), ours.moving_mean.numpy()
        pictures = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3))
        inputs = {
            "image": pictures,
            "title_features": np.ones((4, 8)),
            "has_image": np.ones(4),
            "has_title": np.ones(4),
        }
        self.encoder(inputs, training=True)
        for was, now in zip(before, frozen.get_weights(), strict=True):
            self.assertAllEqual(was, now)
        self.assertNotAllClose(ours_before, ours.moving_mean)

    def test_all_but_the_top_blocks_of_an_encoder_are_frozen(self):
        part_rates.apply(self.encoder, self.heads, "freeze=image-1")
        blocks = part_rates.blocks(self.encoder.get_layer("image_encoder"))
        self.assertTrue(all(not v.trainable for block in blocks[:-1] for v in block))
        self.assertEqual(paths(self.encoder.get_layer("image_encoder")), {v.path for v in blocks[-1] if v.trainable})
        self.assertContainsSubset(["image_dense/kernel", "title_dense/kernel"], paths(self.encoder))

    def test_frozen_heads_leave_the_encoder_to_train(self):
        encoder, heads = built("title")
        part_rates.apply(encoder, heads, "freeze=head")
        self.assertEmpty(paths(heads["title"]))
        self.assertNotEmpty(paths(encoder))

    def test_freezing_keeps_the_order_of_variables_that_checkpoints_go_by(self):
        order = [v.path for v in self.encoder.variables]
        part_rates.apply(self.encoder, self.heads, "freeze=image")
        self.assertEqual([v.path for v in self.encoder.variables], order)

    def test_a_model_read_again_from_its_json_has_the_same_factors(self):
        again = keras.models.model_from_json(self.encoder.to_json())
        spec = "layer_decay=0.5,head*2"
        self.assertEqual(
            sorted(part_rates.apply(again, self.heads, spec).values()),
            sorted(part_rates.apply(self.encoder, self.heads, spec).values()),
        )

    @parameterized.parameters(
        (
            "freeze=image_backbone",
            "'image_backbone' is not a part .* has encoder, head, image, title. Did you mean image",
        ),
        ("haed*10", "Did you mean head"),
        ("freeze=image-4", "freeze=image-4 would freeze nothing: this image encoder has 4 block"),
        ("freeze=encoder-1", "freeze=encoder-1: image and title are made of blocks, encoder is not"),
        ("freeze=encoder,freeze=head", "freezes every part of the model: nothing is left to train"),
    )
    def test_says_what_is_wrong(self, spec, message):
        with self.assertRaisesRegex(ValueError, message):
            part_rates.apply(self.encoder, {}, spec)

    def test_a_head_without_weights_has_no_rate(self):
        with self.assertRaisesRegex(ValueError, "head has no weights here, so no entry has an effect on it"):
            part_rates.apply(self.encoder, {"joint": SampledNegatives(name="joint_head")}, "head*10")

    def test_a_title_model_has_no_image_part(self):
        with self.assertRaisesRegex(ValueError, "'image' is not a part of this model, which has encoder, head, title"):
            part_rates.apply(*built("title"), "freeze=image")

    def test_two_variables_of_one_path_are_refused(self):
        pixels, features = keras.Input((2,)), keras.Input((2,))
        first, second = (keras.Model(x, keras.layers.Dense(2, name="twin")(x)) for x in (pixels, features))
        encoder = keras.Model([pixels, features], [first(pixels), second(features)])
        with self.assertRaisesRegex(ValueError, "2 variables have the path twin/kernel.*Rename layers"):
            part_rates.apply(encoder, {}, "encoder*2")
        self.assertEqual(part_rates.apply(encoder, {}, ""), {})


class BlocksTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("small", 4), ("edges_and_colours", 1), ("resnet50", 16), ("resnet18", 8), ("efficientnet_b0", 10)
    )
    def test_residual_networks_have_a_block_for_each_addition(self, name, number):
        encoder = build_image_encoder(name, 32)
        blocks = part_rates.blocks(encoder)
        self.assertLen(blocks, number)
        self.assertEqual(sum(map(len, blocks)), len(encoder.weights))

    def test_each_layer_of_a_transformer_is_a_block_above_its_embeddings(self):
        blocks = part_rates.blocks(build_token_encoder("bert_tiny", vocabulary_size=50))
        self.assertLen(blocks, 3)
        self.assertEqual({v.path.split("/")[0] for v in blocks[2]}, {"transformer_layer_1"})
        self.assertEqual(blocks[0][0].path, "token_embedding/embeddings")

    @parameterized.parameters(("dinov2_small", 28, 14), ("siglip2_base", 32, 14))
    def test_a_stack_of_blocks_inside_one_layer_is_opened(self, name, size, number):
        encoder = build_image_encoder(name, size)
        blocks = part_rates.blocks(encoder)
        self.assertLen(blocks, number)
        self.assertEqual(sum(map(len, blocks)), len(encoder.weights))
