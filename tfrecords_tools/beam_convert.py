"""Turns a catalogue into the records that convert makes, on any number of machines, with Apache Beam.

    python -m tfrecords_tools.beam_convert --input=products.csv --records=records \\
        --beam_options="--runner=DirectRunner --direct_num_workers=4 --direct_running_mode=multi_processing"
    python -m tfrecords_tools.beam_convert --input=gs://shop/products.csv --records=gs://shop/records \\
        --beam_options="--runner=DataflowRunner --project=shop --region=europe-west4 --temp_location=gs://shop/temp"

Takes the flags of convert; --beam_options are those of the runner (Dataflow, Flink, Spark), whose workers need this
package and paths that they can reach. One shard is one element of the pipeline; it writes its journal entry beside the
records, so convert and this program go on with what the other has begun, and end in the same bytes.
"""

import shlex

from flags import command, data


def main(source: data.Source, records: data.Records, pipeline: data.Pipeline) -> None:
    from tfrecords_tools import beam_pipeline, conversion

    if not records.records:
        raise ValueError("--records is empty: name the folder to write, for example --records=gs://shop/records.")
    if source.source == "kddcup":
        raise ValueError("--source=kddcup is no catalogue of products: convert it with tfrecords_tools.convert.")
    if records.dry_run:
        print(conversion.rehearse(source, records))
        return
    write = beam_pipeline.writer(shlex.split(pipeline.beam_options))
    manifest = conversion.convert(source, records, write)
    print(
        f"{records.records} holds {manifest.records} records of {manifest.num_labels} labels in "
        f"{len(manifest.shards)} shards; {manifest.rejected} rows rejected.\n"
        f"Check them:  python -m tfrecords_tools.verify --records={records.records}"
    )


def cli() -> None:
    command.run(main, data.Source, data.Records, data.Pipeline)


if __name__ == "__main__":
    cli()
