r"""Writes a list of a catalogue's rows, chosen by the size of their class, for --only of convert.

    python -m tfrecords_tools.select --source=aliproducts --input=aliproducts --selection=stage_1.csv \
      --class_size_low=80 --class_size_high=100
    python -m tfrecords_tools.select --source=aliproducts --input=aliproducts --selection=balanced.csv --balance
    python -m tfrecords_tools.convert --source=aliproducts --input=aliproducts --only=balanced.csv --records=records

Sizes count training rows. With --only here too, a list is cut from a list.
"""

from flags import command, data, selection


def main(source: data.Source, selection: selection.Selection) -> None:
    from tfrecords_tools import selection as lists
    from tfrecords_tools import sources, writer

    path = selection.selection
    if not path:
        raise ValueError("--selection is empty: name the CSV to write, for example --selection=selected.csv.")
    chosen = lists.choose(
        sources.read(source),
        selection.class_size_low,
        selection.class_size_high,
        selection.balance,
        selection.selection_seed,
        selection.class_cap,
    )
    writer.write_whole(path, lists.text(chosen))
    classes = len({product.label_name for product in chosen})
    print(
        f"{path} lists {len(chosen)} rows of {classes} classes.\n"
        f"Convert them: python -m tfrecords_tools.convert --source={source.source} --input={source.input} "
        f"--only={path} --records=records, with what else describes the catalogue"
    )


def cli() -> None:
    command.run(main, data.Source, selection.Selection)


if __name__ == "__main__":
    cli()
