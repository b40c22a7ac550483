"""What each step of matching gains on real products, for each scheme of training.

    python -m benchmarks.shopee_chain --tasks=zigbee_titles,luma_pictures
    python -m benchmarks.shopee_chain --minilm=<folder of all-MiniLM-L6-v2> --json

Tasks, split and galleries are those of benchmarks/real_matching.py, whose flags these are: products are split by group,
everything is chosen on validation groups, and the test groups are matched among themselves and looked at once.

Schemes: `neg_*` are trained on sampled negatives (scheme 1 and 2 of the seed), `image`, `title` and `joint` with an
ArcMargin (3 to 5), `winner_*` as the winners did: annealed margin, smaller for larger classes; `*_minilm` from
all-MiniLM. `joint` may also use the image and title encoders of its kind trained before it; `ensemble_*` matches by all
encoders of a side at once, `ensemble_joint` by all there are. Beside them stand
`seed`, the union of the image encoder at one threshold, TF-IDF at .75 and equal phash, `unsupervised`, TF-IDF at
.7 and equal phash (no pretrained image encoder is at hand), and `tfidf`, a threshold and min2 chosen on validation.

About an hour on 2 cores, two with --minilm; --keep=<folder> trains nothing twice.
"""

import contextlib
import sys
from collections.abc import Iterator

import numpy as np
from absl import app

from benchmarks import figures, real_matching, real_tasks
from flags.model import Model
from inference.baselines import EQUAL_PHASH
from inference.chain.steps import STEPS

SEED_TFIDF, UNSUPERVISED_TFIDF = 0.75, 0.7
SIDES = ("image", "title", "joint")
# How each kind of scheme differs from the recipe small/<side>; neg_* with the seed's loss and widths.
NEGATIVES = {
    "head": "tuples", "sampler": "tuples", "batch_size": 224, "embedding_norm": "none", "scale": Model.scale,
    "margin": Model.margin, "tfidf_dim": 128, "tfidf_layers": "64,32", "optimizer": "adam", "weight_decay": 0.0,
    "learning_rate": 1e-3, "branch_heads": False,
}  # fmt: skip
WINNER = {"margin_start": 0.2, "margin": 0.8, "margin_class_power": 0.2, "clip_norm": 1.0, "rates": "head*10"}
KINDS = {"neg_{}": NEGATIVES, "{}": {}, "winner_{}": WINNER}
OF_SIDE = {
    # An epoch shows seven rows for every record, so there are fewer.
    "neg_image": {"image_layers": "256,32", "dropout": 0.4, "epochs": 10, "warmup_epochs": 1.0},
    "neg_joint": {"image_layers": "256,32", "dropout": 0.4, "joint_dim": 32, "epochs": 5, "warmup_epochs": 1.0},
    "winner_image": {"margin": 1.0, "margin_class_power": 0.1, "margin_warmup_epochs": 30.0},
    "winner_title": {"margin_warmup_epochs": 5.0},
    "winner_joint": {"margin_warmup_epochs": 5.0},
}
MINILM = "{}_minilm"


def schemes_of(task: real_tasks.Task, minilm: str) -> dict[str, tuple[str, str]]:
    """{encoder: (kind, side)} of those that a task trains, each before those that use it."""
    sides = [side for side in SIDES if side in task.encoders]
    schemes = {kind.format(side): (kind, side) for kind in KINDS for side in sides}
    if minilm:
        schemes |= {MINILM.format(side): (MINILM, side) for side in sides if side != "image"}
    return schemes


def recipe_of(name: str, kind: str, side: str) -> tuple[str, dict]:
    """The recipe of a scheme, and what differs from it."""
    return (name, {}) if kind == MINILM else (side, {**KINDS[kind], **OF_SIDE.get(name, {})})


def spaces_of(kind: str, side: str, trained: dict[str, dict]) -> dict[str, np.ndarray]:
    """The embeddings that a scheme matches by: its own, and for a joint one those of its kind's image and title."""
    spaces = {side: trained[kind.format(side)][side]}
    if side == "joint":
        for part in ("image", "title"):
            run = next((name for name in (kind.format(part), part) if name in trained), None)
            spaces |= {part: trained[run][part]} if run else {}
    if kind == MINILM and "title" in trained:
        spaces["title_from_scratch"] = trained["title"]["title"]
    return spaces


def ensembles(schemes: dict[str, tuple[str, str]], trained: dict[str, dict]) -> dict[str, dict[str, np.ndarray]]:
    """{ensemble_<side>: all encoders of that side; of joint: all there are}, where there are two at least."""
    sides = [side for _, side in schemes.values()]
    found = {}
    for side in dict.fromkeys(sides):
        members = [(name, of) for name, (_, of) in schemes.items() if side in (of, "joint")]
        if len(members) > 1:
            found[f"ensemble_{side}"] = {f"{of}@{name}": trained[name][of] for name, of in members}
    return found


def climb(task: str, folder: str, minilm: str, encoders: list[str]) -> Iterator[dict]:
    """Yields the figures of one task: the methods beside, and each scheme's steps."""
    trained, schemes = {}, schemes_of(real_tasks.TASKS[task], minilm)
    schemes = {name: scheme for name, scheme in schemes.items() if not encoders or name in encoders}
    recipes = {name: recipe_of(name, *scheme) for name, scheme in schemes.items()}
    for name, spaces, table in real_matching.train_and_embed(real_tasks.TASKS[task], folder, recipes, minilm):
        trained[name], products = spaces, table
    reference = beside(products, trained.get("image", {}))
    for name, value in reference.items():
        yield figures.figure(f"chain/{task}/{name}/mean_f1", value, "mean F1", reference["tfidf"])
    matched = {name: spaces_of(kind, side, trained) for name, (kind, side) in schemes.items()}
    for name, spaces in (matched | ensembles(schemes, trained)).items():
        for step in steps(products, spaces):
            yield figures.figure(f"chain/{task}/{name}/{step.name}/mean_f1", step.mean_f1, "mean F1", reference["seed"])


def steps(products, spaces: dict) -> list:
    """The steps of a chain over encoders of pictures, titles or both, and what needs no training of these sides."""
    from inference.matching import match
    from inference.methods import BOTH, side_of

    sides = frozenset().union(*(side_of(space) for space in spaces))
    lacking = {"image": "phash", "title": "title"}
    products = products.assign(**{lacking[side]: "" for side in BOTH - sides})
    return match(products, spaces, "test", chain=tuple(STEPS)).chain


def beside(products, spaces: dict) -> dict[str, float]:
    """Test F1 of the seed's ensemble, of no training at all, and of TF-IDF with its own thresholds."""
    from inference.baselines import baseline_spaces
    from inference.calibrate import choose, labelled
    from inference.candidates import find_candidates
    from inference.galleries import choose_galleries
    from inference.methods import Method, graph_f1, match_graph
    from training.metrics import Threshold

    labels = products["label"].to_numpy()
    galleries = choose_galleries(labels, products["fold"].to_numpy(), "test")
    spaces = {**spaces, **baseline_spaces(products)}
    validation = find_candidates(spaces, galleries.validation_queries, galleries.validation, 51)
    data = labelled(validation, labels)
    own = {space: choose(data, space, False) for space in spaces if space == "image"}
    fixed = {"phash": EQUAL_PHASH} if "phash" in spaces else {}
    tfidf = {name: choose(data, name, True) for name in spaces if name.startswith("tfidf")}
    best = max(tfidf, key=lambda name: tfidf[name].mean_f1, default=None)

    def at(cosine):
        values = {**fixed, **({"tfidf_word": cosine} if tfidf else {})}
        return {space: Threshold(value, value, 0.0) for space, value in values.items()}

    methods = {
        "tfidf": Method("tfidf", {best: tfidf[best]} if best else {}),
        "unsupervised": Method("unsupervised", at(UNSUPERVISED_TFIDF)),
        "seed": Method("seed", {**own, **at(SEED_TFIDF)}),
    }
    test = find_candidates(spaces, galleries.test_queries, galleries.test, 51)
    return {name: float(graph_f1(match_graph(method, test), test, labels).mean()) for name, method in methods.items()}


def table(found: list[dict]) -> str:
    """The figures of one task as a table in Markdown: a row a step, a column a scheme; the methods beside in a line."""
    parts = [(figure["name"].split("/")[2:-1], figure["value"]) for figure in found]
    beside = ", ".join(f"{name[0]} {value:.3f}" for name, value in parts if len(name) == 1)
    cells = {tuple(name): f"{value:.3f}" for name, value in parts if len(name) == 2}
    schemes, steps = (list(dict.fromkeys(name[i] for name in cells)) for i in (0, 1))
    steps.sort(key=lambda step: (step == "final", step != "alone", step not in STEPS or list(STEPS).index(step)))
    lines = [f"| {found[0]['name'].split('/')[1]} | " + " | ".join(schemes) + " |", "|---" * (len(schemes) + 1) + "|"]
    lines += [f"| {step} | " + " | ".join(cells.get((of, step), "") for of in schemes) + " |" for step in steps]
    return "\n".join([*lines, "", f"Beside: {beside}.", ""])


def main(argv: list[str]) -> None:
    for task, folder in real_matching.tasks_and_folders(argv):
        with contextlib.redirect_stdout(sys.stderr):  # only figures go to stdout
            found = list(climb(task, folder, real_matching.MINILM.value, real_matching.ENCODERS.value))
        if figures.JSON.value:
            figures.show(found)
        else:
            print(table(found), flush=True)


if __name__ == "__main__":
    try:
        app.run(main)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
