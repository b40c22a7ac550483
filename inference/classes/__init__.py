"""Predicting classes: several looks at a picture, snapshots, runs together, levels, submissions, a page."""
