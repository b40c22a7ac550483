"""Where a catalogue is read from and how it is written as records."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Source:
    """A catalogue as its owner keeps it: a table of products beside a folder of pictures."""

    source: str = flag("table", "Format of the catalogue.", choices=("table", "shopee"))
    input: str = flag("", "The catalogue: a CSV or Parquet file (table), or the folder that holds train.csv (shopee).")
    image_root: str = flag("", "Folder that image paths are relative to; empty for the folder of --input.")
    id_column: str = flag("id", "Column with each product's unique id.")
    image_column: str = flag("image", "Column with the path of the picture; empty if there are no pictures.")
    title_column: str = flag("title", "Column with the title; empty if there are no titles.")
    label_column: str = flag("label", "Column whose equal values mean the same product; empty if there is none.")
    split_column: str = flag("", "Column that says train, validation or test; empty to deal folds by label.")
    phash_column: str = flag("", "Column with a 64-bit perceptual hash as 16 hex digits; empty to compute it.")
    hierarchy: str = flag("", "CSV class_id,level_1,...,level_k with the categories of each label; empty for none.")

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
    folds: int = flag(5, "Number of folds, dealt by label: fold 0 validates, fold 1 tests, the rest train.", low=3)
    shard_mb: int = flag(100, "Size of a shard in megabytes, about.", low=1)
    workers: int = flag(0, "Processes that convert; 0 for one per core.", low=0)
    max_rejects: float = flag(0.01, "Largest share of rows that may be rejected.", low=0.0, high=1.0)
    split_seed: int = flag(0, "Seed of the folds and of the order of records.", low=0)
    dry_run: bool = flag(False, "Say what would be written, and write nothing.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Verification:
    """How far records are verified."""

    decode: bool = flag(False, "Also decode every stored picture, as training would.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What is shown of a records folder."""

    pictures: int = flag(48, "Records on the contact sheet; 0 for no sheet.", low=0, high=1000)
    sheet: str = flag("", "PNG file of the contact sheet; empty for contact_sheet.png in the records folder.")

    def __post_init__(self):
        check(self)
