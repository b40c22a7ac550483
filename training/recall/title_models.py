"""Two towers of text with their head: built anew, or with the weights of a run folder."""

from models.recall.title_towers import SPACE
from models.recall.two_tower_head import TwoTowerHead
from training import checkpoints, model_state
from training.inputs import title_inputs
from training.recall.pair_texts import PairTexts
from training.run_folder import RunFolder


def is_run(folder: RunFolder) -> bool:
    """Whether a run folder holds one of training.recall.title_training."""
    return "titles" in folder.read_json("config.json")


def head(options) -> dict:
    """{"match": a head}, built.

    Args:
      options: flags.title_recall.TitleRecall or what a run folder kept of it.
    """
    made = TwoTowerHead(options.in_batch, options.softmax_form, name=f"{SPACE}_head")
    made.build(())
    return {SPACE: made}


def load(folder: RunFolder, weights: str = "best") -> tuple:
    """The trained towers and what makes their inputs.

    Returns:
      encoder (keras.Model), training.recall.pair_texts.PairTexts.

    Raises:
      FileNotFoundError: the folder holds no run, or one without such weights.
    """
    config, found = folder.config(), checkpoints.latest(folder / weights)
    if found is None:
        raise FileNotFoundError(f"{folder / weights} has no weights: let {folder.path} reach its first evaluation.")
    titles = title_inputs.load(folder / "titles", config.model)
    encoder = model_state.from_architecture(folder.architecture())
    model_state.restore(model_state.variables_of(encoder, head(config.titles)), found[0])
    return encoder, PairTexts(titles, config.titles.query_tokens)
