"""Checks every byte of a records folder and names each damaged shard, record and byte offset.

    python -m tfrecords_tools.verify --records=records
    python -m tfrecords_tools.verify --records=records --decode

Exit status 1 where anything is wrong. To mend, delete the shards named and run the same convert command again: it
writes only those.
"""

from flags import command, data


def main(records: data.Records, verification: data.Verification) -> None:
    from tfrecords_tools import verification as checks
    from tfrecords_tools.manifest import Manifest

    folder = records.records
    manifest = Manifest.read(folder)
    faults = list(checks.faults(folder, manifest, verification.decode))
    for fault in faults:
        print(fault)
    if faults:
        raise ValueError(
            f"{folder} is damaged: the {len(faults)} lines above say where. Delete the shards named and run the same "
            "convert command again: it writes only those."
        )
    size = sum(shard.bytes for shard in manifest.shards)
    print(f"{folder} is sound: {manifest.records} records, {len(manifest.shards)} shards, {size / 1e6:.1f} MB.")


def cli() -> None:
    command.run(main, data.Records, data.Verification)


if __name__ == "__main__":
    cli()
