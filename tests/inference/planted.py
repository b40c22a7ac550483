"""Planted catalogues: groups whose members lie close together in some spaces, so that the right answer is known."""

import numpy as np
import pandas as pd


def unit(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0).astype(np.float32)


def space(labels, noise, seed=0, dim=16):
    """One direction per label, blurred: small `noise` keeps groups apart."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.normal(size=(int(labels.max()) + 1, dim)))
    return unit(centres[labels] + noise * rng.normal(size=(len(labels), dim)))


def products(groups=60, size=3, folds=3, unlabelled=0):
    """A table whose groups are dealt to folds 0, 1, ...; the last `unlabelled` rows are of fold -1."""
    label = np.repeat(np.arange(groups), size)
    fold = label % folds
    table = pd.DataFrame(
        {
            "id": [f"p{row}" for row in range(len(label))],
            "title": [f"product{group} made by maker{group % 7}" for group in label],
            "label": label,
            "label_name": [f"g{group}" for group in label],
            "fold": fold,
            "phash": [f"{int(group + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}" for group in label],
            "has_image": 1,
            "has_title": 1,
        }
    )
    if unlabelled:
        table.loc[len(table) - unlabelled :, ["label", "fold"]] = -1
        table.loc[len(table) - unlabelled :, "label_name"] = ""
    return table
