"""What the environment must hold before Keras and TensorFlow are imported: the backend, oneDNN, and libtpu."""

import importlib
import os

from training import keras_backend
from training.machine import wheels

_BRIDGE = (
    "--tf_mlir_enable_mlir_bridge=true "
    "--tf_mlir_enable_convert_control_to_data_outputs_pass=true "
    "--tf_mlir_enable_merge_control_flow_pass=true"
)


def prepare(accelerator: str, backend: str = "auto") -> None:
    """Settles Keras's backend, and points TensorFlow at libtpu where its TPU build is installed and may be used.

    On a CPU TensorFlow computes with oneDNN, which it leaves off by itself where the processor has no instructions for
    neural networks. TF_ENABLE_ONEDNN_OPTS=0 in the environment turns it off.

    With --backend=jax TensorFlow only reads records: it must not take the TPU that JAX trains on.

    Args:
      accelerator, backend: of flags.distribution.Distribution.

    Raises:
      ValueError: Keras is already imported with another backend, or importing TensorFlow would abort: its TPU build
        was overwritten, or libtpu is not the one it wants.

    Source: Keras's own TPUStrategy example (keras-rs, 2025-09).
    """
    on_tensorflow = keras_backend.take(backend) == "tensorflow"
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # Without the TPU build libtpu is JAX's, or preflight's: plain TensorFlow could not use it and may abort on it.
    installed = wheels.installed()
    pair = "tensorflow-tpu" in installed and "libtpu" in installed
    if not on_tensorflow or accelerator not in ("auto", "tpu") or not pair:
        return
    fault = wheels.overwritten(installed, wheels.owners(installed)) or wheels.libtpu_fault(installed)
    if fault:
        raise ValueError(f"{fault} `import tensorflow` would abort. Install the pair last: {wheels.TPU_LANE}")
    os.environ.setdefault("PJRT_DEVICE", "TPU")
    os.environ.setdefault("NEXT_PLUGGABLE_DEVICE_USE_C_API", "true")
    os.environ.setdefault("TF_PLUGGABLE_DEVICE_LIBRARY_PATH", importlib.import_module("libtpu").get_library_path())
    os.environ.setdefault("TF_XLA_FLAGS", _BRIDGE)
