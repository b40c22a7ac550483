"""Two towers over text: a query and a product's title -> unit vectors whose cosine says how well they go together."""

import keras

from models.title_encoders import BERT_VOCABULARY, TFIDF, build_tfidf_encoder, build_token_encoder, check_title_encoder
from models.unit_vector import UnitVector

SPACE = "match"
# Name of a tower's output -> the text that it reads, which is what the names of its inputs begin with.
TOWERS = {"queries": "query", "products": "title"}


def build_title_towers(model, titles=None, backbone=None):
    """Builds both towers as one model.

    The towers share the encoder (and the Dense, if `embedding_dim` > 0), so that a word means the same in a query and
    in a title, and what is learned of one is known of the other. Queries are short and titles long: each side has a
    BatchNorm of its own. With pretrained sentence encoders `embedding_norm` "none" begins at their own cosines.

    Args:
      model: an object with the fields of flags.model.Model: title_encoder, title_pooling, tfidf_dim, tfidf_widths,
        embedding_dim, embedding_norm, dropout.
      titles: what gives the inputs, for its size: with `dim` for tfidf, `vocabulary_size` for tokens. None takes
        `model.tfidf_dim` and 30,522.
      backbone: a token encoder's backbone with weights (training/weights/pretrained.py); None builds one.

    Returns:
      Functional keras.Model. Inputs, a dict: of tfidf `query_features` and `title_features`, float32 `[batch, dim]`; of
      tokens `query_token_ids`, `query_padding_mask`, `title_token_ids`, `title_padding_mask`, int32 `[batch, length]`
      (a length for each side). Output: {"match": {"queries", "products"}}, float32 `[batch, width]`, unit vectors.

    Raises:
      ValueError: an unknown encoder. ImportError: it needs keras-hub, which is not installed.
    """
    check_title_encoder(model.title_encoder)
    if model.title_encoder == TFIDF:
        dim = titles.dim if titles else model.tfidf_dim
        encoder = build_tfidf_encoder(dim, model.tfidf_widths)
        inputs = {text: keras.Input((dim,), name=f"{text}_features") for text in TOWERS.values()}
    else:
        vocabulary_size = titles.vocabulary_size if titles else BERT_VOCABULARY
        encoder = build_token_encoder(model.title_encoder, model.title_pooling, vocabulary_size, backbone)
        inputs = {text: _token_inputs(text) for text in TOWERS.values()}
    hidden = _dense(model)
    vectors = {tower: _unit(text, model, hidden(encoder(inputs[text]))) for tower, text in TOWERS.items()}
    return keras.Model(_named(inputs), {SPACE: vectors}, name="title_towers")


def tower(encoder, name: str):
    """One of the towers alone, with the same weights.

    Args:
      encoder: what `build_title_towers` gave.
      name: "queries" or "products".

    Returns:
      keras.Model from the inputs of that side to {name: float32 `[batch, width]`}.
    """
    inputs = {key: value for key, value in encoder.input.items() if key.startswith(f"{TOWERS[name]}_")}
    return keras.Model(inputs, {name: encoder.output[SPACE][name]}, name=f"{name}_tower")


def _token_inputs(text: str) -> dict:
    names = ("token_ids", "padding_mask")
    return {name: keras.Input((None,), dtype="int32", name=f"{text}_{name}") for name in names}


def _named(inputs: dict) -> dict:
    tensors = [value for side in inputs.values() for value in (side.values() if isinstance(side, dict) else [side])]
    return {tensor.name: tensor for tensor in tensors}


def _dense(model):
    if not model.embedding_dim:
        return lambda features: features
    dropout = keras.layers.Dropout(model.dropout, name="text_dropout")
    dense = keras.layers.Dense(model.embedding_dim, name="text_dense")
    return lambda features: dense(dropout(features))


def _unit(text, model, features):
    if model.embedding_norm == "batch":
        features = keras.layers.BatchNormalization(dtype="float32", name=f"{text}_batch_norm")(features)
    return UnitVector(name=f"{text}_unit")(features)
