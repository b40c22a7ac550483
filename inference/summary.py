"""Prints what a run found: the F1 of every method, the files written, and one line for other programs.

python -m inference.summary --run=demo/run
"""

import json

from flags import command, matching, run


def main(matching: matching.Matching, report: matching.Report, run: run.Run) -> None:
    """Reads match.json; the last line is one JSON object."""
    from inference.match_folder import read_match

    folder = matching.matches or f"{run.run}/matches"
    page, submission = report.report or f"{run.run}/report.html", f"{folder}/submission.csv"
    found = read_match(folder)
    f1 = {method["name"]: method["mean_f1"] for method in found["methods"]}
    print(f"\n{'method':<16}{'validation F1':>14}{'test F1':>10}")
    for method in found["methods"]:
        test = "-" if method["mean_f1"] is None else f"{method['mean_f1']:.4f}"
        mark = "  <- chosen on validation" if method["name"] == found["chosen"] else ""
        print(f"{method['name']:<16}{method['validation_f1']:>14.4f}{test:>10}{mark}")
    print(f"\nreport      {page}\nsubmission  {submission}\n")
    print("Your own products: python -m tfrecords_tools.convert --input=products.csv --records=records")
    print("                   then train, embed, match and report as above (docs/your_data.md)")
    print(
        json.dumps(
            {
                "mean_f1": f1[found["chosen"]],
                "mean_f1_alone": f1["alone"],
                "mean_f1_tfidf_phash": f1["tfidf_phash"],
                "report": page,
                "submission": submission,
            }
        )
    )


def cli() -> None:
    command.run(main, matching.Matching, matching.Report, run.Run)


if __name__ == "__main__":
    cli()
