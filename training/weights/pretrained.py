"""Builds encoders with the weights that `--weights` and `--title_weights` name.

none: random. imagenet: the file of keras.applications, the PyTorch file of a network's authors, or keras-hub's ImageNet
preset. noisy-student: of EfficientNet B0 to B7, the file that the package efficientnet publishes. A path: a weight file
(.weights.h5, .h5, .keras), a PyTorch state file (.safetensors, .pth, .pt, .bin), a keras-hub preset folder, or a folder
in Hugging Face's layout (config.json, model.safetensors). Any other word: the name of a keras-hub preset.
"""

from models.image_encoders import IMAGE_ENCODERS, image_encoder
from models.product_encoder import SIDES
from models.product_encoder import build_encoder as build_random
from models.title_encoders import TFIDF, check_title_encoder, token_network
from training.weights.hub_presets import load_backbone, read_config
from training.weights.imagenet_files import IMAGENET_FILES, TORCH_IMAGENET_FILES, imagenet_file, noisy_student_file
from training.weights.torch_files import SUFFIXES as TORCH_SUFFIXES
from training.weights.torch_weights import load_torch_weights
from training.weights.weight_files import SUFFIXES, load_weight_file


def build_encoder(model, titles=None, say=print):
    """Builds the encoder with the weights that the options name, and says what was loaded.

    To build it again where the weights are no longer at hand, keep `encoder.to_json()` and use
    `keras.models.model_from_json`.

    Args:
      model: an object with the fields of flags.model.Model.
      titles: the title inputs (training/inputs/title_inputs.py), for their size; None without titles.
      say: takes each line that is printed.

    Returns:
      the model of models.product_encoder.build_encoder.

    Raises:
      FileNotFoundError, OSError: the weights are not there; says which file to fetch and where to put it.
      ValueError: the weights do not fit; names the first tensors that differ.
    """
    sides = SIDES.get(model.modality, ())
    image, title = None, None
    if "image" in sides:
        image = image_backbone(model.image_encoder, model.weights, model.image_size, say)
    if "title" in sides:
        tokens = max(model.title_tokens, model.title_tokens_inference)
        title = title_backbone(model.title_encoder, model.title_weights, tokens, say)
    return build_random(model, titles, image, title)


def image_backbone(name, weights, image_size, say=print):
    """Builds an image backbone with weights.

    Args:
      name: a key of models.image_encoders.IMAGE_ENCODERS.
      weights: see above.
      image_size: side of the square picture in pixels.
      say: takes the line that is printed.

    Returns:
      keras.Model from normalised pictures to features, or None for weights "none".

    Raises: as build_encoder.
    """
    encoder = image_encoder(name)
    if weights == "none":
        return None
    if weights == "noisy-student":
        weights = noisy_student_file(name)
    if weights == "imagenet":
        weights = _imagenet(name, encoder.preset)
    if weights.endswith(TORCH_SUFFIXES):
        _check_torch_form(name, encoder, weights)
    named = encoder.backbone(image_size)
    if weights.endswith(TORCH_SUFFIXES):
        load_torch_weights(named, weights, say)
        return named
    if weights.endswith(SUFFIXES):
        load_weight_file(named, weights, say)
        return named
    if not encoder.preset:
        raise ValueError(
            f"{name} is not keras-hub's, so {weights!r} (a preset or a folder) does not fit it. Give none, a weight "
            f"file ({', '.join(SUFFIXES + encoder.torch_names * TORCH_SUFFIXES)})"
            + (", or imagenet." if name in IMAGENET_FILES | TORCH_IMAGENET_FILES else ".")
        )
    options = {"image_shape": (image_size, image_size, 3)} if hasattr(named, "position_embedding_shape") else {}
    loaded = load_backbone(weights, name, say, **options)
    loaded = getattr(loaded, "vision_encoder", loaded)  # SigLIP2 presets hold a text encoder as well
    _check_same_architecture(named, loaded, name, weights, image_size)
    return loaded


def title_backbone(name, weights, tokens=0, say=print):
    """Builds a token encoder's transformer with weights; its architecture is the weights' own.

    Args:
      name: a key of models.title_encoders.TOKEN_BACKBONES, or "tfidf".
      weights: "none", a folder or a preset.
      tokens: the longest title, in tokens, that it will be given.
      say: takes the line that is printed.

    Returns:
      keras.Model to token vectors, or None for weights "none".

    Raises: as build_encoder.
    """
    check_title_encoder(name)
    if weights == "none":
        return None
    if name == TFIDF:
        raise ValueError(f"--title_encoder=tfidf learns from scratch: --title_weights={weights} needs a token encoder.")
    loaded = load_backbone(weights, name, say)
    expected = "XLMRobertaBackbone" if name == "xlm_roberta" else "BertBackbone"
    if type(loaded).__name__ != expected:
        raise ValueError(f"{name} is a {expected}, but {weights} holds a {type(loaded).__name__}.")
    if tokens > loaded.max_sequence_length:
        raise ValueError(f"{weights} reads at most {loaded.max_sequence_length} tokens; titles may have {tokens}.")
    exact_gelu = expected == "BertBackbone" and read_config(weights).get("hidden_act") == "gelu"
    return token_network(loaded, activation="gelu" if exact_gelu else None)


def _check_torch_form(name, encoder, weights):
    if not encoder.torch_names:
        able = ", ".join(other for other, entry in IMAGE_ENCODERS.items() if entry.torch_names)
        raise ValueError(
            f"{name} has no PyTorch form here, so {weights} does not fit it: that is for {able}. Give a weight file of "
            f"Keras ({', '.join(SUFFIXES)}) or a folder that holds config.json beside the weights."
        )


def _imagenet(name, preset):
    if name in IMAGENET_FILES | TORCH_IMAGENET_FILES:
        return imagenet_file(name)
    if preset.endswith("_imagenet"):
        return preset
    instead = f"--weights={preset}" if preset else "--weights=none"
    raise ValueError(f"There are no ImageNet weights for {name}; use {instead}.")


def _check_same_architecture(named, loaded, name, weights, image_size):
    expected, found = [[(w.path, tuple(w.shape)) for w in model.weights] for model in (named, loaded)]
    shapes = [[shape for _, shape in tensors] for tensors in (expected, found)]
    if shapes[0] == shapes[1]:
        return
    place = next((i for i, (a, b) in enumerate(zip(*shapes, strict=False)) if a != b), min(map(len, shapes)))
    first = [f"{t[place][0]} {t[place][1]}" if place < len(t) else "nothing" for t in (expected, found)]
    raise ValueError(
        f"{weights} is not a {name} of {image_size} px: {len(expected)} tensors expected, {len(found)} found; the "
        f"first to differ: {first[0]} expected, {first[1]} found. Give the encoder's name and --image_size that the "
        "weights are for."
    )
