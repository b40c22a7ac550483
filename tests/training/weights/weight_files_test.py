"""Weight files of each format: loaded, counted, or refused by the name of the first tensor that differs."""

import os

import h5py
import keras
import tensorflow as tf

from training.weights.weight_files import load_weight_file


def network(width=4, classes=None, prefix=""):
    image = keras.Input((8, 8, 3))
    x = keras.layers.Normalization(name=f"{prefix}normalization")(image)
    x = keras.layers.Conv2D(width, 3, use_bias=False, name=f"{prefix}conv")(x)
    x = keras.layers.BatchNormalization(name=f"{prefix}bn")(x)
    if classes:
        x = keras.layers.Dense(classes, name=f"{prefix}predictions")(x)
    return keras.Model(image, x, name="network")


def write_legacy(path, model, inside=None):
    """The layout of Keras 1 and 2: layer_names, and weight_names in each layer's group."""
    with h5py.File(path, "w") as file:
        root = file.create_group(inside) if inside else file
        root.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = root.create_group(layer.name)
            names = [f"{layer.name}/{w.name}:0" for w in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group[name] = weight


class WeightFilesTest(tf.test.TestCase):
    def path(self, name):
        return os.path.join(self.get_temp_dir(), name)

    def check_loads(self, path, count):
        keras.utils.set_random_seed(1)
        model, said = network(), []
        self.assertEqual(load_weight_file(model, path, said.append), count)
        self.assertIn(f"{path}: {count} of {count} tensors of network loaded", said[0])
        for name in ("conv", "bn"):
            for mine, theirs in zip(
                model.get_layer(name).get_weights(), self.source.get_layer(name).get_weights(), strict=True
            ):
                self.assertAllEqual(mine, theirs)
        return said[0]

    def setUp(self):
        super().setUp()
        keras.utils.set_random_seed(0)
        self.source = network()
        self.source.get_layer("bn").moving_mean.assign([1.0, 2.0, 3.0, 4.0])

    def test_keras_3_weights_are_loaded(self):
        self.source.save_weights(self.path("a.weights.h5"))
        self.assertIn("by place", self.check_loads(self.path("a.weights.h5"), 8))

    def test_a_whole_keras_file_is_loaded(self):
        self.source.save(self.path("a.keras"))
        self.check_loads(self.path("a.keras"), 8)

    def test_legacy_weights_are_loaded_by_layer_name_without_the_normalization(self):
        write_legacy(self.path("a.h5"), self.source)
        self.assertIn("by layer name", self.check_loads(self.path("a.h5"), 5))

    def test_a_legacy_whole_model_is_loaded(self):
        write_legacy(self.path("a.h5"), self.source, inside="model_weights")
        self.check_loads(self.path("a.h5"), 5)

    def test_legacy_weights_of_other_layer_names_are_loaded_in_order(self):
        other = network(prefix="x_")
        for name in ("conv", "bn"):
            other.get_layer(f"x_{name}").set_weights(self.source.get_layer(name).get_weights())
        # Older files have no Normalization layer at all.
        write_legacy(self.path("a.h5"), keras.Model(other.layers[1].output, other.output))
        self.assertIn("in order", self.check_loads(self.path("a.h5"), 5))

    def test_another_width_names_the_first_tensor_that_differs(self):
        network(width=5).save_weights(self.path("a.weights.h5"))
        write_legacy(self.path("a.h5"), network(width=5))
        with self.assertRaisesRegex(ValueError, r"vars/0: shape \(4,\) in the model, shape \(5,\) in the file"):
            load_weight_file(network(), self.path("a.weights.h5"))
        with self.assertRaisesRegex(
            ValueError, r"conv: .*\(3, 3, 3, 4\).* in the model, .*\(3, 3, 3, 5\).* in the file"
        ):
            load_weight_file(network(), self.path("a.h5"))

    def test_a_refused_file_leaves_the_model_as_it_was(self):
        write_legacy(self.path("a.h5"), network(width=5))
        model = network()
        before = model.get_weights()
        with self.assertRaises(ValueError):
            load_weight_file(model, self.path("a.h5"))
        self.assertAllEqual(model.get_weights()[3], before[3])

    def test_a_file_with_a_classifier_is_refused(self):
        network(classes=10).save_weights(self.path("a.weights.h5"))
        write_legacy(self.path("a.h5"), network(classes=10))
        for file in ("a.weights.h5", "a.h5"):
            with self.assertRaisesRegex(ValueError, "does not hold the weights of network.*classifier on top"):
                load_weight_file(network(), self.path(file))

    def test_a_missing_file_and_a_page_saved_by_mistake_are_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "There is no weight file .*nothing.h5"):
            load_weight_file(network(), self.path("nothing.h5"))
        for name in ("page.h5", "page.keras"):
            with open(self.path(name), "w") as file:
                file.write("<html>")
            with self.assertRaisesRegex(ValueError, f"{name} is not .*truncated, or a page saved by mistake"):
                load_weight_file(network(), self.path(name))


if __name__ == "__main__":
    tf.test.main()
