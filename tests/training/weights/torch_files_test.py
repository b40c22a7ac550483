"""PyTorch's state files: their tensors, and nothing of what else a pickle may hold."""

import hashlib
import io
import os
import pickle
import subprocess
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from absl.testing import parameterized
from safetensors.numpy import save_file

from tests.training.weights.torch_pickles import MAGIC, Call, Name, Stored, dumps, tensor, write_legacy, write_zip
from training.weights.torch_files import read_torch_file
from training.weights.torch_pickle import read_pickle

STATE = {
    "conv1.weight": np.arange(24, dtype="float32").reshape(2, 3, 2, 2),
    "bn1.num_batches_tracked": np.array(7, "int64"),
    "bn1.weight": np.array([0.5, -2.0], "float16"),
}


class TorchFilesTest(tf.test.TestCase, parameterized.TestCase):
    def path(self, name):
        return os.path.join(self.get_temp_dir(), name)

    def assertSameState(self, found, expected=None):
        expected = expected or STATE
        self.assertEqual(sorted(found), sorted(expected))
        for name, array in expected.items():
            self.assertEqual(found[name].dtype, array.dtype)
            self.assertAllEqual(found[name], array)

    @parameterized.parameters("state.safetensors", "state.pth", "legacy.pth")
    def test_all_formats_give_the_same_tensors(self, name):
        path = self.path(name)
        {"state.safetensors": lambda: save_file(STATE, path), "state.pth": lambda: write_zip(path, STATE)}.get(
            name, lambda: write_legacy(path, STATE)
        )()
        self.assertSameState(read_torch_file(path))

    def test_files_of_pytorch_itself(self):
        torch = pytest.importorskip("torch", reason="torch is not installed: torch.save's files are not compared")
        values = torch.arange(24.0)
        state = torch.nn.BatchNorm2d(3).state_dict()  # an OrderedDict with attributes
        state |= {"whole": values, "part": values[4:10], "turned": values.reshape(4, 6).T, "half": values.bfloat16()}
        state["parameter"] = torch.nn.Parameter(values.double())
        expected = {name: value.detach().float().numpy() for name, value in state.items()}
        for zipped in (True, False):
            path = self.path("torch.pth")
            torch.save({"epoch": 3, "best": 0.5, "state_dict": state}, path, _use_new_zipfile_serialization=zipped)
            found = {name: np.asarray(array, "float32") for name, array in read_torch_file(path).items()}
            self.assertSameState(found, expected)

    def test_the_state_of_a_checkpoint_and_of_a_parallel_module(self):
        path = self.path("checkpoint.pth")
        parallel = {f"module.{name}": array for name, array in STATE.items()}
        write_zip(path, parallel, lambda tensors: {"epoch": 3, "args": ("a", [1, None]), "state_dict": tensors})
        self.assertSameState(read_torch_file(path))

    def test_a_name_that_ends_in_a_hash_is_checked(self):
        content = self.path("whole.pth")
        write_zip(content, STATE)
        with open(content, "rb") as file:
            data = file.read()
        good = self.path(f"resnest50-{hashlib.sha256(data).hexdigest()[:8]}.pth")
        tf.io.gfile.copy(content, good, overwrite=True)
        self.assertSameState(read_torch_file(good))
        bad = self.path("resnest50-528c19ca.pth")
        tf.io.gfile.copy(content, bad, overwrite=True)
        with self.assertRaisesRegex(ValueError, "528c19ca.pth is damaged: its SHA-256 begins .* name says 528c19ca"):
            read_torch_file(bad)

    def test_what_is_no_state_is_refused(self):
        with self.assertRaisesRegex(FileNotFoundError, "no weight file .*none.pth"):
            read_torch_file(self.path("none.pth"))
        for name, content in {
            "page.pth": b"<html>404</html>",
            "page.safetensors": b"<html>404</html>",
            "cut.pth": dumps(MAGIC) + dumps(1001),
            "other.pth": dumps({"a": 1}),
        }.items():
            with open(self.path(name), "wb") as file:
                file.write(content)
            with self.assertRaisesRegex(ValueError, f"{name} is not a"):
                read_torch_file(self.path(name))
        write_zip(self.path("empty.pth"), {}, lambda tensors: {"epoch": 1, "optimizer": tensors})
        with self.assertRaisesRegex(ValueError, "empty.pth holds no state of tensors .*: a dict of epoch, optimizer"):
            read_torch_file(self.path("empty.pth"))

    def test_tensors_beyond_their_storage_and_cut_storages_are_refused(self):
        path, array = self.path("beyond.pth"), np.ones(4, "float32")
        write_zip(path, {"a": array}, lambda _: {"a": tensor(array, "0", shape=(5,))})
        with self.assertRaisesRegex(ValueError, r"a tensor of shape \(5,\) reaches beyond its storage 0"):
            read_torch_file(path)
        write_zip(path, {"a": array[:3]}, lambda _: {"a": tensor(array, "0")})
        with self.assertRaisesRegex(ValueError, "beyond.pth is damaged: storage 0 has 12 bytes, 16 expected"):
            read_torch_file(path)
        write_legacy(path, {"a": array})
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) - 1)
        with self.assertRaisesRegex(ValueError, "beyond.pth is damaged: storage 0 has 15 bytes, 16 expected"):
            read_torch_file(path)


class MaliciousPickleTest(tf.test.TestCase, parameterized.TestCase):
    """Nothing that a pickle names is imported or called."""

    def refused(self, value, message):
        path = os.path.join(self.get_temp_dir(), "evil.pth")
        for write in (lambda: write_zip(path, {}, lambda _: value), lambda: self.write(path, dumps(value))):
            write()
            with mock.patch("builtins.__import__", side_effect=AssertionError("imported")) as importing:
                with self.assertRaisesRegex(ValueError, message):
                    read_torch_file(path)
            self.assertEqual(importing.call_count, 0)

    def write(self, path, content):
        with open(path, "wb") as file:
            file.write(content)

    @parameterized.parameters(
        ("os", "system"), ("builtins", "eval"), ("torch._utils", "_rebuild_device_tensor"), ("argparse", "Namespace")
    )
    def test_calls_are_refused_by_name(self, module, name):
        marker = os.path.join(self.get_temp_dir(), "ran")
        message = rf"evil.pth holds more than tensors: {module}\.{name}\. It is not read.*safetensors"
        with mock.patch("os.system") as system:
            self.refused({"a": Call(Name(module, name), (f"touch {marker}",))}, message)
        self.assertEqual(system.call_count, 0)
        self.assertFalse(os.path.exists(marker))

    def test_what_is_no_function_cannot_be_called(self):
        self.refused(Call(Name("torch", "FloatStorage"), (4,)), "holds more than tensors: a call of .*FloatStorage")
        self.refused(Call("text", ()), "holds more than tensors: a call of text")

    @parameterized.parameters(0, 1, 2, 3, 4, 5)
    def test_real_pickles_of_objects_are_refused_in_every_protocol(self, protocol):
        pickled = io.BytesIO(pickle.dumps(_Evil(), protocol))
        with mock.patch.object(subprocess, "check_output") as called:
            with self.assertRaisesRegex(ValueError, "holds more than tensors"):
                read_pickle(pickled, "evil.pth")
        self.assertEqual(called.call_count, 0)

    @parameterized.parameters(b"(i__main__\nEvil\n.", b"\x82\x01.", b"\x80\x04\x8c\x01a\x8c\x01b\x92.")
    def test_other_operations_are_refused(self, content):
        with self.assertRaisesRegex(ValueError, "holds more than tensors: the operation (INST|EXT1|NEWOBJ_EX)"):
            read_pickle(io.BytesIO(content), "evil.pth")

    def test_damaged_pickles_are_refused(self):
        for content in (b"", b".", b"\x80\x02}", b"t.", b"h\x01.", b"}]u.", b"Na.", dumps(Stored(("storage",)))):
            with self.assertRaisesRegex(ValueError, "evil.pth is not a PyTorch state file: its pickle is damaged"):
                read_pickle(io.BytesIO(content), "evil.pth")


class _Evil:
    def __reduce__(self):
        return subprocess.check_output, (["touch", "ran"],)


if __name__ == "__main__":
    tf.test.main()
