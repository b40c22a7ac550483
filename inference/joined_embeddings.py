"""Several runs as one: their embeddings of the same products side by side, or each by itself."""

import numpy as np
import pandas as pd

from inference import embedding_folder


def read(folders: list[str], how: str) -> tuple[dict[str, np.ndarray], pd.DataFrame, str]:
    """Reads one or more folders of embeddings.

    Args:
      folders: of the same products in the same order.
      how: "concat" puts unit vectors of one name side by side, so that their cosine is the mean of the runs' cosines;
        "separate" gives those of later folders a name of their own: image, image@2, ...

    Returns:
      {space: unit rows}, the table of products, and the fingerprint of the weights, of several joined by "+".

    Raises:
      ValueError: the folders are of different products; names both.
    """
    read_folders = [embedding_folder.read(folder) for folder in folders]
    _, products, _ = read_folders[0]
    for folder, (_, others, _) in zip(folders[1:], read_folders[1:], strict=True):
        if products["id"].tolist() != others["id"].tolist():
            raise ValueError(
                f"{folders[0]} has {len(products)} products and {folder} {len(others)}, not the same ones in the "
                "same order: embed the same records with both runs."
            )
    fingerprint = "+".join(about.get("run_fingerprint", "") for _, _, about in read_folders)
    every = [spaces for spaces, _, _ in read_folders]
    if how == "separate":
        named = {_name(space, place): part[space] for place, part in enumerate(every, 1) for space in part}
        return named, products, fingerprint
    names = dict.fromkeys(space for spaces in every for space in spaces)
    return {name: side_by_side([s[name] for s in every if name in s]) for name in names}, products, fingerprint


def side_by_side(parts: list[np.ndarray]) -> np.ndarray:
    """Unit vectors of the same rows as longer unit vectors; rows that lack all parts stay zero."""
    return embedding_folder.unit(np.concatenate(parts, axis=1))


def _name(space: str, place: int) -> str:
    return space if place == 1 else f"{space}@{place}"
