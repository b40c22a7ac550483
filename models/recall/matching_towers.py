"""What a matcher learns about a query alone and about a product alone; the heads compare the two."""

import keras
from keras import ops

from models.recall.region_encoder import HEADS, build_region_encoder
from models.unit_vector import UnitVector

SPACE = "match"
QUERY_INPUTS = ("token_ids", "padding_mask", "label_mask")
# Outputs that a query has; all others are the product's.
QUERY_SIDE = ("vectors", "states", "words", "queries", *QUERY_INPUTS)


def build_matching_towers(options, vocabulary_size, marks, feature_width, label_names):
    """Builds both towers as one model.

    Args:
      options: the fields of flags.recall.Recall: matcher, word_dim, query_width, region_boxes, region_attention_heads,
        region_inner_width, region_width, region_labels, match_width, region_dropout, train_words.
      vocabulary_size: number of token ids.
      marks: ids of the tokens that are no words: start and end.
      feature_width: floats of a region.
      label_names: classes of regions.

    Returns:
      Functional keras.Model. Inputs, a dict: token_ids, padding_mask int32 `[rows, tokens]`, and those of
      models.recall.region_encoder. Output: {"match": what the head of `options.matcher` takes}, float32.
    """
    regions = build_region_encoder(
        feature_width, options.region_boxes, options.word_dim, options.region_attention_heads,
        options.region_inner_width, options.region_width,
        label_names=label_names if options.region_labels else 0,
        dropout=options.region_dropout,
    )  # fmt: skip
    tokens = {name: keras.Input((None,), dtype="int32", name=name) for name in ("token_ids", "padding_mask")}
    inputs = {**tokens, **{name: keras.Input(value.shape[1:], dtype=value.dtype, name=name)
                           for name, value in regions.input.items()}}  # fmt: skip
    product = regions({name: inputs[name] for name in regions.input})
    if options.matcher == "pretrain":
        tokens["label_mask"] = inputs["label_mask"] = keras.Input((None,), dtype="int32", name="label_mask")
        return keras.Model(inputs, {SPACE: {"heads": product["heads"], **tokens}}, name="pretraining")
    query = _query(options, vocabulary_size, marks, tokens)
    outputs = _outputs(options, query, product, inputs["box_mask"])
    return keras.Model(inputs, {SPACE: outputs}, name="matching_towers")


def side(encoder, of_query: bool):
    """One of the towers alone, with the same weights: keras.Model from its inputs to its outputs by name."""
    inputs = {name: value for name, value in encoder.input.items() if (name in QUERY_INPUTS) == of_query}
    outputs = {name: value for name, value in encoder.output[SPACE].items() if (name in QUERY_SIDE) == of_query}
    return keras.Model(inputs, outputs, name="query_tower" if of_query else "product_tower")


def _query(options, vocabulary_size, marks, tokens):
    """Word vectors, the states of a bidirectional GRU over them, and which tokens are words."""
    words = ops.cast(tokens["padding_mask"], "float32")
    for mark in marks:
        words = words * ops.cast(ops.not_equal(tokens["token_ids"], mark), "float32")
    embedding = keras.layers.Embedding(
        vocabulary_size, options.word_dim, trainable=options.train_words, name="word_vectors"
    )
    vectors = embedding(tokens["token_ids"])
    states = keras.layers.Bidirectional(
        keras.layers.GRU(options.query_width, return_sequences=True, use_cudnn=False), name="query_states"
    )(keras.layers.Dropout(options.region_dropout)(vectors), mask=ops.cast(tokens["padding_mask"], "bool"))
    return {"vectors": ops.cast(vectors, "float32"), "states": ops.cast(states, "float32"), "words": words}


def _outputs(options, query, product, box_mask):
    if options.matcher == "word_match":
        return {**query, "heads": product["heads"]}
    if options.matcher == "sentence_match":
        return {"vectors": query["vectors"], "words": query["words"], "sentence": product["heads"][:, 0]}
    if options.matcher == "cross_attention":
        narrow = lambda name: keras.layers.Dense(options.match_width, name=name)  # noqa: E731
        return {
            "states": narrow("words_to_match")(query["states"]), "words": query["words"],
            "regions": narrow("regions_to_match")(product["regions"]), "box_mask": box_mask,
        }  # fmt: skip
    return {
        "queries": _unit("query", options, _mean(query), query["words"]),
        "products": _unit("product", options, _flat(product), box_mask),
    }


def _mean(query):
    weights = query["words"][..., None]
    both = ops.concatenate([query["states"], query["vectors"]], axis=-1)
    return ops.sum(weights * both, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)


def _flat(product):
    heads = product["heads"]
    return ops.reshape(heads, (-1, HEADS * heads.shape[-1]))


def _unit(name, options, features, there):
    """Unit vectors; zero where nothing is there, which the bias of the Dense would give a direction."""
    vectors = UnitVector(name=f"{name}_unit")(keras.layers.Dense(options.match_width, name=f"{name}_dense")(features))
    return vectors * ops.cast(ops.max(there, axis=1, keepdims=True), "float32")
