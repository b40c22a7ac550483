"""Parts of a model that learn at other rates, or not at all: `--rates=head*10,layer_decay=0.8,freeze=image-2`.

head      the class centres of all heads, or the learned scale and bias of tuples
image     the image encoder with its pooling; not the Dense layers and BatchNorm of its embedding
title     the title encoder, likewise
regions   of a matcher, the region encoder
encoder   all but the heads
"""

import collections
import dataclasses
import difflib
import re

import keras

SIDES = ("image", "title")
_FACTOR = re.compile(r"(?P<part>\w+)\s*\*\s*(?P<number>[^*=]+)")
_SETTING = re.compile(r"(?P<key>layer_decay|freeze)\s*=\s*(?P<value>[^*=]+)")
_FROZEN = re.compile(r"(?P<part>\w+)(\s*-\s*(?P<kept>\d+))?")


@dataclasses.dataclass(frozen=True)
class Rates:
    """What `--rates` asks for.

    Attributes:
      factors: {part: factor}.
      layer_decay: factor per block.
      frozen: {part that stays as it is: its top blocks that do not}.
    """

    factors: dict[str, float]
    layer_decay: float
    frozen: dict[str, int]


def parse(spec: str) -> Rates:
    """Reads `--rates`; nothing of it is evaluated.

    Args:
      spec: entries `part*factor`, `layer_decay=factor`, `freeze=part` and `freeze=part-blocks`, separated by commas;
        empty for none.

    Raises:
      ValueError: text that is no such entry, a number out of range, or an entry given twice.
    """
    factors, decay, frozen = {}, 1.0, {}
    entries = [entry.strip() for entry in spec.split(",")] if spec.strip() else []
    for entry in entries:
        factor, setting = _FACTOR.fullmatch(entry), _SETTING.fullmatch(entry)
        if factor:
            factors[factor["part"]] = _number(entry, factor["number"], high=float("inf"))
        elif setting and setting["key"] == "freeze" and (part := _FROZEN.fullmatch(setting["value"])):
            frozen[part["part"]] = int(part["kept"] or 0)
        elif setting and setting["key"] == "layer_decay":
            decay = _number(entry, setting["value"], high=1.0)
        else:
            raise ValueError(
                f"--rates: cannot read {entry!r}; write part*factor, layer_decay=factor, freeze=part or "
                "freeze=part-blocks."
            )
    written = collections.Counter(_subject(entry) for entry in entries)
    for name, times in written.items():
        if times > 1:
            raise ValueError(f"--rates names {name} {times} times: leave one.")
    return Rates(factors, decay, frozen)


def _subject(entry: str) -> str:
    """What an entry speaks of: `head`, `layer_decay`, `freeze=image`."""
    return re.split(r"\s*-" if entry.startswith("freeze") else r"\s*[*=]", entry)[0]


def _number(entry: str, text: str, high: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"--rates: {entry!r} has {text.strip()!r} where a number was expected.") from None
    if not 0.0 < number <= high or number == float("inf"):
        bound = f"a factor above 0 and at most {high:g}" if high == 1.0 else "a factor above 0"
        raise ValueError(f"--rates: {entry!r} needs {bound}; freeze=part keeps a part as it is.")
    return number


def apply(encoder, heads: dict, spec: str) -> dict[str, float]:
    """Freezes parts and says how much faster or slower than the rest each variable learns.

    A frozen part is `trainable = False`, so its BatchNorms keep their statistics too; under `freeze=image-2` that is
    all but the two top blocks of the image encoder (see blocks). Call it before the trainable
    variables are collected, and every time the model is built anew. Factors multiply: under `encoder*0.1,image*0.5`
    the image encoder learns at 0.05. `layer_decay=d` multiplies the i-th block of the image and of the title encoder,
    counted from the top, which is 0, by d^i (arXiv:1801.06146, section 3.2; see blocks).

    Args:
      encoder: the model of models/product_encoder.py.
      heads: {space: margin layer}, built.
      spec: see parse.

    Returns:
      {path of a trainable variable: factor}, without those whose factor is 1. The step multiplies the whole change
      that the optimizer makes, decay included.

    Raises:
      ValueError: `spec` cannot be read, names a part that the model has not, or freezes all there is; two variables
        of one path.
    """
    rates = parse(spec)
    if rates == Rates({}, 1.0, {}):
        return {}
    parts = parts_of(encoder, heads)
    for part in (*rates.factors, *rates.frozen):
        _check_part(part, parts)
    for part, kept in rates.frozen.items():
        for layer in _below(part, parts[part], kept) if kept else parts[part]:
            layer.trainable = False
    trainable = {v.path: v for layer in parts["encoder"] + parts["head"] for v in layer.trainable_variables}
    if not trainable:
        raise ValueError(f"--rates={spec} freezes every part of the model: nothing is left to train.")
    factors = dict.fromkeys(trainable, 1.0)
    for part, factor in rates.factors.items():
        _multiply(factors, [v for layer in parts[part] for v in layer.trainable_variables], factor)
    for part in set(SIDES) & set(parts):
        for depth, variables in enumerate(reversed(blocks(parts[part][0]))):
            _multiply(factors, variables, rates.layer_decay**depth)
    return {path: factor for path, factor in factors.items() if factor != 1.0}


def parts_of(encoder, heads: dict) -> dict[str, list]:
    """{part: its layers} of the parts that the model has.

    Raises:
      ValueError: two variables have the same path, so that factors could not tell them apart.
    """
    names = {layer.name for layer in encoder.layers}
    sides = [side for side in SIDES if f"{side}_encoder" in names]
    parts = {"head": list(heads.values()), **{side: [encoder.get_layer(f"{side}_encoder")] for side in sides}}
    if "region_encoder" in names:
        parts["regions"] = [encoder.get_layer("region_encoder")]
    parts["encoder"] = [encoder]
    paths = collections.Counter(v.path for layer in (encoder, *heads.values()) for v in layer.weights)
    path, times = paths.most_common(1)[0]
    if times > 1:
        raise ValueError(f"{times} variables have the path {path}: --rates tells variables apart by it. Rename layers.")
    return parts


def blocks(part) -> list[list]:
    """The weights of an encoder by block, the one nearest to the input first.

    A block ends where a residual connection is added, or with a layer made of layers, such as a transformer's. What
    is before the first (a stem) and after the last belongs to its neighbour or is a block of its own. An encoder
    without either, such as tfidf, is one block.

    Returns:
      lists of variables, none empty.
    """
    return [[weight for layer in layers for weight in layer.weights] for layers in _layers_by_block(part)]


def _layers_by_block(part) -> list[list]:
    groups = [[]]
    for layer in _in_order(part):
        groups[-1].append(layer)
        if isinstance(layer, keras.layers.Add) or _sublayers(layer):
            groups.append([])
    return [group for group in groups if any(layer.weights for layer in group)]


def _below(name: str, layers: list, kept: int) -> list:
    """The layers of an encoder below its `kept` top blocks."""
    if name not in SIDES:
        raise ValueError(f"--rates: freeze={name}-{kept}: {' and '.join(SIDES)} are made of blocks, {name} is not.")
    found = _layers_by_block(layers[0])
    if kept >= len(found):
        raise ValueError(
            f"--rates: freeze={name}-{kept} would freeze nothing: this {name} encoder has {len(found)} block(s)."
        )
    return [layer for block in found[:-kept] for layer in block]


def _in_order(layer):
    """Yields the layers of models, and of layers that hold a stack of alike blocks, from input to output."""
    inside = layer.layers if isinstance(layer, keras.Model) else _sublayers(layer)
    alike = collections.Counter(type(sublayer) for sublayer in inside if _sublayers(sublayer))
    if isinstance(layer, keras.Model) or max(alike.values(), default=0) > 1:
        for sublayer in inside:
            yield from _in_order(sublayer)
    else:
        yield layer


def _sublayers(layer) -> list:
    return [sublayer for sublayer in layer._flatten_layers(include_self=False, recursive=False) if sublayer.weights]


def _multiply(factors: dict, variables: list, factor: float) -> None:
    for variable in variables:
        if variable.path in factors:
            factors[variable.path] *= factor


def _check_part(part: str, parts: dict) -> None:
    if part not in parts:
        close = difflib.get_close_matches(part, parts, n=1, cutoff=0.5)
        guess = f" Did you mean {close[0]}?" if close else ""
        raise ValueError(f"--rates: {part!r} is not a part of this model, which has {', '.join(sorted(parts))}.{guess}")
    if parts[part] and not any(layer.weights for layer in parts[part]):
        raise ValueError(f"--rates: {part} has no weights here, so no entry has an effect on it: leave it out.")
