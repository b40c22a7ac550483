"""Copies the tensors of a weight file into a model, or says which of them differ."""

import contextlib
import os
import tempfile
import zipfile

import h5py
import keras
import numpy as np
import tensorflow as tf

SUFFIXES = (".weights.h5", ".h5", ".keras")
_SHOWN = 3


def load_weight_file(model, path, say=print):
    """Loads all weights of a model from one file and says how many tensors matched.

    Three formats: `.weights.h5` and `.keras` of Keras 3, matched by their place in the model; and the `.h5` of Keras 1
    and 2 (keras.applications' own files, the noisy-student EfficientNets), matched by layer name where all names are
    the model's, else by order.

    `Normalization` layers are left as they are: the encoders normalise pixels themselves
    (models/image_encoders.py), and published files disagree about what such a layer holds.

    Args:
      model: a built keras.Model; it gets the values.
      path: local path or gs:// address.
      say: takes the line that is printed.

    Returns:
      number of tensors loaded.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: not a weight file, or its tensors are not the model's; names the first that differ.
    """
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(f"There is no weight file {path}.")
    with tempfile.TemporaryDirectory() as folder:
        local = _local_h5(path, folder)
        with _open(local, path) as file:
            root = file["model_weights"] if "model_weights" in file else file
            legacy = "layer_names" in root.attrs or "layer_names0" in root.attrs
            if legacy:
                count, how = _load_legacy(model, root, path)
        if not legacy:
            count, how = _load_keras3(model, local, path, folder)
    say(f"{path}: {count} of {count} tensors of {model.name} loaded {how}.")
    return count


def _local_h5(path, folder):
    copied, local = os.path.join(folder, "copied"), os.path.join(folder, "file.weights.h5")
    tf.io.gfile.copy(path, copied)
    if not path.endswith(".keras"):
        os.rename(copied, local)  # Keras goes by the ending
        return local
    try:
        with zipfile.ZipFile(copied) as archive, open(local, "wb") as out:
            out.write(archive.read("model.weights.h5"))
    except (zipfile.BadZipFile, KeyError) as error:
        raise _not_weights(path, error) from error
    return local


@contextlib.contextmanager
def _open(local, path):
    try:
        file = h5py.File(local, "r")
    except OSError as error:
        raise _not_weights(path, error) from error
    with file:
        yield file


def _not_weights(path, error):
    return ValueError(f"{path} is not a weight file ({error}): truncated, or a page saved by mistake?")


def _load_keras3(model, local, path, folder):
    own = os.path.join(folder, "own.weights.h5")
    model.save_weights(own)
    with h5py.File(own, "r") as expected, h5py.File(local, "r") as found:
        expected, found = _shapes(expected), _shapes(found)
    found = {name: shape for name, shape in found.items() if not name.startswith("optimizer")}
    refuse(differing_shapes(expected, found), len(expected), model, path)
    model.load_weights(local)
    return len(expected), "by place"


def _shapes(file):
    shapes = {}
    file.visititems(lambda name, item: shapes.update({name: item.shape}) if isinstance(item, h5py.Dataset) else None)
    return shapes


def _load_legacy(model, root, path):
    layers = {
        layer.name: layer.weights
        for layer in model.layers
        if layer.weights and not isinstance(layer, keras.layers.Normalization)
    }
    saved = {name: values for name, values in _legacy_layers(root) if values and not name.startswith("normalization")}
    by_name = saved.keys() <= layers.keys()
    names = [(name, name) for name in layers] if by_name else list(zip(layers, saved, strict=False))
    differing, pairs = [], []
    for name, saved_name in names:
        values = saved.get(saved_name, [])
        shapes, saved_shapes = [tuple(w.shape) for w in layers[name]], [v.shape for v in values]
        if shapes != saved_shapes:
            differing.append(f"{name}: {shapes} in the model, {saved_shapes or 'nothing'} in the file ({saved_name})")
        pairs += zip(layers[name], values, strict=False)
    if len(saved) != len(layers) and not by_name:
        differing.append(f"{len(layers)} layers with weights in the model, {len(saved)} in the file")
    refuse(differing, len(layers), model, path)
    for variable, value in pairs:
        variable.assign(value)
    return len(pairs), "by layer name" if by_name else "in order"


def _legacy_layers(root):
    for name in _attribute(root, "layer_names"):
        group = root[name]
        yield name, [np.asarray(group[weight]) for weight in _attribute(group, "weight_names")]


def _attribute(group, name):
    # Lists beyond HDF5's 64 kB limit for attributes were stored in parts: layer_names0, layer_names1, ...
    parts = [name] if name in group.attrs else [f"{name}{i}" for i in range(len(group.attrs))]
    values = [value for part in parts if part in group.attrs for value in group.attrs[part]]
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def shape_text(shape):
    """A tensor's shape in a message; None is a tensor that is not there."""
    return "nothing" if shape is None else f"shape {tuple(shape)}"


def differing_shapes(expected, found):
    """One line per tensor, {name: shape} of the model and of the file, that is not in both with the same shape."""
    return [
        f"{name}: {shape_text(expected.get(name))} in the model, {shape_text(found.get(name))} in the file"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def refuse(differing, total, model, path):
    """Raises a ValueError that names the first of the differing tensors, if there are any.

    Args:
      differing: one line per tensor that differs.
      total: number of tensors in the model.
      model: keras.Model that was to get them.
      path: the file.
    """
    if differing:
        more = f"; and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        raise ValueError(
            f"{path} does not hold the weights of {model.name}: {len(differing)} differ (the model has {total}). "
            f"{'; '.join(differing[:_SHOWN])}{more}. Is it another encoder's file, or one with a classifier on top?"
        )
