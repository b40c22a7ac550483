"""keras-hub's image backbones from their published architectures, random weights, no preset and no network."""

import functools

from models.hub import keras_hub

_EFFICIENTNET = {
    "stackwise_kernel_sizes": [3, 3, 5, 3, 5, 5, 3],
    "stackwise_num_repeats": [1, 2, 2, 3, 3, 4, 1],
    "stackwise_input_filters": [32, 16, 24, 40, 80, 112, 192],
    "stackwise_output_filters": [16, 24, 40, 80, 112, 192, 320],
    "stackwise_expansion_ratios": [1, 6, 6, 6, 6, 6, 6],
    "stackwise_strides": [1, 2, 2, 2, 1, 2, 1],
    "stackwise_squeeze_and_excite_ratios": [0.25] * 7,
    "stackwise_block_types": ["v1"] * 7,
    "min_depth": None,
    "use_depth_divisor_as_min_depth": True,
    "cap_round_filter_decrease": True,
    "dropout": 0.0,
}
# Width and depth multipliers of Tan and Le, arXiv:1905.11946, and the preset of timm's weights.
_EFFICIENTNET_SCALES = {
    "b0": (1.0, 1.0, "efficientnet_b0_ra_imagenet"),
    "b1": (1.0, 1.1, "efficientnet_b1_ft_imagenet"),
    "b2": (1.1, 1.2, "efficientnet_b2_ra_imagenet"),
    "b3": (1.2, 1.4, "efficientnet_b3_ra2_imagenet"),
    "b4": (1.4, 1.8, "efficientnet_b4_ra2_imagenet"),
    "b5": (1.6, 2.2, "efficientnet_b5_sw_imagenet"),
}
_RESNET = {
    "input_conv_filters": [64],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 128, 256, 512],
    "stackwise_num_strides": [1, 2, 2, 2],
}
_RESNET18 = {"stackwise_num_blocks": [2, 2, 2, 2], "block_type": "basic_block"}
_RESNET50 = {"stackwise_num_blocks": [3, 4, 6, 3], "block_type": "bottleneck_block"}
_VISION_BASE = {"hidden_dim": 768, "num_layers": 12, "num_heads": 12, "intermediate_dim": 3072}
_DINOV2 = {
    "small": {"hidden_dim": 384, "num_layers": 12, "num_heads": 6, "intermediate_dim": 1536},
    "base": _VISION_BASE,
    "large": {"hidden_dim": 1024, "num_layers": 24, "num_heads": 16, "intermediate_dim": 4096},
}


def _efficientnet(image_size, width, depth):
    return keras_hub("hub_efficientnet").models.EfficientNetBackbone(
        **_EFFICIENTNET,
        stackwise_width_coefficients=[width] * 7,
        stackwise_depth_coefficients=[depth] * 7,
        input_shape=(image_size, image_size, 3),
    )


def _resnet(image_size, **blocks):
    shape = (image_size, image_size, 3)
    return keras_hub("ResNet").models.ResNetBackbone(**_RESNET, **blocks, image_shape=shape)


def _siglip2(image_size, **sizes):
    shape = (image_size, image_size, 3)
    return keras_hub("SigLIP2").models.SigLIPVisionEncoder(patch_size=16, **sizes, image_shape=shape)


def _dinov2(image_size, **sizes):
    hub = keras_hub("DINOv2")
    shape = (image_size, image_size, 3)
    return hub.models.DINOV2Backbone(patch_size=14, **sizes, image_shape=shape)


# Name -> (backbone of an image size, key of image_encoders.NORMALIZATIONS, preset of the published weights). `hub_`
# marks architectures that keras.applications has as well: here with timm's weights.
HUB_IMAGE_BACKBONES = {
    **{
        f"hub_efficientnet_{size}": (functools.partial(_efficientnet, width=width, depth=depth), "imagenet", preset)
        for size, (width, depth, preset) in _EFFICIENTNET_SCALES.items()
    },
    "resnet18": (functools.partial(_resnet, **_RESNET18), "imagenet", "resnet_18_imagenet"),
    "hub_resnet50": (functools.partial(_resnet, **_RESNET50), "imagenet", "resnet_50_imagenet"),
    "siglip2_base": (functools.partial(_siglip2, **_VISION_BASE), "minus_one_to_one", "siglip2_base_patch16_224"),
    **{
        f"dinov2_{size}": (functools.partial(_dinov2, **sizes), "imagenet", f"dinov2_{size}")
        for size, sizes in _DINOV2.items()
    },
}
