"""How a seller words a posting: language, order, abbreviations, promotion and typing mistakes."""

import random

from sample_data import article as articles
from sample_data import vocabulary

ENGLISH, INDONESIAN = 0, 1
LITRES, GRAMS = {"1 l": ("1 liter", "1L", "1000 ml"), "2 l": ("2 liter", "2L", "2000 ml")}, {"1 kg": ("1kg", "1000 gr")}


def title(article: articles.Article, rng: random.Random) -> str:
    r"""Returns one wording of an article, in raw Shopee form: emoji are written as UTF-8 escapes (`\xe2\x9d\xa4`)."""
    language = ENGLISH if rng.random() < 0.45 else INDONESIAN
    words = [_noun(article, language, rng), *_details(article, language, rng)]
    rng.shuffle(words)
    if rng.random() < 0.65:
        words.insert(0, _name(article, rng))
    elif rng.random() < 0.8:
        words.insert(rng.randrange(len(words) + 1), _name(article, rng))
    for promotion in rng.sample(vocabulary.PROMOTIONS, rng.choice((0, 0, 1, 1, 2))):
        words.insert(rng.choice((0, len(words))), promotion[language])
    return escape(_style(words, rng))


def _name(article, rng) -> str:
    """Brand and series, of which a seller may leave out one, or run them together."""
    kind = rng.random()
    if kind < 0.46:
        return f"{article.brand} {article.series}"
    if kind < 0.56:
        return f"{article.brand}{article.series}".replace(" ", "")
    return article.brand if kind < 0.8 else article.series


def _noun(article, language, rng) -> str:
    family = article.family
    return rng.choice(family.indonesian if language == INDONESIAN else family.english)


def _details(article, language, rng) -> list[str]:
    details = [pair[language] for pair in article.traits if rng.random() < 0.4]
    if rng.random() < 0.5:
        colour = vocabulary.COLOURS[article.colours[0]]
        details.append(getattr(colour, article.family.variant)[language])
    if rng.random() < (0.95 if article.quantity_matters else 0.6):
        details.append(quantity(article.quantity, language, rng))
    if rng.random() < 0.2:
        details.append(rng.choice(vocabulary.SHOPS))
    return details


def quantity(words: str, language: int, rng: random.Random) -> str:
    """Returns one of the ways to write a quantity like "500 ml", "1 l", "3 pcs" or "size M"."""
    amount, _, unit = words.partition(" ")
    if words in LITRES:
        return rng.choice(LITRES[words])
    if words in GRAMS:
        return rng.choice(GRAMS[words])
    if unit == "pcs":
        return rng.choice(
            (words, f"{amount}pcs", f"isi {amount}" if language else f"pack of {amount}", f"{amount} buah")
        )
    if unit == "sheets":
        return f"{amount} lembar" if language == INDONESIAN else words
    if amount == "size":
        return f"ukuran {unit}" if language == INDONESIAN and rng.random() < 0.5 else words
    if amount == "for":
        return f"untuk {unit}" if language == INDONESIAN else words
    return rng.choice((words, f"{amount}{unit}", f"{amount}{unit.upper()}", words.replace(" g", " gr")))


def _style(phrases: list[str], rng: random.Random) -> str:
    """Joins phrases in capitals or small letters, with words shortened, a letter dropped, signs added."""
    text = rng.choice((" ", " ", " ", " - ", " | ", "/", ", ")).join(_two_parts(phrases, rng))
    words = [vocabulary.ABBREVIATIONS.get(word, word) if rng.random() < 0.15 else word for word in text.split(" ")]
    slip = rng.randrange(len(words))
    if rng.random() < 0.12 and len(words[slip]) > 4:
        cut = rng.randrange(1, len(words[slip]))
        words[slip] = words[slip][:cut] + words[slip][cut + 1 :]
    text = rng.choice((str.upper, str.lower, str.title, str.title, str))(" ".join(words))
    if rng.random() < 0.06:
        sign = rng.choice(vocabulary.EMOJI)
        text = rng.choice((f"{sign}{text}{sign}", f"{text} {sign}", f"{sign} {text}"))
    return text


def _two_parts(phrases: list[str], rng: random.Random) -> list[str]:
    cut = rng.randrange(1, len(phrases) + 1)
    return [" ".join(part) for part in (phrases[:cut], phrases[cut:]) if part]


def escape(text: str) -> str:
    r"""Writes every character beyond ASCII as its UTF-8 bytes in `\xNN` form, as Shopee's published CSV does."""
    return "".join(c if ord(c) < 128 else "".join(f"\\x{byte:02x}" for byte in c.encode()) for c in text)
