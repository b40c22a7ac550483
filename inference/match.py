"""Matches products by their embeddings and writes submission.csv.

    python -m inference.match --run=runs/first

Thresholds are chosen on the validation fold; the test fold is looked at once. Reads <run>/embeddings, writes
<run>/matches.
"""

from flags import command, matching, run


def main(matching: matching.Matching, run: run.Run) -> None:
    """Matches by every method, prints their F1 and writes what the best on validation matched."""
    embeddings, matches = (
        folder or (run.run and f"{run.run}/{name}")
        for folder, name in ((matching.embeddings, "embeddings"), (matching.matches, "matches"))
    )
    if not embeddings or not matches:
        raise ValueError("--run=<run folder> is needed, or both --embeddings and --matches.")
    from inference import embedding_folder, match_folder
    from inference.matching import match

    spaces, products, about = embedding_folder.read(embeddings)
    wanted = [name.strip() for name in matching.spaces.split(",") if name.strip()]
    result = match(
        products,
        {name: spaces[name] for name in chosen_spaces(wanted, list(spaces), embeddings)},
        matching.match_rows,
        validation_fold=run.validation_fold,
        test_fold=run.test_fold,
        neighbours=matching.neighbours,
        max_matches=matching.max_matches,
        min2=matching.min2,
        seed=run.seed,
        say=progress_lines(),
    )
    facts = {"validation_fold": run.validation_fold, "test_fold": run.test_fold}
    facts["run_fingerprint"] = about.get("run_fingerprint", "")
    match_folder.write(matches, products, result, facts, matching.max_matches)
    print(table(match_folder.describe(result)))
    print(f"wrote {matches}/submission.csv: {len(result.matches)} products matched by {result.chosen.name}")
    print(f"wrote {matches}/match.json" + (f", {matches}/test_matches.csv" if result.test_matches else ""))
    print(f"next: python -m inference.report --run={run.run}")


def chosen_spaces(wanted: list[str], there: list[str], folder: str) -> list[str]:
    """The wanted spaces that a folder of embeddings has.

    Raises:
      ValueError: it has none of them.
    """
    chosen = [name for name in wanted if name in there]
    if not chosen:
        raise ValueError(f"--spaces={','.join(wanted)}: {folder} has none of them; it has {', '.join(there)}.")
    return chosen


def table(found: dict) -> str:
    """The methods of match.json as aligned text."""
    lines = [f"{'method':<14}{'validation F1':>14}{'test F1':>10}{'matches':>9}  thresholds"]
    for method in found["methods"]:
        test = "-" if method["mean_f1"] is None else f"{method['mean_f1']:.4f}"
        thresholds = ", ".join(f"{name} {value:.3f}" for name, value in method["thresholds"].items()) or "-"
        weights = ", ".join(f"{weight:.2f} {name}" for name, weight in method["weights"].items())
        lines.append(
            f"{method['name']:<14}{method['validation_f1']:>14.4f}{test:>10}{method['matches_per_item']:>9.2f}  "
            + thresholds
            + (f" (fused = {weights})" if weights else "")
            + ("  <- chosen on validation" if method["name"] == found["chosen"] else "")
        )
    return "\n".join(lines)


def progress_lines():
    """Gives match's `say`: one progress line for each thing that is searched."""
    from tfrecords_tools.progress import Progress

    lines: dict[str, Progress] = {}

    def say(what: str, done: int, of: int) -> None:
        line = lines.setdefault(what, Progress(of, f"products searched for {what}"))
        line.advance(done - line.done)

    return say


def cli() -> None:
    command.run(main, matching.Matching, run.Run)


if __name__ == "__main__":
    cli()
