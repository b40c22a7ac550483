"""PyTorch states into backbones: by name, counted, and refused with the tensors that differ."""

import os

import numpy as np
import tensorflow as tf
from absl.testing import parameterized
from safetensors.numpy import save_file

from models.senet import se_resnext
from tests.models.drawn_torch_state import draw_state
from tests.training.weights.torch_pickles import write_legacy, write_zip
from training.weights.torch_weights import load_torch_weights, torch_shape, torch_variables


def _backbone():
    return se_resnext(32, (1, 1), "se_resnext", width=16, groups=8)


def _state(backbone):
    state = draw_state({name: torch_shape(variable) for name, variable in torch_variables(backbone).items()})
    return state | {
        "last_linear.weight": np.ones((5, 128), "float32"),
        "last_linear.bias": np.ones(5, "float32"),
        "layer0.bn1.num_batches_tracked": np.array(3, "int64"),
    }


class TorchWeightsTest(tf.test.TestCase, parameterized.TestCase):
    def path(self, name):
        return os.path.join(self.get_temp_dir(), name)

    @parameterized.parameters(("a.safetensors", save_file), ("a.pth", write_zip), ("a.pt", write_legacy))
    def test_every_tensor_is_loaded_turned_to_channels_last(self, name, save):
        backbone, said = _backbone(), []
        state, path = _state(backbone), self.path(name)
        save(state, path) if save is save_file else save(path, state)
        count = load_torch_weights(backbone, path, said.append)
        self.assertLen(backbone.weights, count)
        self.assertEqual(said, [f"{path}: {count} of {count} tensors of se_resnext loaded by name."])
        kernel = backbone.get_layer("layer1.0.conv2").kernel
        self.assertEqual(kernel.shape, (3, 3, 1, 8))
        self.assertAllEqual(kernel[2, 1, 0], state["layer1.0.conv2.weight"][:, 0, 2, 1])
        norm = backbone.get_layer("layer2.0.downsample.1")
        self.assertAllEqual(norm.gamma, state["layer2.0.downsample.1.weight"])
        self.assertAllEqual(norm.moving_variance, state["layer2.0.downsample.1.running_var"])
        self.assertAllEqual(backbone.get_layer("layer2.0.se_module.fc1").bias, state["layer2.0.se_module.fc1.bias"])

    def test_what_differs_is_named_with_both_shapes_and_nothing_is_loaded(self):
        backbone = _backbone()
        before, state = backbone.get_weights(), _state(backbone)
        state["layer0.conv1.weight"] = state["layer0.conv1.weight"][:8]
        del state["layer1.0.bn1.running_mean"]
        state["layer3.0.conv1.weight"] = np.ones((1, 1, 1, 1), "float32")
        save_file({name: np.ascontiguousarray(array) for name, array in state.items()}, self.path("other.safetensors"))
        with self.assertRaisesRegex(
            ValueError,
            r"other.safetensors does not hold the weights of se_resnext: 3 differ .*layer0.conv1.weight: shape "
            r"\(16, 3, 7, 7\) in the model, shape \(8, 3, 7, 7\) in the file; layer1.0.bn1.running_mean: shape \(8,\) "
            r"in the model, nothing in the file; layer3.0.conv1.weight: nothing in the model, shape \(1, 1, 1, 1\)",
        ):
            load_torch_weights(backbone, self.path("other.safetensors"))
        for one, other in zip(before, backbone.get_weights(), strict=True):
            self.assertAllEqual(one, other)


if __name__ == "__main__":
    tf.test.main()
