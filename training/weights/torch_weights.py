"""Copies a published PyTorch network into a model whose layers are named as its modules."""

import numpy as np

from training.weights.torch_files import read_torch_file
from training.weights.weight_files import differing_shapes, refuse

_CLASSIFIERS = ("fc.", "last_linear.")
# What a variable of our layers is called in PyTorch; a BatchNorm's gamma is its weight.
_VARIABLES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "bias": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def load_torch_weights(model, path, say=print):
    """Loads all weights of a model from a PyTorch state file and says how many tensors matched.

    Tensors are found by name (`layer1.0.conv1.weight` is the kernel of the layer `layer1.0.conv1`), in the original
    publications and in timm alike. The classifier (`fc`, `last_linear`) and num_batches_tracked are left out.

    Args:
      model: a built keras.Model of models/res2net.py, resnest.py or senet.py; it gets the values.
      path: local path or gs:// address, see read_torch_file.
      say: takes the line that is printed.

    Returns:
      number of tensors loaded.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: not a state file, or its tensors are not the model's; names the first that differ.
    """
    state = {
        name: array
        for name, array in read_torch_file(path).items()
        if not name.startswith(_CLASSIFIERS) and not name.endswith("num_batches_tracked")
    }
    variables = torch_variables(model)
    expected = {name: torch_shape(variable) for name, variable in variables.items()}
    found = {name: array.shape for name, array in state.items()}
    refuse(differing_shapes(expected, found), len(variables), model, path)
    for name, variable in variables.items():
        variable.assign(_to_keras(np.asarray(state[name], "float32")))
    say(f"{path}: {len(variables)} of {len(variables)} tensors of {model.name} loaded by name.")
    return len(variables)


def torch_variables(model):
    """{name in PyTorch: variable} of a model whose layers are named as PyTorch's modules."""
    return {
        f"{layer.name}.{_VARIABLES[variable.path.rsplit('/', 1)[-1]]}": variable
        for layer in model.layers
        for variable in layer.weights
    }


def torch_shape(variable):
    """A variable's shape in PyTorch: kernels are `[filters, channels of a group, height, width]` there."""
    shape = tuple(variable.shape)
    return (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape


def _to_keras(array):
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array
