"""Two releases read side by side."""

import numpy as np
import pandas as pd
from scipy import sparse

from include.privacy.release import Release
from include.privacy.tables import placed

EARLIER = " (as released before)"


def beside(previous: Release, current: Release, is_suspicious: bool = False) -> Release:
    """Both releases as one, as a reader joins them; see taken_as_same."""
    return _joined(previous, current, taken_as_same(previous, current, is_suspicious))


def taken_as_same(previous: Release, current: Release, is_suspicious: bool = False) -> np.ndarray:
    """For each cell of the previous release the current cell that a reader takes for the same people, -1 for none.

    A count of the same name is one count, unless both releases print it with different figures, or a row that it is
    summed with came or went, or a relation ties it to a count that changed so: then it may have changed too, and there
    are two. `is_suspicious` keeps all
    counts apart that are not printed alike in both.
    """
    names = pd.Index(current.names)
    there = names.get_indexer(pd.Index(previous.names))
    shared = np.flatnonzero(there >= 0)
    mate = there[shared]
    old_changed, new_changed = np.zeros(len(previous.names), bool), np.zeros(len(current.names), bool)
    apart = (previous.low[shared] > current.high[mate]) | (previous.high[shared] < current.low[mate])
    if is_suspicious:
        apart |= ~(previous.is_shown[shared] & current.is_shown[mate])
    old_changed[shared], new_changed[mate] = apart, apart
    is_old, is_new = there >= 0, np.isin(np.arange(len(current.names)), mate)
    old_changed |= _one_sided(previous, is_old)
    new_changed |= _one_sided(current, is_new)
    alike = previous.is_shown[shared] & current.is_shown[mate] & ~apart
    old_fixed, new_fixed = np.zeros(len(previous.names), bool), np.zeros(len(current.names), bool)
    old_fixed[shared], new_fixed[mate] = alike, alike
    while True:
        before = old_changed.sum() + new_changed.sum()
        old_changed |= _touched(previous.relations, old_changed) & ~old_fixed
        new_changed |= _touched(current.relations, new_changed) & ~new_fixed
        either = old_changed[shared] | new_changed[mate]
        old_changed[shared], new_changed[mate] = either, either
        if old_changed.sum() + new_changed.sum() == before:
            return np.where((there >= 0) & ~old_changed, there, -1)


def _one_sided(release: Release, is_shared: np.ndarray) -> np.ndarray:
    """Cells of one release only, in a relation of which the other one has the total or a part, and another part.

    A row of a table that came or went: the reader sees that, whatever is printed of it.
    """
    pattern = abs(release.relations)
    known = pattern @ is_shared.astype(float) >= 2
    return release.is_asked & ~is_shared & (pattern.T @ known.astype(float) > 0)


def _touched(relations: sparse.csr_array, changed: np.ndarray) -> np.ndarray:
    """Cells that stand in a relation with a changed one."""
    pattern = abs(relations)
    return (pattern.T @ (pattern @ changed.astype(float))) > 0


def _joined(previous: Release, current: Release, same: np.ndarray) -> Release:
    """One release out of two; `same` says for each earlier cell which current cell it is, -1 for none."""
    size = len(current.names)
    alone = np.flatnonzero(same < 0)
    place = same.copy()
    place[alone] = size + np.arange(len(alone))
    one = np.flatnonzero(same >= 0)
    low, high = current.low.copy(), current.high.copy()
    low[same[one]] = np.maximum(low[same[one]], previous.low[one])
    high[same[one]] = np.minimum(high[same[one]], previous.high[one])
    asked = current.is_asked.copy()
    asked[same[one]] |= previous.is_asked[one]
    width = size + len(alone)
    wide, moved = placed(current.relations, np.arange(size), width), placed(previous.relations, place, width)
    return Release(
        names=np.concatenate([current.names, np.array([f"{name}{EARLIER}" for name in previous.names[alone]], object)]),
        low=np.concatenate([low, previous.low[alone]]),
        high=np.concatenate([high, previous.high[alone]]),
        is_asked=np.concatenate([asked, previous.is_asked[alone]]),
        relations=sparse.vstack([wide, moved]).tocsr(),
        offsets=np.concatenate([current.offsets, previous.offsets]),
    )
