"""The product side: the regions of a picture -> a few vectors in the space of words."""

import keras
from keras import ops

HEADS = 5  # 0 for captions and sentences, 1 to 4 for labels and words
BOX_WIDTH = 100
EPSILON = 1e-12  # of LayerNorm, as BERT's


def build_region_encoder(
    feature_width, region_boxes, dim, attention_heads=16, inner_width=4096, width=0, pooling_width=512, label_names=0,
    dropout=0.1,
):  # fmt: skip
    """Builds the published region encoder.

    A region is its feature plus its geometry (top, left, bottom, right as shares, and area -> Dense 100, PReLU -> Dense
    to the feature's width), under LayerNorm. One transformer layer lets regions look at each other; a softmax over
    regions pools them into one vector, and a Dense makes five of it.

    Args:
      feature_width: of a region's feature F.
      region_boxes: regions of each product R; products with fewer are masked.
      dim: width D of the vectors, which is that of the word vectors.
      attention_heads, inner_width: of the transformer layer.
      width: that features are brought to first, W, to learn faster from fewer pairs; 0, as published: F.
      pooling_width: of the hidden layer that weighs regions.
      label_names: classes of regions; above 0 a learned vector of the region's class is added to it. Not published for
        this encoder, but by the competition's first places.
      dropout: share of values dropped before and in the transformer layer.

    Returns:
      Functional keras.Model "region_encoder". Inputs, a dict: boxes float `[rows, R, 4]`, features float
      `[rows, R, F]`, box_mask float `[rows, R]`, 1 where there is a region; box_labels int32 `[rows, R]`, -1 where
      unknown, looked at with `label_names` alone. Outputs, a dict of float32: heads `[rows, 5, D]`, 0 for a product
      without regions; regions `[rows, R, W]`, what the transformer layer gives.

    Raises:
      ValueError: the width does not divide among the attention heads.

    Source: KDD Cup 2020 Multimodalities Recall, a third place; the layer is BERT's, Devlin et al., arXiv:1810.04805.
    """
    if (width or feature_width) % attention_heads:
        raise ValueError(
            f"--region_attention_heads={attention_heads} do not divide a region's {width or feature_width} features: "
            "give a divisor."
        )
    inputs = {
        "boxes": keras.Input((region_boxes, 4), name="boxes"),
        "features": keras.Input((region_boxes, feature_width), name="features"),
        "box_mask": keras.Input((region_boxes,), name="box_mask"),
        "box_labels": keras.Input((region_boxes,), dtype="int32", name="box_labels"),
    }
    regions = ops.cast(inputs["features"], "float32")
    if width:
        regions = keras.layers.Dense(width, name="feature")(regions)
        # Features of any size: beside their geometry, small ones would count for nothing under the common LayerNorm.
        regions = keras.layers.LayerNormalization(epsilon=EPSILON, name="feature_norm")(regions)
    regions += _geometry(inputs["boxes"], regions.shape[-1])
    if label_names:
        regions += keras.layers.Embedding(label_names + 1, regions.shape[-1], name="label_names")(
            inputs["box_labels"] + 1
        )
    regions = keras.layers.LayerNormalization(epsilon=EPSILON, name="region_norm")(regions)
    regions = keras.layers.Dropout(dropout)(regions)
    regions = _transformer_layer(regions, inputs["box_mask"], attention_heads, inner_width, dropout)
    pooled = _pooled(regions, inputs["box_mask"], pooling_width)
    heads = keras.layers.Reshape((HEADS, dim))(keras.layers.Dense(HEADS * dim, name="heads")(pooled))
    heads = ops.cast(heads, "float32") * ops.max(inputs["box_mask"], axis=1)[:, None, None]
    return keras.Model(inputs, {"heads": heads, "regions": ops.cast(regions, "float32")}, name="region_encoder")


def _geometry(boxes, width):
    top, left, bottom, right = (boxes[..., side : side + 1] for side in range(4))
    area = (bottom - top) * (right - left)
    hidden = keras.layers.Dense(BOX_WIDTH, name="box_hidden")(ops.concatenate([boxes, area], axis=-1))
    return keras.layers.Dense(width, name="box")(keras.layers.PReLU(shared_axes=[1], name="box_prelu")(hidden))


def _transformer_layer(x, mask, heads, inner_width, dropout):
    width = x.shape[-1]
    # A product without regions attends to all its padding: a softmax over nothing would be no number.
    seen = ops.maximum(mask, 1.0 - ops.max(mask, axis=1, keepdims=True))[:, None, :]
    attention = keras.layers.MultiHeadAttention(heads, width // heads, dropout=dropout, name="attention")
    x = x + keras.layers.Dropout(dropout)(attention(x, x, attention_mask=ops.cast(seen, "bool")))
    x = keras.layers.LayerNormalization(epsilon=EPSILON, name="attention_norm")(x)
    inner = keras.layers.Dense(inner_width, activation="gelu", name="inner")(x)
    x = x + keras.layers.Dropout(dropout)(keras.layers.Dense(width, name="inner_out")(inner))
    return keras.layers.LayerNormalization(epsilon=EPSILON, name="inner_norm")(x)


def _pooled(regions, mask, width):
    hidden = keras.layers.Dense(width, activation="relu", name="weight_hidden")(regions)
    logits = ops.cast(keras.layers.Dense(1, name="weight")(hidden)[..., 0], "float32")
    weights = ops.softmax(ops.where(mask > 0, logits, -1e9), axis=1)
    return ops.sum(weights[..., None] * ops.cast(regions, "float32"), axis=1)
