"""Convolutional backbones of keras.applications, always built with random weights: no name needs the network."""

import functools

from keras import applications


def _without_top(build, image_size, **options):
    return build(include_top=False, weights=None, input_shape=(image_size, image_size, 3), **options)


def _entry(build, normalization, **options):
    return functools.partial(_without_top, build, **options), normalization


# Name -> (backbone of an image size, key of image_encoders.NORMALIZATIONS). Where Keras puts the normalisation inside
# the network it is switched off; EfficientNet B0-B7 has no such switch, so "efficientnet" undoes its division by 255.
APPLICATIONS = {
    **{f"efficientnet_b{i}": _entry(getattr(applications, f"EfficientNetB{i}"), "efficientnet") for i in range(8)},
    **{
        f"efficientnet_v2_b{i}": _entry(
            getattr(applications, f"EfficientNetV2B{i}"), "imagenet", include_preprocessing=False
        )
        for i in range(4)
    },
    "efficientnet_v2_s": _entry(applications.EfficientNetV2S, "efficientnet_v2", include_preprocessing=False),
    "efficientnet_v2_m": _entry(applications.EfficientNetV2M, "efficientnet_v2", include_preprocessing=False),
    "efficientnet_v2_l": _entry(applications.EfficientNetV2L, "efficientnet_v2", include_preprocessing=False),
    "resnet50": _entry(applications.ResNet50, "caffe"),
    "mobilenet_v3_small": _entry(applications.MobileNetV3Small, "minus_one_to_one", include_preprocessing=False),
    "mobilenet_v3_large": _entry(applications.MobileNetV3Large, "minus_one_to_one", include_preprocessing=False),
}
