"""Turns every product of a records folder into its embeddings.

python -m inference.embed --records=records --run=runs/first
python -m inference.embed --records=records --run=runs/unsupervised --flagfile=flags/recipes/shopee/unsupervised.flags
"""

from flags import command, data, distribution, matching, model, run, weights


def main(
    records: data.Records,
    matching: matching.Matching,
    model: model.Model,
    distribution: distribution.Distribution,
    run: run.Run,
    weights: weights.RunWeights,
) -> None:
    """Writes one npy file per space and the table of products beside them."""
    if not records.records or not run.run:
        raise ValueError("--records=<folder of records> and --run=<folder of a trained run> are both needed.")
    if weights.run_weights == "snapshots":
        raise ValueError(
            "--run_weights=snapshots is for classify, which sums their probabilities. To embed, average them first "
            "(python -m training.average) and give --run_weights=averaged."
        )
    from training.machine import before_import

    before_import.prepare(distribution.accelerator, distribution.backend)
    from inference.embedding_folder import embed_records
    from inference.untrained import embed_untrained

    folder = matching.embeddings or f"{run.run}/embeddings"
    if weights.run_weights == "untrained":
        shapes = embed_untrained(records.records, run.run, folder, distribution, model, run.seed)
    else:
        shapes = embed_records(records.records, run.run, folder, distribution, weights.run_weights)
    for space, (count, dim) in shapes.items():
        print(f"wrote {folder}/{space}.npy: {count} x {dim}")
    print(f"wrote {folder}/products.csv, {folder}/embeddings.json")
    print(f"next: python -m inference.match --run={run.run}")


def cli() -> None:
    concerns = data.Records, matching.Matching, model.Model, distribution.Distribution, run.Run, weights.RunWeights
    command.run(main, *concerns)


if __name__ == "__main__":
    cli()
