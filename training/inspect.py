"""Shows a records folder: its contact sheet, or with --augment what an augmentation makes of its pictures.

python -m training.inspect --records=records
python -m training.inspect --records=records --augment='crop,flip,color@0.6' --image_size=224
"""

from flags import command, data, model, optimizer, run


def main(
    records: data.Records,
    inspection: data.Inspection,
    encoder: model.Model,
    optimization: optimizer.Optimization,
    options: run.Run,
) -> None:
    import os

    from tfrecords_tools import contact_sheet, inspect
    from training import augmentation_sheet

    if not optimization.augment:
        inspect.main(records, inspection)
        return
    rows = min(max(2, inspection.pictures // augmentation_sheet.DRAWS), 16)
    sheet = augmentation_sheet.draw(records.records, optimization.augment, encoder.image_size, rows, options.seed)
    path = inspection.sheet or os.path.join(records.records, "augmentation_sheet.png")
    contact_sheet.save(path, sheet)
    print(
        f"Before and after {optimization.augment}: {path}\n"
        f"Next: python -m training.train --records={records.records} --run=run --augment='{optimization.augment}'"
    )


def cli() -> None:
    command.run(main, data.Records, data.Inspection, model.Model, optimizer.Optimization, run.Run)


if __name__ == "__main__":
    cli()
