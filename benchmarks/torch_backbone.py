"""Times training steps of timm's EfficientNet-B0, for benchmarks.training_step to compare with.

    python benchmarks/torch_backbone.py <batch> <size> <classes> <steps> <layout>

The layout is `default` or `channels_last`. Prints the seconds of each step, but of the first two, as JSON. Needs torch
and timm; where torchvision is missing, an empty stand-in lets timm be imported, which takes nothing of it for a model.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import time
import types

import torch

WARM_UP = 2


class _Anything(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name


class _StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torchvision":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _StandIn(spec.name)

    def exec_module(self, module):
        module.__version__ = "0"


def seconds_of_steps(batch: int, size: int, classes: int, steps: int, layout: str) -> list[float]:
    """Time of each forward pass, loss, backward pass and SGD update."""
    if importlib.util.find_spec("torchvision") is None:
        sys.meta_path.append(_Finder())
    import timm

    form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = timm.create_model("efficientnet_b0", num_classes=classes).train().to(memory_format=form)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    pictures = torch.randn(batch, 3, size, size).to(memory_format=form)
    label, seconds = torch.randint(0, classes, (batch,)), []
    for _ in range(WARM_UP + steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(pictures), label).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds[WARM_UP:]


if __name__ == "__main__":
    print(json.dumps(seconds_of_steps(*map(int, sys.argv[1:5]), sys.argv[5])))
