"""The command line: absl flags grouped by concern, each group one frozen dataclass."""
