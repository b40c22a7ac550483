"""TF-IDF of titles, brought to a few hundred components: the title encoder's input, learned from the titles alone."""

import io
import json
import os
from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

# What a term is. Words; or pieces of 2 to 4 characters inside words, which survive typing errors, inflection and glued
# units ("128GB", "128 gb").
ANALYZERS = {
    "word": {"analyzer": "word", "token_pattern": r"(?u)\b\w+\b"},
    "char_wb": {"analyzer": "char_wb", "ngram_range": (2, 4)},
}
_FILE, _ARRAYS = "tfidf.json", "tfidf.npz"


class TfidfTitles:
    """Turns titles into vectors of `dim` numbers, by what `fit` learned.

    Titles are lower-cased and stripped of accents; a term counts 1 + log(its count), times its rarity to a power; rows
    of length 1 are projected on the first `dim` singular vectors (latent semantic analysis) and scaled by one number,
    so that a component is about 1 in size. A title without a known term, the empty one too, is the zero vector.

    Attributes:
      dim: numbers per title.
      vectorizers: one fitted TfidfVectorizer per analyzer.
      components: float32 `[terms, dim]`.
    """

    def __init__(self, vectorizers: dict, components: np.ndarray):
        self.vectorizers, self.components = vectorizers, components
        self.dim = components.shape[1]

    @classmethod
    def fit(
        cls, titles: Iterable[str], terms=25000, dim=1024, seed=0, analyzers=("word",), idf_power=1.5
    ) -> "TfidfTitles":
        """Learns terms, their rarity and the projection.

        Args:
          titles: all titles that may be learned from; labels are not needed. Empty ones are left out.
          terms: most frequent terms to keep, per analyzer.
          dim: most components to keep; fewer where the titles or their terms are fewer.
          seed: of the randomised singular value decomposition.
          analyzers: keys of ANALYZERS.
          idf_power: power of a term's rarity idf = 1 + ln((1 + titles) / (1 + titles with it)). 1 is the usual TF-IDF;
            more lets a model number outweigh the words around it.

        Raises:
          ValueError: no title has a word.
        """
        titles = [title for title in titles if title.strip()]
        if not titles:
            raise ValueError("TF-IDF needs titles, but every title is empty. Train with --modality=image.")
        vectorizers = {name: _vectorizer(name, max_features=terms) for name in analyzers}
        try:
            for vectorizer in vectorizers.values():
                vectorizer.fit(titles)
                vectorizer.idf_ = vectorizer.idf_**idf_power
        except ValueError as error:
            raise ValueError(f"TF-IDF finds no term in {len(titles)} titles such as {titles[0]!r}: {error}") from error
        matrix = _matrix(vectorizers, titles)
        projection = TruncatedSVD(max(1, min(dim, *(size - 1 for size in matrix.shape))), random_state=seed).fit(matrix)
        components = np.ascontiguousarray(projection.components_.T, "float32")
        length = np.linalg.norm(matrix @ components, axis=1).mean()
        return cls(vectorizers, components * np.float32(np.sqrt(components.shape[1]) / length))

    def transform(self, titles) -> np.ndarray:
        """Projects titles (str, or utf-8 bytes) to float32 `[len(titles), dim]`."""
        titles = [t.decode("utf-8", "replace") if isinstance(t, bytes) else str(t) for t in titles]
        return np.asarray(_matrix(self.vectorizers, titles) @ self.components, "float32")

    def __call__(self, titles: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """The model's title input, for `tf.data.Dataset.map` over batches.

        Args:
          titles: string tensor `[batch]`.
          training: ignored; there so that all title inputs are called alike.

        Returns:
          {"title_features": float32 `[batch, dim]`}.
        """
        features = tf.numpy_function(self.transform, [titles], tf.float32, stateful=False)
        return {"title_features": tf.ensure_shape(features, [titles.shape[0], self.dim])}

    def save(self, folder: str) -> None:
        """Writes tfidf.json (terms) and tfidf.npz (rarities, projection) into `folder`."""
        tf.io.gfile.makedirs(folder)
        terms = {name: v.get_feature_names_out().tolist() for name, v in self.vectorizers.items()}
        with tf.io.gfile.GFile(os.path.join(folder, _FILE), "w") as file:
            file.write(json.dumps({"terms": terms}))
        rarities = {f"idf_{name}": v.idf_ for name, v in self.vectorizers.items()}
        arrays = io.BytesIO()  # tf.io.gfile cannot seek while it writes
        np.savez(arrays, components=self.components, **rarities)
        with tf.io.gfile.GFile(os.path.join(folder, _ARRAYS), "wb") as file:
            file.write(arrays.getvalue())

    @classmethod
    def load(cls, folder: str) -> "TfidfTitles":
        """Reads what `save` wrote; the loaded object gives identical numbers.

        Raises:
          FileNotFoundError: the folder holds no TF-IDF.
        """
        if not tf.io.gfile.exists(os.path.join(folder, _FILE)):
            raise FileNotFoundError(f"{folder} has no {_FILE}: not a run folder trained with --title_encoder=tfidf.")
        with tf.io.gfile.GFile(os.path.join(folder, _FILE), "r") as file:
            terms = json.loads(file.read())["terms"]
        with tf.io.gfile.GFile(os.path.join(folder, _ARRAYS), "rb") as file:
            arrays = dict(np.load(io.BytesIO(file.read())))
        vectorizers = {name: _vectorizer(name, vocabulary=words) for name, words in terms.items()}
        for name, vectorizer in vectorizers.items():
            vectorizer.idf_ = arrays[f"idf_{name}"]
        return cls(vectorizers, arrays["components"])


def _matrix(vectorizers: dict, titles: list[str]) -> sparse.csr_matrix:
    return sparse.hstack([vectorizer.transform(titles) for vectorizer in vectorizers.values()], "csr")


def _vectorizer(analyzer: str, **options) -> TfidfVectorizer:
    if analyzer not in ANALYZERS:
        raise ValueError(f"Unknown analyzer {analyzer!r}; there are {', '.join(ANALYZERS)}.")
    return TfidfVectorizer(lowercase=True, strip_accents="unicode", sublinear_tf=True, **ANALYZERS[analyzer], **options)
