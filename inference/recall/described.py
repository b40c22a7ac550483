"""What a pretrained model says of products in words: captions and labels, from their heads."""

import numpy as np
from keras import ops

from inference.recall.beam_search import Search, beam_search
from inference.recall.caption_sheet import Label
from models.recall.pretraining_head import PretrainingHead
from training.inputs.tokens import TokenTitles
from training.recall.stop_words import WORD


def captions(head: PretrainingHead, heads, titles: TokenTitles, **options) -> list[str]:
    """The best caption of each product.

    Args:
      head: built, with its weights.
      heads: float `[products, 5, word_dim]`; 0 for a product without regions.
      titles: the tokenizer that the head was trained with.
      **options: of Search: width, max_tokens, length_power.

    Returns:
      one text a product, "" for a product without regions.
    """
    tokenizer = titles.tokenizer
    search = Search(tokenizer.start_token_id, tokenizer.end_token_id, **options)
    states = ops.convert_to_numpy(head.first_state(ops.convert_to_tensor(heads)))
    has_regions = np.any(np.asarray(heads) != 0, axis=(1, 2))
    return [
        _text(tokenizer, beam_search(head.step, state, search)[0].tokens) if there else ""
        for state, there in zip(states, has_regions, strict=True)
    ]


def top_labels(head: PretrainingHead, heads, titles: TokenTitles, skipped, queries: list[str], count: int = 8):
    """The likeliest words of each product, without those that are never labels.

    Args:
      head, heads, titles: as in `captions`.
      skipped: bool `[words]`, of training.recall.stop_words.skipped_tokens.
      queries: of each product, to tell which words are right.
      count: words a product, at least 1.

    Returns:
      list of tuples of inference.recall.caption_sheet.Label, best first; () for a product without regions.
    """
    logits = np.where(skipped, -np.inf, ops.convert_to_numpy(head.label_scores(ops.convert_to_tensor(heads))))
    best = np.argsort(-logits, axis=1, kind="stable")[:, : min(count, int(np.sum(~np.asarray(skipped))))]
    own = np.asarray(titles(np.array(queries))["token_ids"])
    has_regions = np.any(np.asarray(heads) != 0, axis=(1, 2))
    words = [str(word) for word in titles.tokenizer.get_vocabulary()]
    return [
        tuple(Label(words[i].removeprefix(WORD), _sigmoid(logits[row, i]), bool(i in own[row])) for i in best[row])
        if has_regions[row]
        else ()
        for row in range(len(logits))
    ]


def _text(tokenizer, tokens: tuple[int, ...]) -> str:
    if not tokens:
        return ""
    text = tokenizer.detokenize(np.array(tokens, np.int32))
    text = text.numpy() if hasattr(text, "numpy") else text
    return text.decode() if isinstance(text, bytes) else str(text)


def _sigmoid(logit) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -60.0, 60.0))))
