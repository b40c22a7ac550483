"""The picture of an article by itself, on a transparent ground."""

from PIL import Image

from sample_data import article as articles
from sample_data import containers, goods, wear
from sample_data.canvas import Canvas
from sample_data.cloth import cloth

ART = {
    drawing.__name__: drawing
    for drawing in (
        *(containers.bottle, containers.can, containers.pouch, containers.carton, containers.jar, containers.pump),
        *(containers.tube, containers.perfume, containers.lipstick, containers.mug),
        *(wear.tshirt, wear.dress, wear.sneaker, wear.sandal, wear.tote, wear.backpack, wear.watch, wear.cap),
        *(goods.phone, goods.headphones, goods.speaker, goods.powerbank, goods.pan, goods.lamp, goods.cushion),
        *(goods.car, goods.bear, goods.ball, goods.notebook),
    )
}


def draw(seed: int, article: articles.Article, pixels: int, front: bool = True) -> Image.Image:
    """Returns the article as RGBA `[pixels, pixels]`; transparent where it is not.

    Args:
      seed: of the catalogue.
      article: what to draw. Articles of one design give the same picture.
      pixels: side. It is drawn at twice the size and averaged, so edges are smooth.
      front: False shows it from behind, without emblem and print.
    """
    canvas = Canvas(2 * pixels)
    rng = articles.stream(seed, "cloth", article.design)
    surface = cloth(article.pattern, article.paints[0], article.paints[1], 0.09 + 0.09 * rng.random(), rng, 2 * pixels)
    ART[article.family.name](canvas, article, surface, front)
    return canvas.image.reduce(2)
