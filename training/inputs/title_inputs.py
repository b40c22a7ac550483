"""Chooses what turns titles into model inputs, and keeps it in the run folder."""

from collections.abc import Iterable

from models.product_encoder import SIDES
from models.title_encoders import TFIDF, check_title_encoder
from tfrecords_tools.reader import read_records
from training.inputs.tfidf import TfidfTitles
from training.inputs.tokens import TokenTitles


def learn(records: str, folds, model, seed: int = 0) -> TfidfTitles | TokenTitles | None:
    """Learns title inputs from the titles of records.

    Args:
      records: folder of the records.
      folds: the folds whose titles may be learned from; None = all. Labels are never looked at.
      model: an object with the fields of flags.model.Model.
      seed: of the singular value decomposition.

    Returns:
      what to call on a batch of titles in tf.data, or None if the model sees no titles.
    """
    if "title" not in SIDES[model.modality]:
        return None
    return fit((row["title"].decode("utf-8") for row in read_records(records, folds, keys=("title",))), model, seed)


def fit(titles: Iterable[str], model, seed: int = 0) -> TfidfTitles | TokenTitles:
    """Learns title inputs from titles, or takes the tokenizer of the pretrained weights.

    Raises:
      ValueError: an unknown title encoder; XLM-RoBERTa without weights, whose vocabulary cannot be learned here.
    """
    check_title_encoder(model.title_encoder)
    if model.title_encoder == TFIDF:
        analyzers = ("word", "char_wb") if model.tfidf_analyzer == "both" else (model.tfidf_analyzer,)
        return TfidfTitles.fit(titles, model.tfidf_terms, model.tfidf_dim, seed, analyzers, model.tfidf_idf_power)
    lengths = {"length": model.title_tokens, "inference_length": model.title_tokens_inference}
    if model.title_weights != "none":
        return TokenTitles.from_pretrained(model.title_weights, **lengths)
    if model.title_encoder == "xlm_roberta":
        raise ValueError(
            "xlm_roberta needs its vocabulary: give --title_weights=<folder or preset>, or take --title_encoder=bert, "
            "which learns one from the titles."
        )
    return TokenTitles.fit(titles, **lengths)


def load(folder: str, model) -> TfidfTitles | TokenTitles | None:
    """Reads the title inputs that their `save` wrote; None if the model sees no titles.

    Raises:
      FileNotFoundError: the folder holds none of the kind that the model needs.
    """
    if "title" not in SIDES[model.modality]:
        return None
    return (TfidfTitles if model.title_encoder == TFIDF else TokenTitles).load(folder)
