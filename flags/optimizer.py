"""How the weights move: optimizer, schedule, batch, augmentation."""

import dataclasses

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Optimization:
    """One training run's optimizer and schedule."""

    optimizer: str = flag("adamw", "Optimizer.", choices=("adam", "adamw", "sgd"))
    learning_rate: float = flag(1e-3, "Peak learning rate.", low=0.0)
    weight_decay: float = flag(0.0, "Decoupled weight decay of adamw; none on biases and norms.", low=0.0)
    momentum: float = flag(0.9, "Momentum of sgd.", low=0.0, high=0.999)
    clip_norm: float = flag(0.0, "Global norm that reduced gradients are clipped to; 0 for no clipping.", low=0.0)
    schedule: str = flag(
        "warmup_cosine",
        "Learning rate over time: warm-up then cosine or line to zero, the Shopee scheme-3 epochs, or constant.",
        choices=("warmup_cosine", "warmup_linear", "shopee_epochs", "constant"),
    )
    warmup_epochs: float = flag(1.0, "Epochs of linear warm-up of the warmup schedules.", low=0.0)
    epochs: int = flag(10, "Passes over the training folds.", low=1)
    max_steps: int = flag(0, "Stop after so many steps, whatever --epochs says; 0 for no limit.", low=0)
    batch_size: int = flag(32, "Global batch, over all replicas.", low=2)
    label_smoothing: float = flag(0.0, "Share of the target given to all classes.", low=0.0, high=0.9)
    augment: str = flag("", "Augmentation, such as 'flip,affine(rotate=15)@0.8,brightness(0.5)' (docs/models.md).")
    shuffle_buffer: int = flag(1024, "Serialized records shuffled among themselves, in memory.", low=1)
    sampler: str = flag(
        "instances",
        "What an epoch shows: every record once, every class equally often, or batches of groups with several each.",
        choices=("instances", "classes", "groups"),
    )
    classes_from_epoch: int = flag(-1, "From this epoch on every class equally often; -1 for never.", low=-1)
    oversample_to: int = flag(0, "Repeat records of classes with fewer until they have so many; 0 for none.", low=0)
    group_members: int = flag(2, "Records of each group in a batch of --sampler=groups.", low=2)

    def __post_init__(self):
        check(self)
