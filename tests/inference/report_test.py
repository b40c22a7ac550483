"""The report page: what it says, what it shows, and that nothing in it can come alive."""

import html.parser
import io
import json
import os
from unittest import mock

import numpy as np
import pandas as pd
import tensorflow as tf
from absl.testing import parameterized

from flags.classify import Predictions
from flags.matching import Matching, Report
from flags.run import Run
from inference import embedding_folder, report, report_charts, report_examples, report_inputs, report_page
from inference.report_examples import Match, Query
from inference.report_pictures import thumbnail, thumbnails
from tests import tiny_catalogue
from training import embedding

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def method(name, mean_f1, validation_f1, **more):
    return {"name": name, "mean_f1": mean_f1, "validation_f1": validation_f1, "matches_per_item": 2.0, **more}


MATCH = {
    "gallery_size": 1234,
    "rows": "all",
    "validation_fold": 0,
    "test_fold": 1,
    "methods": [
        method("alone", 0.471, 0.472, thresholds={}),
        method("tfidf_phash", 0.652, 0.661, thresholds={"tfidf": 0.51}),
        method("joint", 0.783, 0.791, thresholds={"joint": 0.62, "joint min2": 0.41}),
        method("union", 0.78, 0.79, thresholds={"fused": 1.02}, weights={"joint": 0.75}),
    ],
    "chosen": "joint",
    "curves": {"joint": {"threshold": [0.5, 0.62, 0.7], "validation_f1": [0.6, 0.77, 0.7]}},
    "histograms": {"joint": {"bins": [0.0, 0.5, 1.0], "same": [1, 9], "different": [20, 2]}},
}


class Page(html.parser.HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)


def rows_of(products, fold):
    return products.index[products["fold"] == fold].tolist()


class ReportTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.run_folder, self.records = f"{self.get_temp_dir()}/first", tiny_catalogue.records()
        self.products = embedding.product_table(self.records)
        self.write_embeddings()
        self.write_matches(MATCH)
        with open(f"{self.run_folder}/metrics.jsonl", "w") as file:
            for step in (10, 20):
                file.write(json.dumps({"step": step, "loss": 9.0 / step, "learning_rate": 1e-3}) + "\n")
            file.write(json.dumps({"step": 20, "joint/mean_f1": 0.7, "joint/map_at_r": 0.5}) + "\n")

    def write_embeddings(self):
        vectors = np.random.default_rng(0).normal(size=(len(self.products), 8)).astype("float32")
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        about = {"records": self.records, "spaces": ["image", "joint"]}
        spaces = {"image": vectors[:, ::-1].copy(), "joint": vectors}
        embedding_folder.write(f"{self.run_folder}/embeddings", spaces, self.products, about)

    def write_matches(self, match, fold=1):
        """The first query of the fold is matched right, the second with a stranger, the others with nothing."""
        rows = []
        products = self.products[self.products["fold"] == fold]
        for number, (id, label) in enumerate(zip(products["id"], products["label"], strict=True)):
            expected = products["id"][products["label"] == label].tolist()
            stranger = products["id"][products["label"] != label].tolist()[0]
            matched = [[id, *expected], [id, stranger]][number] if number < 2 else [id]
            f1 = 2 * len({*matched} & {*expected}) / (len({*matched}) + len(expected))
            rows.append((id, " ".join(dict.fromkeys(matched)), " ".join(expected), f1))
        os.makedirs(f"{self.run_folder}/matches", exist_ok=True)
        table = pd.DataFrame(rows, columns=["posting_id", "matches", "expected", "f1"])
        table.to_csv(f"{self.run_folder}/matches/test_matches.csv", index=False)
        with open(f"{self.run_folder}/matches/match.json", "w") as file:
            json.dump(match, file)

    def page(self, **options):
        with mock.patch("sys.stdout", io.StringIO()) as self.printed:
            report.main(Run(run=self.run_folder), Matching(), Report(**options), Predictions())
        with open(options.get("report") or f"{self.run_folder}/report.html", encoding="utf-8") as file:
            return file.read()

    def test_shows_the_chosen_f1_beside_the_baselines(self):
        words = " ".join(Page(self.page()).words)
        for figure in ("0.783", "0.652", "0.471", "+0.131", "1,234 products", "mean F1 on test of the method chosen"):
            self.assertIn(figure, words)
        self.assertIn("wrote ", self.printed.getvalue())
        self.assertNotIn("report.html.writing", os.listdir(self.run_folder))

    def test_marks_the_chosen_method_and_no_other(self):
        elements = Page(self.page()).elements
        self.assertLen([tag for tag, attributes in elements if tag == "tr" and attributes.get("class") == "chosen"], 1)
        self.assertLen([tag for tag, attributes in elements if attributes.get("class") == "badge"], 1)

    def test_writes_out_thresholds_and_weights(self):
        text = self.page()
        self.assertIn("joint&nbsp;0.62, joint min2&nbsp;0.41", text)
        self.assertIn("fused&nbsp;off<small>fused = 0.75&nbsp;joint</small>", text)

    def test_shows_right_wrong_and_missed_matches_with_pictures(self):
        elements = Page(self.page()).elements
        for status in ("right", "wrong", "missed"):
            self.assertNotEmpty([1 for _, attributes in elements if attributes.get("class") == f"item {status}"])
        pictures = [attributes["src"] for tag, attributes in elements if tag == "img"]
        self.assertNotEmpty(pictures)
        self.assertTrue(all(source.startswith("data:image/jpeg;base64,") for source in pictures))

    def test_draws_training_curves(self):
        words = Page(self.page()).words
        self.assertContainsSubset(["Training loss", "Learning rate", "Validation F1 while training"], words)

    def test_needs_nothing_from_anywhere(self):
        text = self.page()
        for sign in ("http:", "https:", "url(", "@import", "<link", "<script"):
            self.assertNotIn(sign, text)

    def test_a_title_cannot_inject_html(self):
        self.products["title"] = EVIL
        self.write_embeddings()
        page = Page(self.page())
        self.assertNotIn("script", {tag for tag, _ in page.elements})
        self.assertEmpty([1 for _, attributes in page.elements for name in attributes if name.startswith("on")])
        self.assertIn(EVIL, page.words)

    def test_ids_groups_methods_and_paths_cannot_inject_html(self):
        query = Query(EVIL, EVIL, 0.5, (Match(EVIL, "wrong", {EVIL: 0.5}),))
        group = report_examples.Group(EVIL, 0.5, (query,))
        match = MATCH | {"methods": [method(EVIL, 0.5, 0.5, thresholds={EVIL: 0.5}, weights={EVIL: 1.0})]}
        match |= {"chosen": EVIL, "rows": EVIL}
        match |= {name: {EVIL: next(iter(MATCH[name].values()))} for name in ("curves", "histograms")}
        metrics = [{"step": 1, f"{EVIL}/mean_f1": 0.5}]
        shown = report_page.Report(
            EVIL, match, [], metrics, [], [query], [], [group], {EVIL: EVIL}, {EVIL: EVIL}, {EVIL: EVIL}
        )
        page = Page(report_page.render(shown))
        self.assertNotIn("script", {tag for tag, _ in page.elements})
        self.assertEmpty([1 for _, attributes in page.elements for name in attributes if name.startswith("on")])

    def test_says_that_a_picture_or_a_title_is_missing(self):
        query = Query("a", "g", 0.5, (Match("b", "wrong", {}),))
        shown = report_page.Report(
            "run", MATCH, [], [], [], [query], [], [], {"a": "lamp", "b": ""}, {"a": "data:,"}, {}
        )
        words = Page(report_page.render(shown)).words
        self.assertLen([word for word in words if word == "no picture"], 1)
        self.assertLen([word for word in words if word == "no title"], 1)

    def test_the_same_inputs_give_the_same_bytes(self):
        self.assertEqual(self.page(), self.page())

    def test_fewer_examples_and_smaller_pictures_make_a_smaller_page(self):
        self.assertLess(len(self.page(examples=1, thumbnail=16)), len(self.page()))

    def test_a_run_without_a_test_fold_says_so(self):
        self.write_matches(MATCH | {"test_fold": -1, "methods": [method("joint", None, 0.79)]}, fold=99)
        words = " ".join(Page(self.page()).words)
        self.assertIn("no test fold", words)
        self.assertIn("None among the test queries.", words)
        os.remove(f"{self.run_folder}/matches/test_matches.csv")
        self.assertIn("None among the test queries.", self.page())

    def test_can_be_written_elsewhere(self):
        path = f"{self.get_temp_dir()}/page.html"
        self.assertStartsWith(self.page(report=path), "<!DOCTYPE html>")

    def test_says_what_to_run_before(self):
        os.remove(f"{self.run_folder}/matches/match.json")
        with self.assertRaisesRegex(FileNotFoundError, "no match.json: run python -m inference.match"):
            self.page()

    def test_says_that_the_run_is_not_named(self):
        with self.assertRaisesRegex(ValueError, "--run is empty: name the run folder"):
            report.main(Run(), Matching(), Report(), Predictions())

    def test_says_what_another_version_left_out(self):
        self.write_matches({key: value for key, value in MATCH.items() if key not in ("chosen", "curves")})
        with self.assertRaisesRegex(ValueError, "match.json lacks chosen, curves: another version .* inference.match"):
            self.page()

    def test_says_that_matches_and_embeddings_are_of_different_records(self):
        self.products["id"] = "other " + self.products["id"]
        self.write_embeddings()
        with self.assertRaisesRegex(ValueError, "names 'p.*', which is not among the embedded products.*embed"):
            self.page()

    def test_says_that_the_records_were_converted_anew(self):
        with self.assertRaisesRegex(ValueError, "has no record 'p000', which is to be shown.*inference.embed"):
            thumbnails(self.records, ["p000"], [0, 1], 16)

    def test_says_which_picture_cannot_be_decoded(self):
        with self.assertRaisesRegex(ValueError, "picture of product 'p7' cannot be decoded .*tfrecords_tools.verify"):
            thumbnail(b"no jpeg", 16, "p7")


class ExamplesTest(tf.test.TestCase):
    def query(self, id, group, f1, **scores):
        status = {"r": "right", "w": "wrong", "m": "missed"}
        return Query(id, group, f1, tuple(Match(key, status[key[0]], {"joint": s}) for key, s in scores.items()))

    def test_right_examples_begin_with_the_least_alike_and_show_a_group_once(self):
        queries = [
            self.query("a", "g1", 1.0, r1=0.9),
            self.query("b", "g2", 1.0, r1=0.4, r2=0.9),
            self.query("c", "g2", 1.0, r1=0.3),
            self.query("d", "g3", 0.5, r1=0.1, w1=0.9),
        ]
        self.assertEqual([query.id for query in report_examples.right_examples(queries, 9)], ["c", "a"])

    def test_wrong_examples_begin_with_the_most_alike_and_show_a_pair_of_groups_once(self):
        queries = [
            self.query("a", "g1", 0.5, w1=0.7),
            self.query("b", "g2", 0.5, w2=0.9),
            self.query("c", "g3", 0.5, w3=1),
        ]
        group_of = {"w1": "g2", "w2": "g1", "w3": "g9"}
        self.assertEqual([query.id for query in report_examples.wrong_examples(queries, group_of, 9)], ["c", "b"])

    def test_missed_examples_begin_with_the_least_alike(self):
        queries = [self.query("a", "g1", 0.5, m1=0.4), self.query("b", "g2", 0.5, m1=0.5, m2=0.1)]
        self.assertEqual([query.id for query in report_examples.missed_examples(queries, 1)], ["b"])

    def test_the_hardest_groups_have_the_lowest_mean_f1_and_a_fault(self):
        queries = [
            self.query("a", "g1", 0.5),
            self.query("b", "g1", 0.7),
            self.query("c", "g2", 0.4),
            self.query("d", "g3", 1),
        ]
        groups = report_examples.hardest_groups(queries, 9)
        self.assertEqual([(group.name, len(group.queries)) for group in groups], [("g2", 1), ("g1", 2)])
        self.assertAllClose(groups[1].mean_f1, 0.6)

    def test_a_match_is_told_right_wrong_or_missed(self):
        table = pd.DataFrame([("a", "a b x", "a b c", 0.67)], columns=["posting_id", "matches", "expected", "f1"])
        scores = lambda query, others: [{"joint": 0.5}] * len(others)  # noqa: E731
        (query,) = report_examples.read_queries(table, dict.fromkeys("abcx", "g"), scores)
        self.assertEqual({m.id: m.status for m in query.matches}, {"b": "right", "x": "wrong", "c": "missed"})

    def test_a_space_without_the_side_has_no_score(self):
        spaces = {"image": np.array([[1, 0], [0, 0]], "float32"), "joint": np.array([[1, 0], [0.6, 0.8]], "float32")}
        self.assertAllClose(report_inputs.pair_scores(spaces, ["a", "b"])("a", ["b"]), [{"joint": 0.6}])


class ChartsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 540, [0, 100, 200, 300, 400, 500]),
        (0.61, 0.69, [0.62, 0.64, 0.66, 0.68]),
    )
    def test_ticks_are_round_and_inside(self, low, high, values):
        self.assertAllClose(report_charts.ticks(low, high), values)

    def test_a_line_of_one_value_is_drawn(self):
        self.assertIn("<polyline", report_charts.line_chart({"loss": ([1], [2.0])}, "step", "loss"))

    def test_values_that_are_not_finite_are_left_out(self):
        chart = report_charts.line_chart({"loss": ([1, 2, 3], [2.0, float("nan"), 1.0])}, "step", "loss")
        self.assertNotIn("nan", chart)

    def test_nothing_recorded_is_said(self):
        self.assertIn("Nothing was recorded", report_charts.line_chart({"loss": ([], [])}, "step", "loss"))

    def test_the_chosen_point_is_written_out(self):
        chart = report_charts.line_chart({"joint": ([0.1, 0.2], [0.5, 0.6])}, "t", "F1", {"joint": (0.2, 0.6)})
        self.assertIn("<title>joint: 0.6 at 0.2</title>", chart)

    def test_a_histogram_without_pairs_is_drawn(self):
        self.assertIn("<polygon", report_charts.histogram_chart([0.0, 0.5, 1.0], [0, 0], [0, 0], 0.4))


if __name__ == "__main__":
    tf.test.main()
