"""Model options and product batches small enough for tests."""

import numpy as np

from flags.model import Model

SMALL = {"image_size": 32, "title_tokens": 8, "title_tokens_inference": 12, "tfidf_terms": 100, "tfidf_dim": 6}


def options(**changes) -> Model:
    """Model options whose encoders build in seconds."""
    return Model(**{**SMALL, **changes})


def batch(modality="joint", tokens=False, size=4, image_size=32, has_image=None, has_title=None):
    """One batch of made-up products as the encoder takes them."""
    rng = np.random.default_rng(0)
    ones = [1] * size
    image = {
        "image": rng.integers(0, 256, (size, image_size, image_size, 3)).astype("uint8"),
        "has_image": np.array(has_image or ones, "float32"),
    }
    title = {"has_title": np.array(has_title or ones, "float32")}
    if tokens:
        title["token_ids"] = rng.integers(5, 50, (size, 8)).astype("int32")
        title["padding_mask"] = (np.arange(8) < rng.integers(3, 9, (size, 1))).astype("int32")
    else:
        title["title_features"] = rng.normal(size=(size, 6)).astype("float32")
    return {"image": image, "title": title, "joint": image | title}[modality]
