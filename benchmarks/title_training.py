"""The towers of benchmarks/title_recall.py: trained as a user trains them, or a sentence encoder as it is published."""

import csv
import dataclasses
import os

import numpy as np
import pandas as pd

from flags import command
from flags.data import Records, Source
from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run
from flags.title_recall import TitleRecall

RECIPE = os.path.join(os.path.dirname(command.__file__), "recipes", "recall", "title_two_tower.flags")
CPU, BATCH = Distribution(accelerator="cpu", replicas=1), 32


def lay_out(task, folder: str) -> tuple[str, str]:
    """Converts the catalogue of a title_recall.TitleTask to product records, and writes its marks as a table.

    Every product is a label of its own; those outside `task.pool` are in the held-out folds, so that no pseudo-query
    is drawn from them.

    Returns:
      the folder of the records and the path of the table.
    """
    from tfrecords_tools import conversion

    os.makedirs(folder, exist_ok=True)
    split = np.where(np.arange(len(task.titles)) % 2, "test", "validation")
    split[task.pool] = "train"
    products, marks = f"{folder}/products.csv", f"{folder}/marks.csv"
    columns = {"id": task.product_ids, "title": task.titles, "label": task.product_ids, "split": split}
    pd.DataFrame(columns).to_csv(products, index=False)
    source = Source(input=products, image_column="", split_column="split")
    records = Records(records=f"{folder}/records", folds=3)
    conversion.convert(source, records)
    _write_marks(task, marks)
    return records.records, marks


def _write_marks(task, path: str) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("query_id", "query", "product_id", "rating", "split"))
        for split in ("train", "validation", "test"):
            found = getattr(task, split)
            for query, product, rating in zip(found.query, found.product, found.rating, strict=True):
                id, text = found.query_ids[query], found.queries[query]
                writer.writerow((id, text, task.product_ids[product], rating, split))


def recipe(minilm: str) -> tuple[Model, Optimization, TitleRecall]:
    """The flags of recall/title_two_tower with the weights in `minilm`."""
    return tuple(
        command.read_flagfile(RECIPE, Model, Optimization, TitleRecall, extra=[f"--title_weights={minilm}"])
    )  # fmt: skip


def trained(records: str, table: str, run: str, titles: list[str], marks, minilm: str, seed: int) -> np.ndarray:
    """Trains towers by the recipe; float32 `[marks]`, the scores of marked pairs by its best weights.

    Args:
      records, table: what `lay_out` gave.
      run: folder of the run.
      titles: of the catalogue that `marks` are of.
    """
    import keras

    from training.recall import title_models
    from training.recall.title_training import TitleTraining
    from training.run_folder import RunFolder

    keras.backend.clear_session()
    model, optimization, options = recipe(minilm)
    options = dataclasses.replace(options, judgements=table)
    TitleTraining(records, options, model, optimization, CPU, Run(run=run, seed=seed)).run()
    return _cosines(*title_models.load(RunFolder(run)), titles, marks)


def untrained(titles: list[str], marks, minilm: str) -> np.ndarray:
    """The scores of marked pairs, float32 `[marks]`, by the recipe's towers as they begin."""
    from training.inputs import title_inputs
    from training.recall.pair_texts import PairTexts

    model, _, options = recipe(minilm)
    texts = PairTexts(title_inputs.fit([], model), options.query_tokens)
    return _cosines(texts.build_encoder(model, lambda line: None), texts, titles, marks)


def _cosines(encoder, texts, titles: list[str], marks) -> np.ndarray:
    from training import devices
    from training.recall.title_evaluation import TitleEvaluation

    evaluation = TitleEvaluation(devices.choose(CPU), encoder, texts, marks, titles, BATCH, catalogue=False)
    return evaluation.cosines(**evaluation.embeddings())
