"""What a training step does with its gradients: the same options for the TensorFlow and the JAX step."""

import dataclasses
import functools
from collections.abc import Callable, Mapping

from models.adacos import AdaCos
from training import schedules
from training.steps import part_rates


@dataclasses.dataclass(frozen=True)
class StepOptions:
    """How one batch becomes one update.

    A step does, in this order: gradients of the batch, summed over devices -> centralised -> clipped by global norm ->
    applied once by the optimizer -> each variable's change multiplied by its rate -> moving average of the weights.

    Args:
      global_batch: rows of one batch over all devices; the loss is divided by it.
      label_smoothing: share of the target given to all classes.
      clip_norm: largest global norm of the gradients; 0 leaves them as they are.
      centralize: take the mean out of each gradient of rank 2 and more (arXiv:2004.01461).
      accumulate_steps: equal parts a batch is cut into; they run one after the other and their gradients are summed
        before the one update. BatchNorm sees one part at a time.
      sam_rho: radius of sharpness-aware minimization (arXiv:2010.01412): gradients are taken where the loss is highest
        within it; 0 takes them at the weights.
      multipliers: {variable.path: factor} of the trainable variables whose updates are scaled; the rest have 1.
      ema_momentum: largest momentum of the moving average of trainable variables; 0 keeps none.
      rows_together: rows of a batch that the heads' loss looks at together, or whose pictures are mixed; they stay in
        one part and on one device.
      margin: the margin of all heads as a function of the update's number (keras.ops), None to leave it alone.
    """

    global_batch: int
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    centralize: bool = False
    accumulate_steps: int = 1
    sam_rho: float = 0.0
    multipliers: Mapping[str, float] = dataclasses.field(default_factory=dict)
    ema_momentum: float = 0.0
    rows_together: int = 1
    margin: Callable | None = None

    def __post_init__(self):
        if self.global_batch % self.accumulate_steps:
            raise ValueError(
                f"--accumulate_steps={self.accumulate_steps} does not cut --batch_size={self.global_batch} into equal "
                "parts: change one of them."
            )


def check_batch(batch_size: int, parts: int, devices: int, together: int = 1) -> None:
    """Refuses a batch of which not every device would get the same number of rows, or of tuples, at a time.

    Args:
      together: rows of a tuple, which stay together; 1: rows are no tuples.
    """
    rows = batch_size // parts
    if rows % (devices * together):
        cut = f" in {parts} parts of {rows}" if parts > 1 else ""
        whole = f" with whole tuples of {together} rows" if together > 1 else ""
        raise ValueError(
            f"--batch_size={batch_size}{cut} does not divide by {devices} devices{whole}: give a multiple of "
            f"{devices * parts * together}."
        )


def of(optimization, encoder, heads, steps_per_epoch: int, margin: float, mixes: bool = False) -> StepOptions:
    """The options that flags ask for; freezes the parts of the encoder that `--rates` freezes.

    Args:
      optimization: flags.optimizer.Optimization.
      margin: of the heads, in radians, once it has risen.
      mixes: whether augmentation mixes neighbours' pictures.

    Raises:
      ValueError: a margin is to rise in heads that have none.
    """
    if optimization.margin_warmup_epochs and any(isinstance(head, AdaCos) for head in heads.values()):
        raise ValueError(
            f"--margin_warmup_epochs={optimization.margin_warmup_epochs:g} with --margin_loss=adacos, which has no "
            "margin to raise: leave it out, or give another --margin_loss."
        )
    rising = functools.partial(
        schedules.margin_at, optimization=optimization, steps_per_epoch=steps_per_epoch, margin=margin
    )
    return StepOptions(
        global_batch=optimization.batch_size,
        label_smoothing=optimization.label_smoothing,
        clip_norm=optimization.clip_norm,
        centralize=optimization.centralize_gradients,
        accumulate_steps=optimization.accumulate_steps,
        sam_rho=optimization.sam_rho,
        multipliers=part_rates.apply(encoder, heads, optimization.rates),
        ema_momentum=optimization.ema_momentum,
        rows_together=max([2 if mixes else 1, *(head.rows_together for head in heads.values())]),
        margin=rising if optimization.margin_warmup_epochs else None,
    )
