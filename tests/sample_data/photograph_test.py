"""Drawings and photographs of products."""

import numpy as np
import tensorflow as tf
from PIL import Image

from sample_data import art, families, photograph, shop_overlay
from sample_data import article as articles


class ArtTest(tf.test.TestCase):
    def test_every_family_has_a_drawing(self):
        self.assertEqual({family.name for family in families.FAMILIES}, set(art.ART))

    def test_a_drawing_fills_its_square_and_leaves_the_ground_transparent(self):
        seen = set()
        for index in range(400):
            article = articles.article(0, index)
            if article.family.name not in seen:
                seen.add(article.family.name)
                alpha = np.asarray(art.draw(0, article, 32).getchannel("A")) > 128
                self.assertBetween(alpha.mean(), 0.08, 0.9, article.family.name)
        self.assertLen(seen, len(families.FAMILIES))

    def test_from_behind_there_is_no_print(self):
        front, behind = (np.asarray(art.draw(0, articles.article(0, 0), 64, front=front)) for front in (True, False))
        self.assertAllEqual(front[..., 3], behind[..., 3])
        self.assertNotAllEqual(front, behind)


class PhotographTest(tf.test.TestCase):
    def test_products_of_one_design_have_the_same_photos(self):
        first, second = articles.article(0, 10), articles.article(0, 11)
        self.assertEqual(first.design, second.design)
        for number in range(3):
            photos = [photograph.photograph(0, article, number, 48) for article in (first, second)]
            self.assertAllEqual(*map(np.asarray, photos))

    def test_photos_of_a_product_differ(self):
        photos = [np.asarray(photograph.photograph(0, articles.article(0, 0), number, 48)) for number in range(4)]
        self.assertEqual(photos[0].shape, (48, 48, 3))
        for number in range(1, 4):
            self.assertGreater(np.abs(photos[0].astype(int) - photos[number]).mean(), 5)

    def test_the_makers_photo_is_on_white(self):
        corner = np.asarray(photograph.photograph(0, articles.article(0, 0), 0, 48))[0, 0]
        self.assertAllGreater(corner, 240)

    def test_a_homography_takes_the_corners_where_they_shall_lie(self):
        corners = [(3.0, 4.0), (30.0, 1.0), (28.0, 29.0), (5.0, 20.0)]
        a, b, c, d, e, f, g, h = photograph.homography(corners, 10.0)
        for (x, y), source in zip(corners, [(0, 0), (10, 0), (10, 10), (0, 10)], strict=True):
            w = g * x + h * y + 1
            self.assertAllClose([(a * x + b * y + c) / w, (d * x + e * y + f) / w], source, atol=1e-9)

    def test_a_shop_changes_the_picture_it_posts_and_not_its_size(self):
        picture = Image.new("RGB", (64, 64), (200, 200, 200))
        for shop in range(16):
            posted = shop_overlay.lay_over(picture, shop, articles.stream("overlay"))
            self.assertEqual(posted.size, (64, 64))
            self.assertNotAllEqual(np.asarray(posted), np.asarray(picture))


if __name__ == "__main__":
    tf.test.main()
