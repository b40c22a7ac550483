"""Weights averaged over snapshots or runs, and scored; what `training.average` does."""
