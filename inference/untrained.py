"""Embeds with an encoder as its pretrained weights are: what a training has to beat."""

import hashlib

import keras
import numpy as np
import tensorflow as tf

from inference.embedding_folder import embed_products
from tfrecords_tools.manifest import Manifest
from training import devices
from training.inputs import title_inputs
from training.inputs.input_pipeline import ProductInput
from training.run_folder import RunFolder
from training.weights import pretrained


def embed_untrained(
    records: str, run: str, folder: str, distribution, model, seed: int = 0
) -> dict[str, tuple[int, int]]:
    """Embeds every record of `records` with the encoder that `model` names, without any training.

    Layers that no weights are loaded into (Dense layers of the embedding, the tfidf encoder's) are random: leave them
    out where a published encoder is to be measured.

    Args:
      run: the folder that matches and report will lie in.
      folder: where to write.
      distribution: flags.distribution.Distribution.
      model: flags.model.Model.
      seed: of random weights, and of TF-IDF's components.

    Returns:
      {space: (products, dim)}.

    Raises:
      ValueError: `run` holds a training, whose embeddings these would pass for.
      FileNotFoundError, OSError: the weights are not there; says which file to fetch and where to put it.
    """
    if tf.io.gfile.exists(RunFolder(run) / "config.json"):
        raise ValueError(f"--run_weights=untrained: {run} holds a training. Give another --run, or its best weights.")
    keras.utils.set_random_seed(seed)
    chosen = devices.choose(distribution)
    titles = title_inputs.learn(records, None, model, seed)
    with chosen.scope():
        encoder = pretrained.build_encoder(model, titles)
    products = ProductInput(records, Manifest.read(records), model, titles)
    return embed_products(chosen, encoder, products, folder, {"run": run, "run_fingerprint": _fingerprint(encoder)})


def _fingerprint(encoder) -> str:
    """SHA-256 of the weights."""
    digest = hashlib.sha256()
    for weight in encoder.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()
