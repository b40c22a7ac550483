"""Rules that find wrong labels, what they look at, and what they end in; what `training.clean` does."""
