"""What a reader of a release sees: all that the attack knows."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from include.privacy.tables import LinkedTables


@dataclass(frozen=True)
class Release:
    """Arrays run along the cells; `relations` has a row for each relation.

    Attributes:
        names: what each cell counts, in words; the same words mean the same cell in another release.
        low, high: what is published of each cell, in people. Equal where the count is shown; 0 and inf where nothing
            is; between them where a percentage says so.
        is_asked: cells that a reader would look for. The others are never printed, and can only be worked out: the
            complement of a numerator, those outside a programme.
        relations: relations × cells, 1 for each part and -1 for the total.
        offsets: relations @ counts == offsets; not zero where people stand in two parts of a total.
    """

    names: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_asked: np.ndarray
    relations: sparse.csr_array
    offsets: np.ndarray

    @property
    def is_shown(self) -> np.ndarray:
        """Cells of which the count is published."""
        return self.low == self.high


def publish(
    linked: LinkedTables, is_shown: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None
) -> Release:
    """What a reader sees of the tables where these cells are shown.

    low and high say what is known of the others, in people; without them, that no count is negative.
    """
    value = linked.value
    return Release(
        names=linked.names,
        low=np.where(is_shown, value, 0.0 if low is None else low),
        high=np.where(is_shown, value, np.inf if high is None else high),
        is_asked=linked.cells["is_asked"].to_numpy(bool),
        relations=linked.relations,
        offsets=linked.offsets,
    )
