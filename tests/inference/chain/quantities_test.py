"""What titles state, and which two cannot be the same product."""

import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from inference.chain import quantities


class QuantitiesTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("Minyak goreng 2 liter", {"volume": {2000.0}}),
        ("MINYAK GORENG 2L", {"volume": {2000.0}}),
        ("Susu 1,5 kg", {"weight": {1500.0}}),
        ("Gula 500gr isi 12", {"weight": {500.0}, "pieces": {12.0}}),
        ("Kabel USB 1.5m 3 pcs", {"length": {1500.0}, "pieces": {3.0}}),
        ("Pensil 2 lusin", {"pieces": {24.0}}),
        ("SSD 1TB / 1000 GB", {"memory": {1000.0}}),
        ("Vitamin 1.000 mg", {"weight": {1.0, 0.001}}),
        ("Sabun 3 x 100 ml", {"volume": {100.0}}),
        ("Galaxy S20 Note10 v2.5", {}),
        ("2 mobil", {}),
        ("kaos 5 gratis 1", {}),
        ("", {}),
    )
    def test_what_a_title_states(self, title, expected):
        self.assertEqual(quantities.stated(title), expected)

    def test_titles_contradict_each_other_only_in_a_kind_that_both_state(self):
        titles = ["Teh 100 g", "Teh 0,1 kg", "Teh 250 gram", "Teh", "Teh 20 pcs", "Teh 100g 250g"]
        row, column = np.triu_indices(len(titles), 1)
        found = quantities.Quantities(titles).contradict(row, column)
        self.assertEqual({(int(i), int(j)) for i, j in zip(row[found], column[found], strict=True)}, {(0, 2), (1, 2)})


if __name__ == "__main__":
    tf.test.main()
