"""Trains models/small_image_encoder.py's network in PyTorch, for benchmarks.real_classes to compare with.

    python benchmarks/torch_classes.py <arrays.npz> <epochs> <warmup_epochs> <batch> <rate> <decay> <seed>

The arrays are `train` and `test` uint8 [n, size, size, 3], `train_label` and `test_label` int [n]. Schedule, optimizer
and augmentation are those of the recipe small/classes: one cycle, AdamW without decay on biases and norms, and mirrors,
affine changes, colours. Prints test accuracy.
"""

import json
import math
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


class Residual(nn.Module):
    """Two 3x3 convolutions beside an averaging shortcut; the last BatchNorm starts at 0."""

    def __init__(self, channels: int, wider: int, stride: int):
        super().__init__()
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut.append(nn.AvgPool2d(stride))
        if channels != wider:
            self.shortcut.append(_conv_bn(channels, wider, 1))
        self.first, self.second = _conv_bn(channels, wider, 3, stride), _conv_bn(wider, wider, 3)
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + self.shortcut(x))


def _conv_bn(channels: int, wider: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(channels, wider, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(wider, eps=1e-3))


def network(classes: int, width: int = 32, stages: int = 4) -> nn.Module:
    """The whole classifier: stem, a residual block per stage, average, one layer."""
    blocks = [Residual(width * 2 ** max(0, s - 1), width * 2**s, 2 if s else 1) for s in range(stages)]
    head = nn.Linear(width * 2 ** (stages - 1), classes)
    nn.init.xavier_uniform_(head.weight)
    nn.init.zeros_(head.bias)
    stem = [_conv_bn(3, width, 3, 2), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


def augmented(pictures: torch.Tensor) -> torch.Tensor:
    """Mirrored, turned up to 10 degrees, zoomed and shifted up to a tenth; half of them in other light and colour."""
    rows = len(pictures)
    draw = lambda low, high: torch.empty(rows).uniform_(low, high)  # noqa: E731
    angle, mirror = draw(-10, 10) * math.pi / 180, torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    wide, high = (1 + draw(-0.1, 0.1) for _ in range(2))
    theta = torch.zeros(rows, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = mirror * angle.cos() * wide, -angle.sin() * high
    theta[:, 1, 0], theta[:, 1, 1] = mirror * angle.sin() * wide, angle.cos() * high
    theta[:, :, 2] = torch.stack([draw(-0.2, 0.2), draw(-0.2, 0.2)], dim=1)  # the side is 2 here
    grid = functional.affine_grid(theta, pictures.shape, align_corners=False)
    warped = functional.grid_sample(pictures, grid, align_corners=False)
    touched = (draw(0, 1) < 0.5)[:, None, None, None]
    per_row = lambda low, high: draw(low, high)[:, None, None, None]  # noqa: E731
    lit = warped + 255 * per_row(-0.15, 0.15)
    grey = (lit * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    lit = grey + (lit - grey) * per_row(0.8, 2.3)
    mean = lit.mean((1, 2, 3), keepdim=True)
    return torch.where(touched, (mean + (lit - mean) * per_row(0.8, 1.3)), warped).clamp(0, 255)


def one_cycle(peak: float, warmup: int, total: int):
    """The rate of a step: half a cosine up from peak / 40, half a cosine down to peak / 400,000."""

    def rate(step: int) -> float:
        low, share = (1 / 40, step / warmup) if step < warmup else (1 / 400_000, (total - step) / (total - warmup))
        return peak * (low + (1 - low) * 0.5 * (1 - math.cos(math.pi * share)))

    return rate


def main(arrays: str, epochs: int, warmup: float, batch: int, peak: float, decay: float, seed: int) -> float:
    torch.manual_seed(seed)
    given = np.load(arrays)
    pictures = {name: torch.tensor(given[name]).permute(0, 3, 1, 2).contiguous() for name in ("train", "test")}
    labels = {name: torch.tensor(given[f"{name}_label"]).long() for name in ("train", "test")}
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    model = network(int(labels["train"].max()) + 1).to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, peak, eps=1e-7)
    per_epoch = len(labels["train"]) // batch
    rate = one_cycle(peak, round(warmup * per_epoch), epochs * per_epoch)
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(labels["train"]))
        for step in range(per_epoch):
            rows = order[step * batch : (step + 1) * batch]
            for group in optimizer.param_groups:
                group["lr"] = rate(epoch * per_epoch + step)
            inputs = (augmented(pictures["train"][rows].float()) - mean) / std
            optimizer.zero_grad()
            logits = model(inputs.contiguous(memory_format=torch.channels_last))
            functional.cross_entropy(logits, labels["train"][rows]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        parts = [model((part.float() - mean) / std).argmax(1) for part in pictures["test"].split(256)]
    right = torch.cat(parts) == labels["test"]
    return right.double().mean().item()


if __name__ == "__main__":
    numbers = [float(text) for text in sys.argv[2:8]]
    print(json.dumps(main(sys.argv[1], int(numbers[0]), numbers[1], int(numbers[2]), *numbers[3:5], int(numbers[5]))))
