"""Reads a table file as text, column by column, with errors that name the flag at fault."""

import difflib
import io
import os
import warnings

import pandas as pd

from tfrecords_tools import files


def image_root(source) -> str:
    """Returns the folder that image paths are relative to: `--image_root`, or else the folder of `--input`."""
    if source.image_root:
        return source.image_root
    return source.input if files.is_folder(source.input) else os.path.dirname(source.input)


def read(path: str) -> pd.DataFrame:
    """Reads a .csv, .tsv or .parquet file with every value as stripped text; a missing value becomes "".

    Ids keep their leading zeros, and a title "NA" or "null" stays a title.
    """
    if not path:
        raise ValueError("--input is empty: name the catalogue, for example --input=products.csv.")
    if not files.exists(path) or files.is_folder(path):
        raise FileNotFoundError(f"There is no file {path}: expected a CSV or Parquet table.")
    with files.open(path, "rb") as file:
        content = file.read()
    if not content.strip():
        raise ValueError(f"{path} is empty: expected a header line and one row per product.")
    try:
        frame = _parse(path, content)
    except (ValueError, pd.errors.ParserWarning) as error:  # pandas' and pyarrow's errors are ValueErrors
        raise ValueError(f"{path} cannot be read as a table: {error} Is it UTF-8 CSV, or Parquet?") from error
    if frame.empty:
        raise ValueError(f"{path} has a header ({', '.join(frame.columns)}) but no rows.")
    return frame.apply(lambda values: values.str.strip())


def _parse(path: str, content: bytes) -> pd.DataFrame:
    if path.endswith((".parquet", ".pq")):
        frame = pd.read_parquet(io.BytesIO(content), dtype_backend="numpy_nullable")
        return frame.astype("string").fillna("").astype(object)
    separator = "\t" if path.endswith(".tsv") else ","
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a row with more cells than the header has
        frame = pd.read_csv(
            io.BytesIO(content),
            sep=separator,
            dtype=object,
            keep_default_na=False,
            encoding="utf-8-sig",
            index_col=False,
        )
    return frame.fillna("")


def column(frame: pd.DataFrame, path: str, flag: str, name: str) -> list[str]:
    """Returns the values of the column called `name`, or empty strings where `name` is "".

    Raises:
      ValueError: there is no such column; the message lists those there are.
    """
    if not name:
        return [""] * len(frame)
    if name in frame.columns:
        return frame[name].tolist()
    close = difflib.get_close_matches(name, frame.columns, n=1, cutoff=0.5)
    guess = f" Did you mean --{flag}={close[0]}?" if close else ""
    absent = "" if flag == "id_column" else f" Say --{flag}= if the table has none."
    raise ValueError(f"{path} has no column {name!r} (--{flag}); it has {', '.join(frame.columns)}.{guess}{absent}")
