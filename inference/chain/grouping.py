"""Matches made of matches: mutual pairs, lists of wanted sizes, groups of a wanted mean size."""

import numpy as np
import scipy.sparse
from scipy.cluster.hierarchy import average
from scipy.sparse.csgraph import breadth_first_order, connected_components

from inference import graph
from inference.search import Neighbours

LARGEST = 2000  # items whose distances are laid out in full: 16 MB


def mutual(matches: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """The pairs `[items, items]` that both sides match, with their own scores."""
    other = matches.T.tocsr()
    return _scored(_pattern(matches).multiply(_pattern(other)).tocsr(), matches)


def chiselled(neighbours: Neighbours, shares: np.ndarray, num_items: int) -> scipy.sparse.csr_matrix:
    """Lists of wanted sizes: which of each item's neighbours stay.

    Where the sizes of groups are distributed as in a labelled set, the share of items that have a second, third ...
    member is known: in each column so many neighbours stay, those with the best scores; none where the one before went.

    Args:
      neighbours: of every item, itself in column 0, then best first.
      shares: float `[sizes]`, share of items whose group has 1, 2, 3 ... members or more; falling, shares[0] = 1.

    Source: the 19th place of Shopee's Price Match Guarantee.
    """
    scores = neighbours.scores
    items, width = scores.shape
    kept = np.zeros((items, width), bool)
    kept[:, 0] = True
    for column in range(1, min(width, len(shares))):
        allowed = np.where(kept[:, column - 1], scores[:, column], -np.inf)
        best = np.argsort(-allowed, kind="stable")[: round(float(shares[column]) * items)]
        kept[best[allowed[best] > -np.inf], column] = True
    return graph.of_neighbours(neighbours, kept, num_items)


def shares_of_sizes(labels) -> np.ndarray:
    """Share of items whose group has 1, 2, 3 ... members or more, from the labels of a training set."""
    _, group, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sizes = counts[group]
    return np.array([(sizes >= size).mean() for size in range(1, sizes.max() + 1)])


def agglomerated(matches: scipy.sparse.csr_matrix, mean_size: float) -> np.ndarray:
    """Groups by average linkage, merged until they hold `mean_size` items on average: int `[items]`, group numbers.

    Items that no chain of matches joins are never in one group; a pair without a match counts as a cosine of 0.

    Args:
      matches: `[items, items]`, cosines of candidate pairs.
      mean_size: wanted, 1 or more; less is given where the candidates do not allow it.

    Raises:
      ValueError: `mean_size` is below 1.

    Source: the 3rd place of Shopee's Price Match Guarantee, which merged until 2.6.
    """
    if mean_size < 1.0:
        raise ValueError(f"mean_size={mean_size}: a group has at least 1 item.")
    items = matches.shape[0]
    symmetric = matches.maximum(matches.T).tocsr()
    merges = [merge for members in _pieces(symmetric) for merge in _merges(symmetric, members)]
    wanted = items - round(items / mean_size)
    merges = sorted(merges, key=lambda merge: merge[0])[:wanted]
    pairs = np.array([pair for _, pair in merges], np.int64).reshape(-1, 2)
    joined = scipy.sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=matches.shape)
    return connected_components(joined, directed=False)[1]


def whole_groups(group: np.ndarray, matches: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Matches every item with all of its group: the scores of `matches` where it has the pair, 0 where it has not."""
    items = len(group)
    members = scipy.sparse.csr_matrix((np.ones(items), (np.arange(items), group)), shape=(items, int(group.max()) + 1))
    return _scored((members @ members.T).tocsr(), matches)


def _merges(matches, members: np.ndarray) -> list[tuple[float, tuple[int, int]]]:
    """(height, two items of the groups that are merged) of each merge of a piece, lowest first."""
    if len(members) < 2:
        return []
    distance = 1.0 - matches[members][:, members].toarray()
    tree = average(distance[np.triu_indices(len(members), 1)])
    first = list(members)  # an item of each group
    merges = []
    for left, right, height, _ in tree:
        merges.append((float(height), (int(first[int(left)]), int(first[int(right)]))))
        first.append(first[int(left)])
    return merges


def _pieces(matches) -> list[np.ndarray]:
    """Connected items; a piece that is too large is cut where its matches are weakest."""
    number, of = connected_components(matches, directed=False)
    order = np.argsort(of, kind="stable")
    pieces, done = np.split(order, np.cumsum(np.bincount(of, minlength=number))[:-1]), []
    for piece in pieces:
        if len(piece) <= LARGEST:
            done.append(piece)
            continue
        part = matches[piece][:, piece].tocsr()
        part.setdiag(0.0)
        weak = part.data < np.median(part.data[part.data > 0.0])
        if (part.data[weak] > 0.0).any():
            part.data[weak] = 0.0
            part.eliminate_zeros()
            done += [piece[inner] for inner in _pieces(part)]
        else:  # all equally strong: cut along the way from one end to the other
            nearby = piece[breadth_first_order(part, 0, directed=False, return_predecessors=False)]
            done += np.array_split(nearby, -(-len(piece) // LARGEST))
    return done


def _scored(pairs, matches):
    """The pairs of one graph with the scores of another, 0 where it has them not."""
    pairs.sort_indices()
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    data = np.asarray(matches[row, pairs.indices]).ravel()
    return scipy.sparse.csr_matrix((data, pairs.indices, pairs.indptr), shape=matches.shape)


def _pattern(matches):
    return scipy.sparse.csr_matrix((np.ones(matches.nnz), matches.indices, matches.indptr), shape=matches.shape)
