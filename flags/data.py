"""Where a catalogue is read from and how it is written as records."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Source:
    """A catalogue as its owner keeps it: a table of products beside a folder of pictures."""

    source: str = flag(
        "table",
        "Format of the catalogue.",
        choices=("table", "shopee", "code_league", "aliproducts", "folder", "kddcup"),
    )
    input: str = flag("", "The catalogue: a CSV or Parquet file (table), or the folder that holds it (all others).")
    image_root: str = flag("", "Folder that image paths are relative to; empty for the folder of --input.")
    id_column: str = flag("id", "Column with each product's unique id.")
    image_column: str = flag("image", "Column with the path of the picture; empty if there are no pictures.")
    title_column: str = flag("title", "Column with the title; empty if there are no titles.")
    label_column: str = flag("label", "Column whose equal values mean the same product; empty if there is none.")
    split_column: str = flag("", "Column that says train, validation or test; empty to deal folds by --split.")
    phash_column: str = flag("", "Column with a 64-bit perceptual hash as 16 hex digits; empty to compute it.")
    hierarchy: str = flag("", "CSV class_id,level_1,...,level_k with the categories of each label; empty for none.")
    only: str = flag("", "CSV whose column id lists the rows to take, as select writes it; empty for all rows.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Records:
    """A folder of TFRecord shards with their manifest."""

    records: str = flag("", "Folder of the records, local or gs://.")
    stored_size: int = flag(256, "Longest side of stored pictures in pixels; 1.15-1.3 times --image_size.", low=8)
    resize: str = flag(
        "letterbox",
        "letterbox: fit and pad to a black square; resize: stretch to a square; none: fit without padding.",
        choices=("letterbox", "resize", "none"),
    )
    quality: int = flag(90, "JPEG quality of stored pictures.", low=1, high=100)
    picture_check: str = flag(
        "decode",
        "How a JPEG that --resize=none stores byte for byte is checked. decode: every pixel; structure: its segments "
        "up to the end marker, which is many times faster and computes no perceptual hash (--phash_column may).",
        choices=("decode", "structure"),
    )
    folds: int = flag(5, "Number of folds: fold 0 validates, fold 1 tests, the rest train.", low=3)
    split: str = flag(
        "group",
        "How rows are dealt to folds where the catalogue has no split. group: whole labels, folds of even size; "
        "hash: whole labels, each in its fold whatever else joins; stratified: every label over all folds.",
        choices=("group", "stratified", "hash"),
    )
    max_boxes: int = flag(40, "Most regions kept of a picture (kddcup); of more, the largest.", low=1, high=1000)
    shard_mb: int = flag(100, "Size of a shard in megabytes, about.", low=1)
    workers: int = flag(0, "Processes that convert; 0 for one per core.", low=0)
    max_rejects: float = flag(0.01, "Largest share of rows that may be rejected.", low=0.0, high=1.0)
    split_seed: int = flag(0, "Seed of the folds and of the order of records.", low=0)
    dry_run: bool = flag(False, "Say what would be written, and write nothing.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """The Apache Beam pipeline that converts on many machines."""

    beam_options: str = flag("", "Options of Beam and its runner, such as '--runner=FlinkRunner --flink_master=host'.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Verification:
    """How far records are verified."""

    decode: bool = flag(False, "Also decode every stored picture, as training would.")
    salvage: bool = flag(False, "Rewrite damaged shards with all that can be read, and list the rest in lost.csv.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What is shown of a records folder."""

    pictures: int = flag(48, "Records on the contact sheet; 0 for no sheet.", low=0, high=1000)
    sheet: str = flag("", "PNG file of the contact sheet; empty for contact_sheet.png in the records folder.")

    def __post_init__(self):
        check(self)
