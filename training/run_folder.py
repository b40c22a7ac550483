"""The folder of one run: what was asked for, what was measured, what was learned.

config.json      every flag as resolved, the records' fingerprint, the classes
run.flags        the same flags as a flagfile
metrics.jsonl    one object a line: training steps and evaluations
tensorboard/     the same for TensorBoard
classes.json     names of the head's classes and of the levels' categories, in their order
titles/          vocabulary and components of the title inputs
checkpoints/     the last two, for resuming
snapshots/       the weights at the end of each cycle of the schedule
best/            the weights with the best validation score, for inference
averaged/        what training.average made of several, if it was run
"""

import dataclasses
import json
import types

import tensorflow as tf

from models import heads
from tfrecords_tools import files
from tfrecords_tools.writer import make_folder, write_whole
from training import checkpoints, model_state
from training.inputs import title_inputs

# What may differ when a run is taken up again: it changes when things are written, not what is learned.
_FREE = {
    "run": {"run", "checkpoint_steps", "on_nan", "nan_restores", "plot_schedule"},
    "distribution": {"backend", "accelerator", "tpu", "replicas", "steps_per_loop", "data_service"},
    "titles": {"judgements"},  # the table's contents are a fact
}


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """Paths and contents of a run folder."""

    path: str

    def __truediv__(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    def begun(self, concerns: dict, facts: dict) -> bool:
        """Whether the folder holds this very run, begun before; False where it holds none.

        Args:
          concerns: {name: frozen dataclass of flags}.
          facts: what the run depends on beside its flags, such as the records' fingerprint.

        Raises:
          ValueError: the folder belongs to a run of other flags, each named with both values.
        """
        if not tf.io.gfile.exists(self / "config.json"):
            return False
        defaults = {name: {f.name: f.default for f in dataclasses.fields(one)} for name, one in concerns.items()}
        differing = _differing(self.read_json("config.json"), _config(concerns, facts), defaults)
        if differing:
            raise ValueError(
                f"{self.path} holds a run of other flags: {'; '.join(differing)}. Give the flags "
                f"of {self / 'run.flags'} to go on with it, or another --run."
            )
        return True

    def begin(self, concerns: dict, facts: dict, encoder, titles, class_names: dict) -> None:
        """Writes what a run starts with; config.json comes last and says that the rest is whole.

        Args:
          class_names: see training.classes.names_of.
        """
        make_folder(self.path)
        if titles:
            titles.save(self / "titles")
        write_whole(self / "encoder.json", encoder.to_json())
        write_whole(self / "classes.json", json.dumps(class_names, ensure_ascii=False))
        write_whole(self / "run.flags", _flagfile(concerns))
        write_whole(self / "config.json", json.dumps(_config(concerns, facts), indent=1))

    def read_json(self, name: str) -> dict:
        """A JSON file of the folder.

        Raises:
          FileNotFoundError: the folder has none; says which command makes it.
        """
        if not tf.io.gfile.exists(self / name):
            raise FileNotFoundError(f"{self.path or '--run'} has no {name}: train first (python -m training.train).")
        return json.loads(files.read(self / name))

    def config(self) -> types.SimpleNamespace:
        """config.json as attributes: `.model`, `.optimization`, `.run`, `.rows`, `.distribution`, `.facts`, `.classes`.

        Runs of older versions lack flags added since; `.rows` is empty there.
        """
        concerns = {"rows": {}, **self.read_json("config.json")}
        facts = concerns["facts"]
        classes = heads.Classes(facts["num_classes"], level_sizes=facts.get("level_sizes", ()))
        named = {name: types.SimpleNamespace(**values) for name, values in concerns.items()}
        return types.SimpleNamespace(**named, classes=classes)

    def class_names(self) -> dict | None:
        """classes.json, see training.classes.names_of; None of a run of an older version."""
        return self.read_json("classes.json") if files.exists(self / "classes.json") else None

    def architecture(self) -> str:
        """encoder.json as text."""
        return files.read(self / "encoder.json").decode()

    def load(self, weights: str = "best") -> tuple:
        """The trained encoder, its heads and its title inputs.

        Args:
          weights: the subfolder that holds them; of several in it the newest.

        Returns:
          encoder (keras.Model), heads {space: models.heads.Head}, titles (or None).

        Raises:
          FileNotFoundError: the folder holds no run, or none with such weights.
          ValueError: it is a run of recall, whose encoder is none of products.
        """
        config = self.config()
        if hasattr(config, "recall") or hasattr(config, "titles"):
            raise ValueError(
                f"{self.path} was trained to score products for queries, and is no encoder of products: "
                "python -m inference.score takes it."
            )
        titles = title_inputs.load(self / "titles", config.model)
        encoder, heads = model_state.build(config.model, titles, config.classes, self.architecture())
        found = checkpoints.latest(self / weights)
        if found is None:
            raise FileNotFoundError(
                f"{self / weights} has no checkpoint: best/ is written at the first evaluation of a training, "
                "averaged/ by python -m training.average."
            )
        model_state.restore(model_state.variables_of(encoder, heads), found[0])
        return encoder, heads, titles


def _config(concerns: dict, facts: dict) -> dict:
    return {name: dataclasses.asdict(concern) for name, concern in concerns.items()} | {"facts": facts}


def _differing(old: dict, new: dict, defaults: dict) -> list[str]:
    """A run of an older version lacks the flags added since: their defaults do what that version did."""
    lines = []
    for concern, values in new.items():
        for name, value in values.items():
            before = old.get(concern, {}).get(name, defaults.get(concern, {}).get(name))
            if before != value and name not in _FREE.get(concern, ()):
                lines.append(f"--{name}={value} here, {before} there" if concern != "facts" else f"other {name}")
    return lines


def _flagfile(concerns: dict) -> str:
    lines = []
    for concern in concerns.values():
        lines += [f"--{name}={_text(value)}" for name, value in dataclasses.asdict(concern).items()]
    return "\n".join(lines) + "\n"


def _text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
