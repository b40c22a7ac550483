"""Lays the real photographs of grocery_store out in the published formats of catalogues with classes.

    python -m benchmarks.catalogue_exports --format=aliproducts --out=groceries
    python -m benchmarks.catalogue_exports --format=code_league --out=groceries --rows=60

Reads the data sets at SHELFLENS_DATA (or ../shared/data): 5,421 photographs of 81 fine and 43 coarse classes in the
original split. A class is the number of the fine class in two digits; <out>_hierarchy.csv gives its coarse class.
"""

import csv
import json
import os
import shutil

import numpy as np
import pandas as pd
from absl import app, flags

from benchmarks import real_tasks

SPLITS = ("train", "val", "test")


def photographs(rows: int = 0) -> pd.DataFrame:
    """The photographs: split (one of `SPLITS`), picture (path), label ("00" to "80"), coarse (name).

    Args:
      rows: photographs of each split, spread evenly over its list; 0 = all.
    """
    folder = os.path.join(real_tasks.data_folder(), "grocery_store", "dataset")
    classes = pd.read_csv(os.path.join(folder, "classes.csv"))
    coarse_of = dict(zip(classes["Class ID (int)"], classes["Coarse Class Name (str)"], strict=True))
    table = pd.concat([_listed(folder, split, rows) for split in SPLITS], ignore_index=True)
    table["picture"] = [os.path.join(folder, path) for path in table["path"]]
    table["label"] = [f"{fine:02d}" for fine in table["fine"]]
    table["coarse"] = table["fine"].map(coarse_of)
    return table[["split", "picture", "label", "coarse"]]


def _listed(folder: str, split: str, rows: int) -> pd.DataFrame:
    path = os.path.join(folder, f"{split}.txt")
    table = pd.read_csv(path, names=["path", "fine", "coarse"], skipinitialspace=True).assign(split=split)
    return table.iloc[np.linspace(0, len(table) - 1, min(rows, len(table))).astype(int)] if rows else table


def code_league(table: pd.DataFrame, folder: str) -> None:
    """train.csv and test.csv with thrice nested folders. The format has no validation rows: they go to train."""
    for split, part in table.assign(split=table["split"].replace("val", "train")).groupby("split"):
        part = part.assign(filename=[f"{split}_{row:05d}.jpg" for row in range(len(part))])
        below = part["label"] if split == "train" else [""] * len(part)
        for picture, label, name in zip(part["picture"], below, part["filename"], strict=True):
            _copy(picture, os.path.join(folder, split, split, split, label, name))
        part.rename(columns={"label": "category"})[["filename", "category"]].to_csv(
            os.path.join(folder, f"{split}.csv"), index=False
        )


def aliproducts(table: pd.DataFrame, folder: str) -> None:
    """train.json, val.json and test.json; an image_id says nothing of the class and is unique in its split only."""
    for split, part in table.groupby("split"):
        images = []
        for row, (picture, label) in enumerate(zip(part["picture"], part["label"], strict=True)):
            image = {"image_id": f"{row:05d}.jpg"} | ({} if split == "test" else {"class_id": label})
            _copy(picture, os.path.join(folder, split, image.get("class_id", ""), image["image_id"]))
            images.append(image)
        with open(os.path.join(folder, f"{split}.json"), "w") as file:
            json.dump({"images": images}, file)


def class_folders(table: pd.DataFrame, folder: str) -> None:
    """train/<class>/, val/<class>/ and test/<class>/."""
    for row, (split, picture, label) in enumerate(zip(table["split"], table["picture"], table["label"], strict=True)):
        _copy(picture, os.path.join(folder, split, label, f"{row:05d}.jpg"))


FORMATS = {"code_league": code_league, "aliproducts": aliproducts, "folder": class_folders}


def export(format: str, folder: str, rows: int = 0) -> pd.DataFrame:
    """Writes the photographs in a format of `FORMATS`, its hierarchy beside it, and returns what was written."""
    table = photographs(rows)
    FORMATS[format](table, folder)
    with open(hierarchy_of(folder), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["class_id", "level_1"])
        writer.writerows(sorted(set(zip(table["label"], table["coarse"], strict=True))))
    return table


def hierarchy_of(folder: str) -> str:
    """Where `export` puts the hierarchy: beside the folder, which holds what was published and nothing else."""
    return folder.rstrip("/") + "_hierarchy.csv"


def _copy(picture: str, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(picture, path)


def main(argv) -> None:
    del argv
    values = flags.FLAGS
    table = export(values.format, values.out, values.rows)
    print(
        f"{values.out} holds {len(table)} photographs of {table['label'].nunique()} classes.\n"
        f"Convert them: python -m tfrecords_tools.convert --source={values.format} --input={values.out} "
        f"--hierarchy={hierarchy_of(values.out)} --split=stratified --records=records"
    )


if __name__ == "__main__":
    flags.DEFINE_enum("format", "aliproducts", list(FORMATS), "Format to write.")
    flags.DEFINE_string("out", "groceries", "Folder to write.")
    flags.DEFINE_integer("rows", 0, "Photographs of each split; 0 for all.", lower_bound=0)
    app.run(main)
