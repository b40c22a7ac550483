"""Rounds of training: their plan, their processes, their table; what `training.rounds` does."""
