"""Training of two towers over text: judged queries, and words of titles as queries, beside product titles.

Queries are split by the table of marks, products by their records: those of the validation and the test fold give no
pseudo-queries. --validation_fold=-1 and --test_fold=-1 train on queries and products of that split too.
"""

import sys

from tfrecords_tools import rejects
from training import model_state
from training.inputs import title_inputs
from training.loop import Loop
from training.recall import title_catalogue, title_models
from training.recall.pair_texts import PairTexts
from training.recall.title_evaluation import TitleEvaluation
from training.recall.title_pairs import TitlePairs


class TitleTraining(Loop):
    """One run of two towers over text.

    Args:
      records: folder of product records; pictures are not looked at.
      titles, model, optimization, distribution, run: the dataclasses of flags/; titles is TitleRecall's.
      max_rejects: the largest share of the table's rows that may be no mark of a product of the records.

    Raises:
      ValueError: more rejects than that; they are in rejects.csv of the run folder, as fewer are.
    """

    examples = "pairs"

    def __init__(self, records: str, titles, model, optimization, distribution, run, max_rejects: float = 0.01):
        self.titles, self.model = titles, model
        self.catalogue = title_catalogue.read(records)
        self.marks = self.catalogue.marks(titles.judgements)
        left_out = self.marks.rejects
        rejects.check(run.run, left_out, len(self.marks.rating) + len(left_out), max_rejects)
        facts = {
            "records": self.catalogue.manifest.source_fingerprint,
            "judgements": title_catalogue.fingerprint(titles.judgements), "num_classes": 0,
        }  # fmt: skip
        concerns = {"model": model, "titles": titles}
        super().__init__(records, optimization, distribution, run, concerns, facts, titles.in_batch)

    def make_input(self, begun: bool, distribution) -> TitlePairs:
        folds, titles = (self.options.validation_fold, self.options.test_fold), self.titles
        marks, pool = title_catalogue.training_marks(self.marks, *folds), self.catalogue.pool(*folds)
        return TitlePairs(
            marks, self.catalogue.ids, self.catalogue.titles, pool, self._texts(begun, marks, pool),
            batch_size=self.optimization.batch_size, seed=self.options.seed, relevant=titles.relevant_rating,
            pseudo_share=titles.pseudo_share, pseudo_words=titles.pseudo_words, removed_share=titles.removed_share,
        )  # fmt: skip

    def _texts(self, begun: bool, marks, pool) -> PairTexts:
        if begun:
            titles = title_inputs.load(self.folder / "titles", self.model)
        else:
            known, chosen = self.catalogue.titles, pool if self.model.tfidf_titles == "train" else None
            read = known if chosen is None else [known[place] for place in chosen]
            titles = title_inputs.fit([*read, *marks.queries], self.model, self.options.seed)
        return PairTexts(titles, self.titles.query_tokens)

    def make_model(self, trained: bool) -> tuple:
        if trained:
            encoder = model_state.from_architecture(self.folder.architecture())
        else:
            encoder = self.input.texts.build_encoder(self.model)
        self.devices.prepare_batch_norm(encoder)
        return encoder, title_models.head(self.titles)

    def begin_folder(self, concerns: dict, facts: dict) -> None:
        if self.marks.rejects:
            rejects.write(self.folder.path, self.marks.rejects)
            print(f"{self.folder / rejects.FILE}: {self.marks.summary()}", file=sys.stderr, flush=True)
        self.folder.begin(concerns, facts, self.encoder, self.input.texts.titles, {})

    def make_evaluator(self) -> TitleEvaluation:
        """Marked products alone are ranked: to embed a whole catalogue at every evaluation would take longer than to
        train, and the score that decides does not need it."""
        return TitleEvaluation(
            self.devices, self.encoder, self.input.texts, self.marks.of_split("validation"), self.catalogue.titles,
            self.optimization.batch_size, self.titles.relevant_rating, catalogue=False,
        )  # fmt: skip

    @property
    def deciding(self) -> str:
        return "match/ndcg5"

    def banner_rows(self) -> dict[str, str]:
        pairs = self.input
        untitled = f", {pairs.untitled} without a title left out" if pairs.untitled else ""
        return {
            "records": f"{len(self.catalogue.ids)} products in {self.records}{untitled}",
            "judgements": f"{self.marks.summary()} in {self.titles.judgements}; "
            f"{len(pairs.products)} answers to {len(pairs.answered)} queries are trained on",
            "batch rows": f"{pairs.pseudo_rows} pseudo-queries, {pairs.batch_size - pairs.pseudo_rows} judged",
        }
