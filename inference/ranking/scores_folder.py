"""A folder of scores: what a recall model says of the candidates of a fold's queries.

scores.csv    query_id, product_id, score, answer (1 = relevant, or a mark up to 3; 0 = not; -1 = unjudged)
scores.json   fold (2 train, 0 validation, 1 test, -1 unjudged), run, records_fingerprint; written last. It may have
              least_relevant, the least mark of a relevant candidate, else 1
"""

import csv
import io
import json
import re

import pyarrow as pa
from pyarrow import csv as arrow_csv

from inference.ranking import csv_columns
from inference.ranking.scores import MAY_BE, Scores, arrange
from tfrecords_tools import files
from tfrecords_tools.writer import make_folder, write_whole

COLUMNS = {"query_id": pa.int64(), "product_id": pa.int64(), "score": pa.float64(), "answer": pa.int64()}
FACTS = ("fold", "run", "records_fingerprint")
FIRST_ROW = 2  # the header is row 1
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


def write(folder: str, scores: Scores) -> None:
    """Writes both files; what `read` gives back is the same, scores to the last bit."""
    make_folder(folder)
    if files.exists(f"{folder}/scores.json"):  # it says that the other is whole
        files.remove(f"{folder}/scores.json")
    columns = scores.queries.repeat(scores.counts), scores.products, scores.score, scores.answer
    csv_columns.write(f"{folder}/scores.csv", dict(zip(COLUMNS, columns, strict=True)))
    write_whole(f"{folder}/scores.json", json.dumps(scores.about, indent=1))


def read(folder: str) -> Scores:
    """Reads a folder and checks every row.

    Raises:
      FileNotFoundError: there is no scores.json; says what writes it.
      ValueError: names the file, and the row where there is one at fault.
    """
    path = f"{folder}/scores.csv"
    about = read_about(folder)
    content = files.read(path)
    options = arrow_csv.ConvertOptions(
        column_types=COLUMNS, include_columns=list(COLUMNS), null_values=[""], strings_can_be_null=False
    )
    try:
        table = arrow_csv.read_csv(pa.BufferReader(content), convert_options=options)
    except (pa.ArrowInvalid, KeyError) as error:
        raise ValueError(_fault(path, content) or f"{path} is no table of scores: {error}") from error
    if any(column.null_count for column in table.columns):
        raise ValueError(_fault(path, content))
    return arrange(*(column.to_numpy() for column in table.columns), about, path, FIRST_ROW)


def read_about(folder: str) -> dict:
    """Reads scores.json.

    Raises:
      FileNotFoundError: there is none.
      ValueError: it lacks one of FACTS, or is no JSON.
    """
    path = f"{folder}/scores.json"
    if not files.exists(path):
        raise FileNotFoundError(f"{folder} has no scores.json: --scores names folders that a recall run has scored.")
    try:
        about = json.loads(files.read(path))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}): score the fold again.") from error
    lacking = [fact for fact in FACTS if not isinstance(about, dict) or fact not in about]
    if lacking:
        raise ValueError(f"{path} lacks {', '.join(lacking)}: score the fold again.")
    return about


def _fault(path: str, content: bytes) -> str:
    """What is wrong with the first row that cannot be read, "" if none is found."""
    rows = csv.reader(io.StringIO(content.decode("utf-8", "replace")))
    header = next(rows, [])
    if not set(COLUMNS) <= set(header):
        return f"{path}, row 1: the columns are {','.join(header)!r}, expected {','.join(COLUMNS)}."
    for number, row in enumerate(rows, FIRST_ROW):
        if len(row) != len(header):
            return f"{path}, row {number}: {len(row)} fields, and the header has {len(header)}."
        problem = _problem(dict(zip(header, row, strict=True)))
        if problem:
            return f"{path}, row {number}: {problem}."
    return ""


def _problem(row: dict[str, str]) -> str:
    for name in ("query_id", "product_id"):
        if not _DIGITS.fullmatch(row[name].strip()):
            return f"{name} is {row[name]!r}, and an id is written in digits, 18 at most"
    try:
        float(row["score"])
    except ValueError:
        return f"score is {row['score']!r}, expected a finite number"
    if not re.fullmatch(r"-?\d+", row["answer"].strip()):
        return f"answer is {row['answer']!r}, expected {MAY_BE}"
    return ""
