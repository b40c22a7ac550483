"""The page of captions and labels: what it says, what it draws, and that texts from outside stay texts."""

import io
import re
import xml.etree.ElementTree as ElementTree

import tensorflow as tf
from PIL import Image

from inference.recall.caption_sheet import CaptionRow, Label, render
from inference.recall.region_drawing import Region, draw
from inference.report_pictures import thumbnail

SHOE = CaptionRow(
    "17",
    "red shoe",
    "shoe red <b>",
    (Label("shoe", 0.934, True), Label("'><script>", 0.5, False)),
    (Region("upper & sole", 0.1, 0.25, 0.5, 0.75), Region("whole", 0.0, 0.0, 1.0, 1.0)),
    height_by_width=1.5,
)
NOTHING = CaptionRow("18", " ", "", ())


def picture():
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "JPEG")
    return thumbnail(file.getvalue(), 8, "19")


class CaptionSheetTest(tf.test.TestCase):
    def test_it_shows_each_products_query_caption_words_and_regions(self):
        page = render("run<1>", [SHOE, NOTHING], {"records": "/data/a&b"})
        for text in (
            "<h1>Captions of run&lt;1&gt;</h1>",
            "2 products &middot; 1 of 2 words named are in the query (green)",
            '<p class="query">red shoe</p>',
            '<p class="">shoe red &lt;b&gt;</p>',
            '<span class="right">shoe</span><i class="right" style="width:84px"></i><b>0.93</b>',
            "&#x27;&gt;&lt;script&gt;",
            "records <code>/data/a&amp;b</code>",
        ):
            self.assertIn(text, page)
        self.assertNotIn("<script>", page)
        self.assertEqual(page.count("<svg"), 1)

    def test_what_is_not_there_is_said(self):
        page = render("run", [NOTHING], {})
        for text in (
            '<div class="none">no region</div>',
            '<p class="none">empty</p>',
            '<h3>Caption</h3><p class="none">none',
        ):
            self.assertIn(text, page)
        self.assertIn("No product to show", render("run", [], {}))

    def test_a_picture_takes_the_place_of_the_drawing_and_must_be_within_the_page(self):
        with_picture = CaptionRow("19", "q", "c", (), SHOE.regions, picture=picture())
        page = render("run", [with_picture], {})
        self.assertNotIn("<svg", page)
        self.assertIn('<img src="data:image/jpeg;base64,', page)
        self.assertNotRegex(page, r'(src|href)="(?!data:)')
        with self.assertRaisesRegex(ValueError, "product '19' is 'http://x/y.jpg', a data: URI expected"):
            render("run", [CaptionRow("19", "q", "c", (), picture="http://x/y.jpg")], {})

    def test_regions_are_drawn_largest_first_at_their_place_with_their_name(self):
        svg = ElementTree.fromstring(draw(SHOE.regions, SHOE.height_by_width))
        self.assertEqual(svg.get("viewBox"), "0 0 260 390")
        whole, part = svg.findall("rect")
        self.assertEqual([part.get(side) for side in ("x", "y", "width", "height")], ["65.0", "39.0", "130.0", "156.0"])
        self.assertEqual(whole.get("height"), "390.0")
        self.assertEqual([text.text for text in svg.findall("text")], ["whole", "upper & sole"])

    def test_odd_pictures_are_drawn_within_bounds(self):
        heights = [int(re.search(r'viewBox="0 0 260 (\d+)"', draw(SHOE.regions, ratio))[1]) for ratio in (0.01, 1, 50)]
        self.assertEqual(heights, [104, 260, 520])


if __name__ == "__main__":
    tf.test.main()
