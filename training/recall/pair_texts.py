"""The texts of query-product pairs as model inputs: both sides through one vocabulary, each of a length of its own."""

from collections.abc import Sequence

import tensorflow as tf

from models.recall.title_towers import TOWERS, build_title_towers
from training.inputs.input_pipeline import padded
from training.inputs.tfidf import TfidfTitles
from training.inputs.tokens import TokenTitles
from training.weights.pretrained import title_backbone


class PairTexts:
    """Makes the inputs of models.recall.title_towers, inside tf.data.

    Args:
      titles: what training.inputs.title_inputs learned or loaded; queries are read by the same terms or tokenizer.
      query_tokens: tokens that a query is cut or padded to; ignored by tfidf.
    """

    def __init__(self, titles: TfidfTitles | TokenTitles, query_tokens: int = 16):
        self.titles, queries = titles, titles
        if isinstance(titles, TokenTitles):
            queries = TokenTitles(titles.tokenizer, query_tokens, query_tokens)
        self.sides = {"query": queries, "title": titles}

    def __call__(self, queries: tf.Tensor, titles: tf.Tensor) -> dict[str, tf.Tensor]:
        """The inputs of both towers in training, of string tensors `[batch]`."""
        return self.of("query", queries, training=True) | self.of("title", titles, training=True)

    def of(self, side: str, texts: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """The inputs of one tower.

        Args:
          side: "query" or "title".
          texts: string `[batch]`.
          training: whether titles are of their training length.

        Returns:
          {"<side>_features"}, or {"<side>_token_ids", "<side>_padding_mask"}.
        """
        found = self.sides[side](texts, training=training)
        return {f"{side}_{name.removeprefix('title_')}": value for name, value in found.items()}

    def batches(self, tower: str, texts: Sequence[str], batch_size: int) -> tf.data.Dataset:
        """Every text once, in its order; the last batch is padded with zeros.

        Args:
          tower: a key of models.recall.title_towers.TOWERS.
        """
        batches = tf.data.Dataset.from_tensor_slices(list(texts)).batch(batch_size)
        inputs = batches.map(lambda batch: self.of(TOWERS[tower], batch), tf.data.AUTOTUNE)
        return inputs.map(lambda batch: padded(batch, batch_size)).prefetch(tf.data.AUTOTUNE)

    def build_encoder(self, model, say=print):
        """Builds the towers of these texts with the weights that `--title_weights` names, and says what was loaded.

        Args:
          model: flags.model.Model.

        Raises: as training.weights.pretrained.build_encoder.
        """
        longest = 0
        if isinstance(self.titles, TokenTitles):
            longest = max(max(side.length, side.inference_length) for side in self.sides.values())
        backbone = title_backbone(model.title_encoder, model.title_weights, longest, say)
        return build_title_towers(model, self.titles, backbone)
