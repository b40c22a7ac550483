"""The two formats of `torch.save`: which values lie where, and the tensors that are cut from them."""

import dataclasses
import functools
import os
import zipfile

import ml_dtypes
import numpy as np

from training.weights.torch_pickle import STORAGES, Tensor, read_pickle

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = ("<f4", "<f2", ml_dtypes.bfloat16, "<f8", "<i8", "<i4", "<i2", "i1", "u1", "?")
_DTYPES = {f"torch {name}Storage": np.dtype(dtype) for name, dtype in zip(STORAGES, _TYPES, strict=True)}
_NESTED = ("state_dict", "model", "net")
_SHOWN = 5


def read_zip(local, path):
    """Reads the zip archive that torch.save writes since PyTorch 1.6: `<root>/data.pkl` and `<root>/data/<key>`.

    Args:
      local: the file.
      path: what the user calls it, for messages.

    Returns:
      {name: NumPy array}.

    Raises:
      ValueError: it is damaged or holds more than tensors.
      AttributeError, IndexError, KeyError, TypeError, zipfile.BadZipFile: it is something else.
    """
    with zipfile.ZipFile(local) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        pickled = next((name for name in sizes if name.endswith("data.pkl")), None)
        if pickled is None:
            raise ValueError(f"{path} is a zip archive, but not one of torch.save: it has no data.pkl.")
        root = pickled.removesuffix("data.pkl")
        _check_order(sizes.get(f"{root}byteorder", 0) == len("big"), path)
        with archive.open(pickled) as file:
            value = read_pickle(file, path, _storage)

        def load(storage):
            name = f"{root}data/{storage.key}"
            _check_size(sizes.get(name, 0), storage, path)  # before it is read: an archive may promise gigabytes
            return archive.read(name)

        return _arrays(value, load, path)


def read_legacy(local, path):
    """Reads what torch.save wrote before PyTorch 1.6: five pickles, then the storages.

    Args, returns, raises: as read_zip.
    """
    storages = {}

    def remember(identity):
        return storages.setdefault(identity[2], _storage(identity))

    with open(local, "rb") as file:
        if read_pickle(file, path) != _LEGACY_MAGIC:
            raise ValueError(f"{path} is not a PyTorch state file: another pickle.")
        _version, system, value, keys = (read_pickle(file, path, remember) for _ in range(4))
        _check_order(not system.get("little_endian", True), path)
        places = {}
        for key in keys:
            places[key] = file.tell() + 8
            count = int.from_bytes(file.read(8), "little")
            _check_size(count * storages[key].dtype.itemsize, storages[key], path)
            file.seek(count * storages[key].dtype.itemsize, os.SEEK_CUR)

        def load(storage):
            file.seek(places[storage.key])
            return file.read(storage.count * storage.dtype.itemsize)

        return _arrays(value, load, path)


@dataclasses.dataclass(frozen=True)
class _Storage:
    """A row of values that tensors are cut from."""

    dtype: np.dtype
    key: str
    count: int


def _storage(identity):
    _kind, dtype, key, _device, count, *views = identity
    if any(views):
        raise ValueError("storages that are views of others, from before PyTorch 0.4: save it anew")
    return _Storage(_DTYPES[dtype.name], key, count)


def _check_order(big, path):
    if big:
        raise ValueError(f"{path} was written on a big-endian machine: save it anew on a little-endian one.")


def _check_size(found, storage, path):
    expected = storage.count * storage.dtype.itemsize
    if found != expected:
        raise ValueError(f"{path} is damaged: storage {storage.key} has {found} bytes, {expected} expected.")


def _arrays(value, load, path):
    """{name: array} of the tensors in a state or in a checkpoint that holds one."""
    state = value
    for key in _NESTED:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not any(isinstance(tensor, Tensor) for tensor in state.values()):
        found = (
            f"a dict of {', '.join(map(str, list(state)[:_SHOWN]))}" if isinstance(state, dict) else str(type(state))
        )
        raise ValueError(f"{path} holds no state of tensors by name, by itself or under {_NESTED}: {found}.")
    loaded = functools.cache(load)
    return {name: _array(tensor, loaded, path) for name, tensor in state.items() if isinstance(tensor, Tensor)}


def _array(tensor, load, path):
    storage, offset, shape, strides = tensor.arguments[:4]
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides)) < 0 or (0 not in shape and last >= storage.count):
        raise ValueError(f"{path} is damaged: a tensor of shape {shape} reaches beyond its storage {storage.key}.")
    data = load(storage)
    _check_size(len(data), storage, path)
    values = np.frombuffer(data, storage.dtype)[offset:]
    return np.lib.stride_tricks.as_strided(values, shape, [stride * values.itemsize for stride in strides])
