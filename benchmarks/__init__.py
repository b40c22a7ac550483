"""Programs that print a measured figure beside its reference."""
