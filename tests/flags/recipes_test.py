"""Every recipe: its header says what it needs, its flags are known, and it shrinks to a smoke test."""

import glob
import os

import tensorflow as tf
from absl.testing import parameterized

from flags import command
from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.recall import MATCHERS, Recall
from flags.run import Run
from flags.selection import TrainingRows
from flags.smoke import shrink
from flags.title_recall import TitleRecall
from flags.together import check_together
from models.image_encoders import IMAGE_ENCODERS
from models.title_encoders import TITLE_ENCODERS
from training.augmentation import language
from training.steps import part_rates

FOLDER = os.path.join(os.path.dirname(command.__file__), "recipes")
RECIPES = sorted(glob.glob(f"{FOLDER}/**/*.flags", recursive=True))
ENCODERS = [path for path in RECIPES if command.read_flagfile(path, Recall)[0].matcher == "none"]
MINED = ["--mined=mined", "--negatives_from=mined"]


class RecipesTest(tf.test.TestCase, parameterized.TestCase):
    def test_the_recipes_of_the_main_job_are_there(self):
        names = {os.path.relpath(path, FOLDER).removesuffix(".flags") for path in RECIPES}
        wanted = {"quickstart", "shopee/arcface_image", "shopee/arcface_title", "shopee/arcface_joint",
                  "shopee/neg_image", "shopee/neg_title", "shopee/neg_joint", "shopee/unsupervised"}  # fmt: skip
        self.assertContainsSubset(wanted, names)

    @parameterized.parameters(*RECIPES)
    def test_opens_with_command_hardware_time_and_figure(self, path):
        with open(path) as file:
            header = "".join(line for line in file if line.startswith("#"))
        for word in ("Command", "Hardware", "Time", "Figure"):
            self.assertRegex(header, rf"# {word} +\w")

    @parameterized.parameters(*ENCODERS)
    def test_names_encoders_and_augmentation_that_exist_and_shrinks(self, path):
        model, optimization = command.read_flagfile(path, Model, Optimization)
        self.assertIn(model.image_encoder, IMAGE_ENCODERS)
        self.assertIn(model.title_encoder, TITLE_ENCODERS)
        language.parse(optimization.augment)
        small, short = shrink(model, optimization)
        self.assertEqual(small.modality, model.modality)
        self.assertLessEqual(small.image_size, 64)
        self.assertEqual(short.max_steps, 40)
        check_together(model, optimization)
        check_together(small, short)

    def test_published_values_of_scheme_3(self):
        model, optimization = command.read_flagfile(f"{FOLDER}/shopee/arcface_image.flags", Model, Optimization)
        published = ("efficientnet_b4", 512, 512, 0.1, 30.0, 0.5)
        options = (model.image_encoder, model.image_size, model.embedding_dim, model.dropout, model.scale, model.margin)
        self.assertEqual(options, published)
        self.assertEqual(
            (optimization.epochs, optimization.batch_size, optimization.schedule), (15, 32, "shopee_epochs")
        )

    @parameterized.parameters(("image", 1.0, 0.1), ("title", 0.8, 0.2))
    def test_published_margins_of_the_first_place(self, side, margin, power):
        model, optimization = command.read_flagfile(f"{FOLDER}/shopee/winner_{side}.flags", Model, Optimization)
        self.assertEqual((optimization.margin_start, model.margin, model.margin_class_power), (0.2, margin, power))
        self.assertEqual(model.embedding_dim, 0)  # pool, BatchNorm, L2, margin
        self.assertGreater(part_rates.parse(optimization.rates).factors["head"], 1)
        self.assertGreater(optimization.clip_norm, 0)
        self.assertLess(optimization.margin_warmup_epochs, optimization.epochs)

    def test_published_values_of_code_league(self):
        for name, encoder, rate, epochs in (("b5_320", "b5", 6e-4, 8), ("b4_320", "b4", 8e-4, 7)):
            path = f"{FOLDER}/categories/{name}.flags"
            model, optimization = command.read_flagfile(path, Model, Optimization)
            chosen = (model.image_encoder, model.weights, model.image_size, model.head, optimization.label_smoothing)
            self.assertEqual(chosen, (f"efficientnet_{encoder}", "noisy-student", 320, "linear", 0.1))
            self.assertEqual((optimization.learning_rate, optimization.epochs), (rate, epochs))
            self.assertAllClose(optimization.warmup_epochs, 0.3 * epochs)
            (cyclic,) = command.read_flagfile(path.replace(".flags", "_cyclic.flags"), Optimization)
            self.assertEqual((cyclic.schedule, cyclic.cycles, cyclic.learning_rate), ("cyclic_cosine", 4, rate))

    def test_published_values_of_schemes_1_and_2(self):
        for name in ("neg_image", "neg_title", "neg_joint"):
            model, optimization = command.read_flagfile(f"{FOLDER}/shopee/{name}.flags", Model, Optimization)
            self.assertEqual((model.head, model.negatives, model.learn_scale), ("tuples", 5, False))
            self.assertEqual((optimization.batch_size / model.rows_together, optimization.learning_rate), (32, 1e-3))
            if model.modality != "title":
                self.assertEqual((model.image_encoder, model.image_widths, model.dropout), ("resnet18", (256, 32), 0.4))
            if model.modality != "image":
                self.assertEqual((model.tfidf_dim, model.tfidf_widths), (128, (64, 32)))
        self.assertEqual((model.joint_dim, model.branch_heads), (32, False))

    @parameterized.product(matcher=MATCHERS[1:], devices=(8, 1))
    def test_recipes_of_matchers_go_together(self, matcher, devices):
        path = f"{FOLDER}/kddcup/{matcher}.flags" if devices > 1 else f"{FOLDER}/small/recall.flags"
        extra = [f"--matcher={matcher}"] if devices == 1 else []
        extra += [] if matcher == "pretrain" else MINED
        recall, model, optimization = command.read_flagfile(path, Recall, Model, Optimization, extra=extra)
        self.assertEqual(recall.matcher, matcher)
        recall.check_together(model, optimization)
        self.assertEqual(optimization.batch_size % (devices * recall.rows_together), 0)
        part_rates.parse(optimization.rates)

    @parameterized.parameters(*MATCHERS[2:])
    def test_matchers_can_begin_with_their_pretraining(self, matcher):
        found = [command.read_flagfile(f"{FOLDER}/kddcup/{name}.flags", Recall)[0] for name in ("pretrain", matcher)]
        fields = [name for name in vars(found[0]) if name.startswith(("region_", "word_dim", "train_"))]
        self.assertGreater(len(fields), 7)
        for name in [*fields, "query_tokens"]:
            self.assertEqual(getattr(found[0], name), getattr(found[1], name), name)

    def test_published_values_of_kdd_cup(self):
        recall, optimization = command.read_flagfile(f"{FOLDER}/kddcup/pretrain.flags", Recall, Optimization)
        sizes = recall.word_dim, recall.query_width, recall.region_attention_heads, recall.region_inner_width
        self.assertEqual(sizes, (1024, 1024, 16, 4096))
        self.assertEqual((recall.region_boxes, recall.query_tokens, recall.label_negatives), (40, 32, 1000))
        self.assertEqual((recall.region_dropout, recall.region_width, recall.train_words), (0.1, 0, False))
        self.assertEqual((optimization.batch_size, optimization.learning_rate), (200, 1e-4))
        self.assertEqual((optimization.weight_decay, optimization.decay_rate), (1e-6, 0.96))
        self.assertEqual(optimization.warmup_epochs, 0)
        recall, optimization = command.read_flagfile(f"{FOLDER}/kddcup/word_match.flags", Recall, Optimization)
        self.assertEqual((recall.chosen_loss, recall.pair_margin, optimization.decay_rate), ("hinge", 0.9, 0.95))
        self.assertAllClose(optimization.learning_rate * part_rates.parse(optimization.rates).factors["regions"], 5e-6)
        (recall,) = command.read_flagfile(f"{FOLDER}/kddcup/sentence_match.flags", Recall)
        self.assertEqual((recall.query_width, recall.chosen_loss, recall.negatives), (1024, "bce", 1))

    def test_the_recipe_of_titles_has_no_idle_flag(self):
        concerns = (Model, Optimization, Distribution, Run, TrainingRows)
        path = f"{FOLDER}/recall/title_two_tower.flags"
        titles, *flags = command.read_flagfile(path, TitleRecall, *concerns, extra=["--title_weights=folder"])
        titles.check_together(*flags, "none")
        self.assertEqual((flags[0].title_encoder, flags[0].embedding_norm), ("minilm", "none"))

    def test_a_recipe_with_a_typo_is_named(self):
        path = os.path.join(self.get_temp_dir(), "bad.flags")
        with open(path, "w") as file:
            file.write("--epoch=3\n")
        with self.assertRaisesRegex(ValueError, "bad.flags: Unknown command line flag 'epoch'. Did you mean: epochs"):
            command.read_flagfile(path, Model)
