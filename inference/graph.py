"""Matches as a sparse graph: a scipy CSR matrix `[queries, items]` whose entries are the scores of matched pairs.

Small pure functions that turn neighbour lists into graphs and graphs into lists. The query itself, where it is in the
gallery, is column 0 of its neighbour list and matches whatever the threshold.
"""

import numpy as np
import scipy.sparse

from inference.search import Neighbours


def threshold(neighbours: Neighbours, first: float, num_items: int) -> scipy.sparse.csr_matrix:
    """Keeps the neighbours that score `first` or above, and column 0."""
    kept = neighbours.scores.astype(np.float64) >= first
    kept[:, :1] = True
    return of_neighbours(neighbours, kept, num_items)


def min2(neighbours: Neighbours, second: float, num_items: int) -> scipy.sparse.csr_matrix:
    """Keeps column 0 and the nearest neighbour after it, unless that one scores below `second`.

    In union with a graph of a higher threshold this adds at most one item to a row and drops none: most products have
    a second posting somewhere, so that the nearest deserves a milder threshold. Source: the winners of Shopee's Price
    Match Guarantee.
    """
    kept = np.zeros(neighbours.scores.shape, bool)
    kept[:, :1] = True
    kept[:, 1:2] = neighbours.scores[:, 1:2].astype(np.float64) >= second
    return of_neighbours(neighbours, kept, num_items)


def union(*graphs: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Every pair that is in one of the graphs, with the highest of its scores."""
    parts = [graph.tocoo() for graph in graphs]
    row, column, score = (np.concatenate([getattr(part, of) for part in parts]) for of in ("row", "col", "data"))
    order = np.lexsort((-score, column, row))
    row, column, score = row[order], column[order], score[order]
    best = np.append(True, (row[1:] != row[:-1]) | (column[1:] != column[:-1]))[: len(row)]
    return _from_pairs(row[best], column[best], score[best], graphs[0].shape)


def cap(graph: scipy.sparse.csr_matrix, most: int, query_rows=None) -> scipy.sparse.csr_matrix:
    """Keeps the `most` best pairs of every row; of equal scores the lower column; the query itself before all."""
    row, rank = _ranked(graph, query_rows)
    place = np.arange(len(row)) - graph.indptr[row]
    kept = rank[place < most]
    return _from_pairs(row[place < most], graph.indices[kept], graph.data[kept], graph.shape)


def to_lists(graph: scipy.sparse.csr_matrix, query_rows=None) -> list[np.ndarray]:
    """Matched columns of every row, best first: the query itself, then by score, then by column."""
    _, rank = _ranked(graph, query_rows)
    return np.split(graph.indices[rank], graph.indptr[1:-1])


def _ranked(graph, query_rows):
    row = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    is_self = np.zeros(len(row), bool) if query_rows is None else graph.indices == np.asarray(query_rows)[row]
    return row, np.lexsort((graph.indices, -graph.data, ~is_self, row))


def of_neighbours(neighbours: Neighbours, kept, num_items: int) -> scipy.sparse.csr_matrix:
    """The pairs of neighbour lists that `kept`, bool `[queries, k]`, says are matched."""
    row, place = np.nonzero(kept & (neighbours.indices >= 0))
    column = neighbours.indices[row, place]
    return _from_pairs(row, column, neighbours.scores[row, place], (len(kept), num_items))


def _from_pairs(row, column, score, shape):
    """CSR with explicit zeros kept: a matched pair may score 0."""
    order = np.lexsort((column, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=shape[0]))])
    return scipy.sparse.csr_matrix((score[order], column[order], starts), shape=shape)
