"""What a conversion would do, estimated from a sample: the size of a record, and the report of --dry_run."""

import numpy as np

from tfrecords_tools import example, files, rejects, tfrecord_frames, worker
from tfrecords_tools.plan import Plan
from tfrecords_tools.rejects import Reject

SAMPLE = 64  # records encoded beforehand
SHOWN = 10  # problems listed


def sample(planned: Plan, records) -> tuple[float, list[Reject]]:
    """Encodes rows spread evenly over the plan; returns the mean bytes of a record in a shard, and the bad rows.

    Raises:
      ValueError: at least 8 pictures were looked at and none can be read, as when the image root is wrong.
    """
    products = planned.products()
    if len(products) > SAMPLE:
        products = [products[i] for i in np.linspace(0, len(products) - 1, SAMPLE).astype(int)]
    pairs = [(product, worker.prepare(product.image, records, not product.phash)) for product in products]
    bad = [Reject(product.id, product.image, picture.reason) for product, picture in pairs if picture.reason]
    if len(bad) >= 8 and not any(picture.jpeg for _, picture in pairs):
        raise ValueError(
            f"None of the {len(bad)} pictures looked at first can be read. {bad[0].file}: {bad[0].reason}. "
            "Image paths are taken relative to --image_root, or else to the folder of --input."
        )
    sizes = [len(_encoded(planned, product, picture)) for product, picture in pairs if not picture.reason]
    return float(np.mean(sizes or [1000])) + tfrecord_frames.OVERHEAD, bad


def _encoded(planned: Plan, product, picture) -> bytes:
    label, hashed = planned.label(product), example.phash_of(product, picture)
    return example.encode(product, picture, hashed, label, planned.levels(label), fold=0)


def records_per_shard(record_bytes: float, shard_mb: int) -> int:
    """Returns how many records make a shard of about `shard_mb` megabytes, at least 1."""
    return max(1, round(shard_mb * 1e6 / record_bytes))


def report(planned: Plan, records) -> str:
    """Returns what `--dry_run` prints. Every picture is looked for; only a sample is decoded; nothing is written."""
    record_bytes, bad = sample(planned, records)
    products = planned.products()
    shards = planned.shards(records_per_shard(record_bytes, records.shard_mb))
    missing = [Reject(p.id, p.image, "missing file") for p in products if p.image and not files.exists(p.image)]
    problems = planned.rejects + missing + [reject for reject in bad if reject not in missing]
    lines = [
        f"{planned.rows} rows would become about {len(products) * record_bytes / 1e6:.1f} MB of records of "
        f"{len(planned.label_of)} labels in {len(shards)} shards. Nothing was written."
    ]
    for fold, members in sorted(planned.products_of_fold.items()):
        labels = {product.label_name for product in members if product.label_name}
        lines.append(f"  fold {fold:2d}: {len(members)} rows, {len(labels)} labels")
    lines.append(f"Problems found: {rejects.counts(problems)}." if problems else "No problem found.")
    lines += [f"  {reject.id or '(no id)'}  {reject.file}  {reject.reason}" for reject in problems[:SHOWN]]
    return "\n".join(lines)
