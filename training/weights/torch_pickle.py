"""Reads the pickles inside PyTorch's state files without unpickling: nothing they name is ever imported or called.

pickle executes what a file says. Here `pickletools` only splits the bytes into operations, and the few that a state
needs build inert values: numbers, strings, tuples, lists, dicts, and records of what would have been called. Any other
operation, and any name but those of tensors, is an error.
"""

import dataclasses
import pickletools

_TENSORS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")
STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
_NAMES = {
    *(f"torch._utils {name}" for name in _TENSORS),
    *(f"torch {name}Storage" for name in STORAGES),
    "collections OrderedDict",
}
_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_LITERALS = {
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"),
}


@dataclasses.dataclass(frozen=True)
class Name:
    """Something that a pickle names: `torch._utils _rebuild_tensor_v2`."""

    name: str


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor as a pickle tells it: the arguments of the function that would rebuild it."""

    arguments: tuple


class _Refused(ValueError):
    """A pickle that holds more than tensors."""


def read_pickle(file, path, storage=None):
    """Reads one pickle, from the file's place to its end, and leaves the file there.

    Args:
      file: binary file.
      path: name of the whole file, for messages.
      storage: `storage(identity)` -> value, for what the file keeps beside its pickle: identity is ("storage", Name of
        its type, key, device, number of values, ...). None where there is no such thing.

    Returns:
      the value: dicts, lists, tuples, numbers, strings, Tensor, Name and what `storage` gave.

    Raises:
      ValueError: not a pickle, or one that holds more than tensors; names what it would have imported.
    """
    machine = _Machine(path, storage)
    try:
        for operation, argument, _ in pickletools.genops(file):
            machine.step(operation.name, argument)
        return machine.stack.pop()
    except _Refused:
        raise
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a PyTorch state file: its pickle is damaged ({error!r}).") from error


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, path, storage):
        self.path, self.storage, self.stack, self.memo = path, storage, [], {}

    def step(self, name, argument):
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name not in ("PROTO", "FRAME", "STOP"):
            method = getattr(self, f"on_{name.lower()}", None)
            if method is None:
                raise self.refusal(f"the operation {name}")
            method(argument)

    def refusal(self, found):
        return _Refused(
            f"{self.path} holds more than tensors: {found}. It is not read, because unpickling would run what it "
            "names. Where you trust it, save its tensors alone from PyTorch: "
            "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')."
        )

    def pop_to_mark(self):
        place = max(i for i, value in enumerate(self.stack) if value is _MARK)
        values = self.stack[place + 1 :]
        del self.stack[place:]
        return values

    def on_mark(self, _):
        self.stack.append(_MARK)

    def on_empty_dict(self, _):
        self.stack.append({})

    def on_empty_list(self, _):
        self.stack.append([])

    def on_tuple(self, _):
        self.stack.append(tuple(self.pop_to_mark()))

    def on_tuple1(self, _):
        self.stack[-1:] = [tuple(self.stack[-1:])]

    def on_tuple2(self, _):
        self.stack[-2:] = [tuple(self.stack[-2:])]

    def on_tuple3(self, _):
        self.stack[-3:] = [tuple(self.stack[-3:])]

    def on_append(self, _):
        value = self.stack.pop()
        self.stack[-1].append(value)

    def on_appends(self, _):
        values = self.pop_to_mark()
        self.stack[-1].extend(values)

    def on_setitem(self, _):
        value, key = self.stack.pop(), self.stack.pop()
        self.stack[-1][key] = value

    def on_setitems(self, _):
        values = self.pop_to_mark()
        self.stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def on_binput(self, key):
        self.memo[key] = self.stack[-1]

    on_long_binput = on_binput

    def on_memoize(self, _):
        self.memo[len(self.memo)] = self.stack[-1]

    def on_binget(self, key):
        self.stack.append(self.memo[key])

    on_long_binget = on_binget

    def on_binpersid(self, _):
        self.stack.append(self.storage(self.stack.pop()))

    def on_stack_global(self, _):
        name, module = self.stack.pop(), self.stack.pop()
        self.on_global(f"{module} {name}")

    def on_global(self, name):
        if name not in _NAMES:
            raise self.refusal(name.replace(" ", "."))
        self.stack.append(Name(name))

    def on_reduce(self, _):
        arguments, called = self.stack.pop(), self.stack.pop()
        if called == Name("collections OrderedDict"):
            self.stack.append(dict(*arguments))
        elif isinstance(called, Name) and called.name.split(" ")[1] in _TENSORS:
            rebuilt = called.name.endswith("parameter")
            self.stack.append(arguments[0] if rebuilt else Tensor(arguments))
        else:
            raise self.refusal(f"a call of {called}")

    def on_build(self, _):
        self.stack.pop()  # attributes, such as the _metadata of a state; of what is built here none has any
