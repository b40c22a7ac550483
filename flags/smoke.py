"""Shrinks any recipe until a laptop runs it in a minute."""

import dataclasses

from flags.model import Model
from flags.optimizer import Optimization
from flags.selection import TrainingRows


def shrink(model: Model, optimization: Optimization) -> tuple[Model, Optimization]:
    """Keeps a recipe's form (modality, head, loss, schedule, augmentation) and makes its parts small."""
    together = model.rows_together
    batch_size = max(1, min(32, optimization.batch_size) // together) * together
    small = dataclasses.replace(
        model,
        image_encoder="small",
        weights="none",
        image_size=min(64, model.image_size),
        title_encoder="tfidf",
        title_weights="none",
        tfidf_terms=min(2000, model.tfidf_terms),
        tfidf_dim=min(64, model.tfidf_dim),
        embedding_dim=min(64, model.embedding_dim),
    )
    return small, dataclasses.replace(optimization, batch_size=batch_size, max_steps=40)


def all_classes(rows: TrainingRows) -> TrainingRows:
    """Takes classes of every size: those of the recipe's catalogue are not those of a small one."""
    return dataclasses.replace(rows, class_size_low=1, class_size_high=0)
