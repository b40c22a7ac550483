"""The programs of a run compiled for a TPU that is not there; what `training.preflight` prints."""
