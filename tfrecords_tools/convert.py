"""Turns a catalogue into sharded TFRecords with a manifest.

    python -m tfrecords_tools.convert --source=table --input=products.csv --image_root=pictures --records=records
    python -m tfrecords_tools.convert --source=shopee --input=shopee-product-matching --records=records --dry_run
    python -m tfrecords_tools.convert --source=kddcup --input=kddcup --records=records --max_boxes=40

The same catalogue and options give the same bytes with any number of workers. Killed at any moment and run again, it
goes on at the shard where it stopped. Rows that cannot be used are listed in rejects.csv.
"""

from flags import command, data


def main(source: data.Source, records: data.Records) -> None:
    from tfrecords_tools import conversion, leaks
    from tfrecords_tools.pairs import pair_conversion

    if not records.records:
        raise ValueError("--records is empty: name the folder to write, for example --records=records.")
    if source.source == "kddcup":
        print(pair_conversion.run(source, records))
        return
    if records.dry_run:
        print(conversion.rehearse(source, records))
        return
    manifest = conversion.convert(source, records)
    unlabelled = manifest.count([-1])
    print(
        f"{records.records} holds {manifest.records} records of {manifest.num_labels} labels in "
        f"{len(manifest.shards)} shards and {manifest.folds} folds, {unlabelled} of them unlabelled; "
        f"{manifest.rejected} rows rejected{' (rejects.csv)' if manifest.rejected else ''}."
    )
    for line in leaks.report(records.records, manifest):
        print(line)
    print(
        f"Look at them:  python -m tfrecords_tools.inspect --records={records.records}\n"
        f"Check them:    python -m tfrecords_tools.verify --records={records.records}\n"
        f"Train on them: python -m training.train --records={records.records} --run=run"
    )


def cli() -> None:
    command.run(main, data.Source, data.Records)


if __name__ == "__main__":
    cli()
