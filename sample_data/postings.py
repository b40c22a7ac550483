"""The postings of one product: who sells it, with which picture and in which words."""

import dataclasses
import hashlib
import io

from PIL import Image

from sample_data import article as articles
from sample_data import photograph, shop_overlay, titles, vocabulary

EXACT_SHARE, RECOMPRESSED_SHARE, OVERLAY_SHARE = 0.5, 0.2, 0.22
MAKERS_PHOTO_SHARE = 0.36
PHOTOS = 5
RENAMED_SHARE = 0.1


@dataclasses.dataclass(frozen=True)
class Posting:
    """A row of train.csv or test.csv with the bytes of its picture; `split` is "train" or "test".

    `image` is `<md5>.jpg`. The same bytes mostly have the same name, so that one file serves several postings, and
    now and then another name, as in Shopee's catalogue.
    """

    posting_id: str
    image: str
    jpeg: bytes
    title: str
    label_group: int
    split: str


def postings(seed: int, index: int, size: int, pixels: int) -> list[Posting]:
    """Returns the `size` postings of product `index`, a pure function of the arguments. Pictures are `pixels` wide."""
    article = articles.article(seed, index)
    photos: dict[int, Image.Image] = {}
    return [_posting(seed, article, number, pixels, photos) for number in range(size)]


def posting_id(seed: int, article: articles.Article, number: int) -> str:
    """Returns the id of posting `number`, below 9, of a product: `train_` or `test_` and up to ten digits."""
    return f"{article.split}_{articles.scramble(seed, 9 * article.index + number)}"


def _posting(seed, article, number, pixels, photos) -> Posting:
    rng = articles.stream(seed, "posting", article.index, number)
    id = posting_id(seed, article, number)
    photo = 0 if rng.random() < MAKERS_PHOTO_SHARE else rng.randrange(1, PHOTOS)
    if photo not in photos:
        photos[photo] = photograph.photograph(seed, article, photo, pixels)
    jpeg = _posted(photos[photo], rng)
    renamed = id.encode() if rng.random() < RENAMED_SHARE else b""
    return Posting(
        posting_id=id,
        image=f"{hashlib.md5(jpeg + renamed, usedforsecurity=False).hexdigest()}.jpg",
        jpeg=jpeg,
        title=titles.title(article, rng),
        label_group=article.label_group,
        split=article.split,
    )


def _posted(picture: Image.Image, rng) -> bytes:
    """Returns the picture as a seller posts it: as it is, compressed again, with an overlay, or cropped."""
    kind = rng.random()
    if kind < EXACT_SHARE:
        return _jpeg(picture, 88)
    kind -= EXACT_SHARE
    if kind < RECOMPRESSED_SHARE:
        return _jpeg(picture, rng.randint(30, 75))
    kind -= RECOMPRESSED_SHARE
    if kind < OVERLAY_SHARE:
        return _jpeg(shop_overlay.lay_over(picture, rng.randrange(len(vocabulary.SHOPS)), rng), rng.randint(60, 90))
    margin = [round(rng.uniform(0, 0.12) * picture.width) for _ in range(4)]
    box = (margin[0], margin[1], picture.width - margin[2], picture.height - margin[3])
    return _jpeg(picture.resize(picture.size, Image.Resampling.BICUBIC, box), rng.randint(50, 90))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()
