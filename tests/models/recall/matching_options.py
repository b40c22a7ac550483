"""Towers and heads of matchers in sizes of a test, with weights drawn by NumPy so that backends have the same."""

import types

import numpy as np

from models.recall.cross_attention import CrossAttention
from models.recall.matching_towers import SPACE, build_matching_towers
from models.recall.sentence_match import SentenceMatch
from models.recall.two_tower_head import TwoTowerHead
from models.recall.word_match import WordMatch

ROWS, TOKENS, BOXES, WIDTH, WORDS = 6, 5, 3, 4, 13
PAD, START, END = 0, 1, 2
MATCHERS = ("word_match", "sentence_match", "cross_attention", "two_tower")
NO_WORDS, NO_REGIONS = 4, 5  # rows that have none


def options(matcher: str, **changes) -> types.SimpleNamespace:
    """What `build_matching_towers` reads of the flags."""
    return types.SimpleNamespace(**{
        "matcher": matcher, "word_dim": 6, "query_width": 5, "match_width": 7, "region_boxes": BOXES,
        "region_attention_heads": 2, "region_inner_width": 8, "region_width": 0, "region_labels": True,
        "region_dropout": 0.0, "train_words": True, **changes,
    })  # fmt: skip


def towers(matcher: str, **changes):
    """Both towers, drawn."""
    encoder = build_matching_towers(options(matcher, **changes), WORDS, (START, END), WIDTH, 3)
    return drawn(encoder, 1)


def head(matcher: str, group: int = 2, encoder=None, **changes):
    """The head of a matcher over the outputs of `towers`, drawn."""
    classes = {"word_match": WordMatch, "sentence_match": SentenceMatch, "cross_attention": CrossAttention}
    if matcher == "two_tower":
        return TwoTowerHead(group, name="head", **changes)
    made = classes[matcher](group, name="head", **({"width": 5} | changes if matcher != "cross_attention" else changes))
    made.build({name: value.shape for name, value in (encoder or towers(matcher)).output[SPACE].items()})
    return drawn(made, 2)


def inputs() -> dict[str, np.ndarray]:
    """Six rows: row NO_WORDS has a query of start and end token alone, row NO_REGIONS a product without regions."""
    draw = np.random.default_rng(0)
    token_ids = np.array(
        [[1, 5, 7, 9, 2], [1, 6, 2, 0, 0], [1, 5, 8, 2, 0], [1, 11, 12, 2, 0], [1, 2, 0, 0, 0], [1, 9, 2, 0, 0]],
        "int32",
    )
    box_mask = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0]], "float32")
    return {
        "token_ids": token_ids, "padding_mask": (token_ids != PAD).astype("int32"), "box_mask": box_mask,
        "boxes": np.sort(draw.random((ROWS, BOXES, 4)), axis=2).astype("float32") * box_mask[..., None],
        "features": (draw.normal(size=(ROWS, BOXES, WIDTH)) * box_mask[..., None]).astype("float16"),
        "box_labels": np.where(box_mask > 0, draw.integers(-1, 3, box_mask.shape), -1).astype("int32"),
    }  # fmt: skip


def as_groups(output: dict, group: int) -> dict:
    """Outputs `[rows, ...]` as `[rows / group, group, ...]`."""
    return {name: np.reshape(value, (-1, group, *np.shape(value)[1:])) for name, value in output.items()}


def drawn(layer, seed: int):
    """The layer with weights drawn by NumPy."""
    draw = np.random.default_rng(seed)
    for variable in layer.weights:
        if "seed_generator" not in variable.path:
            variable.assign(draw.normal(scale=0.5, size=variable.shape))
    return layer
