"""ArcFace of pytorch-metric-learning, for benchmarks.large_heads to compare with; runs where torch is installed.

python torch_margin.py time <classes> <dim> <batch> <steps>        seconds of each step, as JSON
python torch_margin.py values <arrays.npz> <scale> <margin> <out.npz>   loss and gradients of those arrays
"""

import json
import math
import sys
import time

import numpy as np
import torch
from pytorch_metric_learning.losses import ArcFaceLoss


def seconds_of_steps(classes: int, dim: int, batch: int, steps: int) -> list[float]:
    """Time of each loss, backward pass and SGD update; one before them does not count."""
    head = ArcFaceLoss(classes, dim, margin=math.degrees(0.5), scale=30.0)
    optimizer = torch.optim.SGD(head.parameters(), 0.1)
    embedding = torch.randn(batch, dim, requires_grad=True)
    label = torch.randint(0, classes, (batch,))
    seconds = []
    for _ in range(1 + steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        head(embedding, label).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def values(arrays: str, scale: float, margin: float, out: str) -> None:
    """Writes the mean loss and its gradients for the arrays `centres`, `embedding`, `label`."""
    given = np.load(arrays)
    head = ArcFaceLoss(given["centres"].shape[1], given["centres"].shape[0], math.degrees(margin), scale)
    head.W.data = torch.tensor(given["centres"])
    embedding = torch.tensor(given["embedding"], requires_grad=True)
    loss = head(embedding, torch.tensor(given["label"]).long())
    loss.backward()
    np.savez(out, loss=loss.item(), to_embedding=embedding.grad.numpy(), to_centres=head.W.grad.numpy())


if __name__ == "__main__":
    if sys.argv[1] == "time":
        print(json.dumps({"seconds": seconds_of_steps(*map(int, sys.argv[2:]))}))
    else:
        values(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
