"""From what a machine has to what is wrong with it and what to type next; pure, so that any machine can be tried."""

import dataclasses

from training.machine import storage, wheels
from training.machine.environment import Environment
from training.machine.probe import Tried

GPU_BUILD = "pip install '.[gpu]'"
CPU_BUILD = "pip install '.[cpu]'"
READER = "pip install 'tensorflow-cpu>=2.20,<2.22' && pip install ."
COPY = "gcloud storage cp --recursive {} gs://your-bucket/records"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
      kind: fault, note, or next, which is the last and always there.
      says: what was found.
      command: what to type about it; empty for none. More than one command is joined by &&.
    """

    kind: str
    says: str
    command: str = ""


def advise(environment: Environment) -> list[Finding]:
    """Everything that is wrong, what is worth knowing, and the one command to type next.

    The next command is the cure of the first fault; where there is none, the training that this machine can do.
    """
    lane, seen = _lane(environment)
    found = [*_python(environment), *_wheels(environment)]
    # What does not fit explains what does not come up, and that explains what is not seen: one fault, not three.
    for look in (_tried, _missing_accelerator):
        if not any(finding.kind == "fault" for finding in found):
            found += look(environment, lane, seen)
    found += _records(environment)
    faults = [finding for finding in found if finding.kind == "fault" and finding.command]
    if faults:
        return [*found, Finding("next", faults[0].says, faults[0].command)]
    return [*found, *_training(environment, lane, seen)]


def _lane(environment: Environment) -> tuple[str, str]:
    """The backend to train with, and the accelerator it sees; '' for one that is built in but unseen, or for none."""
    for kind in ("TPU", "GPU"):
        for backend, tried in (("tensorflow", environment.tensorflow), ("jax", environment.jax)):
            if tried.how == "works" and tried.devices.get(kind):
                return backend, kind
    return "tensorflow", ""


def _python(environment: Environment) -> list[Finding]:
    if (3, 11) <= wheels.number(environment.python)[:2] <= (3, 13):
        return []
    says = f"Python {environment.python} is not one of 3.11 to 3.13, for which TensorFlow 2.20 and 2.21 are built."
    return [Finding("fault", says, "python3.12 -m venv .venv && . .venv/bin/activate")]


def _wheels(environment: Environment) -> list[Finding]:
    installed, found = environment.wheels, []
    builds = [name for name in wheels.TENSORFLOW_BUILDS if name in installed]
    lost = wheels.overwritten(installed, environment.owners)
    if lost:
        symptom = "The symptom: No OpKernel was registered to support Op 'ConfigureDistributedTPU', or an abort."
        found.append(Finding("fault", f"{lost} {symptom}", wheels.TPU_LANE))
    elif len(builds) > 1:
        owner = " and ".join(environment.owners) or "neither"
        found.append(Finding("note", f"{' and '.join(builds)} are both listed; the files on disk are of {owner}."))
    pair = wheels.libtpu_fault(installed)
    if pair and "jax" in installed:
        says = f"{pair} jax and tensorflow-tpu want different ones: keep one of the two. This keeps jax."
        found.append(Finding("fault", says, "pip uninstall -y tensorflow-tpu && " + READER))
    elif pair:
        found.append(Finding("fault", pair + " `import tensorflow` aborts.", wheels.TPU_LANE))
    return found + [Finding("fault", says, command) for says, command in wheels.pair_faults(installed)]


def _tried(environment: Environment, lane: str, seen: str) -> list[Finding]:
    installed, found = environment.wheels, []
    if not any(name in installed for name in wheels.TENSORFLOW_BUILDS):
        found.append(Finding("fault", *_without_tensorflow(environment, lane)))
    elif "keras" not in installed:
        found.append(Finding("fault", "Keras is not installed.", "pip install 'keras>=3.13,<3.16'"))
    for name, tried in (("TensorFlow", environment.tensorflow), ("JAX", environment.jax)):
        if tried.how in ("fails", "aborts", "hangs"):
            found.append(_broken(name, tried, environment))
    return found


def _without_tensorflow(environment: Environment, lane: str) -> tuple[str, str]:
    if lane == "jax":
        return "No TensorFlow is installed. JAX trains here, but records are read with tf.data.", READER
    what = f"Neither TensorFlow nor JAX with an accelerator is installed for Python {environment.python}."
    if "TPU" in environment.hardware:
        return what, _tpu_install(environment)
    return what, GPU_BUILD if "GPU" in environment.hardware else CPU_BUILD


def _broken(name: str, tried: Tried, environment: Environment) -> Finding:
    verb = {"fails": "fails", "aborts": "aborts when it is imported", "hangs": "does not come up"}[tried.how]
    says = f"{name} {verb}: {tried.says}"
    if name == "JAX":
        return Finding("note", says)
    on_tpu = "tensorflow-tpu" in environment.wheels
    again = "pip install --force-reinstall " + ("'.[gpu]'" if "GPU" in environment.hardware else "'.[cpu]'")
    return Finding("fault", says, wheels.TPU_LANE if on_tpu else again)


def _missing_accelerator(environment: Environment, lane: str, seen: str) -> list[Finding]:
    """An accelerator that is built in, but that neither library sees."""
    if seen or environment.tpu != "local":
        return []
    if "TPU" in environment.hardware:
        says = f"A TPU is built in ({environment.hardware['TPU']}), but nothing installed sees it"
        if "tensorflow-tpu" in environment.owners:
            says += "; the TPU build is in place, so another process may hold the TPU."
            return [Finding("fault", says, "sudo lsof -w /dev/accel* /dev/vfio/*")]
        return [Finding("fault", says + ".", _tpu_install(environment))]
    if "GPU" in environment.hardware and environment.tensorflow.how == "works":
        says = f"A GPU is built in ({environment.hardware['GPU']}), but TensorFlow does not see it."
        return [Finding("fault", says, "nvidia-smi && " + GPU_BUILD)]
    return []


def _tpu_install(environment: Environment) -> str:
    if environment.place != "machine" or wheels.number(environment.python)[:2] > (3, 12):
        return "pip install 'jax[tpu]' && " + READER
    return "pip install '.[tpu]' && " + wheels.TPU_LANE


def _records(environment: Environment) -> list[Finding]:
    path = environment.records
    apart = storage.fault(path, environment.tpu, environment.workers)
    if apart:
        return [Finding("fault", apart, COPY.format(path))]
    if environment.manifest.how in ("works", "absent"):
        return []
    says = f"--records={path} cannot be read: {environment.manifest.says}."
    convert = f"python -m tfrecords_tools.convert --input=products.csv --records={path}"
    return [Finding("fault", says, "gcloud auth application-default login" if path.startswith("gs://") else convert)]


def _training(environment: Environment, lane: str, seen: str) -> list[Finding]:
    records = environment.records or "records"
    command = "python -m training.train --flagfile=flags/recipes/quickstart.flags"
    if environment.tpu != "local":
        says, command = (
            f"The TPU {environment.tpu} is on another host: not tried from here.",
            command + (f" --accelerator=tpu --tpu={environment.tpu}"),
        )
    elif seen:
        library = "TensorFlow" if lane == "tensorflow" else "JAX"
        count = (environment.tensorflow if lane == "tensorflow" else environment.jax).devices[seen]
        says = f"{library} sees {count} {seen}(s)."
        command += f" --backend={lane} --accelerator={seen.lower()}"
    else:
        says, command = "No accelerator: training goes to the CPU, so begin small.", command + " --smoke"
    return [Finding("next", says, f"{command} --records={records} --run=runs/first")]
