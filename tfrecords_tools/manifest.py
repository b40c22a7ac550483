"""The manifest of a records folder: what each shard holds, so that nothing needs to be counted twice."""

import dataclasses
import json
import os
from collections.abc import Iterable

from tfrecords_tools import files, writer

FILE = "manifest.json"
SCHEMA_VERSION = 2
TOOL_VERSION = "0.1.0"


@dataclasses.dataclass(frozen=True)
class Shard:
    """One TFRecord file.

    `bytes` is its size, `crc32c` its checksum in hex; `without_image` and `without_title` count one-sided records.
    """

    file: str
    fold: int
    records: int
    bytes: int
    crc32c: str
    without_image: int = 0
    without_title: int = 0


HOLDS = {"products": "products", "pairs": "query-product pairs (made with --source=kddcup)"}


class ManifestFile:
    """What the manifests of products and of pairs share: the file, and the choice of shards."""

    @classmethod
    def read(cls, folder: str):
        """Reads the manifest of `folder`, local or gs://.

        Raises:
          FileNotFoundError: there is none: the folder is no records folder, or its conversion is not finished.
          ValueError: it is no manifest, or one of another kind or schema version.
        """
        fields = _read(folder)
        path = os.path.join(folder, FILE)
        name = fields.get("name")
        if name in HOLDS and name != cls.name:
            raise ValueError(
                f"{path} is of {HOLDS[name]}, but {HOLDS[cls.name]} are expected here: name another --records."
            )
        try:
            return cls(**{**fields, "shards": [Shard(**shard) for shard in fields["shards"]]})
        except (KeyError, TypeError) as error:
            raise _no_manifest(path, error) from error

    def write(self, folder: str) -> None:
        """Writes manifest.json into `folder`, whole or not at all."""
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)
        writer.write_whole(os.path.join(folder, FILE), text + "\n")

    def shards_of(self, folds: Iterable[int] | None = None) -> list[Shard]:
        """Returns the shards of these folds in manifest order; None = all folds."""
        chosen = {shard.fold for shard in self.shards} if folds is None else set(folds)
        return [shard for shard in self.shards if shard.fold in chosen]

    def count(self, folds: Iterable[int] | None = None) -> int:
        """Returns the number of records in these folds."""
        return sum(shard.records for shard in self.shards_of(folds))


@dataclasses.dataclass(frozen=True)
class Manifest(ManifestFile):
    """Everything about a folder of products but the records.

    Attributes:
      source_fingerprint: SHA-256 of the catalogue's rows; equal fingerprints mean equal rows in the same order.
      stored_size: side of stored pictures in pixels.
      records, rejected: rows written and rows listed in rejects.csv.
      folds: number of folds of labelled records; they are 0..folds-1, and unlabelled records are in fold -1.
      label_names: name of label 0, 1, ...
      level_names: names of the categories of each hierarchy level, coarse to fine.
      levels_of_label: category ids of each label, -1 = none; empty without a hierarchy.
      histogram: records per fold and label, `{"0": {"17": 3}}`; keys are text because JSON has no others.
    """

    source_fingerprint: str
    stored_size: int
    resize: str
    quality: int
    records: int
    rejected: int
    folds: int
    num_labels: int
    label_names: list[str]
    level_names: list[list[str]]
    levels_of_label: list[list[int]]
    shards: list[Shard]
    histogram: dict[str, dict[str, int]]
    name: str = "products"
    schema_version: int = SCHEMA_VERSION
    tool_version: str = TOOL_VERSION

    def labels_of(self, folds: Iterable[int] | None = None) -> list[int]:
        """Returns the labels that have a record in these folds, in rising order."""
        chosen = self.histogram if folds is None else {str(fold) for fold in folds} & set(self.histogram)
        return sorted({int(label) for fold in chosen for label in self.histogram[fold]})


@dataclasses.dataclass(frozen=True)
class PairManifest(ManifestFile):
    """Everything about a folder of query-product pairs but the records.

    Of its shards, `without_image` counts pairs without a region and `without_title` pairs with an empty query.

    Attributes:
      source_fingerprint: SHA-256 of the rows of all files; equal fingerprints mean equal rows in the same order.
      max_boxes: most regions that a pair has.
      feature_width: floats per region.
      records, rejected: rows written and rows listed in rejects.csv.
      label_names: names of the regions' classes 0, 1, ...
      histogram: records per fold and kind, `{"0": {"relevant": 2900}}`; a record counts under its answer (relevant,
        irrelevant, unjudged) and under each thing that was mended in it (see `pair.Pair`).
    """

    source_fingerprint: str
    max_boxes: int
    feature_width: int
    records: int
    rejected: int
    label_names: list[str]
    shards: list[Shard]
    histogram: dict[str, dict[str, int]]
    name: str = "pairs"
    schema_version: int = SCHEMA_VERSION
    tool_version: str = TOOL_VERSION


def name_of(folder: str) -> str:
    """Returns what the records of `folder` are, "products" or "pairs"; raises what `Manifest.read` does."""
    return _read(folder).get("name", Manifest.name)


def _read(folder: str) -> dict:
    path = os.path.join(folder, FILE)
    if not files.exists(path):
        raise FileNotFoundError(
            f"{folder or 'The empty --records'} has no {FILE}: it is no records folder, or its conversion was "
            "interrupted. Make it, or finish it, with python -m tfrecords_tools.convert."
        )
    with files.open(path) as file:
        text = file.read()
    try:
        fields = json.loads(text)
        version = fields["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _no_manifest(path, error) from error
    if version != SCHEMA_VERSION:
        raise ValueError(f"{path} has schema version {version}, this program reads {SCHEMA_VERSION}: convert again.")
    return fields


def _no_manifest(path: str, error: Exception) -> ValueError:
    return ValueError(f"{path} is not a manifest ({error}): delete it and convert again.")
