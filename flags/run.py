"""One training run: its folder, seed, folds and how often it saves."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Run:
    """A run folder and what decides when it is written."""

    run: str = flag("", "Folder of the run: config, checkpoints, metrics, embeddings, matches, report.")
    seed: int = flag(0, "Seed of weights, order and augmentation.", low=0)
    initial_run: str = flag(
        "",
        "Run to begin with the weights of: its encoder, and of its heads the classes that are trained here too, by "
        "name; empty or none to begin anew.",
    )
    initial_weights: str = flag(
        "best", "Which of its weights: the best, or what training.average made.", choices=("best", "averaged")
    )
    validation_fold: int = flag(0, "Fold that thresholds and checkpoints are chosen on.", low=-1)
    test_fold: int = flag(1, "Fold that is looked at once, by match; -1 to train on it.", low=-1)
    checkpoint_steps: int = flag(500, "Steps between two checkpoints; one is also written at every evaluation.", low=1)
    best_by: str = flag(
        "auto",
        "Validation score that the best weights are chosen by; auto: mean_f1, of --head=linear top1.",
        choices=("auto", "mean_f1", "recall_at_1", "map_at_r", "top1", "gap", "mean_class_accuracy", "macro_f1"),
    )
    evaluate_epochs: int = flag(1, "Epochs between two evaluations.", low=1)
    on_nan: str = flag(
        "stop",
        "What a loss that is not finite does: stop the run, or go back to the last checkpoint and pass over what led "
        "there.",
        choices=("stop", "restore"),
    )
    nan_restores: int = flag(3, "How often --on_nan=restore goes back before it stops after all.", low=0)
    smoke: bool = flag(False, "Shrink the recipe (small encoders, 64 pixels, 40 steps) to try it on a CPU.")
    plot_schedule: str = flag("", "PNG file to draw the schedule into, without training; empty to train.")

    def __post_init__(self):
        check(self)
        if self.initial_weights != "best" and not self.begins_from:
            raise ValueError(
                f"--initial_weights={self.initial_weights} has no effect without --initial_run: name the run, or leave "
                "it out."
            )
        if self.validation_fold == self.test_fold and self.test_fold >= 0:
            raise ValueError(
                f"--validation_fold and --test_fold are both {self.test_fold}: a threshold tuned on the test fold "
                "measures nothing. Give two different folds."
            )

    @property
    def begins_from(self) -> str:
        """The folder of --initial_run; "" for none."""
        return "" if self.initial_run == "none" else self.initial_run.rstrip("/")
