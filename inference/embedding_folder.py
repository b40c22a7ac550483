"""A folder of embeddings: written by embed, read by match and report.

<space>.npy       float32 [products, dim], L2-normalised; a zero row where the product lacks that side
products.csv      row i is row i of every npy: id, title, label, label_name, fold, phash, has_image, has_title
embeddings.json   which run and which records they come from
"""

import hashlib
import io
import json

import numpy as np
import pandas as pd
import tensorflow as tf

from tfrecords_tools import files
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.writer import write_whole
from training import devices, embedding
from training.inputs.input_pipeline import ProductInput
from training.run_folder import RunFolder

BATCH_PER_REPLICA = 64


def embed_records(
    records: str, run: str, folder: str, distribution, weights: str = "best"
) -> dict[str, tuple[int, int]]:
    """Embeds every record of `records` with weights of `run`.

    Args:
      distribution: flags.distribution.Distribution.
      weights: the run's subfolder that holds them.

    Returns:
      {space: (products, dim)}.
    """
    run_folder = RunFolder(run)
    chosen = devices.choose(distribution)
    with chosen.scope():
        encoder, _, titles = run_folder.load(weights)
    products = ProductInput(records, Manifest.read(records), run_folder.config().model, titles)
    about = {"run": run, "run_fingerprint": _fingerprint(run_folder, weights)}
    return embed_products(chosen, encoder, products, folder, about)


def embed_products(devices, encoder, products: ProductInput, folder: str, about: dict) -> dict[str, tuple[int, int]]:
    """Embeds every record of `products` and writes the folder.

    Args:
      devices: what `training.devices.choose` gave.
      encoder: from model inputs to {space: [batch, dim]}, built in its scope.
      about: `run` and `run_fingerprint`.

    Returns:
      {space: (products, dim)}.
    """
    manifest = products.manifest
    batches = products.evaluation(None, BATCH_PER_REPLICA * devices.replicas)
    spaces = embedding.embed(devices, devices.embedder(encoder), batches, manifest.records, "products")
    about = about | {
        "records": products.folder,
        "records_fingerprint": manifest.source_fingerprint,
        "spaces": list(spaces),
    }
    spaces = {space: unit(vectors) for space, vectors in spaces.items()}
    write(folder, spaces, embedding.product_table(products.folder), about)
    return {space: vectors.shape for space, vectors in spaces.items()}


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows brought to length 1, whatever they were (features of a linear head have any length); zero rows stay."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def write(folder: str, spaces: dict[str, np.ndarray], products: pd.DataFrame, about: dict) -> None:
    """Writes a folder of embeddings; embeddings.json comes last and says that the rest is whole."""
    tf.io.gfile.makedirs(folder)
    for space, vectors in spaces.items():
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        write_whole(f"{folder}/{space}.npy", buffer.getvalue())
    write_whole(f"{folder}/products.csv", products.to_csv(index=False))
    write_whole(f"{folder}/embeddings.json", json.dumps(about, indent=1))


def read(folder: str) -> tuple[dict[str, np.ndarray], pd.DataFrame, dict]:
    """The spaces, the table of products and embeddings.json of a folder.

    Raises:
      FileNotFoundError: there is no embeddings.json; says which command writes it.
      ValueError: a space has another number of rows than the table.
    """
    if not tf.io.gfile.exists(f"{folder}/embeddings.json"):
        raise FileNotFoundError(f"{folder} has no embeddings.json: run python -m inference.embed first.")
    about = json.loads(files.read(f"{folder}/embeddings.json"))
    text = ("id", "title", "label_name", "phash")
    products = pd.read_csv(
        io.BytesIO(files.read(f"{folder}/products.csv")), dtype=dict.fromkeys(text, str), keep_default_na=False
    )
    spaces = {}
    for space in about["spaces"]:
        spaces[space] = np.load(io.BytesIO(files.read(f"{folder}/{space}.npy")), allow_pickle=False)
        if len(spaces[space]) != len(products):
            raise ValueError(
                f"{folder}/{space}.npy has {len(spaces[space])} rows and products.csv {len(products)}: they come from "
                "different records. Run python -m inference.embed again."
            )
    return spaces, products, about


def _fingerprint(run_folder: RunFolder, weights: str) -> str:
    """SHA-256 of the weights that embedded: what a calibration belongs to."""
    newest = sorted(tf.io.gfile.glob(run_folder / f"{weights}/*.npz"))[-1]
    return hashlib.sha256(files.read(newest)).hexdigest()
