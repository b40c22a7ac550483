"""Draws a product catalogue in Shopee's file format, so that everything runs with no download.

    python -m sample_data.draw --out=demo/catalogue --postings=1200 --drawn_size=128 --drawing_seed=0

Writes train.csv, train_images/, test.csv (no labels), test_images/ and hierarchy.csv (the category tree).
"""

from flags import command, sample


def main(sample: sample.Sample) -> None:
    """Draws the catalogue of the flags and says what was written."""
    from sample_data import catalogue

    counts = catalogue.write(sample.out, sample.postings, sample.drawn_size, sample.drawing_seed)
    print(
        f"{sample.out}: {counts['train']:,} postings to train on, {counts['test']:,} unlabelled, "
        f"{counts['groups']:,} products, {counts['pictures']:,} picture files"
    )
    print(
        f"next: python -m tfrecords_tools.convert --source=shopee --input={sample.out} --image_root={sample.out} "
        f"--hierarchy={sample.out}/hierarchy.csv --records=records"
    )


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, sample.Sample)


if __name__ == "__main__":
    cli()
