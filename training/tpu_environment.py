"""What a TPU VM must have in its environment before TensorFlow is imported."""

import importlib
import importlib.util
import os

_BRIDGE = (
    "--tf_mlir_enable_mlir_bridge=true "
    "--tf_mlir_enable_convert_control_to_data_outputs_pass=true "
    "--tf_mlir_enable_merge_control_flow_pass=true"
)


def prepare(accelerator: str) -> None:
    """Points TensorFlow at libtpu where it is installed; does nothing for --accelerator=cpu or gpu.

    Source: Keras's own TPUStrategy example (keras-rs, 2025-09).
    """
    if accelerator not in ("auto", "tpu") or importlib.util.find_spec("libtpu") is None:
        return
    os.environ.setdefault("PJRT_DEVICE", "TPU")
    os.environ.setdefault("NEXT_PLUGGABLE_DEVICE_USE_C_API", "true")
    os.environ.setdefault("TF_PLUGGABLE_DEVICE_LIBRARY_PATH", importlib.import_module("libtpu").get_library_path())
    os.environ.setdefault("TF_XLA_FLAGS", _BRIDGE)
