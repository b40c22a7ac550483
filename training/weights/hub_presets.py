"""Loads keras-hub backbones from a preset's name, a preset folder or a Hugging Face folder, and checks them."""

import difflib
import json
import os

import keras
import numpy as np

from models.hub import keras_hub

_SHOWN = 3


def is_folder_path(weights):
    """Whether `weights` means a folder on disk, not the name of a preset."""
    return os.path.isdir(weights) or ("://" not in weights and os.sep in weights)


def load_backbone(weights, encoder, say=print, **options):
    """Loads a backbone with its weights and says how many tensors it got.

    Args:
      weights: a keras-hub preset (`resnet_18_imagenet`, `hf://user/model`), or a folder: keras-hub's layout
        (config.json, model.weights.h5) or Hugging Face's (config.json, model.safetensors).
      encoder: name of the encoder that wants them, for messages.
      say: takes the line that is printed.
      **options: for `Backbone.from_preset`, such as image_shape.

    Returns:
      keras-hub Backbone.

    Raises:
      FileNotFoundError: the folder or one of its files is not there; says which.
      OSError: a preset cannot be fetched; says what to fetch and how to name it then.
      ValueError: no such preset, or the tensors do not fit; names the first that differ.
    """
    hub = keras_hub(encoder)
    if is_folder_path(weights):
        return _load_folder(hub, weights, say, options)
    if "://" not in weights and weights not in hub.models.Backbone.presets:
        raise ValueError(
            f"{encoder}: unknown weights {weights!r}. Give none, imagenet (image encoders), a path, or a keras-hub "
            f"preset such as {', '.join(sorted(_similar(weights, hub.models.Backbone.presets)))}."
        )
    try:
        backbone = hub.models.Backbone.from_preset(weights, **options)
    except (OSError, ValueError) as error:
        handle = hub.models.Backbone.presets.get(weights, {}).get("kaggle_handle", weights)
        raise OSError(
            f"{encoder}: the preset {weights} could not be loaded ({error}). Without a network: fetch {handle} "
            "elsewhere (kagglehub.model_download, or the model's page), copy the folder here and give its path."
        ) from error
    say(f"{weights}: all {len(backbone.weights)} tensors of {backbone.name} loaded.")
    return backbone


def read_config(folder):
    """The config.json of a model folder, or {} for the name of a preset."""
    if not is_folder_path(folder):
        return {}
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        return json.load(file)


def _load_folder(hub, folder, say, options):
    _need(folder, "config.json")
    hugging_face = "registered_name" not in read_config(folder)
    if hugging_face:
        _need(folder, "model.safetensors", "model.safetensors.index.json")
    else:
        _need(folder, "model.weights.h5", "model.weights.json")
    try:
        backbone = hub.models.Backbone.from_preset(folder, **options)
    except Exception as error:  # safetensors and keras-hub raise many kinds, most of them without the folder's name.
        raise ValueError(f"{folder}: its weights do not fit the architecture in its config.json: {error}") from error
    if hugging_face:
        _check_against_safetensors(backbone, folder, say)
    else:
        say(f"{folder}: all {len(backbone.weights)} tensors of {backbone.name} loaded.")
    return backbone


def _need(folder, *files):
    if not any(os.path.exists(os.path.join(folder, file)) for file in files):
        raise FileNotFoundError(
            f"{folder} has no {files[0]}. A model folder holds config.json, model.safetensors (or keras-hub's "
            "model.weights.h5) and the tokenizer's files; fetch them from the model's page. pytorch_model.bin is a "
            "pickle, and not read: save it anew with safe_serialization=True."
        )


def _check_against_safetensors(backbone, folder, say):
    """Finds each weight of the backbone among the file's tensors by its size and moments, whatever the layout.

    keras-hub's converters transpose and reshape silently, and leave out what they do not look for; a position table
    may be cut (XLM-R) or interpolated (DINOv2), so it need not be found.
    """
    saved = {name: _moments(value) for name, value in _safetensors(folder)}
    unused, missing = dict(saved), []
    for weight in backbone.weights:
        moments = _moments(keras.ops.convert_to_numpy(weight))
        partner = next((name for name, other in unused.items() if _equal(moments, other)), None)
        if partner:
            del unused[partner]
        elif "position" not in weight.path:
            missing.append(f"{weight.path} of shape {tuple(weight.shape)}")
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise ValueError(
            f"{folder}: {len(missing)} of {len(backbone.weights)} tensors of {backbone.name} are not in its "
            f"safetensors: {'; '.join(missing[:_SHOWN])}{more}."
        )
    left = f"; not used: {', '.join(list(unused)[:_SHOWN])}" if unused else ""
    say(f"{folder}: {len(saved) - len(unused)} of {len(saved)} tensors loaded into {backbone.name}{left}.")


def _safetensors(folder):
    from safetensors import safe_open

    for file in sorted(os.listdir(folder)):
        if file.endswith(".safetensors"):
            with safe_open(os.path.join(folder, file), framework="numpy") as tensors:
                yield from ((name, tensors.get_tensor(name)) for name in tensors.keys())


def _moments(value):
    value = np.asarray(value, "float64")
    return value.size, float(value.sum()), float(np.square(value).sum())


def _equal(one, other):
    return one[0] == other[0] and np.allclose(one[1:], other[1:], rtol=1e-6, atol=1e-6)


def _similar(name, presets):
    return difflib.get_close_matches(name, presets, n=4, cutoff=0.3) or sorted(presets)[:4]
