"""A margin softmax with a number of its own that follows the batches."""

from keras import ops

from models import margin_softmax, replicas
from models.arc_margin import ArcMargin


class ObservingMargin(ArcMargin):
    """ArcMargin with a scalar `state` that `observe` moves before each loss.

    Every replica sees what is observed of the rows of the global batch, and comes to the same state. Rows without label
    and rows that do not count in the loss are left out; a batch of them alone leaves the state as it is.

    A subclass gives `state`, a variable made in `build`, and the two functions below.
    """

    def observed(self, embedding, label):
        """What `adapted` needs to know of each row: a list of float32 `[batch]`."""
        raise NotImplementedError

    def adapted(self, observed, counts):
        """The state after a batch, of which at least one row counts.

        Args:
          observed: the list that the method `observed` gave, each float32 `[global batch]`.
          counts: bool `[global batch]`.

        Returns:
          a float32 scalar.
        """
        raise NotImplementedError

    def observe(self, embedding, label, present):
        counts = ops.logical_and(margin_softmax.is_class(label, self.num_classes), present > 0)
        rows = [*self.observed(embedding, label), ops.cast(counts, "float32")]
        rows = replicas.rows_of_all(ops.stop_gradient(ops.stack(rows, axis=-1)))
        *observed, counts = ops.unstack(rows, axis=-1)
        adapted = self.adapted(observed, counts > 0)
        self.state.assign(ops.where(ops.any(counts > 0), adapted, self.state + 0.0))
