"""From pretraining to matchers: regions and words by name, each tensor checked."""

from training.recall import recall_models
from training.run_folder import RunFolder

SHOWN = 3


def take(options, encoder, heads: dict) -> str:
    """Gives an encoder the regions and the word vectors of the run `options.begins_from`, each tensor by its name.

    Returns:
      a line that says what was taken.

    Raises:
      ValueError: a tensor is of another shape, or absent; names the first ones.
    """
    folder = RunFolder(options.begins_from)
    other, other_heads, _ = recall_models.load(folder, options.initial_weights)
    here, there = _shared(encoder, heads), _shared(other, other_heads)
    differing = [
        f"{name} is {_shape(here.get(name))} here, {_shape(there.get(name))} there"
        for name in sorted(here.keys() | there.keys())
        if _shape(here.get(name)) != _shape(there.get(name))
    ]
    if differing:
        raise ValueError(
            f"--initial_run={folder.path} has other regions or words; {len(differing)} tensors differ: "
            f"{'; '.join(differing[:SHOWN])}. Give its --word_dim, --region_boxes and other --region flags."
        )
    for name, variable in here.items():
        variable.assign(there[name])
    return f"began with {folder / options.initial_weights}: {len(here)} tensors of the region encoder and the words"


def _shared(encoder, heads: dict) -> dict:
    layer = encoder.get_layer("region_encoder")
    found = {v.path: v for v in layer.variables if "seed_generator" not in v.path}
    return {**found, "word_vectors": recall_models.word_vectors(encoder, heads)}


def _shape(variable) -> tuple | str:
    return "absent" if variable is None else tuple(variable.shape)
