"""Word vectors of a published text encoder: its input embeddings, one row per token id."""

import os

import keras
import numpy as np
import tensorflow as tf

from training.weights.hub_presets import is_folder_path, load_backbone, read_config
from training.weights.torch_files import read_torch_file

TENSOR = "embeddings.word_embeddings.weight"
FILE = "model.safetensors"
FETCH = (
    "Fetch {file} from the model's page (for the published pretraining, Hugging Face's "
    "google-bert/bert-large-uncased) and put it into that folder, beside the tokenizer's files."
)


def load_word_vectors(weights: str, vocabulary_size: int, say=print) -> np.ndarray:
    """Reads the word vectors of pretrained weights and says what they are.

    Args:
      weights: a folder in Hugging Face's layout (config.json, model.safetensors), a keras-hub preset folder, or a
        preset's name. Pickles are never read.
      vocabulary_size: token ids of the tokenizer that the vectors are for.
      say: takes the line that is printed.

    Returns:
      float32 `[vocabulary_size, width]`.

    Raises:
      FileNotFoundError: the folder or one of its files is not there; says which to fetch and where to put it.
      OSError: a preset cannot be fetched.
      ValueError: the file has no word vectors, they are not finite, or they are of another vocabulary.
    """
    vectors = _of_hugging_face(weights) if _is_hugging_face(weights) else _of_preset(weights, say)
    if len(vectors) != vocabulary_size:
        raise ValueError(
            f"{weights} has {len(vectors)} word vectors, and the tokenizer has {vocabulary_size} token ids: take both "
            "from the same folder or preset."
        )
    if not np.isfinite(vectors).all():
        raise ValueError(f"{weights}: its word vectors are not all finite. Fetch its weights again.")
    say(f"{weights}: {len(vectors)} word vectors of width {vectors.shape[1]} loaded.")
    return vectors


def _is_hugging_face(weights: str) -> bool:
    if not is_folder_path(weights):
        return False
    if not os.path.isdir(weights):
        raise FileNotFoundError(f"There is no folder {weights} to read word vectors from.")
    if not os.path.exists(os.path.join(weights, "config.json")):
        raise FileNotFoundError(f"{weights} has no config.json. {FETCH.format(file=f'config.json and {FILE}')}")
    return "registered_name" not in read_config(weights)


def _of_hugging_face(folder: str) -> np.ndarray:
    path = os.path.join(folder, FILE)
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(f"{folder} has no {FILE}. {FETCH.format(file=FILE)}")
    state = read_torch_file(path)
    names = [name for name in state if name == TENSOR or name.endswith(f".{TENSOR}")]
    if len(names) != 1:
        some = ", ".join(sorted(state)[:3])
        raise ValueError(
            f"{path} has {len(names)} tensors named {TENSOR} (or bert.{TENSOR}), 1 expected; its tensors begin with "
            f"{some}: is it a BERT's?"
        )
    vectors = np.asarray(state[names[0]], np.float32)
    if vectors.ndim != 2:
        raise ValueError(f"{path}: {names[0]} has shape {vectors.shape}, [words, width] expected.")
    return vectors


def _of_preset(weights: str, say) -> np.ndarray:
    backbone = load_backbone(weights, "word vectors", say)
    embedding = getattr(backbone, "token_embedding", None)
    if embedding is None:
        raise ValueError(
            f"{weights} holds a {type(backbone).__name__}, which has no word vectors: name a text encoder."
        )
    return np.asarray(keras.ops.convert_to_numpy(embedding.embeddings), np.float32)
