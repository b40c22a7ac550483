"""The matcher that flags ask for, with its weights: drawn, or those of a run folder."""

import numpy as np

from models.recall.cross_attention import CrossAttention
from models.recall.matching_towers import SPACE, build_matching_towers
from models.recall.pretraining_head import PretrainingHead
from models.recall.sentence_match import SentenceMatch
from models.recall.two_tower_head import TwoTowerHead
from models.recall.word_match import WordMatch
from training import checkpoints, model_state
from training.inputs.tokens import TokenTitles
from training.recall.word_vectors import load_word_vectors
from training.run_folder import RunFolder


def build(
    recall, titles: TokenTitles, feature_width: int, label_names: int, words: np.ndarray | None = None, label_share=None
) -> tuple:
    """Towers and head, not trained.

    Args:
      recall: flags.recall.Recall or what a run folder kept of it.
      titles: makes the queries' tokens.
      feature_width, label_names: floats of a region, classes of regions.
      words: float32 `[vocabulary, word_dim]`, word vectors to begin with; None draws them.
      label_share: of pretraining, see PretrainingHead.

    Returns:
      encoder (keras.Model), heads {"match": a layer}.
    """
    marks = titles.tokenizer.start_token_id, titles.tokenizer.end_token_id
    encoder = build_matching_towers(recall, titles.vocabulary_size, marks, feature_width, label_names)
    head = _head(recall, titles.vocabulary_size, words, label_share)
    head.build({name: value.shape for name, value in encoder.output[SPACE].items()})
    if words is not None and recall.matcher != "pretrain":
        word_vectors(encoder, {SPACE: head}).assign(words)
    return encoder, {SPACE: head}


def _head(recall, vocabulary_size: int, words, label_share):
    if recall.matcher == "pretrain":
        return PretrainingHead(
            vocabulary_size, recall.word_dim, recall.query_width, min(recall.label_negatives, vocabulary_size),
            recall.train_words, words, label_share, name="match_head",
        )  # fmt: skip
    if recall.matcher == "two_tower":
        return TwoTowerHead(recall.in_batch, recall.softmax_form, name="match_head")
    options = {
        "group": recall.in_batch, "negatives": recall.negatives_per_positive,
        "margin": recall.pair_margin, "gamma": recall.pair_gamma, "name": "match_head",
        **({} if recall.pair_loss == "auto" else {"pair_loss": recall.pair_loss}),
    }  # fmt: skip
    if recall.matcher == "word_match":
        return WordMatch(width=recall.match_width, weigh=recall.word_weights == "learned", **options)
    if recall.matcher == "sentence_match":
        return SentenceMatch(width=recall.query_width, **options)
    return CrossAttention(**options)


def first_words(recall, titles: TokenTitles) -> np.ndarray | None:
    """The vectors that --word_vectors names; None to draw them.

    Raises:
      ValueError: they are of another width than --word_dim.
    """
    if recall.word_vectors == "none":
        return None
    words = load_word_vectors(recall.word_vectors, titles.vocabulary_size)
    if words.shape[1] != recall.word_dim:
        raise ValueError(
            f"--word_dim={recall.word_dim}, but the word vectors of {recall.word_vectors} are {words.shape[1]} wide: "
            f"give --word_dim={words.shape[1]}."
        )
    return words


def word_vectors(encoder, heads: dict):
    """The variable `[vocabulary, word_dim]` of a matcher or of pretraining."""
    head = heads[SPACE]
    return head.word_vectors if isinstance(head, PretrainingHead) else encoder.get_layer("word_vectors").embeddings


def load(folder: RunFolder, weights: str = "best") -> tuple:
    """The trained encoder, its head and its title inputs.

    Raises:
      FileNotFoundError: the folder holds no run, or one without such weights.
      ValueError: it is no run of a matcher.
    """
    found = checkpoints.latest(folder / weights)
    recall, facts = config(folder)
    if found is None:
        raise FileNotFoundError(f"{folder / weights} has no weights: let {folder.path} reach its first evaluation.")
    titles = TokenTitles.load(folder / "titles")
    encoder, heads = build(recall, titles, facts.feature_width, facts.label_names)
    model_state.restore(model_state.variables_of(encoder, heads), found[0])
    return encoder, heads, titles


def config(folder: RunFolder) -> tuple:
    """What the run was asked for (flags.recall.Recall's fields) and its facts.

    Raises:
      ValueError: it is no run of a matcher.
    """
    whole = folder.config()
    if not hasattr(whole, "recall"):
        raise ValueError(f"{folder.path} is no run of a matcher: train one with --matcher=word_match or another.")
    return whole.recall, whole.facts


def check_features(run: str, facts, records: str, manifest) -> None:
    """Refuses records whose regions are not those that a run was trained on.

    Args:
      facts: of `config`.
      manifest: tfrecords_tools.manifest.PairManifest of `records`.
    """
    if facts.feature_width != manifest.feature_width:
        raise ValueError(
            f"{records} has regions of {manifest.feature_width} features, and {run} was trained on "
            f"{facts.feature_width}: give records of the same detector."
        )
