"""Image encoders by name: pixels in 0..255 -> one feature vector per picture."""

import dataclasses
from collections.abc import Callable

import keras

from models.applications_backbones import APPLICATIONS
from models.edges_and_colours import edges_and_colours_backbone
from models.hub_image_backbones import HUB_IMAGE_BACKBONES
from models.pixel_normalization import PixelNormalization
from models.pooling import IMAGE_POOLINGS, FirstTokenPooling, choose_pooling
from models.res2net import RES2NETS
from models.resnest import RESNESTS
from models.senet import SENETS
from models.small_image_encoder import small_backbone

# Pixels of 0..255 -> (pixel - mean) / std, each as the authors of the published weights did it.
NORMALIZATIONS = {
    "imagenet": {
        "mean": (123.675, 116.28, 103.53),
        "std": (58.395, 57.12, 57.375),
    },  # V2 B0-B3, keras-hub, DINOv2, PyTorch's
    # EfficientNet B0-B7 divides by 255 inside: the same as "imagenet", but 255 times as large.
    "efficientnet": {"mean": (123.675, 116.28, 103.53), "std": (0.229, 0.224, 0.225)},
    "minus_one_to_one": {"mean": (127.5,) * 3, "std": (127.5,) * 3},  # MobileNetV3, SigLIP2
    "efficientnet_v2": {"mean": (128.0,) * 3, "std": (128.0,) * 3},  # EfficientNetV2 S, M, L
    "none": {"mean": (0.0,) * 3, "std": (1.0,) * 3},  # edges_and_colours
    "caffe": {"mean": (123.68, 116.779, 103.939), "std": (1.0,) * 3, "channels": "bgr"},  # Keras's ResNet50
}


@dataclasses.dataclass(frozen=True)
class ImageEncoder:
    """How one image encoder is built.

    Attributes:
      backbone: `backbone(image_size)` -> keras.Model with random weights, from normalised pictures to a feature map
        `[batch, height, width, channels]`, or to a vector `[batch, dim]`.
      normalization: a key of NORMALIZATIONS.
      preset: keras-hub's preset of the published weights; "" for encoders that are not keras-hub's.
      torch_names: whether its layers are named as the modules of the published PyTorch network, so that a PyTorch
        state file can be loaded.
    """

    backbone: Callable[[int], keras.Model]
    normalization: str
    preset: str = ""
    torch_names: bool = False


IMAGE_ENCODERS = {
    "small": ImageEncoder(small_backbone, "imagenet"),
    "edges_and_colours": ImageEncoder(edges_and_colours_backbone, "none"),
    **{name: ImageEncoder(*entry) for name, entry in APPLICATIONS.items()},
    **{name: ImageEncoder(*entry) for name, entry in HUB_IMAGE_BACKBONES.items()},
    **{
        name: ImageEncoder(build, "imagenet", torch_names=True)
        for name, build in (RES2NETS | RESNESTS | SENETS).items()
    },
}


def image_encoder(name):
    """Returns the ImageEncoder of this name.

    Raises:
      ValueError: naming the encoders there are.
    """
    if name not in IMAGE_ENCODERS:
        raise ValueError(f"Unknown image encoder {name!r}; there are {', '.join(IMAGE_ENCODERS)}.")
    return IMAGE_ENCODERS[name]


def build_image_encoder(name, image_size, pooling="avg", backbone=None):
    """Builds normalisation, backbone and pooling as one model.

    Args:
      name: a key of IMAGE_ENCODERS.
      image_size: side of the square picture in pixels.
      pooling: "avg", "gem" or "max", for backbones that end in a feature map. SigLIP2 (attention pooling) and DINOv2
        (class token) give one trained vector themselves: there only "avg" is accepted, and it adds nothing.
      backbone: a backbone that already holds weights (training/weights/pretrained.py); None builds one with random
        ones.

    Returns:
      keras.Model from pictures `[batch, image_size, image_size, 3]`, uint8 or float in 0..255, RGB, to features
      `[batch, dim]`.

    Raises:
      ValueError: an unknown name or pooling, or GeM on a backbone without a feature map.
      ImportError: the encoder needs keras-hub and it is not installed.
    """
    encoder = image_encoder(name)
    backbone = backbone or encoder.backbone(image_size)
    image = keras.Input((image_size, image_size, 3), name="image")
    normalized = PixelNormalization(**NORMALIZATIONS[encoder.normalization], name="pixel_normalization")(image)
    features = backbone_features(backbone, normalized)
    if len(features.shape) == 4:
        features = choose_pooling(IMAGE_POOLINGS, pooling)(features)
    elif pooling != "avg":
        raise ValueError(f"{name} gives one vector per picture, so there is no map for pooling={pooling!r}: use 'avg'.")
    return keras.Model(image, features, name="image_encoder")


def backbone_features(backbone, pixels):
    """Calls a backbone on normalised pictures; of a row of tokens it takes the first, the class token (DINOv2).

    Args:
      backbone: keras.Model with one image input, by itself or in a dict.
      pixels: float tensor `[batch, height, width, 3]`.

    Returns:
      feature map `[batch, h, w, channels]` or vector `[batch, dim]`.
    """
    if isinstance(backbone.input, dict):
        pixels = {next(iter(backbone.input)): pixels}
    features = backbone(pixels)
    return FirstTokenPooling()(features) if len(features.shape) == 3 else features
