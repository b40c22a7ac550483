"""Which backend Keras loads: it reads KERAS_BACKEND once, when it is imported."""

import os
import sys


def take(backend: str) -> str:
    """Sets KERAS_BACKEND; a command calls it before anything imports Keras.

    Args:
      backend: tensorflow, jax, or auto for what KERAS_BACKEND says already, else tensorflow.

    Returns:
      the backend that Keras has, or will have.

    Raises:
      ValueError: Keras was imported with another one.
    """
    if "keras" in sys.modules:
        loaded = sys.modules["keras"].config.backend()
        if backend not in ("auto", loaded):
            raise ValueError(
                f"--backend={backend}, but Keras was imported with {loaded} and cannot change: start a new process, "
                f"with KERAS_BACKEND={backend} if Keras is imported before the flags are read."
            )
        return loaded
    if backend != "auto":
        os.environ["KERAS_BACKEND"] = backend
    return os.environ.setdefault("KERAS_BACKEND", "tensorflow")
