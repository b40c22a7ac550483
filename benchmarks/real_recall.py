"""How well products are recalled for real queries: nDCG@5 of every matcher, beside scorers that learn nothing.

    python -m benchmarks.real_recall --keep_recall=<folder>
    python -m benchmarks.real_recall --recall_models=word_match,ensemble --recall_seeds=1 --json

The data are captions of photographs (coco_mini_cc) and the names that shops give to devices (zigbee_devices), laid out
as KDD Cup published its own (benchmarks/export_kddcup.py, which says what its features are), split by picture and by
family of twins. Both sets are trained on together and judged apart. Candidates of valid, testA and testB are ranked;
both tests are one here. Weights are chosen on valid, as are the ensemble's; test is looked at once. Pool rules are off.

Models: random; overlap and bm25 (of the query's words and the names of the regions' classes); word_match (model 1,
begun with the pretraining, against mined negatives); word_mean (its plain mean of words); word_random (against random
negatives); sentence_match (model 2); two_tower; cross_attention; ensemble (of
these four matchers by least loss).

Figures are recall/<set>/<model>/ndcg5, the mean over seeds beside bm25's, and its deviation beside the mean.
Four minutes for the data, then some minutes for each of seven trainings a seed, on 2 cores.
"""

import itertools
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator

import numpy as np
from absl import app, flags

from benchmarks import export_kddcup, figures, query_products

RECIPE = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flags", "recipes", "small", "recall.flags"
)
VALIDATION, TEST, TRAIN = 0, 1, 2
MINED, ON_PRETRAINED = ["--negatives_from=mined"], ["--initial_run={pretrain}"]
# Models that are trained: flags beside the recipe's.
TRAINED = {
    "pretrain": ["--matcher=pretrain"],
    "word_match": ["--matcher=word_match", *MINED, *ON_PRETRAINED],
    "word_mean": ["--matcher=word_match", "--word_weights=mean", *MINED, *ON_PRETRAINED],
    "word_random": ["--matcher=word_match", *ON_PRETRAINED],
    "sentence_match": ["--matcher=sentence_match", *MINED, *ON_PRETRAINED],
    "two_tower": ["--matcher=two_tower", *MINED, *ON_PRETRAINED],
    "cross_attention": ["--matcher=cross_attention", *MINED, *ON_PRETRAINED],
}
MEMBERS = ("word_match", "sentence_match", "cross_attention", "two_tower")
MODELS = ("random", "overlap", "bm25", *(name for name in TRAINED if name != "pretrain"), "ensemble")
SETS = ("coco", "zigbee")

SEEDS = flags.DEFINE_integer("recall_seeds", 3, "Seeds of every training.", lower_bound=1)
CHOSEN = flags.DEFINE_list("recall_models", list(MODELS), "Models to measure.")
KEEP = flags.DEFINE_string("keep_recall", "", "Folder to keep data and runs in, and to go on from; empty for none.")
TRAIN_QUERIES = flags.DEFINE_integer("recall_train_queries", 1500, "Queries to train on.", lower_bound=1)
TEST_QUERIES = flags.DEFINE_integer("recall_test_queries", 120, "Queries of each held-out part.", lower_bound=1)
EPOCHS = flags.DEFINE_integer("recall_epochs", 0, "Epochs of every training; 0 for the recipe's.", lower_bound=0)


class Bench:
    """Records, mined negatives, runs and scores, in one folder.

    Args:
      folder: where all is kept; what is there already is not made again.
    """

    def __init__(self, folder: str):
        from flags import mining
        from flags.data import Records, Source
        from tfrecords_tools.manifest import PairManifest
        from tfrecords_tools.pairs import pair_conversion
        from training.recall import mining as miner

        self.folder, self.records, catalogue = folder, f"{folder}/records", f"{folder}/kddcup"
        if not os.path.exists(f"{catalogue}/done"):
            export_kddcup.export(catalogue, TRAIN_QUERIES.value, TEST_QUERIES.value)
            open(f"{catalogue}/done", "w").close()
        if not os.path.exists(f"{self.records}/manifest.json"):
            pair_conversion.convert(Source(source="kddcup", input=catalogue), Records(records=self.records))
        self.manifest = PairManifest.read(self.records)
        if not os.path.exists(f"{folder}/mined/mined.json"):
            miner.mine(self.records, mining.Mining(mined=f"{folder}/mined"), seed=0)

    def run(self, name: str, seed: int) -> str:
        """Trains a model, or finds it trained: its folder."""
        folder = f"{self.folder}/runs/{name}_{seed}"
        if not os.path.exists(f"{folder}/done"):
            self._train(name, seed, folder)
            open(f"{folder}/done", "w").close()
        return folder

    def _train(self, name: str, seed: int, folder: str) -> None:
        import keras

        from flags import command
        from flags.distribution import Distribution
        from flags.optimizer import Optimization
        from flags.recall import Recall
        from flags.run import Run
        from training.recall.recall_training import RecallTraining

        begin = self.run("pretrain", seed) if name != "pretrain" else ""
        extra = [flag.format(pretrain=begin) for flag in TRAINED[name]]
        extra += [f"--mined={self.folder}/mined"] if "--negatives_from=mined" in extra else []
        extra += [f"--epochs={EPOCHS.value}", "--warmup_epochs=0.1"] if EPOCHS.value else []
        extra += [f"--run={folder}", f"--seed={seed}", "--accelerator=cpu"]
        concerns = command.read_flagfile(RECIPE, Recall, Optimization, Distribution, Run, extra=extra)
        RecallTraining(self.records, *concerns).run()
        keras.backend.clear_session()

    def scores(self, name: str, seed: int, fold: int):
        """inference.ranking.scores.Scores of a model, of the candidates of a fold."""
        from inference.ranking import scores_folder

        if name in ("random", "overlap", "bm25"):
            return self._untrained(name, seed, fold)
        folder = f"{self.run(name, seed)}/scores_{fold}"
        if not os.path.exists(f"{folder}/scores.json"):
            from flags.distribution import Distribution
            from inference.recall.scoring import Scorer

            scorer = Scorer(self.records, self.run(name, seed), Distribution(accelerator="cpu"))
            for one in (VALIDATION, TEST):
                scorer.write(one, f"{self.run(name, seed)}/scores_{one}")
        return scores_folder.read(folder)

    def ensemble(self, seed: int):
        """Scores of the test fold by all matchers, weighed as was best on validation."""
        from flags.ranking import ScoreEnsemble
        from inference.ranking import score_ensemble, scores_folder

        folder = f"{self.folder}/runs/ensemble_{seed}"
        members = {fold: [f"{self.run(name, seed)}/scores_{fold}" for name in MEMBERS] for fold in (VALIDATION, TEST)}
        for name, fold in itertools.product(MEMBERS, members):
            self.scores(name, seed, fold)
        score_ensemble.combine(members[VALIDATION], f"{folder}/valid", ScoreEnsemble())
        score_ensemble.combine(members[TEST], f"{folder}/test", ScoreEnsemble(weights_from=f"{folder}/valid/scores"))
        return scores_folder.read(f"{folder}/test/scores")

    def _untrained(self, name: str, seed: int, fold: int):
        from inference.ranking.scores import arrange
        from inference.recall import bm25
        from tfrecords_tools.pairs.pair_reader import read_pairs

        pairs = list(read_pairs(self.records, [fold]))
        query_ids = [pair.query_id for pair in pairs]
        product_ids = [pair.product_id for pair in pairs]
        if name == "random":
            score = np.random.default_rng(seed).random(len(pairs))
        else:
            texts, places = np.unique([pair.query for pair in pairs], return_inverse=True)
            documents = [self._names(pair) for pair in pairs]
            scorer = {"overlap": bm25.WordOverlap, "bm25": bm25.BM25}[name](documents)
            score = scorer.score(texts.tolist(), places, np.arange(len(pairs)))
        about = {"fold": fold, "run": name, "records_fingerprint": self.manifest.source_fingerprint}
        return arrange(query_ids, product_ids, score, [pair.answer for pair in pairs], about, name)

    def _names(self, pair) -> str:
        """What the product's regions are, but for the parts that every picture is cut into."""
        names = {self.manifest.label_names[label] for label in pair.box_labels if label >= 0}
        return " ".join(sorted(names - {export_kddcup.WHOLE, export_kddcup.CELL}))


def ndcg(scores, data_set: str) -> float:
    """Official nDCG@5 over the queries of one set."""
    from inference.ranking.metrics import official

    devices = scores.products[scores.starts[:-1]] >= query_products.FIRST_DEVICE
    return official(scores.of(devices == (data_set == "zigbee")))


def measure(bench: Bench, models: list[str], seeds: int) -> Iterator[dict]:
    """The figures of every model on the test fold, each beside bm25's."""
    reference = {one: ndcg(bench.scores("bm25", 0, TEST), one) for one in SETS}
    for name in models:
        found = [
            bench.ensemble(seed) if name == "ensemble" else bench.scores(name, seed, TEST) for seed in range(seeds)
        ]
        for one in SETS:
            values = [ndcg(scores, one) for scores in found]
            mean = statistics.mean(values)
            yield figures.figure(f"recall/{one}/{name}/ndcg5", mean, "nDCG@5", reference[one])
            if seeds > 1:
                yield figures.figure(f"recall/{one}/{name}/ndcg5_deviation", statistics.stdev(values), "nDCG@5", mean)


def main(argv: list[str]) -> None:
    unknown = set(CHOSEN.value) - set(MODELS)
    if argv[1:] or unknown:
        raise app.UsageError(f"{' '.join(argv[1:]) or ', '.join(sorted(unknown))}: none of {', '.join(MODELS)}")
    with tempfile.TemporaryDirectory() as scratch:
        figures.show(measure(Bench(KEEP.value or scratch), CHOSEN.value, SEEDS.value))


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
