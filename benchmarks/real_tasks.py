"""The matching tasks on real products, laid out as a catalogue: a table with a split column, and pictures beside it."""

import dataclasses
import os
from collections.abc import Callable

import pandas as pd

from flags.data import Records, Source

SPLITS = {"val": "validation"}


@dataclasses.dataclass(frozen=True)
class Task:
    """One job of finding the same products.

    Attributes:
      read: gives the rows: id, label, split, and where the task has them image (path) and title.
      encoders: what is trained on it.
    """

    read: Callable[[], pd.DataFrame]
    encoders: tuple[str, ...]


def data_folder() -> str:
    """Where the data sets lie: SHELFLENS_DATA, or ../shared/data beside the checkout.

    Raises:
      FileNotFoundError: neither is there.
    """
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.environ.get("SHELFLENS_DATA") or os.path.join(os.path.dirname(here), "shared", "data")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{folder} is not there: set SHELFLENS_DATA to the folder of the data sets.")
    return folder


def _postings(data_set: str, *, images: bool, titles: bool) -> pd.DataFrame:
    folder = os.path.join(data_folder(), data_set)
    rows = pd.read_csv(os.path.join(folder, "postings.csv"), dtype=str, keep_default_na=False)
    table = pd.DataFrame({"id": rows["posting_id"], "label": rows["label_group"], "split": rows["split"]})
    if images:
        table["image"] = [os.path.join(folder, path) if path else "" for path in rows["image"]]
        if "image_reused" in rows:  # one catalogue picture repeated over a product's postings: not another photograph
            table.loc[rows["image_reused"] == "1", "image"] = ""
    if titles:
        table["title"] = rows["title"]
    return table


def _em_titles(data_set: str) -> pd.DataFrame:
    rows = pd.read_csv(os.path.join(data_folder(), "em_titles", "titles.csv.gz"), dtype=str, keep_default_na=False)
    rows = rows[rows["dataset"] == data_set]
    return pd.DataFrame(
        {"id": rows["record_id"], "label": rows["group_id"], "split": rows["split"], "title": rows["title"]}
    )


TITLES, BOTH = ("title", "title_minilm"), ("image", "title", "joint", "title_minilm", "joint_minilm")
TASKS = {
    "zigbee_titles": Task(lambda: _postings("zigbee_devices", images=False, titles=True), TITLES),
    "zigbee_joint": Task(lambda: _postings("zigbee_devices", images=True, titles=True), BOTH),
    "luma_pictures": Task(lambda: _postings("magento_luma", images=True, titles=False), ("image",)),
    "luma_joint": Task(lambda: _postings("magento_luma", images=True, titles=True), BOTH),
    **{
        f"em_titles_{name}": Task(lambda name=name: _em_titles(name), TITLES)
        for name in ("abt_buy", "amazon_google", "walmart_amazon")
    },
}


def lay_out(task: Task, folder: str) -> tuple[Source, Records]:
    """Writes a task's table into `folder` and gives the flags that convert it."""
    os.makedirs(folder, exist_ok=True)
    rows = task.read()
    rows["split"] = rows["split"].replace(SPLITS)
    path = os.path.join(folder, "products.csv")
    rows.to_csv(path, index=False)
    columns = {f"{side}_column": side if side in rows else "" for side in ("image", "title")}
    source = Source(input=path, split_column="split", **columns)
    return source, Records(records=os.path.join(folder, "records"), stored_size=128, resize="resize", max_rejects=0.02)
