"""Weights by name, file and folder: loaded and counted, or an error that says what to fetch."""

import json
import os
import shutil
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras.src import applications as keras_source
from safetensors.numpy import save_file

from models.image_encoders import IMAGE_ENCODERS
from tests.models.model_options import batch, options
from tests.training.hugging_face_folder import write_bert_folder
from training.inputs import title_inputs
from training.weights import imagenet_files, pretrained, torch_weights


class ImageWeightsTest(tf.test.TestCase):
    def test_none_is_random_weights(self):
        self.assertIsNone(pretrained.image_backbone("small", "none", 32))

    def test_a_weight_file_is_loaded_into_the_named_backbone(self):
        path, said = os.path.join(self.get_temp_dir(), "small.weights.h5"), []
        source = IMAGE_ENCODERS["small"].backbone(32)
        source.save_weights(path)
        encoder = pretrained.build_encoder(options(modality="image", weights=path), say=said.append)
        self.assertAllEqual(
            encoder.get_layer("image_encoder").get_layer("small").get_weights()[0], source.get_weights()[0]
        )
        self.assertRegex(said[0], r"small.weights.h5: (\d+) of \1 tensors of small loaded")

    def test_the_imagenet_file_is_loaded_and_another_network_s_refused(self):
        path = os.path.join(self.get_temp_dir(), "v3.weights.h5")
        IMAGE_ENCODERS["mobilenet_v3_small"].backbone(32).save_weights(path)
        with mock.patch.object(pretrained, "imagenet_file", return_value=path):
            pretrained.image_backbone("mobilenet_v3_small", "imagenet", 64, say=lambda line: None)
        with self.assertRaisesRegex(ValueError, "v3.weights.h5 does not hold the weights of small: .* differ"):
            pretrained.image_backbone("small", path, 32)

    def test_a_keras_hub_folder_is_loaded_and_another_architecture_refused(self):
        folder, said = os.path.join(self.get_temp_dir(), "resnet"), []
        source = IMAGE_ENCODERS["resnet18"].backbone(32)
        source.save_to_preset(folder)
        loaded = pretrained.image_backbone("resnet18", folder, 64, said.append)
        self.assertAllEqual(loaded.get_weights()[0], source.get_weights()[0])
        self.assertIn(f"all {len(source.weights)} tensors", said[0])
        with self.assertRaisesRegex(
            ValueError, "is not a hub_resnet50 of 32 px: 265 tensors expected, .* first to differ"
        ):
            pretrained.image_backbone("hub_resnet50", folder, 32, said.append)
        with self.assertRaisesRegex(ValueError, "small is not keras-hub's, so .* does not fit it"):
            pretrained.image_backbone("small", folder, 32)

    def test_imagenet_where_there_is_none_names_the_way(self):
        with self.assertRaisesRegex(ValueError, "no ImageNet weights for small; use --weights=none"):
            pretrained.image_backbone("small", "imagenet", 32)
        with self.assertRaisesRegex(ValueError, "no ImageNet weights for dinov2_base; use --weights=dinov2_base"):
            pretrained.image_backbone("dinov2_base", "imagenet", 32)

    def test_imagenet_offline_says_what_to_fetch_and_where_to_put_it(self):
        with mock.patch.object(keras.utils, "get_file", side_effect=Exception("URL fetch failure")):
            with self.assertRaisesRegex(
                OSError, r"efficientnet_b0 are not at .*/models/efficientnetb0_notop.h5.*Fetch https://.*--weights="
            ):
                pretrained.image_backbone("efficientnet_b0", "imagenet", 32)

    def test_noisy_student_is_a_file_of_its_own_and_efficientnets_alone_have_one(self):
        with mock.patch.object(keras.utils, "get_file", side_effect=Exception("URL fetch failure")) as get_file:
            with self.assertRaisesRegex(
                OSError, "weights of efficientnet_b4 are not at .*/models/efficientnet-b4_noisy-student_notop.h5.*Fetch"
            ):
                pretrained.image_backbone("efficientnet_b4", "noisy-student", 32)
        self.assertRegex(get_file.call_args.kwargs["file_hash"], "^[0-9a-f]{32}$")
        with self.assertRaisesRegex(ValueError, "--weights=noisy-student is for efficientnet_b0, .*, not resnet50"):
            pretrained.image_backbone("resnet50", "noisy-student", 32)
        path = os.path.join(self.get_temp_dir(), "student.weights.h5")
        source = IMAGE_ENCODERS["efficientnet_b0"].backbone(32)
        source.save_weights(path)
        with mock.patch.object(keras.utils, "get_file", return_value=path):
            loaded = pretrained.image_backbone("efficientnet_b0", "noisy-student", 32, say=lambda line: None)
        self.assertAllEqual(loaded.get_layer("top_conv").kernel, source.get_layer("top_conv").kernel)

    def test_imagenet_offline_names_the_pytorch_file_too(self):
        with mock.patch.object(keras.utils, "get_file", side_effect=Exception("URL fetch failure")) as get_file:
            with self.assertRaisesRegex(
                OSError,
                "senet154 are not at .*/models/senet154-c7b49a05.pth.*Fetch http://data.lip6.fr/cadene/pretrainedmodels/"
                "senet154-c7b49a05.pth where .*put it there, or name it: --weights=",
            ):
                pretrained.image_backbone("senet154", "imagenet", 32)
        self.assertIsNone(get_file.call_args.kwargs["file_hash"])  # the digits in its name are checked as it is read

    def test_every_pytorch_backbone_has_a_published_file_that_its_name_s_digits_check(self):
        able = {name for name, encoder in IMAGE_ENCODERS.items() if encoder.torch_names}
        self.assertEqual(able, set(imagenet_files.TORCH_IMAGENET_FILES))
        path = os.path.join(self.get_temp_dir(), "resnest50-528c19ca.pth")
        with open(path, "wb") as file:
            file.write(b"not the published one")
        with mock.patch.object(keras.utils, "get_file", return_value=path):
            with self.assertRaisesRegex(ValueError, "resnest50-528c19ca.pth is damaged: its SHA-256 begins with"):
                pretrained.image_backbone("resnest50", "imagenet", 32)

    def test_a_pytorch_file_is_loaded_and_refused_by_encoders_without_that_form(self):
        path, said = os.path.join(self.get_temp_dir(), "weights.safetensors"), []
        source = IMAGE_ENCODERS["resnest50"].backbone(32)
        save_file(
            {
                name: np.ones(torch_weights.torch_shape(variable), "float32")
                for name, variable in torch_weights.torch_variables(source).items()
            },
            path,
        )
        loaded = pretrained.image_backbone("resnest50", path, 32, said.append)
        self.assertRegex(said[0], r"weights.safetensors: (\d+) of \1 tensors of resnest50 loaded by name")
        self.assertAllEqual(loaded.get_layer("bn1").moving_mean, np.ones(64))
        with self.assertRaisesRegex(
            ValueError, "small has no PyTorch form here, so .*weights.safetensors does not fit it: .* for res2net50_v1b"
        ):
            pretrained.image_backbone("small", path, 32)
        with self.assertRaisesRegex(ValueError, "resnest50 is not keras-hub's.*.keras, .safetensors.*or imagenet"):
            pretrained.image_backbone("resnest50", "some/folder", 32)

    def test_checksums_are_those_of_keras(self):
        for name, (_, file, md5) in imagenet_files.IMAGENET_FILES.items():
            module = next(
                m for m in ("efficientnet_v2", "efficientnet", "mobilenet_v3", "resnet") if name.startswith(m)
            )
            known = [hashes[1] for hashes in getattr(keras_source, module).WEIGHTS_HASHES.values()]
            self.assertIn(md5, known, file)

    def test_an_unknown_preset_lists_similar_ones_and_an_offline_one_says_what_to_fetch(self):
        with self.assertRaisesRegex(
            ValueError, "unknown weights 'resnet18_imagenet'.*preset such as .*resnet_18_imagenet"
        ):
            pretrained.image_backbone("resnet18", "resnet18_imagenet", 32)
        import keras_hub

        with mock.patch.object(keras_hub.models.Backbone, "from_preset", side_effect=ConnectionError("no network")):
            with self.assertRaisesRegex(
                OSError, "resnet_18_imagenet could not be loaded .*fetch kaggle://keras/resnet"
            ):
                pretrained.image_backbone("resnet18", "imagenet", 32)


class TitleWeightsTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.get_temp_dir(), "bert")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.tensors = write_bert_folder(self.folder)

    def test_a_hugging_face_folder_is_loaded_and_counted(self):
        said = []
        network = pretrained.title_backbone("minilm", self.folder, say=said.append)
        self.assertAllEqual(
            network.get_layer("token_embedding").embeddings, self.tensors["embeddings.word_embeddings.weight"]
        )
        self.assertIn(f"{len(self.tensors)} of {len(self.tensors)} tensors loaded", said[0])

    def test_gelu_is_exact_where_the_folder_says_so(self):
        inputs = {k: v for k, v in batch("title", tokens=True).items() if k != "has_title"}
        inputs["token_ids"] %= 12
        inputs["segment_ids"] = np.zeros_like(inputs["token_ids"])
        exact = pretrained.title_backbone("bert", self.folder, say=lambda line: None)(inputs)
        write_bert_folder(self.folder, hidden_act="gelu_new")
        tanh = pretrained.title_backbone("bert", self.folder, say=lambda line: None)(inputs)
        self.assertBetween(np.abs(exact - tanh).max(), 1e-6, 1e-2)

    def test_the_encoder_is_built_again_without_the_folder(self):
        model = options(modality="title", title_encoder="bert", title_weights=self.folder)
        titles = title_inputs.fit([], model)
        encoder = pretrained.build_encoder(model, titles, say=lambda line: None)
        architecture = encoder.to_json()
        shutil.rmtree(self.folder)
        again = keras.models.model_from_json(architecture)
        again.set_weights(encoder.get_weights())
        inputs = {**titles(tf.constant(["kopi susu", ""])), "has_title": tf.ones(2)}
        self.assertAllClose(again(inputs)["title"], encoder(inputs)["title"], atol=1e-6)

    def test_a_tensor_that_the_file_lacks_is_named(self):
        del self.tensors["encoder.layer.1.output.dense.weight"]
        save_file(self.tensors, os.path.join(self.folder, "model.safetensors"))
        with self.assertRaisesRegex(ValueError, "do not fit .*encoder.layer.1.output.dense.weight"):
            pretrained.title_backbone("bert", self.folder)

    def test_missing_files_are_named(self):
        os.remove(os.path.join(self.folder, "model.safetensors"))
        with self.assertRaisesRegex(FileNotFoundError, "has no model.safetensors. .*pytorch_model.bin is a pickle"):
            pretrained.title_backbone("bert", self.folder)
        with self.assertRaisesRegex(FileNotFoundError, "./nowhere has no config.json"):
            pretrained.title_backbone("bert", "./nowhere")

    def test_a_folder_of_another_kind_is_refused(self):
        with self.assertRaisesRegex(ValueError, "xlm_roberta is a XLMRobertaBackbone, but .* holds a BertBackbone"):
            pretrained.title_backbone("xlm_roberta", self.folder, say=lambda line: None)
        with open(os.path.join(self.folder, "config.json"), "w") as file:
            json.dump({"model_type": "gpt5"}, file)
        with self.assertRaisesRegex(ValueError, "bert.*no converter .*gpt5"):
            pretrained.title_backbone("bert", self.folder)

    def test_longer_titles_than_the_weights_can_read_are_refused(self):
        with self.assertRaisesRegex(ValueError, "reads at most 16 tokens; titles may have 128"):
            pretrained.title_backbone("bert", self.folder, tokens=128, say=lambda line: None)

    def test_tfidf_takes_no_weights(self):
        with self.assertRaisesRegex(ValueError, "tfidf learns from scratch"):
            pretrained.title_backbone("tfidf", self.folder)


if __name__ == "__main__":
    tf.test.main()
