"""Writes columns of numbers as CSV, whole or not at all; numbers keep their last bit."""

import io
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tfrecords_tools.writer import write_whole


def write(path: str, columns: Mapping[str, np.ndarray]) -> None:
    """Writes arrays of one length, with a header; tens of millions of rows take seconds."""
    content = io.BytesIO()
    content.write((",".join(columns) + "\n").encode())
    csv.write_csv(pa.table(dict(columns)), content, csv.WriteOptions(include_header=False))
    write_whole(path, content.getvalue())
