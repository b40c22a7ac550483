"""Mines hard negatives of query-product pairs: other queries like a query, whose products stand beside its own.

    python -m training.mine --records=records --mined=mined
    python -m training.mine --records=records --mined=mined --mine_by=kmeans --query_embeddings=queries.npy

Looks at the training fold alone. Writes queries.csv (the queries' numbers), last_word.npy, kmeans.npy, neighbours.npy
and mined.json into --mined; what an earlier call wrote there stays.
"""

from flags import command, data, mining, run


def main(records: data.Records, options: mining.Mining, run: run.Run) -> None:
    """Mines, and shows what negatives some queries would get."""
    if not records.records or not options.mined:
        raise ValueError("--records=<folder of pairs> and --mined=<folder to write> are both needed.")
    from training.recall.mining import mine

    found, look = mine(records.records, options, run.seed)
    print(look)
    print(f"wrote {options.mined}: of {found.queries:,} queries")
    for name, part in found.parts.items():
        print(f"  {name}.npy: {', '.join(f'{key} {value:,}' for key, value in part.items())}")
    negatives = "tfidf" if list(found.parts) == ["neighbours"] else "mined"
    print(f"next: python -m training.train with --mined={options.mined} --negatives_from={negatives}")


def cli() -> None:
    """Runs `main` from the command line."""
    command.run(main, data.Records, mining.Mining, run.Run)


if __name__ == "__main__":
    cli()
