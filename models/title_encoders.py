"""Title encoders by name: TF-IDF components or tokens -> one feature vector per title."""

import functools

import keras
from keras import ops

from models.hub import keras_hub
from models.pooling import TOKEN_POOLINGS, choose_pooling

TFIDF = "tfidf"
MAX_TOKENS = 512
BERT_VOCABULARY = 30522


def _transformer(vocabulary_size, backbone, hidden_dim, num_layers, num_heads):
    return getattr(keras_hub(backbone).models, backbone)(
        vocabulary_size=vocabulary_size,
        num_layers=num_layers,
        num_heads=num_heads,
        hidden_dim=hidden_dim,
        intermediate_dim=4 * hidden_dim,
        max_sequence_length=MAX_TOKENS,
    )


_bert = functools.partial(_transformer, backbone="BertBackbone")

# Name -> `backbone(vocabulary_size)`: the architecture that random weights are put into. With pretrained weights the
# architecture is the weights' own.
TOKEN_BACKBONES = {
    "bert_tiny": functools.partial(_bert, hidden_dim=128, num_layers=2, num_heads=2),
    "bert_small": functools.partial(_bert, hidden_dim=512, num_layers=4, num_heads=8),
    "bert": functools.partial(_bert, hidden_dim=768, num_layers=12, num_heads=12),
    "minilm": functools.partial(_bert, hidden_dim=384, num_layers=6, num_heads=12),
    "xlm_roberta": functools.partial(
        _transformer, backbone="XLMRobertaBackbone", hidden_dim=768, num_layers=12, num_heads=12
    ),
}
TITLE_ENCODERS = (TFIDF, *TOKEN_BACKBONES)


def check_title_encoder(name):
    """Raises ValueError, naming the title encoders there are, unless `name` is one of them."""
    if name not in TITLE_ENCODERS:
        raise ValueError(f"Unknown title encoder {name!r}; there are {', '.join(TITLE_ENCODERS)}.")


def build_tfidf_encoder(dim, widths=(1024, 512)):
    """Builds Dense layers with LeakyReLU between them over the principal components of TF-IDF.

    Args:
      dim: number of components.
      widths: of the layers. The published small form is (64, 32) over 128 components.

    Returns:
      keras.Model from `[batch, dim]` float32 to `[batch, widths[-1]]`.
    """
    components = keras.Input((dim,), name="title_features")
    hidden = components
    for width in widths[:-1]:
        hidden = keras.layers.LeakyReLU(0.2)(keras.layers.Dense(width, kernel_initializer="he_normal")(hidden))
    return keras.Model(components, keras.layers.Dense(widths[-1])(hidden), name="title_encoder")


def build_token_encoder(name, pooling="mean", vocabulary_size=BERT_VOCABULARY, backbone=None):
    """Builds a transformer and its pooling as one model.

    Args:
      name: a key of TOKEN_BACKBONES.
      pooling: "mean" over the tokens that the mask keeps, or "cls", the first token.
      vocabulary_size: number of token ids, for random weights.
      backbone: a keras-hub backbone that already holds weights (training/weights/pretrained.py); None builds one.

    Returns:
      keras.Model from {"token_ids": int32 `[batch, length]`, "padding_mask": int32 `[batch, length]`, 1 where a token
      is} to `[batch, hidden_dim]`. Any length up to the backbone's.

    Raises:
      ValueError: an unknown name or pooling.
      ImportError: keras-hub is not installed.
    """
    check_title_encoder(name)
    token_vectors = token_network(backbone or TOKEN_BACKBONES[name](vocabulary_size))
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    inputs = {"token_ids": tokens, "padding_mask": mask}
    segments = {"segment_ids": ops.zeros_like(tokens)} if "segment_ids" in token_vectors.input else {}
    pooled = choose_pooling(TOKEN_POOLINGS, pooling)(token_vectors({**inputs, **segments}), mask)
    return keras.Model(inputs, pooled, name="title_encoder")


def token_network(backbone, activation=None):
    """Returns the part of a keras-hub text backbone that gives token vectors, without the unused pooled output.

    Args:
      backbone: keras-hub BertBackbone, XLMRobertaBackbone or alike, or what this function returned.
      activation: name of a keras.activations function to put in place of the transformer's own; the weights stay.
        keras-hub's BERT always uses the tanh form of GELU; Hugging Face's "gelu" is the exact one, and the difference
        moves an all-MiniLM embedding by 2e-4.

    Returns:
      keras.Model from the backbone's input dict to `[batch, length, hidden_dim]`.
    """
    output = backbone.output
    network = keras.Model(
        backbone.input, output["sequence_output"] if isinstance(output, dict) else output, name="token_network"
    )
    if activation is None:
        return network

    def with_activation(layer):
        config = layer.get_config()
        return layer.__class__.from_config({**config, "activation": activation} if "num_heads" in config else config)

    exact = keras.models.clone_model(network, clone_function=with_activation)
    exact.set_weights(network.get_weights())
    return exact
