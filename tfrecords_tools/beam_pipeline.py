"""Writes planned shards as an Apache Beam pipeline: one shard is one element."""

from collections.abc import Callable

from tfrecords_tools import journal, shard_conversion
from tfrecords_tools.journal import Entry
from tfrecords_tools.plan import PlannedShard


def writer(options: list[str]) -> Callable[[list[PlannedShard], object], dict[str, Entry]]:
    """Returns what `conversion.convert` is to write shards with.

    Args:
      options: of Beam and its runner, such as `["--runner=DirectRunner", "--direct_num_workers=2"]`.

    Raises:
      ModuleNotFoundError: apache-beam is not installed.
    """
    try:
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Apache Beam is not installed: pip install 'shelflens[beam]', in an environment of its own (see "
            "docs/dependencies.md), or convert on this machine with python -m tfrecords_tools.convert."
        ) from error

    def write(shards: list[PlannedShard], records) -> dict[str, Entry]:
        with beam.Pipeline(options=PipelineOptions(options)) as pipeline:
            (
                pipeline
                | "Shards" >> beam.Create(shards)
                | "Spread" >> beam.Reshuffle()  # or one machine would get them all
                | "Write" >> beam.Map(shard_conversion.write_alone, records)
            )
        return {shard.file: _entry(records.records, shard.file) for shard in shards}

    return write


def _entry(folder: str, file: str) -> Entry:
    entry = journal.read_entry(folder, file, whole=False)
    if entry is None:
        raise OSError(
            f"The pipeline has ended, but {file} is not in {folder} as seen from here: the workers must write to "
            "storage that this machine sees too, such as gs://. Run the same command again; it goes on."
        )
    return entry
