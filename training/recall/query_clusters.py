"""Clusters of query embeddings by k-means."""

import io

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from tfrecords_tools import files

BATCH = 8192  # embeddings of one step of k-means


def read_embeddings(path: str, queries: int) -> np.ndarray:
    """Reads --query_embeddings: float32 `[queries, dim]`, rows in the order of queries.csv.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is none of these; says what was found.
    """
    try:
        embeddings = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} (--query_embeddings) is no npy file of numbers ({error}).") from error
    if embeddings.dtype != np.float32 or embeddings.ndim != 2 or len(embeddings) != queries:
        raise ValueError(
            f"{path} (--query_embeddings) is {embeddings.dtype} {list(embeddings.shape)}, expected float32 [{queries}, "
            "dim] with a row for each line of queries.csv: embed the queries listed there."
        )
    infinite = ~np.isfinite(embeddings).all(axis=1)
    if infinite.any():
        raise ValueError(f"{path} (--query_embeddings), row {int(infinite.argmax())} is not finite.")
    return embeddings


def kmeans(embeddings: np.ndarray, clusters: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Clusters embeddings, float32 `[queries, dim]`.

    Returns:
      int32 `[queries]`, the cluster of each, and float32 `[clusters, dim]`, their centres.

    Raises:
      ValueError: there are more clusters than queries.
    """
    if clusters > len(embeddings):
        raise ValueError(f"--query_clusters={clusters} is more than the {len(embeddings)} queries: give fewer.")
    model = MiniBatchKMeans(clusters, batch_size=BATCH, n_init=3, random_state=seed)
    numbers = model.fit_predict(embeddings)
    return numbers.astype(np.int32), model.cluster_centers_.astype(np.float32)
