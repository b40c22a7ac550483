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
    from inference import joined_embeddings, match_folder, stored_calibration
    from inference.matching import match

    folders = [folder.strip() for folder in embeddings.split(",") if folder.strip()]
    spaces, products, fingerprint = joined_embeddings.read(folders, matching.ensemble)
    wanted = [name.strip() for name in matching.spaces.split(",") if name.strip()]
    spaces = {name: spaces[name] for name in chosen_spaces(wanted, list(spaces), embeddings)}
    if matching.calibration:
        match_by_calibration(matching, matches, spaces, products, fingerprint)
        return
    result = match(
        products,
        spaces,
        matching.match_rows,
        validation_fold=run.validation_fold,
        test_fold=run.test_fold,
        neighbours=matching.neighbours,
        max_matches=matching.max_matches,
        min2=matching.min2,
        chain=chosen_steps(matching.chain),
        wanted_precision=matching.match_precision,
        search=matching.search,
        seed=run.seed,
        say=progress_lines(),
    )
    facts = {"validation_fold": run.validation_fold, "test_fold": run.test_fold}
    facts["run_fingerprint"] = fingerprint
    match_folder.write(matches, products, result, facts, matching.max_matches)
    print(table(match_folder.describe(result)))
    if matching.ablation:
        print(f"\n{steps_table(result.chain)}\n")
    print(f"wrote {matches}/submission.csv: {len(result.matches)} products matched by {result.chosen.name}")
    others = (["test_matches.csv"] if result.test_matches else []) + (["ablation.csv"] if result.chain else [])
    print("wrote " + ", ".join(f"{matches}/{name}" for name in ["match.json", *others]))
    if run.run:
        kept = stored_calibration.write(run.run, result, fingerprint)
        print(f"wrote {run.run}/{stored_calibration.NAME}: thresholds of {kept}, for --calibration")
    print(f"next: python -m inference.report --run={run.run}")


def match_by_calibration(matching, folder: str, spaces: dict, products, fingerprint: str) -> None:
    """Matches all products with each other by kept thresholds and writes submission.csv alone: there is no F1."""
    from inference import match_folder, stored_calibration

    method, size = stored_calibration.read(matching.calibration, fingerprint)
    found = stored_calibration.matches(
        products, spaces, method, matching.neighbours, matching.max_matches, matching.search, progress_lines()
    )
    id = products["id"].to_numpy()
    match_folder.write_submission(folder, id, [id[rows].tolist() for rows in found], matching.max_matches)
    print(stored_calibration.warning(size, len(products)) or "thresholds were chosen in a gallery of about this size")
    print(f"wrote {folder}/submission.csv: {len(found)} products matched by {method.name} of {matching.calibration}")


def chosen_spaces(wanted: list[str], there: list[str], folder: str) -> list[str]:
    """The wanted spaces that a folder of embeddings has.

    Raises:
      ValueError: it has none of them.
    """
    chosen = [name for name in there if name.split("@")[0] in wanted]
    if not chosen:
        raise ValueError(f"--spaces={','.join(wanted)}: {folder} has none of them; it has {', '.join(there)}.")
    return chosen


def chosen_steps(chain: str) -> list[str]:
    """The steps that --chain names, of which chain.ablation.climb knows what there are."""
    from inference.chain.steps import STEPS

    return {"all": list(STEPS), "none": []}.get(chain, [name.strip() for name in chain.split(",") if name.strip()])


def steps_table(steps) -> str:
    """The steps of a chain as aligned text."""
    lines = [f"{'step':<12}{'validation F1':>14}{'test F1':>10}{'matches':>9}{'seconds':>9}"]
    for step in steps:
        test = "-" if step.mean_f1 is None else f"{step.mean_f1:.4f}"
        kept = "" if step.kept else "  no clear gain: left out"
        figures = f"{step.validation_f1:>14.4f}{test:>10}{step.matches_per_item:>9.2f}{step.seconds:>9.1f}"
        lines.append(f"{step.name:<12}{figures}{kept}")
    return "\n".join(lines)


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
