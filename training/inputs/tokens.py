"""Tokens of titles for transformers, made inside tf.data by keras-hub's tokenizers."""

import collections
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable

import tensorflow as tf

from models.hub import keras_hub
from training.weights.hub_presets import is_folder_path, read_config

_FILE, _ASSETS = "tokens.json", "tokenizer"
_COUNTED_TOGETHER = 1024  # titles; one by one takes sixty times as long
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORD = re.compile(r"\w+|[^\w\s]")


def _plain(text: str) -> str:
    """Lower-case, without accents, as the tokenizer will read it."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")


class TokenTitles:
    """Turns titles into token ids between a start and an end token, cut or padded to a fixed length.

    The ids are Hugging Face's but for a few signs: keras-hub folds case by Unicode (the micro sign becomes a Greek mu,
    sharp s becomes ss), where Hugging Face only lower-cases.

    Attributes:
      tokenizer: keras-hub BertTokenizer (WordPiece) or XLMRobertaTokenizer (SentencePiece).
      length, inference_length: tokens per title in training and in inference, the start and end tokens among them.
      vocabulary_size: number of token ids.
    """

    def __init__(self, tokenizer, length=64, inference_length=128):
        self.tokenizer, self.length, self.inference_length = tokenizer, length, inference_length
        self.vocabulary_size = tokenizer.vocabulary_size()
        packer = keras_hub("a token encoder").layers.StartEndPacker
        self._packers = {
            training: packer(
                sequence_length=tokens,
                start_value=tokenizer.start_token_id,
                end_value=tokenizer.end_token_id,
                pad_value=tokenizer.pad_token_id,
                return_padding_mask=True,
            )
            for training, tokens in ((True, length), (False, inference_length))
        }

    @classmethod
    def from_pretrained(cls, weights: str, length=64, inference_length=128) -> "TokenTitles":
        """The tokenizer that belongs to pretrained weights.

        Args:
          weights: a folder in Hugging Face's layout (config.json, tokenizer_config.json, and vocab.txt or
            sentencepiece.bpe.model), a keras-hub preset folder, or a preset's name.
          length, inference_length: see the class.

        Raises:
          FileNotFoundError: the folder lacks a file; names it.
          OSError: the preset cannot be fetched.
        """
        options = _hugging_face_options(weights)
        try:
            tokenizer = keras_hub(weights).tokenizers.Tokenizer.from_preset(weights, **options)
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            raise OSError(f"The tokenizer of {weights} could not be loaded: {error}") from error
        return cls(tokenizer, length, inference_length)

    @classmethod
    def fit(cls, titles: Iterable[str], vocabulary_size=8000, length=64, inference_length=128) -> "TokenTitles":
        """Learns a lower-cased, accent-free WordPiece vocabulary from titles, for training from scratch.

        Raises:
          ValueError: every title is empty.
        """
        titles = [title for title in titles if title.strip()]
        if not titles:
            raise ValueError("A vocabulary needs titles, but every title is empty. Train with --modality=image.")
        hub = keras_hub("a token encoder")
        counted = tf.data.Dataset.from_tensor_slices(titles).batch(_COUNTED_TOGETHER)
        vocabulary = hub.tokenizers.compute_word_piece_vocabulary(
            counted, vocabulary_size, lowercase=True, strip_accents=True
        )
        tokenizer = hub.models.BertTokenizer(vocabulary, lowercase=True, strip_accents=True)
        return cls(tokenizer, length, inference_length)

    @classmethod
    def of_words(cls, texts: Iterable[str], vocabulary_size=30000, length=64, inference_length=128) -> "TokenTitles":
        """A vocabulary of the most frequent whole words that come twice at least; rarer ones are spelled.

        `fit` cuts the words of a few thousand texts into pieces of a letter or two, which name nothing.

        Raises:
          ValueError: every text is empty.
        """
        hub = keras_hub("a token encoder")
        counts = collections.Counter(word for text in texts for word in _WORD.findall(_plain(text)))
        if not counts:
            raise ValueError("A vocabulary needs texts, but every one is empty.")
        letters = sorted({letter for word in counts for letter in word})
        spelled = [*letters, *(f"##{letter}" for letter in letters)]
        frequent = [word for word, count in counts.most_common() if count > 1 and len(word) > 1]
        room = max(0, vocabulary_size - len(_SPECIAL) - len(spelled))
        vocabulary = [*_SPECIAL, *spelled, *frequent[:room]]
        tokenizer = hub.models.BertTokenizer(vocabulary, lowercase=True, strip_accents=True)
        return cls(tokenizer, length, inference_length)

    def __call__(self, titles: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """The model's title input, for `tf.data.Dataset.map` over batches.

        Args:
          titles: string tensor `[batch]`, utf-8.
          training: True for `length` tokens, False for `inference_length`.

        Returns:
          {"token_ids": int32 `[batch, tokens]`, "padding_mask": int32 `[batch, tokens]`, 1 where a token is}. An empty
          title is the start and the end token.
        """
        token_ids, mask = self._packers[training](self.tokenizer(titles))
        shape = (titles.shape[0], self.length if training else self.inference_length)
        inputs = {"token_ids": token_ids, "padding_mask": mask}
        return {name: tf.ensure_shape(tf.cast(value, tf.int32), shape) for name, value in inputs.items()}

    def save(self, folder: str) -> None:
        """Writes tokens.json and the vocabulary into `folder`: nothing else is needed to tokenise again."""
        assets = os.path.join(folder, _ASSETS)
        tf.io.gfile.makedirs(assets)
        with tempfile.TemporaryDirectory() as local:
            self.tokenizer.save_assets(local)
            for file in os.listdir(local):
                tf.io.gfile.copy(os.path.join(local, file), os.path.join(assets, file), overwrite=True)
        described = {
            "class": type(self.tokenizer).__name__,
            "options": {k: v for k, v in self.tokenizer.get_config().items() if k in ("lowercase", "strip_accents")},
            "length": self.length,
            "inference_length": self.inference_length,
        }
        with tf.io.gfile.GFile(os.path.join(folder, _FILE), "w") as file:
            file.write(json.dumps(described, indent=1))

    @classmethod
    def load(cls, folder: str) -> "TokenTitles":
        """Reads what `save` wrote; the loaded object gives identical tokens.

        Raises:
          FileNotFoundError: the folder holds no tokenizer.
        """
        if not tf.io.gfile.exists(os.path.join(folder, _FILE)):
            raise FileNotFoundError(f"{folder} has no {_FILE}: not a run folder trained with a token encoder.")
        with tf.io.gfile.GFile(os.path.join(folder, _FILE), "r") as file:
            described = json.loads(file.read())
        hub = keras_hub("a token encoder")
        known = {"BertTokenizer": hub.models.BertTokenizer, "XLMRobertaTokenizer": hub.models.XLMRobertaTokenizer}
        tokenizer = known[described["class"]](**described["options"])
        with tempfile.TemporaryDirectory() as local:
            for file in tf.io.gfile.listdir(os.path.join(folder, _ASSETS)):
                tf.io.gfile.copy(os.path.join(folder, _ASSETS, file), os.path.join(local, file))
            tokenizer.load_assets(local)
        return cls(tokenizer, described["length"], described["inference_length"])


def _hugging_face_options(weights: str) -> dict:
    """What keras-hub overlooks in a Hugging Face folder: lower-casing BERT tokenizers also strip accents.

    Without it every word with an accent ("café") becomes [UNK].
    """
    if not is_folder_path(weights):
        return {}
    if not os.path.isdir(weights):
        raise FileNotFoundError(f"There is no folder {weights} (--title_weights).")
    if not os.path.exists(os.path.join(weights, "config.json")):
        raise FileNotFoundError(f"{weights} has no config.json: not a model folder in Hugging Face's layout.")
    if "registered_name" in read_config(weights):
        return {}
    path = os.path.join(weights, "tokenizer_config.json")
    if not os.path.exists(path):
        raise FileNotFoundError(f"{weights} has no tokenizer_config.json: fetch it from the model's page.")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    if not os.path.exists(os.path.join(weights, "vocab.txt")):
        if not os.path.exists(os.path.join(weights, "sentencepiece.bpe.model")):
            raise FileNotFoundError(f"{weights} has neither vocab.txt nor sentencepiece.bpe.model: fetch one of them.")
        return {}
    strip = config.get("strip_accents")
    return {"strip_accents": config.get("do_lower_case", True) if strip is None else strip}
