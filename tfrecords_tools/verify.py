"""Checks every byte of a records folder and names each damaged shard, record and byte offset.

    python -m tfrecords_tools.verify --records=records
    python -m tfrecords_tools.verify --records=records --decode
    python -m tfrecords_tools.verify --records=records --salvage

Exit status 1 where anything is wrong. To mend, delete the shards named and run the same convert command again: it
writes only those. Where the catalogue is not at hand, --salvage keeps every record that can be read and lists the
others in lost.csv; the same convert command restores them later.
"""

from flags import command, data


def main(records: data.Records, verification: data.Verification) -> None:
    from tfrecords_tools import leaks, salvage
    from tfrecords_tools import verification as checks
    from tfrecords_tools.manifest import Manifest, PairManifest, name_of

    folder = records.records
    manifest = {"products": Manifest, "pairs": PairManifest}[name_of(folder)].read(folder)
    reports = checks.examine(folder, manifest, verification.decode)
    faults = list(checks.faults(folder, manifest, reports))
    for fault in faults:
        print(fault)
    if faults and not verification.salvage:
        raise ValueError(
            f"{folder} is damaged: the {len(faults)} lines above say where. Delete the shards named and run the same "
            "convert command again: it writes only those. Or keep what can be read: give this command with --salvage."
        )
    if faults:
        print(*salvage.salvage(folder, manifest, reports), sep="\n")
        return
    size = sum(shard.bytes for shard in manifest.shards)
    print(f"{folder} is sound: {manifest.records} records, {len(manifest.shards)} shards, {size / 1e6:.1f} MB.")
    if manifest.name == "products":
        for line in leaks.report(folder, manifest):
            print(line)


def cli() -> None:
    command.run(main, data.Records, data.Verification)


if __name__ == "__main__":
    cli()
