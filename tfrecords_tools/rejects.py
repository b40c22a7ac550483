"""Rows that a conversion leaves out: each is listed with its reason, and too many stop it."""

import csv
import io
import os
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tfrecords_tools import writer

FILE = "rejects.csv"


class Reject(NamedTuple):
    """A row left out. `reason` is its kind, then after a colon the details."""

    id: str
    file: str
    reason: str


def counts(rejects: Sequence[Reject]) -> str:
    """Returns "3 missing file, 1 duplicate id": how many of each kind, the most frequent first."""
    kinds = Counter(reject.reason.split(":")[0] for reject in rejects)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def write(folder: str, rejects: Sequence[Reject]) -> None:
    """Writes rejects.csv with the columns id, file, reason into `folder`, which is made if need be."""
    writer.make_folder(folder)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(Reject._fields)
    rows.writerows(rejects)
    writer.write_whole(os.path.join(folder, FILE), text.getvalue())


def check(folder: str, rejects: Sequence[Reject], rows: int, max_rejects: float) -> None:
    """Writes rejects.csv and stops the conversion where more than `max_rejects` of all `rows` are in it.

    Raises:
      ValueError: too many; with the counts per kind.
    """
    share = len(rejects) / rows
    if share <= max_rejects:
        return
    write(folder, rejects)
    raise ValueError(
        f"{len(rejects)} of {rows} rows ({share:.1%}) are rejected, more than --max_rejects={max_rejects:g}: "
        f"{counts(rejects)}. They are listed in {os.path.join(folder, FILE)}. Mend them, or allow them with "
        f"--max_rejects={_rounded_up(share):g}, and run the same command again."
    )


def _rounded_up(share: float) -> float:
    return min(1.0, int(share * 100 + 1) / 100)
