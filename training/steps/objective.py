"""The loss of a batch, in keras.ops: the same function under the TensorFlow and the JAX step."""

from keras import ops

from training.augmentation import mixing


def batch_loss(encoder, heads, batch, global_batch: int, label_smoothing: float, observe: bool = True):
    """The rows' part of the loss: that of each row summed, averaged over heads, divided by the global batch.

    A row that lacks a side (no picture, no title) does not count in the loss of that side's own head.

    Args:
      encoder: model that gives {space: embedding [batch, dim]}.
      heads: {space: models.heads.Head}, whose `loss` gives that of each row.
      batch: {"inputs": {...}, "label": int [batch], "present": {space: float [batch], 1 where the side is there}}, and
        where pictures are mixed "kept" float [batch], the weight of the row's own label beside its partner's.
      global_batch: rows over all replicas.
      label_smoothing: share of the target given to all classes.
      observe: let heads that adapt to what they see take note of the batch.

    Returns:
      a float32 scalar.
    """
    embeddings = encoder(batch["inputs"], training=True)
    total = 0.0
    for space, head in heads.items():
        if observe:
            head.observe(embeddings[space], batch["label"], batch["present"][space])
        loss = head.loss(embeddings[space], batch["label"], label_smoothing)
        if "kept" in batch:
            partner = head.loss(embeddings[space], mixing.swapped(batch["label"]), label_smoothing)
            loss = batch["kept"] * loss + (1.0 - batch["kept"]) * partner
        total += ops.sum(loss * batch["present"][space]) / global_batch
    return total / len(heads)
