"""Pretrained weights, from files or packages, into our encoders."""
