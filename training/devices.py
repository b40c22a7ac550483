"""The devices that train and embed, behind one interface for both of Keras's backends."""

import keras


def choose(distribution):
    """Takes the devices that flags ask for, on the backend that Keras runs on.

    Args:
      distribution: flags.distribution.Distribution.

    Returns:
      training.tensorflow_devices.TensorFlowDevices or training.jax_devices.JaxDevices.

    Raises:
      ValueError: what was asked for is not there.
    """
    if keras.backend.backend() == "jax":
        from training.jax_devices import JaxDevices

        return JaxDevices(distribution)
    from training.tensorflow_devices import TensorFlowDevices

    return TensorFlowDevices(distribution)
