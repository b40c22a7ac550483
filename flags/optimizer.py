"""How the weights move: optimizer, schedule, batch, augmentation."""

import dataclasses

from flags.define import check, flag

SCHEDULES = (
    "warmup_cosine",
    "warmup_linear",
    "warmup_step",
    "warmup_exponential",
    "one_cycle",
    "cyclic_cosine",
    "shopee_epochs",
    "constant",
)


@dataclasses.dataclass(frozen=True)
class Optimization:
    """One training run's optimizer and schedule."""

    optimizer: str = flag("adamw", "Optimizer.", choices=("adam", "adamw", "sgd", "lamb", "adafactor", "muon"))
    learning_rate: float = flag(1e-3, "Peak learning rate.", low=0.0)
    weight_decay: float = flag(0.0, "Decoupled weight decay, not of adam; none on biases and norms.", low=0.0)
    momentum: float = flag(0.9, "Momentum of sgd.", low=0.0, high=0.999)
    nesterov: bool = flag(False, "Let sgd look ahead along its momentum.")
    rates: str = flag("", "Parts that learn at other rates, such as 'head*10,layer_decay=0.8' (docs/schedules.md).")
    clip_norm: float = flag(0.0, "Global norm that reduced gradients are clipped to; 0 for no clipping.", low=0.0)
    centralize_gradients: bool = flag(False, "Subtract from each gradient its mean over all axes but the last.")
    sam_rho: float = flag(0.0, "Radius of sharpness-aware minimization, twice the work; 0 for none.", low=0.0)
    accumulate_steps: int = flag(
        1, "Equal parts a batch is cut into; their gradients are summed before one update.", low=1
    )
    ema_momentum: float = flag(0.0, "Momentum of the moving average of the weights; 0 for none.", low=0.0, high=0.99999)
    schedule: str = flag(
        "warmup_cosine", "Learning rate over time, each drawn in docs/schedules.md.", choices=SCHEDULES
    )
    warmup_epochs: float = flag(1.0, "Epochs that the warmup, one_cycle and cyclic_cosine schedules rise.", low=0.0)
    decay_epochs: float = flag(1.0, "Epochs between two decays of warmup_step and warmup_exponential.", low=0.001)
    decay_rate: float = flag(0.5, "Factor of one decay of warmup_step and warmup_exponential.", low=0.0, high=1.0)
    cycles: int = flag(1, "Equal cycles of cyclic_cosine; each ends with an evaluation and a snapshot.", low=1)
    margin_start: float = flag(0.0, "Margin that --margin_warmup_epochs begins at, in radians.", low=0.0, high=1.56)
    margin_warmup_epochs: float = flag(0.0, "Epochs in which the margin rises to --margin; 0 for constant.", low=0.0)
    epochs: int = flag(10, "Passes over the training folds.", low=1)
    max_steps: int = flag(0, "Stop after so many steps, whatever --epochs says; 0 for no limit.", low=0)
    batch_size: int = flag(32, "Rows of the global batch, over all replicas.", low=2)
    label_smoothing: float = flag(0.0, "Share of the target given to all classes.", low=0.0, high=0.9)
    augment: str = flag("", "Augmentation, such as 'flip,affine(rotate=15)@0.8,brightness(0.5)' (docs/models.md).")
    shuffle_buffer: int = flag(1024, "Serialized records shuffled among themselves, in memory.", low=1)
    sampler: str = flag(
        "instances",
        "What an epoch shows: every record once, every class equally often, batches of groups with several each, or "
        "every record of a group as an anchor, followed by one of its group and --negatives of all.",
        choices=("instances", "classes", "groups", "tuples"),
    )
    classes_from_epoch: int = flag(-1, "From this epoch on every class equally often; -1 for never.", low=-1)
    oversample_to: int = flag(0, "Repeat records of classes with fewer until they have so many; 0 for none.", low=0)
    group_members: int = flag(2, "Records of each group in a batch of --sampler=groups.", low=2)

    def __post_init__(self):
        check(self)
        if self.optimizer == "adam" and self.weight_decay:
            raise ValueError(
                f"--weight_decay={self.weight_decay} has no effect on --optimizer=adam: give --optimizer=adamw, which "
                "is adam with decoupled decay, or --weight_decay=0."
            )
        if self.nesterov and self.optimizer != "sgd":
            raise ValueError(f"--nesterov is for --optimizer=sgd, not {self.optimizer}: leave it out.")
        if self.cycles > 1 and self.schedule != "cyclic_cosine":
            raise ValueError(
                f"--cycles={self.cycles} has no effect on --schedule={self.schedule}: give --schedule=cyclic_cosine, "
                "or --cycles=1."
            )
