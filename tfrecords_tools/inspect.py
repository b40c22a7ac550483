"""Prints what a records folder holds and draws a contact sheet of its pictures, titles and labels.

python -m tfrecords_tools.inspect --records=records --pictures=48
"""

from flags import command, data


def main(records: data.Records, inspection: data.Inspection) -> None:
    import os

    from tfrecords_tools import contact_sheet, summary
    from tfrecords_tools.manifest import Manifest

    folder = records.records
    print(summary.table(Manifest.read(folder)))
    if inspection.pictures:
        path = inspection.sheet or os.path.join(folder, "contact_sheet.png")
        contact_sheet.save(path, contact_sheet.draw(contact_sheet.choose(folder, inspection.pictures)))
        print(f"Contact sheet: {path}")
    print(f"Next: python -m training.train --records={folder} --run=run")


def cli() -> None:
    command.run(main, data.Records, data.Inspection)


if __name__ == "__main__":
    cli()
