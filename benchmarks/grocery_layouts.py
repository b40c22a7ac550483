"""grocery_store laid out as AliProducts and as Shopee Code League publish their catalogues.

The pictures of a layout are links. Test labels stay out of both, as they did in the competitions; `truth` has them.
"""

import json
import os
from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.real_tasks import data_folder
from flags.data import Records, Source

STORED_SIZE = 96


def photographs() -> pd.DataFrame:
    """The photographs: split (train, val, test), path, name (unique), fine and coarse class as text."""
    folder = os.path.join(data_folder(), "grocery_store", "dataset")
    parts = []
    for split in ("train", "val", "test"):
        columns = {"names": ["path", "fine", "coarse"], "dtype": str, "skipinitialspace": True}
        parts.append(pd.read_csv(os.path.join(folder, f"{split}.txt"), header=None, **columns).assign(split=split))
    rows = pd.concat(parts, ignore_index=True)
    rows["name"] = [f"{place:05d}.jpg" for place in range(len(rows))]
    rows["path"] = [os.path.join(folder, path) for path in rows["path"]]
    return rows


def tree(rows: pd.DataFrame) -> pd.DataFrame:
    """The category tree, one row per fine class: class_id, level_1 (fruit, packages, vegetables), level_2 (coarse)."""
    top = [path.split(f"{os.sep}dataset{os.sep}")[1].split("/")[1] for path in rows["path"]]
    classes = pd.DataFrame({"class_id": rows["fine"], "level_1": top, "level_2": rows["coarse"]})
    return classes.drop_duplicates("class_id").sort_values("class_id", ignore_index=True)


def flipped(rows: pd.DataFrame, share: float, seed: int) -> pd.Series:
    """Fine classes with a share of the training labels replaced by another class, drawn at random; text `[rows]`."""
    draw, fine = np.random.default_rng(seed), rows["fine"].to_numpy().copy()
    train = np.flatnonzero(rows["split"] == "train")
    classes = np.unique(fine[train])
    chosen = draw.choice(train, round(share * len(train)), replace=False)
    place = np.searchsorted(classes, fine[chosen])
    fine[chosen] = classes[(place + draw.integers(1, len(classes), len(chosen))) % len(classes)]
    return pd.Series(fine, rows.index)


def aliproducts(rows: pd.DataFrame, folder: str) -> tuple[Source, Records]:
    """train.json, val.json, test.json without labels, hierarchy.csv and pictures; and the flags that convert it."""
    os.makedirs(folder, exist_ok=True)
    for split, part in rows.groupby("split"):
        named = [{"image_id": name} for name in part["name"]]
        if split != "test":
            named = [one | {"class_id": label} for one, label in zip(named, part["fine"], strict=True)]
        with open(os.path.join(folder, f"{split}.json"), "w", encoding="utf-8") as file:
            json.dump({"images": named}, file)
        places = part["fine"] if split != "test" else [""] * len(part)
        _link(part, [os.path.join(folder, split, place) for place in places])
    hierarchy = os.path.join(folder, "hierarchy.csv")
    tree(rows).to_csv(hierarchy, index=False)
    return _flags("aliproducts", folder, hierarchy)


def code_league(rows: pd.DataFrame, labels: pd.Series, folder: str) -> tuple[Source, Records]:
    """train.csv of training and validation rows, test.csv, nested picture folders; and the flags that convert it.

    Args:
      labels: fine class of each row, as it is to be published.
    """
    os.makedirs(folder, exist_ok=True)
    test = rows["split"] == "test"
    categories = labels.str.zfill(2)
    table = pd.DataFrame({"filename": rows["name"], "category": categories})
    table[~test].to_csv(os.path.join(folder, "train.csv"), index=False)
    table.loc[test, ["filename"]].to_csv(os.path.join(folder, "test.csv"), index=False)
    nested = os.path.join(folder, "train", "train", "train")
    _link(rows[~test], [os.path.join(nested, category) for category in categories[~test]])
    _link(rows[test], [os.path.join(folder, "test", "test", "test")] * int(test.sum()))
    return _flags("code_league", folder, "")


def accuracies(predicted: Mapping[str, str], rows: pd.DataFrame) -> dict[str, float]:
    """Fine and coarse accuracy of the test photographs, from {name: fine class, with zeros before it} of a submission.

    Raises:
      KeyError: a test photograph is missing.
    """
    test, coarse_of = rows[rows["split"] == "test"], dict(zip(rows["fine"], rows["coarse"], strict=True))
    answers = [str(int(predicted[name])) for name in test["name"]]
    return {
        "fine": float(np.mean([answer == fine for answer, fine in zip(answers, test["fine"], strict=True)])),
        "coarse": float(np.mean([coarse_of[a] == coarse for a, coarse in zip(answers, test["coarse"], strict=True)])),
    }


def _link(rows: pd.DataFrame, folders: list[str]) -> None:
    for folder in set(folders):
        os.makedirs(folder, exist_ok=True)
    for path, name, folder in zip(rows["path"], rows["name"], folders, strict=True):
        if not os.path.lexists(os.path.join(folder, name)):
            os.symlink(path, os.path.join(folder, name))


def _flags(source: str, folder: str, hierarchy: str) -> tuple[Source, Records]:
    records = Records(records=os.path.join(folder, "records"), stored_size=STORED_SIZE, split="stratified", folds=3)
    return Source(source=source, input=folder, image_root=folder, hierarchy=hierarchy), records
