"""Product number i of the drawn marketplace: everything that its pictures and titles are made from.

A product is a pure function of (seed, i), so a catalogue of a million postings needs no memory of what came before.
Products come in blocks of five; inside a block some share their `design` (the same pictures, another size or count in
the title) and some share their words (the same brand and series, other colours), the two hard cases of the market.
"""

import dataclasses
import functools
import random
import zlib

from sample_data import families, vocabulary

BLOCK = 5
LARGEST_GROUP = 8
GROUP_SIZES = {2: 0.50, 3: 0.22, 4: 0.12, 5: 0.07, 6: 0.04, 7: 0.03, 8: 0.02}
TEST_SHARE = 0.15
PATTERNS = ("plain", "stripes", "bands", "diagonal", "dots", "checks", "zigzag", "blobs")
EMBLEMS = ("star", "leaf", "drop", "sun", "heart", "mountain", "diamond", "ring")


@dataclasses.dataclass(frozen=True)
class Article:
    """One product.

    `design` numbers its look: two articles of one design have the same pictures. `style` holds four numbers in [0, 1)
    that shape the drawing. `quantity` is worded like "500 ml"; it matters where another product differs in nothing
    else, and then nearly every title states it. `colours` are main, second and accent as indices of
    `vocabulary.COLOURS`; `paints` are the same three as RGB in 0..255, a little off the colour's own.
    """

    index: int
    label_group: int
    split: str
    design: int
    family: families.Family
    brand: str
    series: str
    traits: tuple[tuple[str, str], ...]
    quantity: str
    quantity_matters: bool
    colours: tuple[int, int, int]
    paints: tuple[tuple[int, int, int], ...]
    pattern: str
    emblem: str
    style: tuple[float, float, float, float]


def stream(*key) -> random.Random:
    """Returns a random stream that depends on `key` alone, the same on every machine and in every process."""
    return random.Random(":".join(map(str, key)))


def group_size(seed: int, index: int) -> int:
    """Returns how many postings product `index` has if nothing cuts it short: 2..8, mostly 2."""
    rng = stream(seed, "size", index)
    return rng.choices(list(GROUP_SIZES), list(GROUP_SIZES.values()))[0]


def group_sizes(seed: int, postings: int):
    """Yields (product index, group size in 2..8) until the sizes add up to exactly `postings`."""
    index, left = 0, postings
    while left:
        size = min(group_size(seed, index), left)
        if left - size == 1:
            size += 1 if size < LARGEST_GROUP else -1
        yield index, size
        index, left = index + 1, left - size


@functools.lru_cache(maxsize=1024)
def article(seed: int, index: int) -> Article:
    """Returns product `index`, a pure function of (seed, index)."""
    slot = index % BLOCK
    relation = _relations(seed, index // BLOCK)[slot]
    fresh = _fresh(seed, index)
    if relation == "new":
        return fresh
    first = article(seed, index - slot)
    if relation == "other quantity":
        choices = [quantity for quantity in vocabulary.QUANTITIES[first.family.quantity] if quantity != first.quantity]
        quantity = stream(seed, "quantity", index).choice(choices)
        return dataclasses.replace(
            first, index=index, label_group=fresh.label_group, split=fresh.split, quantity=quantity
        )
    look = {name: getattr(fresh, name) for name in ("colours", "paints", "pattern", "emblem")}
    return dataclasses.replace(
        first, index=index, label_group=fresh.label_group, split=fresh.split, design=index, **look
    )


def _relations(seed: int, block: int) -> tuple[str, ...]:
    rng = stream(seed, "block", block)
    second = "other quantity" if rng.random() < 0.35 else "new"
    third = "other look" if rng.random() < 0.45 else "new"
    return ("new", second, third, "new", "new")


def _fresh(seed: int, index: int) -> Article:
    rng = stream(seed, "article", index)
    family = rng.choice(families.FAMILIES)
    colours = tuple(rng.sample(range(len(vocabulary.COLOURS)), 3))
    return Article(
        index=index,
        label_group=scramble(seed, index),
        split="test" if rng.random() < TEST_SHARE else "train",
        design=index,
        family=family,
        brand=_word(vocabulary.BRAND_SYLLABLES, zlib.crc32(family.levels[1].encode()) % 300 + rng.randrange(14)),
        series=_word(vocabulary.SERIES_SYLLABLES, rng.randrange(200 + index // 4)),
        traits=tuple(rng.sample(family.traits, 2)),
        quantity=rng.choice(vocabulary.QUANTITIES[family.quantity]),
        quantity_matters=index % BLOCK < 2 and "other quantity" in _relations(seed, index // BLOCK),
        colours=colours,
        paints=tuple(_off_colour(rng, vocabulary.COLOURS[colour].rgb) for colour in colours),
        pattern=rng.choice(PATTERNS),
        emblem=rng.choice(EMBLEMS),
        style=tuple(rng.random() for _ in range(4)),
    )


def scramble(seed: int, number: int) -> int:
    """Returns an id in 0..2**32 - 1 that tells nothing of its number; different numbers below 2**32 differ."""
    return (number * 2654435761 + zlib.crc32(f"{seed}".encode())) % 2**32


def _word(syllables: tuple[tuple[str, ...], ...], number: int) -> str:
    """Returns word `number` of the language in which a word takes one of each of `syllables`; then it numbers them."""
    parts = []
    for choices in syllables:
        number, which = divmod(number, len(choices))
        parts.append(choices[which])
    return "".join(parts).capitalize() + (f" {number + 1}" if number else "")


def _off_colour(rng: random.Random, rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    return tuple(min(255, max(0, value + rng.randint(-16, 16))) for value in rgb)
