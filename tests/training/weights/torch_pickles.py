"""Writes PyTorch's state files without PyTorch: pickles operation by operation, in the two formats of torch.save."""

import dataclasses
import pickle
import struct
import zipfile

STORAGES = {"float32": "FloatStorage", "float16": "HalfStorage", "float64": "DoubleStorage", "int64": "LongStorage"}
MAGIC = 0x1950A86A20F9469CFC6C
_CONSTANTS = {None: b"N", True: b"\x88", False: b"\x89"}


@dataclasses.dataclass
class Name:
    """Pickles as something to be imported."""

    module: str
    name: str


@dataclasses.dataclass
class Call:
    """Pickles as a call: `Call(Name("os", "system"), ("true",))`."""

    called: Name
    arguments: tuple


@dataclasses.dataclass
class Stored:
    """Pickles as what is kept beside the pickle."""

    identity: tuple


def dumps(value):
    """The pickle of a value, protocol 2."""
    return b"\x80\x02" + _operations(value) + b"."


def _operations(value):
    if isinstance(value, Name):
        return f"c{value.module}\n{value.name}\n".encode()
    if isinstance(value, Call):
        return _operations(value.called) + _operations(value.arguments) + b"R"
    if isinstance(value, Stored):
        return _operations(value.identity) + b"Q"
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, int):
        digits = pickle.encode_long(value)
        return b"\x8a" + bytes([len(digits)]) + digits
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    parts = value.items() if isinstance(value, dict) else [value]
    inside = b"".join(_operations(item) for part in parts for item in part)
    before, after = {tuple: (b"(", b"t"), list: (b"](", b"e"), dict: (b"}(", b"u")}[type(value)]
    return before + inside + after


def tensor(array, key, legacy=False, shape=None):
    """A tensor over the whole storage `key`."""
    kind = Name("torch", STORAGES[str(array.dtype)])
    storage = Stored(("storage", kind, key, "cpu", array.size, *((None,) if legacy else ())))
    strides = tuple(step // array.itemsize for step in array.strides)
    hooks = Call(Name("collections", "OrderedDict"), ())
    arguments = (storage, 0, array.shape if shape is None else shape, strides, False, hooks)
    return Call(Name("torch._utils", "_rebuild_tensor_v2"), arguments)


def write_zip(path, state, wrap=lambda tensors: tensors):
    """Writes `{name: array}` as torch.save does since PyTorch 1.6; `wrap` makes a checkpoint of the state."""
    with zipfile.ZipFile(path, "w") as archive:
        tensors = {name: tensor(array, str(i)) for i, (name, array) in enumerate(state.items())}
        archive.writestr("archive/data.pkl", dumps(wrap(tensors)))
        for i, array in enumerate(state.values()):
            archive.writestr(f"archive/data/{i}", array.tobytes())


def write_legacy(path, state):
    """Writes `{name: array}` as torch.save did before PyTorch 1.6."""
    tensors = {name: tensor(array, str(i), legacy=True) for i, (name, array) in enumerate(state.items())}
    system = {"protocol_version": 1001, "little_endian": True}
    with open(path, "wb") as file:
        for value in (MAGIC, 1001, system, tensors, [str(i) for i in range(len(state))]):
            file.write(dumps(value))
        for array in state.values():
            file.write(struct.pack("<q", array.size) + array.tobytes())
