"""The published ImageNet weight files: found in Keras's cache, or fetched, and checked."""

import os

import keras

_GOOGLE = "https://storage.googleapis.com"
_FOLDERS = {
    "efficientnet": f"{_GOOGLE}/keras-applications",
    "efficientnet_v2": f"{_GOOGLE}/tensorflow/keras-applications/efficientnet_v2",
    "resnet": f"{_GOOGLE}/tensorflow/keras-applications/resnet",
    "mobilenet_v3": f"{_GOOGLE}/tensorflow/keras-applications/mobilenet_v3",
}
# The ImageNet files of keras.applications without classifier: folder, file, MD5 (as Keras itself checks them).
IMAGENET_FILES = {
    "efficientnet_b0": ("efficientnet", "efficientnetb0_notop.h5", "50bc09e76180e00e4465e1a485ddc09d"),
    "efficientnet_b1": ("efficientnet", "efficientnetb1_notop.h5", "74c4e6b3e1f6a1eea24c589628592432"),
    "efficientnet_b2": ("efficientnet", "efficientnetb2_notop.h5", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    "efficientnet_b3": ("efficientnet", "efficientnetb3_notop.h5", "af6d107764bb5b1abb91932881670226"),
    "efficientnet_b4": ("efficientnet", "efficientnetb4_notop.h5", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    "efficientnet_b5": ("efficientnet", "efficientnetb5_notop.h5", "38879255a25d3c92d5e44e04ae6cec6f"),
    "efficientnet_b6": ("efficientnet", "efficientnetb6_notop.h5", "9ecce42647a20130c1f39a5d4cb75743"),
    "efficientnet_b7": ("efficientnet", "efficientnetb7_notop.h5", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
    "efficientnet_v2_b0": ("efficientnet_v2", "efficientnetv2-b0_notop.h5", "893217f2bb855e2983157299931e43ff"),
    "efficientnet_v2_b1": ("efficientnet_v2", "efficientnetv2-b1_notop.h5", "0e80663031ca32d657f9caa404b6ec37"),
    "efficientnet_v2_b2": ("efficientnet_v2", "efficientnetv2-b2_notop.h5", "1dfe2e7a5d45b6632553a8961ea609eb"),
    "efficientnet_v2_b3": ("efficientnet_v2", "efficientnetv2-b3_notop.h5", "f6abf7b5849ac99a89b50dd3fd532856"),
    "efficientnet_v2_s": ("efficientnet_v2", "efficientnetv2-s_notop.h5", "af0682fb74e8c54910f2d4393339c070"),
    "efficientnet_v2_m": ("efficientnet_v2", "efficientnetv2-m_notop.h5", "1b8dc055df72dde80d614482840fe342"),
    "efficientnet_v2_l": ("efficientnet_v2", "efficientnetv2-l_notop.h5", "b0b66b5c863aef5b46e8608fe1711615"),
    "resnet50": (
        "resnet",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "mobilenet_v3_small": (
        "mobilenet_v3",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "mobilenet_v3_large": (
        "mobilenet_v3",
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        "07fb09a5933dd0c8eaafa16978110389",
    ),
}

_CADENE = "http://data.lip6.fr/cadene/pretrainedmodels"
_RES2NET = "https://shanghuagao.oss-cn-beijing.aliyuncs.com/res2net"
_RESNEST = "https://github.com/zhanghang1989/ResNeSt/releases/download/weights_step1"
# The PyTorch files of the networks' authors, and Cadene's of the SENets' Caffe files. The eight digits in a name begin
# its SHA-256, which training/weights/torch_files.py checks.
TORCH_IMAGENET_FILES = {
    "res2net50_v1b_26w_4s": (_RES2NET, "res2net50_v1b_26w_4s-3cf99910.pth"),
    "res2net101_v1b_26w_4s": (_RES2NET, "res2net101_v1b_26w_4s-0812c246.pth"),
    "resnest50": (_RESNEST, "resnest50-528c19ca.pth"),
    "resnest101": (_RESNEST, "resnest101-22405ba7.pth"),
    "se_resnext50_32x4d": (_CADENE, "se_resnext50_32x4d-a260b3a4.pth"),
    "senet154": (_CADENE, "senet154-c7b49a05.pth"),
}

# EfficientNets trained as noisy students (Xie et al., arXiv:1911.04252), without classifier: the files and MD5 of the
# package efficientnet. Their pixels are normalised as those of "imagenet".
_NOISY_STUDENT = "https://github.com/qubvel/efficientnet/releases/download/v0.0.1"
NOISY_STUDENT_MD5 = {
    "efficientnet_b0": "a5b48ae7547fc990c7e4f3951230290d",
    "efficientnet_b1": "4d35baa41ca36f175506a33918f7e334",
    "efficientnet_b2": "e496e531f41242598288ff3a4b4199f9",
    "efficientnet_b3": "47da5b154de1372b557a65795d3e6135",
    "efficientnet_b4": "47c10902a4949eec589ab92fe1c35ed8",
    "efficientnet_b5": "4d53ef3544d4114e2d8080d6d777a74c",
    "efficientnet_b6": "71f96d7e15d9f891f3729b4f4e701f77",
    "efficientnet_b7": "e112b00c464fe929b821edbb35d1af55",
}


def noisy_student_file(name):
    """Returns the local path of an EfficientNet's noisy-student weights, downloading them if need be.

    Args:
      name: an image encoder.

    Raises:
      ValueError: it has no such weights.
      OSError: see `imagenet_file`.
    """
    if name not in NOISY_STUDENT_MD5:
        raise ValueError(
            f"--weights=noisy-student is for {', '.join(NOISY_STUDENT_MD5)}, not {name}: give imagenet, a file or none."
        )
    file = f"{name.replace('_', '-')}_noisy-student_notop.h5"
    return _fetch(name, f"{_NOISY_STUDENT}/{file}", file, NOISY_STUDENT_MD5[name])


def imagenet_file(name):
    """Returns the local path of an encoder's ImageNet weights, downloading them if need be.

    Args:
      name: a key of IMAGENET_FILES (without classifier) or TORCH_IMAGENET_FILES (with it).

    Raises:
      OSError: it is not in Keras's cache and cannot be fetched, or its MD5 is wrong; names the file, its address and
        where to put it.
    """
    if name in TORCH_IMAGENET_FILES:
        address, file = TORCH_IMAGENET_FILES[name]
        return _fetch(name, f"{address}/{file}", file)
    folder, file, md5 = IMAGENET_FILES[name]
    return _fetch(name, f"{_FOLDERS[folder]}/{file}", file, md5)


def _fetch(name, url, file, md5=None):
    cache = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    try:
        return keras.utils.get_file(file, url, cache_dir=cache, cache_subdir="models", file_hash=md5)
    except Exception as error:  # Keras raises a bare Exception when the address cannot be reached.
        raise OSError(
            f"The published weights of {name} are not at {os.path.join(cache, 'models', file)} and could not be "
            f"fetched ({error}). Fetch {url} where there is a network and put it there, or name it: "
            f"--weights=<path>/{file}"
        ) from error
