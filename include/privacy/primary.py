"""Which cells are sensitive by themselves, whatever stands around them."""

import numpy as np

from include.privacy.policy import Policy
from include.privacy.tables import LinkedTables


def is_sensitive(linked: LinkedTables, policy: Policy) -> np.ndarray:
    """Cells of 1 to min_cell - 1 people, and complements of nobody where the numerator is everybody (see Policy)."""
    value = linked.value
    small = (value >= 1) & (value < policy.min_cell)
    if not policy.is_everyone_hidden:
        return small
    return small | ((value == 0) & (linked.cells["whole"].to_numpy() > 0))
