"""How fast a program can be at best, from its arithmetic and its memory traffic."""


def bound(flops: float, bytes_moved: float, chip) -> tuple[float, str]:
    """The time that arithmetic alone or memory alone would take, whichever is longer.

    Args:
      flops, bytes_moved: of one step on one device; bytes that are surely moved give a bound, more an estimate.
      chip: training.rehearsal.tpu_topologies.Chip.

    Returns:
      seconds, and which of the two it is.

    Source: Williams et al., Roofline, CACM 2009.
    """
    computing, moving = flops / chip.flops, bytes_moved / chip.bandwidth
    return max((computing, "arithmetic"), (moving, "memory traffic"))
