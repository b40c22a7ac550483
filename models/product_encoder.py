"""The whole encoder: a product's picture, title or both -> embeddings."""

import keras
from keras import ops

from models.image_encoders import build_image_encoder
from models.title_encoders import BERT_VOCABULARY, TFIDF, build_tfidf_encoder, build_token_encoder, check_title_encoder
from models.unit_vector import UnitVector

SIDES = {"image": ("image",), "title": ("title",), "joint": ("image", "title")}


def build_encoder(model, titles=None, image_backbone=None, title_backbone=None):
    """Builds the model that turns products into embeddings.

    Each side: encoder -> pooling -> (Dropout -> Dense if `embedding_dim` > 0) -> BatchNorm -> unit length. That is the
    Shopee winners' head; the Dense makes it the head of schemes 3 and 5. Schemes 1 and 2 have no BatchNorm
    (`embedding_norm` "none") and a narrow network on each side (`image_layers`, `tfidf_layers`).

    The joint embedding is the two unit vectors side by side, brought to length 1 again ("normalise, then concatenate":
    .753 against .724 for the other order): the cosine of two complete products is the mean of their pictures' and
    titles' cosines, whatever the widths. `joint_dim` learns a projection of the two instead (scheme 2).

    A row without a side has a zero vector there, and a joint embedding made of the other side alone. In training it
    must come with a side borrowed from another row, or BatchNorm sees a blank (training/inputs/borrowing.py).

    Args:
      model: an object with the fields of flags.model.Model: modality, image_encoder, image_size, image_pooling,
        image_widths, title_encoder, title_pooling, tfidf_widths, embedding_dim, joint_dim, embedding_norm, dropout,
        head.
      titles: what gives the titles' inputs, for its size: with `dim` for tfidf, `vocabulary_size` for tokens. None
        takes `model.tfidf_dim` and 30,522.
      image_backbone: a backbone with weights (training/weights/pretrained.py); None builds the named one with random
        ones.
      title_backbone: likewise for a token encoder.

    Returns:
      Functional keras.Model. Inputs, a dict of those the modality uses:
        image: uint8 or float `[batch, image_size, image_size, 3]`, RGB, 0..255.
        title_features: float32 `[batch, dim]` (tfidf); or token_ids and padding_mask: int32 `[batch, length]`.
        has_image, has_title: float32 `[batch]`, 1 where the row has that side, else 0.
      Outputs, a dict of float32 `[batch, dim]`, unit or zero vectors: {"image"}, {"title"} or {"image", "title",
      "joint"}.

    Raises:
      ValueError: an unknown modality, encoder or pooling.
      ImportError: the encoder needs keras-hub and it is not installed.

    Of --head=linear the embeddings are features of any length: its logits are no cosines.

    Source: Shopee Price Match Guarantee, 1st place (pool -> BatchNorm -> L2 -> ArcFace, concatenation).
    """
    if model.modality not in SIDES:
        raise ValueError(f"Unknown modality {model.modality!r}; there are {', '.join(SIDES)}.")
    inputs, embeddings = {}, {}
    for side in SIDES[model.modality]:
        present = keras.Input((), name=f"has_{side}")
        if side == "image":
            side_inputs, features = _image_features(model, image_backbone)
        else:
            side_inputs, features = _title_features(model, titles, title_backbone)
        embeddings[side] = _head(side, model, features, present)
        inputs |= {**side_inputs, f"has_{side}": present}
    if model.modality == "joint":
        embeddings["joint"] = _joint(model, embeddings, inputs)
    return keras.Model(inputs, embeddings, name="product_encoder")


def _image_features(model, backbone):
    encoder = build_image_encoder(model.image_encoder, model.image_size, model.image_pooling, backbone)
    image = keras.Input((model.image_size, model.image_size, 3), name="image")
    return {"image": image}, _image_layers(model, encoder(image))


def _image_layers(model, features):
    *hidden, last = model.image_widths or (0,)
    for place, width in enumerate(hidden):
        features = keras.layers.Dense(width, activation="relu", name=f"image_hidden_{place}")(features)
    if last:
        features = keras.layers.Dropout(model.dropout, name="image_hidden_dropout")(features)
        features = keras.layers.Dense(last, name="image_features")(features)
    return features


def _title_features(model, titles, backbone):
    check_title_encoder(model.title_encoder)
    if model.title_encoder == TFIDF:
        components = keras.Input((titles.dim if titles else model.tfidf_dim,), name="title_features")
        encoder = build_tfidf_encoder(components.shape[-1], model.tfidf_widths)
        inputs, features = {"title_features": components}, encoder(components)
    else:
        vocabulary_size = titles.vocabulary_size if titles else BERT_VOCABULARY
        encoder = build_token_encoder(model.title_encoder, model.title_pooling, vocabulary_size, backbone)
        inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in ("token_ids", "padding_mask")}
        features = encoder(inputs)
    return inputs, features


def _head(side, model, features, present):
    if model.embedding_dim:
        features = keras.layers.Dropout(model.dropout, name=f"{side}_dropout")(features)
        features = keras.layers.Dense(model.embedding_dim, name=f"{side}_dense")(features)
    return _unit(side, model, features, present)


def _joint(model, embeddings, inputs):
    both = keras.layers.Concatenate(dtype="float32")([embeddings["image"], embeddings["title"]])
    if not model.joint_dim:
        return _brought_to_length(model, both, "joint_embedding")
    projected = keras.layers.Dense(model.joint_dim, name="joint_dense")(both)
    return _unit("joint", model, projected, ops.maximum(inputs["has_image"], inputs["has_title"]))


def _unit(space, model, features, present):
    if model.embedding_norm == "batch":
        features = keras.layers.BatchNormalization(dtype="float32", name=f"{space}_batch_norm")(features)
    unit = _brought_to_length(model, features, f"{space}_unit")
    return keras.layers.Multiply(dtype="float32", name=f"{space}_embedding")([unit, ops.expand_dims(present, -1)])


def _brought_to_length(model, features, name):
    if getattr(model, "head", "") == "linear":
        return keras.layers.Identity(dtype="float32", name=name)(features)
    return UnitVector(name=name)(features)
