"""A records folder in a few lines of text, from its manifest alone."""

from collections import Counter

import numpy as np

from tfrecords_tools.manifest import Manifest

ROLES = {-1: "unlabelled", 0: "validation", 1: "test"}
LARGEST = 5  # label groups listed


def table(manifest: Manifest) -> str:
    """Returns a table of the folds, the sizes of the label groups, the largest of them and the hierarchy's levels."""
    lines = [
        f"{manifest.records} records of {manifest.num_labels} labels; pictures {manifest.stored_size} px, "
        f"resize={manifest.resize}, JPEG quality {manifest.quality}; {manifest.rejected} rows rejected.",
        f"{'fold':<15}{'shards':>8}{'MB':>10}{'records':>10}{'labels':>9}{'no picture':>12}{'no title':>10}",
    ]
    folds = sorted({shard.fold for shard in manifest.shards})
    lines += [_line(f"{fold:2d} {ROLES.get(fold, 'train')}", manifest, [fold]) for fold in folds]
    lines += [_line("   all", manifest, folds), *_groups(manifest)]
    for depth, names in enumerate(manifest.level_names, start=1):
        lines.append(f"Level {depth}: {len(names)} categories: {_shortened(', '.join(names))}")
    return "\n".join(lines)


def _line(name: str, manifest: Manifest, folds: list[int]) -> str:
    shards = manifest.shards_of(folds)
    size = sum(shard.bytes for shard in shards) / 1e6
    no_image, no_title = (sum(getattr(shard, side) for shard in shards) for side in ("without_image", "without_title"))
    labels = len(manifest.labels_of(folds))
    return f"{name:<15}{len(shards):>8}{size:>10.1f}{manifest.count(folds):>10}{labels:>9}{no_image:>12}{no_title:>10}"


def _groups(manifest: Manifest) -> list[str]:
    sizes = sum((Counter(counts) for counts in manifest.histogram.values()), Counter())
    if not sizes:
        return ["No record has a label."]
    counts = np.array(list(sizes.values()))
    largest = sorted(sizes.items(), key=lambda pair: (-pair[1], int(pair[0])))[:LARGEST]
    names = ", ".join(f"{_shortened(manifest.label_names[int(label)], 30)} ({count})" for label, count in largest)
    return [
        f"Label groups hold {counts.min()} to {counts.max()} records, {np.median(counts):g} in the median; "
        f"{(counts == 1).sum()} hold one only, which has nothing to match.",
        f"Largest groups: {names}",
    ]


def _shortened(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
