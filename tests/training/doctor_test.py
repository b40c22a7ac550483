"""The doctor's advice on recorded machines, and its reading of this one."""

import os
import subprocess
import sys
from unittest import mock

import tensorflow as tf
from absl.testing import parameterized

from training import doctor
from training.machine import environment, hardware, probe, wheels
from training.machine.advice import advise
from training.machine.environment import Environment
from training.machine.probe import Tried

V5E = {"TPU": "8 x v5e"}
GPUS = {"GPU": "2 x NVIDIA"}
KERAS = {"keras": "3.13.2", "numpy": "2.1.3"}
SEES_TPU, SEES_GPU = Tried("works", "", {"TPU": 8}), Tried("works", "", {"CPU": 1, "GPU": 2})
SEES_CPU = Tried("works", "", {"CPU": 1})
COLAB = dict(
    place="colab", python="3.13.9", hardware=V5E, jax=SEES_TPU,
    wheels={**KERAS, "jax": "0.7.2", "jaxlib": "0.7.2", "libtpu": "0.0.21.1"},
)  # fmt: skip
TPU_VM = dict(
    hardware=V5E, tensorflow=Tried("works", "", {"CPU": 1, "TPU": 8}), owners=("tensorflow-tpu",),
    wheels={**KERAS, "tensorflow-tpu": "2.19.1", "libtpu": "0.0.10"},
)  # fmt: skip
WORKSTATION = dict(
    hardware=GPUS, tensorflow=SEES_GPU, owners=("tensorflow",),
    wheels={**KERAS, "tensorflow": "2.20.0", "nvidia-cudnn-cu12": "9.3.0.75"},
)  # fmt: skip
MACHINES = {  # name: (what it is, the start of the next command, what is wrong)
    "colab_tpu": (COLAB, "pip install 'tensorflow-cpu>=2.20,<2.22'", "JAX trains here, but records are read with"),
    "colab_tpu_with_reader": (
        {**COLAB, "wheels": {**COLAB["wheels"], "tensorflow-cpu": "2.20.0"}, "tensorflow": SEES_CPU,
         "owners": ("tensorflow-cpu",)},
        "python -m training.train --flagfile=flags/recipes/quickstart.flags --backend=jax --accelerator=tpu", "",
    ),
    "kaggle_tpu": (
        {"place": "kaggle", "hardware": V5E, "jax": SEES_TPU, "tensorflow": SEES_CPU, "owners": ("tensorflow-cpu",),
         "wheels": {**KERAS, "tensorflow-cpu": "2.20.0", "jax": "0.7.2", "jaxlib": "0.7.2", "libtpu": "0.0.21.1"}},
        "python -m training.train --flagfile=flags/recipes/quickstart.flags --backend=jax --accelerator=tpu", "",
    ),
    "tpu_vm": (
        TPU_VM, "python -m training.train --flagfile=flags/recipes/quickstart.flags --backend=tensorflow --acc", "",
    ),
    "tpu_vm_overwritten": (
        {**TPU_VM, "wheels": {**TPU_VM["wheels"], "tensorflow": "2.21.0"}, "owners": ("tensorflow",),
         "tensorflow": Tried("aborts", "signal 6: F0000 unregistered")},
        wheels.TPU_LANE, "2.19.1 is listed, but tensorflow was installed over its files.*ConfigureDistributedTPU",
    ),
    "tpu_vm_with_new_libtpu": (
        {**TPU_VM, "wheels": {**TPU_VM["wheels"], "libtpu": "0.0.51"}, "tensorflow": Tried("aborts", "signal 6")},
        wheels.TPU_LANE, "tensorflow-tpu 2.19.1 wants libtpu 0.0.10, but libtpu 0.0.51 is installed. .*aborts",
    ),
    "tpu_vm_with_jax": (
        {**TPU_VM, "wheels": {**TPU_VM["wheels"], "jax": "0.10.2", "jaxlib": "0.10.2", "libtpu": "0.0.42.1"}},
        "pip uninstall -y tensorflow-tpu", "jax and tensorflow-tpu want different ones",
    ),
    "tpu_vm_taken": (
        {**TPU_VM, "tensorflow": SEES_CPU}, "sudo lsof -w /dev/accel", "another process may hold the TPU",
    ),
    "tpu_vm_empty": ({"hardware": V5E}, "pip install '.[tpu]' && pip install --no-deps", "Neither TensorFlow nor JAX"),
    "workstation": (
        WORKSTATION, "python -m training.train --flagfile=flags/recipes/quickstart.flags --backend=tensorflow", "",
    ),
    "workstation_blind": (
        {**WORKSTATION, "tensorflow": SEES_CPU}, "nvidia-smi && pip install '.[gpu]'", "TensorFlow does not see it",
    ),
    "gpu_with_jax_only": (
        {"hardware": GPUS, "jax": Tried("works", "", {"GPU": 2}),
         "wheels": {**KERAS, "jax": "0.10.2", "jaxlib": "0.10.2", "jax-cuda12-plugin": "0.10.2"}},
        "pip install 'tensorflow-cpu>=2.20,<2.22'", "JAX trains here",
    ),
    "gpu_with_foreign_plugin": (
        {**WORKSTATION, "wheels": {**WORKSTATION["wheels"], "jax": "0.10.2", "jaxlib": "0.10.2",
                                   "jax-cuda12-plugin": "0.7.2"}},
        "pip install 'jax[cuda12]==0.10.2'", "jax-cuda12-plugin 0.7.2 does not belong to jaxlib 0.10.2",
    ),
    "laptop": (
        {"tensorflow": SEES_CPU, "owners": ("tensorflow",), "wheels": {**KERAS, "tensorflow": "2.21.0"}},
        "python -m training.train --flagfile=flags/recipes/quickstart.flags --smoke --records=records", "",
    ),
    "laptop_with_old_text": (
        {"tensorflow": SEES_CPU, "owners": ("tensorflow",),
         "wheels": {**KERAS, "tensorflow": "2.21.0", "tensorflow-text": "2.20.1"}},
        "pip install --no-deps 'tensorflow-text==2.21.*'", "tensorflow-text 2.20.1 is built for another",
    ),
    "laptop_with_old_keras": (
        {"tensorflow": SEES_CPU, "owners": ("tensorflow",), "wheels": {"tensorflow": "2.21.0", "keras": "3.3.3"}},
        "pip install --no-deps 'keras>=3.13,<3.16'", "keras 3.3.3 is not one of 3.13 to 3.15",
    ),
    "laptop_broken": (
        {"tensorflow": Tried("aborts", "signal 4: Illegal instruction"), "owners": ("tensorflow",),
         "wheels": {**KERAS, "tensorflow": "2.21.0"}},
        "pip install --force-reinstall '.[cpu]'", "TensorFlow aborts when it is imported: signal 4: Illegal",
    ),
    "nothing": ({}, "pip install '.[cpu]'", "Neither TensorFlow nor JAX with an accelerator is installed"),
    "new_python": ({"python": "3.14.1"}, "python3.12 -m venv", "Python 3.14.1 is not one of 3.11 to 3.13"),
}  # fmt: skip


def write(path, text=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


class AdviceTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters((name, *case) for name, case in MACHINES.items())
    def test_a_recorded_machine(self, facts, command, wrong):
        findings = advise(Environment(**facts))
        faults = [finding for finding in findings if finding.kind == "fault"]
        self.assertStartsWith(findings[-1].command, command)
        self.assertEqual([finding.kind == "next" for finding in findings], [False] * (len(findings) - 1) + [True])
        self.assertLen(faults, 1 if wrong else 0, faults)
        self.assertRegex("".join(finding.says for finding in faults), wrong or "^$")

    def test_local_records_do_not_reach_a_tpu_of_another_host(self):
        found = advise(Environment(**MACHINES["laptop"][0], records="records", tpu="pod7"))
        self.assertIn(
            "--records=records is a local path, and the TPU pod7 reads records on its own host", found[0].says
        )
        self.assertEqual(found[-1].command, "gcloud storage cp --recursive records gs://your-bucket/records")

    def test_a_tpu_of_another_host_is_trained_on_by_its_name(self):
        facts = {**MACHINES["laptop"][0], "tpu": "pod7", "records": "gs://b/records", "manifest": Tried("works")}
        self.assertEndsWith(
            advise(Environment(**facts))[-1].command,
            " --accelerator=tpu --tpu=pod7 --records=gs://b/records --run=runs/first",
        )

    @parameterized.parameters(
        ("gs://b/records", "gcloud auth application-default login"),
        ("records", "python -m tfrecords_tools.convert --input=products.csv --records=records"),
    )
    def test_records_that_cannot_be_read_come_before_training(self, records, command):
        facts = {**MACHINES["laptop"][0], "records": records, "manifest": Tried("fails", "no such object")}
        *faults, following = advise(Environment(**facts))
        self.assertEqual(faults[0].says, f"--records={records} cannot be read: no such object.")
        self.assertEqual(following.command, command)

    def test_a_relative_path_is_not_the_same_on_every_worker(self):
        found = advise(Environment(**MACHINES["laptop"][0], records="records", workers=2))
        self.assertIn("relative to the folder that each of the 2 workers starts in", found[0].says)
        self.assertEqual(found[-1].command, "gcloud storage cp --recursive records gs://your-bucket/records")

    def test_a_broken_jax_beside_a_working_tensorflow_is_no_fault(self):
        found = advise(Environment(**WORKSTATION, jax=Tried("fails", "RuntimeError: no backend")))
        self.assertEqual([finding.kind for finding in found], ["note", "next"])
        self.assertEqual(found[0].says, "JAX fails: RuntimeError: no backend")


class ReadTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("import os; os.abort()", "aborts", "signal 6: "),
        ("import time; time.sleep(60)", "hangs", "no answer within 3 seconds"),
        ("raise ImportError('libfoo.so is missing')", "fails", "ImportError: libfoo.so is missing"),
    )
    def test_survives_a_library_that(self, body, how, says):
        folder = self.get_temp_dir()
        write(f"{folder}/jax.py", body)
        with mock.patch.object(sys, "path", ["", folder, *sys.path]):
            tried = probe.attempt("jax", seconds=3.0)
        self.assertEqual(tried.how, how)
        self.assertStartsWith(tried.says, says)

    def test_reads_this_machine(self):
        found = environment.read()
        self.assertEqual(found.wheels["tensorflow"], tf.__version__)
        self.assertEqual(found.tensorflow, Tried("works", "", {"CPU": 1}))
        self.assertEqual(found.owners, ("tensorflow",))

    def test_a_build_whose_library_has_another_size_was_overwritten(self):
        path = os.path.join(self.get_temp_dir(), "libtensorflow_cc.so.2")
        write(path, "12345")
        for size, owners in ((5, ("tensorflow-tpu",)), (6, ())):
            file = mock.Mock(size=size, locate=lambda: path)
            file.name = "libtensorflow_cc.so.2"
            with mock.patch("importlib.metadata.files", return_value=[file]):
                self.assertEqual(wheels.owners({"tensorflow-tpu": "2.19.1"}), owners)

    def test_knows_tpus_by_their_numbers_and_not_by_google(self):
        root = self.get_temp_dir()
        for place, device in (("0", "0x0063"), ("1", "0x0063"), ("2", "0x0042")):
            write(f"{root}/sys/bus/pci/devices/{place}/vendor", "0x1ae0\n")
            write(f"{root}/sys/bus/pci/devices/{place}/device", f"{device}\n")
        self.assertEqual(hardware.present(root), {"TPU": "2 x v5e"})
        write(f"{root}/dev/nvidia0")
        write(f"{root}/dev/nvidiactl")
        self.assertEqual(hardware.present(root), {"TPU": "2 x v5e", "GPU": "1 x NVIDIA"})


class ReportTest(tf.test.TestCase):
    def test_ends_with_the_command_to_type(self):
        found = Environment(**COLAB)
        lines = doctor.report(found, advise(found))
        self.assertIn("built in    TPU 8 x v5e", lines)
        self.assertIn("jax         works and sees 8 TPU", lines)
        self.assertEqual(
            lines[-2:], [" " * 12 + "pip install 'tensorflow-cpu>=2.20,<2.22'", " " * 12 + "pip install ."]
        )

    def test_runs_where_nothing_is_installed(self):
        command = [sys.executable, "-S", "-m", "training.doctor"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=probe.ROOT, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("installed   nothing that trains", done.stdout)
        self.assertRegex(done.stdout, r"next +Neither TensorFlow nor JAX.*\n +pip install '\.\[\w+\]'")
