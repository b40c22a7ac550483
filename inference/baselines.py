"""What needs no training: spaces of picture hashes and of TF-IDF titles, to match by and to compare with."""

import re

import numpy as np
import scipy.sparse

PHASH_BITS = 64
# A bit that differs moves the cosine of two hashes by 2/64; equal hashes alone reach this.
EQUAL_PHASH = 1.0 - 1.0 / PHASH_BITS

# The best of five by words and of six by pieces of words on five sets of product titles, without their test groups:
# words where titles are worded freely, pieces where model numbers are written in several ways ("hx-mu03", "hx mu03").
ANALYZERS = {
    "tfidf_word": {"analyzer": "word", "binary": True},
    "tfidf_char": {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True},
}
# Pieces that more than this share of the titles have are left out: the search is several times faster, and F1 was
# higher on all five sets. Those of FEWEST titles, twice Shopee's largest group, always stay.
COMMON_SHARE, FEWEST = 0.05, 100


def phash_space(phashes) -> np.ndarray:
    """Turns 64-bit picture hashes into unit vectors whose cosine is 1 - 2 * (bits that differ) / 64, exactly.

    Args:
      phashes: sequence of 16 hexadecimal digits, "" for a product without a picture.

    Returns:
      float32 `[products, 64]` of -1/8 and 1/8; a zero row where there is no hash.

    Raises:
      ValueError: a hash is not 16 hexadecimal digits; names the row.
    """
    bits = np.zeros((len(phashes), PHASH_BITS), np.float32)
    for row, phash in enumerate(phashes):
        if phash and not re.fullmatch("[0-9a-fA-F]{16}", phash):
            raise ValueError(f"Row {row}: phash {phash!r} is not 16 hexadecimal digits. Leave it empty for no picture.")
        if phash:
            bits[row] = np.unpackbits(np.frombuffer(bytes.fromhex(phash), np.uint8)) * 0.25 - 0.125
    return bits


def tfidf_space(titles, analyzer: str) -> scipy.sparse.csr_matrix:
    """Turns titles into unit TF-IDF vectors, fitted on these very titles: nothing but text is looked at.

    Args:
      titles: sequence of str, "" for none.
      analyzer: a name in ANALYZERS.

    Returns:
      float32 sparse `[products, terms]`; an empty row where a title has no term.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    common = len(titles) if analyzer == "tfidf_word" else max(FEWEST, int(COMMON_SHARE * len(titles)))
    vectorizer = TfidfVectorizer(strip_accents="unicode", dtype=np.float32, max_df=common, **ANALYZERS[analyzer])
    try:
        return vectorizer.fit_transform(titles)
    except ValueError:  # scikit-learn's word for a vocabulary that is empty, or that all titles share
        return scipy.sparse.csr_matrix((len(titles), 1), dtype=np.float32)


def baseline_spaces(products) -> dict:
    """The spaces of this file that a table of products has data for.

    Args:
      products: DataFrame with columns `title` and `phash` (either may be empty throughout, or absent).
    """
    spaces = {}
    if "title" in products and products["title"].str.len().any():
        spaces |= {name: tfidf_space(products["title"].tolist(), name) for name in ANALYZERS}
    if "phash" in products and products["phash"].str.len().any():
        spaces["phash"] = phash_space(products["phash"].tolist())
    return spaces
