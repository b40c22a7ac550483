"""Which records an epoch shows, and how often: one order per sampler, a function of (seed, epoch) alone."""

import numpy as np

from training.inputs import order


def instances(labels: np.ndarray, random: np.random.Generator, window: int, at_least: int = 0) -> np.ndarray:
    """Every record once; those of a class with fewer than `at_least` records are repeated until it has so many.

    Args:
      labels: int64 `[records]`.
      random: decides the order.
      window: see training/inputs/order.py.

    Returns:
      int64 `[positions]`, record numbers.
    """
    if at_least <= 1:
        return order.shuffled(len(labels), window, random)
    members, starts, sizes = _by_class(labels)
    repeats = [
        random.permutation(np.resize(members[start : start + size], at_least - size))
        for start, size in zip(starts, sizes, strict=True)
        if size < at_least
    ]
    return random.permutation(np.concatenate([np.arange(len(labels)), *repeats]))


def classes(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As many records as there are, every class equally often, its records in turn.

    Source: class-balanced sampling; Kang et al., Decoupling representation and classifier, ICLR 2020.
    """
    members, starts, sizes = _by_class(labels)
    rounds = -(-len(labels) // len(sizes))
    turn = np.argsort(random.random((rounds, len(sizes))), axis=1).ravel()[: len(labels)]
    return members[starts[turn] + _turns(turn, sizes, random)]


def groups(labels: np.ndarray, random: np.random.Generator, batch_size: int, members_each: int) -> np.ndarray:
    """Batches of P groups with K members each (P K), a group with fewer than K giving some of them again.

    Every group comes about as often as every other; groups of one record are left out, as they have no pair to show.
    Source: Hermans et al., In defense of the triplet loss for person re-identification, 2017.

    Args:
      batch_size: P times K.
      members_each: K.

    Returns:
      int64 `[batches * batch_size]`, batch by batch; the members of a group lie side by side.

    Raises:
      ValueError: K does not divide the batch, or there are fewer groups of two than P.
    """
    each = batch_size // members_each
    members, starts, sizes = _by_class(labels)
    several = np.flatnonzero(sizes > 1)
    if batch_size % members_each or len(several) < each:
        raise ValueError(
            f"--sampler=groups: a batch of {batch_size} is to hold groups of {members_each} records each, of "
            f"{len(several)} groups with two records or more. --batch_size must be a multiple of --group_members, and "
            "their ratio no larger than the number of groups."
        )
    batches = len(labels) // batch_size
    turn = _without_repeats(several, batches, each, random)
    turn = np.repeat(turn, members_each)
    return members[starts[turn] + _turns(turn, sizes, random)]


def tuples(labels: np.ndarray, random: np.random.Generator, negatives: int) -> np.ndarray:
    """Every record of a group of two or more once as an anchor, with one of its group and some of all records.

    Source: Shopee Price Match Guarantee, a union ensemble's first schemes (one positive, five negatives).

    Args:
      negatives: drawn with repeats from all records; the anchor or another of its group may be among them, which the
        loss then leaves out.

    Returns:
      int64 `[anchors * (2 + negatives)]`, tuple by tuple: anchor, positive, negatives.

    Raises:
      ValueError: no group has two records.
    """
    members, starts, sizes = _by_class(labels)
    group = np.repeat(np.arange(len(sizes)), sizes)
    places = random.permutation(np.flatnonzero(sizes[group] > 1))
    if not len(places):
        raise ValueError(
            f"--sampler=tuples: none of {len(sizes)} groups has two records, so no anchor has a positive. Is "
            "--label_column the right column?"
        )
    group = group[places]
    turn = (places - starts[group] + random.integers(1, sizes[group])) % sizes[group]
    drawn = random.integers(0, len(labels), (len(places), negatives))
    return np.column_stack([members[places], members[starts[group] + turn], drawn]).ravel()


def _by_class(labels):
    """Record numbers class by class, and where each class begins and how many it has."""
    members = np.argsort(labels, kind="stable")
    _, starts, sizes = np.unique(labels[members], return_index=True, return_counts=True)
    return members, starts, sizes


def _turns(turn, sizes, random):
    """For each draw of a class, which of its records: every record before any comes again, from a random one on."""
    by_class = np.argsort(turn, kind="stable")
    _, starts, counts = np.unique(turn[by_class], return_index=True, return_counts=True)
    nth = np.empty(len(turn), np.int64)
    nth[by_class] = np.arange(len(turn)) - np.repeat(starts, counts)
    offsets = random.integers(0, sizes)
    return (nth + offsets[turn]) % sizes[turn]


def _without_repeats(values, batches, each, random):
    """`batches` rows of `each` values, none twice in a row's batch, all values about equally often."""
    rows = []
    left = np.zeros(0, values.dtype)
    while len(rows) < batches:
        if len(left) < each:
            fresh = random.permutation(values)
            fresh = np.concatenate([fresh[~np.isin(fresh, left)], fresh[np.isin(fresh, left)]])
            left = np.concatenate([left, fresh])
        rows.append(left[:each])
        left = left[each:]
    return np.concatenate(rows)
