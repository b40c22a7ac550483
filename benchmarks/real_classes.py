"""What each addition to a plain classifier gains on real photographs: grocery_store, 81 fine and 42 coarse classes.

    python -m benchmarks.real_classes --class_seeds=3 --keep_classes=<folder>
    python -m benchmarks.real_classes --class_forms=augmentation --torch_classes_python=<python that has torch> --json

The photographs are laid out as AliProducts and as Code League publish theirs (benchmarks/grocery_layouts.py), and
converted, trained on by the recipe small/classes and classified by the commands that a user types; accuracy is read off
the submission. The published train, val and test are kept: weights are chosen on val, and the test photographs are
looked at once.

Forms, each with what the one before has unless it says otherwise: plain; smoothing (of labels); augmentation; snapshots
(four cycles in as many epochs, summed); tta (the same, with mirrored pictures); swa (the snapshots' average instead of
their sum); hierarchy (augmentation, with heads for both levels above). As Code League, with a tenth of the training
labels exchanged for another class at random: flipped (augmentation); cleaned (the same without the rows that
`training.clean --rule=confidence` drops, by three runs of half the epochs that did not train on them). Those two train
on train and val: that layout has no split of its own. They have no validation.

Some minutes for each training on 2 cores: ten trainings a seed.
"""

import contextlib
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
from absl import app, flags

from benchmarks import figures, grocery_layouts, programs

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = os.path.join(os.path.dirname(HERE), "flags", "recipes", "small", "classes.flags")
TORCH_PROGRAM = os.path.join(HERE, "torch_classes.py")
PLAIN = ["--label_smoothing=0", "--augment="]
CYCLES = ["--schedule=cyclic_cosine", "--cycles=4", "--warmup_epochs=1"]
# Forms: the run that is classified, and how.
FORMS = {
    "plain": ("plain", []),
    "smoothing": ("smoothing", []),
    "augmentation": ("augmentation", []),
    "snapshots": ("cycles", ["--run_weights=snapshots"]),
    "tta": ("cycles", ["--run_weights=snapshots", "--tta=flip"]),
    "swa": ("cycles", ["--run_weights=averaged"]),
    "hierarchy": ("hierarchy", []),
    "flipped": ("flipped", []),
    "cleaned": ("cleaned", []),
}
# Runs: the records they are trained on, and what differs from the recipe.
RUNS = {
    "plain": ("aliproducts", PLAIN),
    "smoothing": ("aliproducts", PLAIN[1:]),
    "augmentation": ("aliproducts", []),
    "cycles": ("aliproducts", CYCLES),
    "hierarchy": ("aliproducts", ["--level_weights=0.5,0.5"]),
    "flipped": ("code_league", ["--validation_fold=-1"]),
    "cleaned": ("code_league", ["--validation_fold=-1"]),
}
FLIPPED_SHARE, JUDGES = 0.1, 3
# Judges stop half way: a network learns right labels first, and wrong ones by heart (Arpit et al., arXiv:1706.05394).
JUDGE_EPOCHS = ["--epochs=8", "--warmup_epochs=2"]

SEEDS = flags.DEFINE_integer("class_seeds", 3, "Seeds of every training.", lower_bound=1)
CHOSEN = flags.DEFINE_list("class_forms", list(FORMS), "Forms to measure.")
KEEP = flags.DEFINE_string("keep_classes", "", "Folder to keep records and runs in, and to go on from; empty for none.")
EPOCHS = flags.DEFINE_integer(
    "class_epochs", 0, "Epochs of every training, to try the commands; 0 for the recipe's.", lower_bound=0
)
TORCH = flags.DEFINE_string("torch_classes_python", "", "Python that has torch, for the peer; empty to leave it out.")


class Bench:
    """The photographs, in a folder of records and runs.

    Args:
      folder: where all is kept.
    """

    def __init__(self, folder: str):
        self.folder, self.rows = folder, grocery_layouts.photographs()

    def records(self, layout: str, seed: int) -> str:
        """Lays out and converts, if it was not done before: the folder of the records."""
        from tfrecords_tools import conversion

        if layout == "aliproducts":
            source, records = grocery_layouts.aliproducts(self.rows, f"{self.folder}/{layout}")
        else:
            labels = grocery_layouts.flipped(self.rows, FLIPPED_SHARE, seed)
            source, records = grocery_layouts.code_league(self.rows, labels, f"{self.folder}/{layout}_{seed}")
        conversion.convert(source, records)
        return records.records

    def train(self, run: str, seed: int, layout: str, changes: list[str]) -> str:
        """Trains one run, goes on with it, or finds it done; its folder."""
        folder = f"{self.folder}/runs/{run}_{seed}"
        if os.path.exists(f"{folder}/seconds.txt"):
            return folder
        records = self.records(layout, seed)
        epochs = [f"--epochs={EPOCHS.value}", "--warmup_epochs=0.1"] if EPOCHS.value else []
        start = time.perf_counter()
        _command("training.train", f"--flagfile={RECIPE}", f"--records={records}", f"--run={folder}",
                 f"--seed={seed}", "--test_fold=-1", "--accelerator=cpu", *changes, *epochs)  # fmt: skip
        with open(f"{folder}/seconds.txt", "w") as file:
            file.write(str(time.perf_counter() - start))
        return folder

    def cleaned_list(self, seed: int) -> str:
        """What `training.clean` makes of labels of which some were exchanged: its reliable_train.csv."""
        folder = f"{self.folder}/cleaned_{seed}"
        if os.path.exists(f"{folder}/reliable_train.csv"):
            return f"{folder}/reliable_train.csv"
        records = self.records("code_league", seed)
        judges = [
            self.train(f"judge{fold}", seed, "code_league", [f"--validation_fold={fold}", *JUDGE_EPOCHS])
            for fold in range(JUDGES)
        ]
        _command("training.clean", f"--records={records}", f"--runs={','.join(judges)}", "--rule=confidence",
                 "--copies_to=0", "--validation_fold=-1", "--test_fold=-1", f"--cleaned={folder}",
                 "--accelerator=cpu")  # fmt: skip
        return f"{folder}/reliable_train.csv"

    def form(self, name: str, seed: int) -> dict[str, float]:
        """Test accuracies of a form, fine and coarse."""
        run, classify = FORMS[name]
        layout, changes = RUNS[run]
        listed = [f"--train_list={self.cleaned_list(seed)}"] if name == "cleaned" else []
        folder, records = self.train(run, seed, layout, [*changes, *listed]), self.records(layout, seed)
        if name == "swa":
            _command("training.average", f"--records={records}", f"--run={folder}", "--accelerator=cpu")
        predictions = f"{folder}/{name}"
        _command("inference.classify", f"--records={records}", f"--run={folder}", "--classify_rows=unlabelled",
                 f"--submission={layout}", f"--predictions={predictions}", "--accelerator=cpu", *classify)  # fmt: skip
        answers = pd.read_csv(f"{predictions}/submission.csv", dtype=str, keep_default_na=False)
        return grocery_layouts.accuracies(dict(answers.itertuples(index=False)), self.rows)

    def found_flips(self, seed: int) -> tuple[float, float]:
        """Precision and recall of the rows that cleaning dropped, among those whose label was exchanged."""
        listed = pd.read_csv(self.cleaned_list(seed), dtype=str)
        gone = listed.loc[listed["kept"] == "0", "id"]
        wrong = grocery_layouts.flipped(self.rows, FLIPPED_SHARE, seed) != self.rows["fine"]
        dropped = self.rows["name"].isin(gone)
        hits = float((dropped & wrong).sum())
        return hits / max(1, dropped.sum()), hits / wrong.sum()


def measure(bench: Bench, forms: list[str], seeds: int) -> Iterator[dict]:
    """The figures of every form: the mean of the seeds beside the plain form's; their deviation beside the mean."""
    plain = {}
    for name in forms:
        with contextlib.redirect_stdout(sys.stderr):  # only figures go to stdout
            found = [bench.form(name, seed) for seed in range(seeds)]
        for level in ("fine", "coarse"):
            values = [one[level] for one in found]
            mean = statistics.mean(values)
            plain.setdefault(level, mean)
            yield figures.figure(f"grocery/{name}/{level}", mean, "accuracy", plain[level])
            if seeds > 1:
                yield figures.figure(f"grocery/{name}/{level}_deviation", statistics.stdev(values), "accuracy", mean)
    if "cleaned" in forms:
        with contextlib.redirect_stdout(sys.stderr):
            precision, recall = np.mean([bench.found_flips(seed) for seed in range(seeds)], axis=0)
        yield figures.figure("clean/precision", precision, "of rows dropped", FLIPPED_SHARE)
        yield figures.figure("clean/recall", recall, "of labels exchanged", FLIPPED_SHARE)


def beside_torch(bench: Bench, python: str, seeds: int) -> Iterator[dict]:
    """Accuracy and time of the form augmentation, as a whole process, beside the same network and epochs in PyTorch."""
    with contextlib.redirect_stdout(sys.stderr):
        arrays, values = bench_arrays(bench), recipe_values()
        ours, theirs, seconds, their_seconds = [], [], [], []
        for seed in range(seeds):
            ours.append(bench.form("augmentation", seed)["fine"])
            with open(f"{bench.folder}/runs/augmentation_{seed}/seconds.txt") as file:
                seconds.append(float(file.read()))
            peer = functools.partial(programs.found, [python, TORCH_PROGRAM, arrays, *values, str(seed)])
            their_seconds.append(programs.seconds(lambda peer=peer: theirs.append(peer())))
    mean, accuracy = statistics.mean(ours), statistics.mean(theirs)
    yield figures.figure("grocery/vs_torch_accuracy", mean, "accuracy", accuracy)
    ratio = statistics.median(mine / other for mine, other in zip(seconds, their_seconds, strict=True))
    yield figures.figure("grocery/vs_torch_time", statistics.mean(seconds), "s", statistics.mean(their_seconds), ratio)


def recipe_values() -> list[str]:
    """What torch_classes.py takes of the recipe: epochs, warm-up, batch, rate, decay."""
    from flags import command
    from flags.optimizer import Optimization

    (chosen,) = command.read_flagfile(RECIPE, Optimization)
    values = (chosen.epochs, chosen.warmup_epochs, chosen.batch_size, chosen.learning_rate, chosen.weight_decay)
    return [str(value) for value in values]


def bench_arrays(bench: Bench) -> str:
    """The pictures as our evaluation decodes them, as arrays in a file for torch_classes.py."""
    from flags import command
    from flags.model import Model
    from tfrecords_tools.manifest import Manifest
    from training import embedding
    from training.inputs.input_pipeline import ProductInput

    path = f"{bench.folder}/arrays.npz"
    if os.path.exists(path):
        return path
    records = bench.records("aliproducts", 0)
    (model,) = command.read_flagfile(RECIPE, Model)
    products, table = ProductInput(records, Manifest.read(records), model), embedding.product_table(records)
    batches = products.evaluation(None, 256).as_numpy_iterator()
    pictures = np.concatenate([batch["image"] for batch in batches])[: len(table)]
    rows = bench.rows.set_index("name").loc[[id.split("/")[-1] for id in table["id"]]]
    fine = rows["fine"].astype(int).to_numpy()
    parts = {split: (rows["split"] == split).to_numpy() for split in ("train", "test")}
    arrays = {split: pictures[there] for split, there in parts.items()}
    np.savez(path, **arrays, **{f"{split}_label": fine[there] for split, there in parts.items()})
    return path


def _command(module: str, *arguments: str) -> None:
    """Runs a command as a user types it; what it says goes to stderr.

    Raises:
      ChildProcessError: it failed.
    """
    command = [sys.executable, "-m", module, *arguments]
    if subprocess.run(command, stdout=sys.stderr).returncode:
        raise ChildProcessError(f"{' '.join(command)} failed: see above.")


def main(argv: list[str]) -> None:
    unknown = set(CHOSEN.value) - set(FORMS)
    if argv[1:] or unknown:
        raise app.UsageError(
            f"{' '.join(argv[1:]) or ', '.join(sorted(unknown))}: none of the forms {', '.join(FORMS)}"
        )
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(KEEP.value or scratch)
        if TORCH.value:  # first, so that each seed's two trainings are timed one after the other
            figures.show(beside_torch(bench, TORCH.value, SEEDS.value))
        figures.show(measure(bench, CHOSEN.value, SEEDS.value))


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
