"""Writes what timm's networks give, for tests that run without timm. With torch, torchvision and timm installed:

python -m tests.models.timm_outputs > tests/models/timm_outputs.json
python -m tests.models.timm_outputs resnest50 pictures.npy map.npy    writes one network's feature map of pictures
"""

import json
import sys

import numpy as np
import timm
import torch

from tests.models.drawn_torch_state import draw_picture, draw_state

TIMM_NAMES = {
    "res2net50_v1b_26w_4s": "res2net50d",
    "res2net101_v1b_26w_4s": "res2net101d",
    "resnest50": "resnest50d",
    "resnest101": "resnest101e",
    "se_resnext50_32x4d": "legacy_seresnext50_32x4d",
    "senet154": "legacy_senet154",
}
STEP = 128  # every 128th of 2048 channels is kept


def build(name):
    """timm's network without classifier, with the drawn weights, and its state."""
    network = timm.create_model(TIMM_NAMES[name], num_classes=0).eval()
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    state = draw_state({key: shape for key, shape in shapes.items() if not key.endswith("num_batches_tracked")})
    network.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, strict=False)
    return network, state


def feature_map(network, picture):
    """The feature map `[batch, height, width, channels]` of a picture, channels last."""
    with torch.no_grad():
        return network.forward_features(torch.from_numpy(picture).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()


def describe(name):
    """What the test compares: number of parameters, tensors, and some channels of the drawn picture's feature map."""
    network, state = build(name)
    features = feature_map(network, draw_picture())
    return {
        "timm": f"{TIMM_NAMES[name]} of timm {timm.__version__}",
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "tensors": len(state),
        "largest": float(abs(features).max()),
        "channels": [[round(float(v), 6) for v in row] for row in features[0, ..., ::STEP].reshape(-1, 2048 // STEP)],
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        name, pictures, path = sys.argv[1:]
        np.save(path, feature_map(build(name)[0], np.load(pictures)))
    else:
        print(json.dumps({name: describe(name) for name in TIMM_NAMES}, indent=1))
