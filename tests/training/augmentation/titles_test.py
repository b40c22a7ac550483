"""Word dropout of titles."""

import numpy as np
import tensorflow as tf

from training.augmentation import titles
from training.augmentation.plan import Augmentation


def changed(text, title, index=0):
    return titles.on_host(tf.constant(title), Augmentation(text).titles, tf.constant([0, index])).numpy().decode()


class WordsTest(tf.test.TestCase):
    def test_drops_some_words_and_never_all(self):
        title = "red mug 300 ml ceramic handmade"
        kept = [changed("words(0.5)", title, i).split() for i in range(20)]
        self.assertAllInSet([word for words in kept for word in words], title.split())
        self.assertLess(np.mean([len(words) for words in kept]), 5)
        self.assertEqual(changed("words(1.0)", title), "red")

    def test_an_empty_title_stays_empty(self):
        self.assertEqual(changed("words(0.5)", ""), "")
