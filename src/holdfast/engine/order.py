"""The order in which a corpus is read: a function of the seed and the step alone."""

from __future__ import annotations

import numpy as np

from holdfast.domain import TrialError


class DataOrder:
    """An endless stream of corpus rows, shuffled anew each epoch and cut into batches of one size.

    A batch may straddle two epochs, so that every step costs the same. The rows of step k depend on the seed,
    the corpus' length, the batch size and k: a run continued at step k reads on where it stopped.
    """

    def __init__(self, rows: int, batch_size: int, seed: int) -> None:
        """Lay out the order.

        Args:
            rows: Rows of the corpus, at least 1.
            batch_size: Rows a step, in [1, rows].
            seed: Seeds every epoch's shuffle.

        Raises:
            TrialError: If there is no row, or a batch is larger than the corpus.
        """
        if rows < 1:
            raise TrialError(
                "the corpus has no row to train on", next_step="give the pathway a corpus with rows"
            )
        if not 1 <= batch_size <= rows:
            raise TrialError(f"a batch of {batch_size} rows cannot be drawn from a corpus of {rows}")
        self.rows = rows
        self.batch_size = batch_size
        self._seed = seed
        self._epoch = -1
        self._shuffled: list[int] = []

    def batch(self, step: int) -> list[int]:
        """Return the rows of a step.

        Args:
            step: 0-based number of the step.

        Returns:
            Row indices, `batch_size` of them, in [0, rows).
        """
        start = step * self.batch_size
        epoch, offset = divmod(start, self.rows)
        head = self._order(epoch)[offset : offset + self.batch_size]
        missing = self.batch_size - len(head)
        return head + self._order(epoch + 1)[:missing] if missing else head

    def _order(self, epoch: int) -> list[int]:
        if epoch != self._epoch:
            generator = np.random.default_rng([self._seed & 0xFFFF_FFFF, epoch])
            self._shuffled = generator.permutation(self.rows).tolist()
            self._epoch = epoch
        return self._shuffled
