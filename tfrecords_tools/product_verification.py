"""What must be true of each record of a folder of products."""

from collections.abc import Iterator

from tfrecords_tools.manifest import Manifest, Shard


def value_faults(row: dict, shard: Shard, manifest: Manifest) -> Iterator[str]:
    """Yields what is wrong with the features of a record, each fault as the end of a sentence.

    Args:
      row: Python values of the features of `schema.SCALARS`; `image` is the number of its bytes.
    """
    label, name = row["label"], row["label_name"].decode(errors="replace")
    if row["fold"] != shard.fold:
        yield f"it is of fold {row['fold']} in a shard of fold {shard.fold}"
    if not -1 <= label < manifest.num_labels:
        yield f"its label {label} is outside -1..{manifest.num_labels - 1}"
    elif label >= 0 and name != manifest.label_names[label]:
        yield f"its label {label} is {manifest.label_names[label]!r}, not {name!r}"
    if bool(row["image"]) != row["has_image"] or bool(row["title"]) != row["has_title"]:
        yield "has_image or has_title contradicts its picture or title"
