"""What heads have in common whose loss compares the rows of a group with each other."""

import keras
from keras import ops


class GroupHead(keras.layers.Layer):
    """A layer that cuts a batch into groups of rows that lie side by side, and makes its loss of groups.

    Two rows with the same query or the same product are never a wrong pair.

    Args:
      group: rows of a group G; a batch is whole groups.

    Attributes:
      num_classes: 0: there are no logits of classes.
      rows_together: rows of a group.
    """

    num_classes = 0

    def __init__(self, group, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.rows_together = group

    @property
    def compared(self) -> int:
        """Rows that the loss compares at a time: the whole group, or a divisor of it."""
        return self.rows_together

    def group_losses(self, groups, same):
        """The loss of each row, float32 `[N, compared]`.

        Args:
          groups: {name: float32 `[N, compared, ...]`} of both towers.
          same: bool `[N, compared, compared]`, whether two rows have the query or the product in common.
        """
        raise NotImplementedError

    def observe(self, output, label, present):
        """Does nothing: this loss does not adapt to what it sees."""
        return None

    def loss(self, output, label, label_smoothing=0.0):
        """The loss of each row.

        Args:
          output: {name: float32 `[rows, ...]`} of both towers.
          label: int32 `[rows, 2]`, numbers of the row's query and product; equal ones are the same.
          label_smoothing: 0.

        Returns:
          float32 `[rows]`.

        Raises:
          ValueError: the rows are no whole groups, or labels are to be smoothed.
        """
        if label_smoothing:
            raise ValueError(f"--label_smoothing={label_smoothing} has no effect on {self.name}: leave it out.")
        groups, label = {name: self._cut(value) for name, value in output.items()}, self._cut(label)
        same = ops.any(ops.equal(label[:, :, None], label[:, None]), axis=-1)
        return ops.reshape(self.group_losses(groups, same), (-1,))

    def _cut(self, rows):
        if rows.shape[0] is not None and rows.shape[0] % self.rows_together:
            raise ValueError(
                f"{self.name} takes groups of {self.rows_together} rows, and {rows.shape[0]} rows are no whole number "
                "of them: change --batch_size."
            )
        return ops.reshape(rows, (-1, self.compared, *rows.shape[1:]))

    def get_config(self):
        return {**super().get_config(), "group": self.rows_together}
