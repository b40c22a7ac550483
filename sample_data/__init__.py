"""Draws a small product catalogue, so that everything runs on a fresh clone."""
