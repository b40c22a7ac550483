"""Imports keras-hub only where one of its networks is chosen."""

INSTALL = 'pip install "keras-hub>=0.32"'


def keras_hub(chosen):
    """Returns the keras_hub module.

    It loads TensorFlow Text and takes seconds, and small installations leave it out.

    Args:
      chosen: the encoder that needs it, for the error.

    Raises:
      ImportError: keras-hub is not installed; says how to install it.
    """
    try:
        import keras_hub
    except ImportError as error:
        raise ImportError(
            f"{chosen} comes from keras-hub, which cannot be imported ({error}). Install it: {INSTALL}"
        ) from error
    return keras_hub
