"""What a run keeps of its weights: checkpoints to go on from, snapshots at the ends of cycles, and the best.

Weights are copied to the host when they are saved; a thread writes the files while training goes on.
"""

import concurrent.futures

from training import checkpoints, model_state

ALL = 10**9


class Saving:
    """Writes the checkpoints of one run, one after another.

    Args:
      folder: training.run_folder.RunFolder.
      encoder, heads: whose weights are snapshots and the best.
      variables: {name: variable} of all that a checkpoint needs.
    """

    def __init__(self, folder, encoder, heads, variables: dict):
        self.folder, self.variables = folder, variables
        self.weights = model_state.variables_of(encoder, heads)
        self.thread = self.writing = None

    def __enter__(self):
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        return self

    def __exit__(self, *_):
        self.thread.shutdown()
        self.wait()

    def checkpoint(self, state: dict) -> None:
        """Saves everything that a resumed run needs; `state` is JSON, with its `step`."""
        self._write("checkpoints", state["step"], self.variables, state, keep=2)

    def snapshot(self, step: int, scores: dict) -> None:
        """Saves the weights, and keeps them to the end."""
        self._write("snapshots", step, self.weights, {"step": step, "scores": scores}, keep=ALL)

    def best(self, step: int, scores: dict) -> None:
        """Saves the weights in place of those that were the best."""
        self._write("best", step, self.weights, {"step": step, "scores": scores}, keep=1)

    def restore(self) -> dict | None:
        """Takes up the newest whole checkpoint and returns its state; None = there is none."""
        self.wait()
        found = checkpoints.latest(self.folder / "checkpoints")
        if found is None:
            return None
        arrays, state = found
        model_state.restore(self.variables, arrays)
        return state

    def wait(self) -> None:
        """Returns when all is written.

        Raises:
          OSError: something could not be.
        """
        if self.writing:
            self.writing.result()

    def _write(self, place: str, step: int, variables: dict, state: dict, keep: int) -> None:
        self.wait()
        values = model_state.values_of(variables)
        self.writing = self.thread.submit(checkpoints.save, self.folder / place, step, values, state, keep)
