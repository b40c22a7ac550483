"""Measures matching on real products: convert -> train -> embed -> match, beside what needs no training.

    python -m benchmarks.real_matching --tasks=zigbee_titles,luma_pictures
    python -m benchmarks.real_matching --minilm=<folder of all-MiniLM-L6-v2> --json

Reads the data sets at SHELFLENS_DATA (or ../shared/data). Products are split by group; thresholds, weights and the
choice among methods come from validation groups, in a gallery as large as the test split; test groups are matched among
themselves and looked at once.

About half an hour on 2 cores, more than an hour with --minilm.

Methods: alone (itself only), phash (equal), hamming (phash distance), tfidf (cosine, min2), and our encoders of the
image, the title and both (joint). An encoder may be joined with the untrained methods of its side, the joint one with
those of both and with the image and title encoders, if that is clearly better on validation (inference/choice.py);
`<method>_encoder` is its embedding alone. `*_minilm` starts from all-MiniLM, and may be joined with the title encoder
from scratch.
"""

import contextlib
import dataclasses
import os
import sys
import tempfile
from collections.abc import Iterator

from absl import app, flags

from benchmarks import figures, real_tasks
from flags import command
from flags.distribution import Distribution
from flags.model import Model
from flags.optimizer import Optimization
from flags.run import Run

RECIPES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flags", "recipes", "small")
TASKS = flags.DEFINE_list("tasks", list(real_tasks.TASKS), "Tasks to run.")
MINILM = flags.DEFINE_string("minilm", "", "Folder of all-MiniLM-L6-v2 in Hugging Face layout; empty to leave it out.")
ENCODERS = flags.DEFINE_list("encoders", [], "Encoders to train, such as title or joint_minilm; empty for all.")
KEEP = flags.DEFINE_string("keep", "", "Folder to keep records and runs in, and to read them from; empty for none.")

COMBINED = ("pictures", "titles", "fused", "union")
BASELINES = ("alone", "phash", "hamming", "tfidf")
# Encoders trained before that an encoder may be joined with: {name of the space: (run, its space)}.
SCRATCH = {"title_from_scratch": ("title", "title")}
PARTS = {
    "image": {},
    "title": {},
    "joint": {"image": ("image", "image"), "title": ("title", "title")},
    "title_minilm": SCRATCH,
    "joint_minilm": {"image": ("image", "image"), "title": ("title_minilm", "title"), **SCRATCH},
}


def run_task(name: str, folder: str, minilm: str, encoders: list[str]) -> dict[str, float]:
    """The test F1 of every method on one task."""
    task = real_tasks.TASKS[name]
    chosen = [
        encoder
        for encoder in task.encoders
        if (encoder in encoders if encoders else (minilm or not encoder.endswith("_minilm")))
    ]
    trained, scores = {}, {}
    for encoder, spaces, products in train_and_embed(task, folder, {name: (name, {}) for name in chosen}, minilm):
        trained[encoder] = spaces
        scores |= score(encoder, products, trained)
    return scores


def train_and_embed(
    task: real_tasks.Task, folder: str, encoders: dict[str, tuple[str, dict]], minilm: str
) -> Iterator[tuple]:
    """Converts a task's table and trains encoders by their recipes; what `folder` has already is read.

    Args:
      encoders: {name: (recipe, {flag: value} that differ from it)}.

    Yields:
      (encoder, {space: embeddings}, table of products).
    """
    from inference import embedding_folder
    from tfrecords_tools import conversion

    source, records = real_tasks.lay_out(task, folder)
    conversion.convert(source, records)
    for encoder, (recipe, changes) in encoders.items():
        run = f"{folder}/{encoder}"
        if not os.path.exists(f"{run}/embeddings/embeddings.json"):
            _train(records.records, run, recipe, changes, minilm)
        spaces, products, _ = embedding_folder.read(f"{run}/embeddings")
        yield encoder, spaces, products


def _train(records: str, run: str, recipe: str, changes: dict, minilm: str) -> None:
    import keras

    from inference import embedding_folder
    from training.product_training import Training

    keras.backend.clear_session()
    model, optimization, options = command.read_flagfile(f"{RECIPES}/{recipe}.flags", Model, Optimization, Run)
    model, optimization = (_changed(concern, changes) for concern in (model, optimization))
    if recipe.endswith("_minilm"):
        model = dataclasses.replace(model, title_weights=minilm)
    distribution = Distribution(accelerator="cpu")
    options = dataclasses.replace(options, run=run, evaluate_epochs=optimization.epochs)
    Training(records, model, optimization, distribution, options).run()
    embedding_folder.embed_records(records, run, f"{run}/embeddings", distribution)


def _changed(concern, changes: dict):
    known = {field.name for field in dataclasses.fields(concern)}
    return dataclasses.replace(concern, **{name: value for name, value in changes.items() if name in known})


def score(encoder: str, products, trained: dict[str, dict]) -> dict[str, float]:
    """The test F1 of the baselines, of one encoder's own space, and of the best way that validation finds to use it.

    An image encoder may be joined with phash, a title encoder with TF-IDF, a joint one with both, and each with the
    encoders in PARTS.
    """
    from inference.choice import choose_best
    from inference.matching import match

    side = encoder.removesuffix("_minilm")
    spaces = {side: trained[encoder][side]}
    spaces |= {name: trained[run][space] for name, (run, space) in PARTS[encoder].items() if run in trained}
    if side != "joint":
        products = products.assign(**{"title" if side == "image" else "phash": ""})
    result = match(products, spaces, "test")
    methods = result.methods
    baselines = {method.name: method.mean_f1 for method in methods if method.name in BASELINES}
    best = choose_best([method for method in methods if method.name in (*spaces, *COMBINED)], result.validation_f1)
    alone = next(method for method in methods if method.name == side)
    return baselines | {encoder: best.mean_f1, f"{encoder}_encoder": alone.mean_f1}


def table(results: dict[str, dict[str, float]]) -> str:
    """The figures as a table in Markdown, untrained methods first, each encoder before its `_encoder`."""
    order = [*BASELINES, *(name for encoder in PARTS for name in (encoder, f"{encoder}_encoder"))]
    methods = [method for method in order if any(method in scores for scores in results.values())]
    lines = ["| task | " + " | ".join(methods) + " |", "|---" * (len(methods) + 1) + "|"]
    for task, scores in results.items():
        cells = [f"{scores[method]:.4f}" if method in scores else "" for method in methods]
        lines.append(f"| {task} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def beside_untrained(task: str, found: dict[str, float]) -> list[dict]:
    """The figures of a task; the reference of each is the best method that needs no training."""
    best = max(value for name, value in found.items() if name in BASELINES)
    return [figures.figure(f"match/{task}/{name}/mean_f1", value, "mean F1", best) for name, value in found.items()]


def tasks_and_folders(argv: list[str]) -> Iterator[tuple[str, str]]:
    """The tasks that flags name, each with a folder to work in.

    Raises:
      app.UsageError: there is no such task, or an argument too many.
    """
    if argv[1:]:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    unknown = set(TASKS.value) - set(real_tasks.TASKS)
    if unknown:
        raise app.UsageError(f"--tasks: {', '.join(sorted(unknown))} is none of {', '.join(real_tasks.TASKS)}")
    with tempfile.TemporaryDirectory() as scratch:
        for task in TASKS.value:
            yield task, f"{KEEP.value or scratch}/{task}"


def main(argv: list[str]) -> None:
    results = {}
    for task, folder in tasks_and_folders(argv):
        with contextlib.redirect_stdout(sys.stderr):  # only figures go to stdout
            results[task] = run_task(task, folder, MINILM.value, ENCODERS.value)
        if figures.JSON.value:
            figures.show(beside_untrained(task, results[task]))
        else:
            print(table({task: results[task]}), flush=True)
    if not figures.JSON.value:
        print(f"\n{table(results)}")


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
