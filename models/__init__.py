"""Encoders, margin heads and matching as pure functions of tensors."""
