"""The reference of bench.privacy: suppression by hypercubes, as in tau-Argus's GHMITER (Repsilber 1994; Giessing 2003).

Written anew from the published description, since the wrapper pytauargus needs a program for Windows. A table is taken
apart into all its subtables without hierarchy; in each, every withheld cell gets the cheapest hypercube of cells, one
from each corner, that leaves it a range wide enough; what is withheld in one subtable is withheld in all, until nothing
more is.
"""

import itertools

import numpy as np
import pandas as pd

from include.privacy.tables import Table


def hypercubes(table: Table, min_cell: int) -> np.ndarray:
    """Whether each row of a table of one count is withheld.

    Cells of 1 to min_cell - 1 people get a range of min_cell, those withheld beside them of one person. A cell for
    which no hypercube is wide enough gets the widest there is, as in GHMITER.
    """
    names = [dimension.name for dimension in table.dimensions]
    count = table.counts[0]
    index = pd.MultiIndex.from_frame(table.frame[names].astype(str))
    value = table.frame[count].to_numpy(float)
    need = np.where((value >= 1) & (value < min_cell), float(min_cell), 0.0)
    withheld = need > 0
    weight = 1.0 + 0.1 * np.log2(1.0 + value)
    subtables = []
    for sums in itertools.product(*(dimension.sums for dimension in table.dimensions)):
        codes = [(one.total, *one.parts) for one in sums]
        places = index.get_indexer(pd.MultiIndex.from_product(codes))
        subtables.append(places.reshape([len(one) for one in codes]))
    changed = True
    while changed:
        changed = False
        for places in subtables:
            changed |= _protect(places, value, need, withheld, weight)
    return withheld


def _protect(places: np.ndarray, value: np.ndarray, need: np.ndarray, withheld: np.ndarray, weight: np.ndarray) -> bool:
    """Protect one subtable; changes `withheld` and `need`, and returns whether it did."""
    changed = False
    for position in np.argwhere(withheld[places]):
        cost, width, corners = _cubes(position, places, value, withheld, weight)
        if not cost.size:
            continue
        enough = width >= need[places[tuple(position)]]
        if not enough.any():
            enough = width == width.max()
        best = np.unravel_index(np.where(enough, cost, np.inf).argmin(), cost.shape)
        cells = np.array([corner[best] for corner in corners])
        fresh = cells[~withheld[cells]]
        withheld[fresh], need[fresh] = True, 1.0
        changed |= len(fresh) > 0
    return changed


def _cubes(
    position: np.ndarray, places: np.ndarray, value: np.ndarray, withheld: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Cost, width of the range, and corners of the hypercubes from this cell to every opposite one."""
    others = [np.delete(np.arange(size), at) for size, at in zip(places.shape, position, strict=True)]
    shape = tuple(len(one) for one in others)
    cost, least = np.zeros(shape), [np.full(shape, np.inf), np.full(shape, np.inf)]
    corners = []
    for turned in itertools.product((False, True), repeat=len(others)):
        at = [
            one if is_turned else np.array([own]) for one, own, is_turned in zip(others, position, turned, strict=True)
        ]
        corner = np.broadcast_to(places[np.ix_(*at)], shape)
        corners.append(corner)
        cost = cost + np.where(withheld[corner], 0.0, weight[corner])
        # Nobody hides nobody: a corner with no people is not taken.
        cost = np.where((value[corner] == 0) & ~withheld[corner], np.inf, cost)
        side = sum(turned) % 2
        least[side] = np.minimum(least[side], value[corner])
    width = least[0] + least[1]
    width[np.isinf(cost)] = -1.0
    return cost, width, corners
