"""The description of the tables of a release: their dimensions, and the cells and relations that link them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class Sum:
    """A total and its parts, codes of one dimension.

    is_exact=False is for parts that overlap (a student of two schools) or leave people out: the overlap is then taken
    as known to the reader, and those left out are a cell of their own.
    """

    total: str
    parts: tuple[str, ...]
    is_exact: bool = True


@dataclass(frozen=True)
class Split:
    """A group within a whole of which nobody prints the rest, though anyone can subtract it."""

    whole: str
    part: str


@dataclass(frozen=True)
class Dimension:
    """The codes of one column. `top` is the code for everyone, if there is one; sums go from the leaves upwards."""

    name: str
    top: str | None = None
    sums: tuple[Sum, ...] = ()
    splits: tuple[Split, ...] = ()


@dataclass(frozen=True)
class Table:
    """One row per combination of codes.

    Attributes:
        frame: columns of codes and of whole people. A row that is missing has nobody in it; a count that is null was
            not collected and is no cell.
        dimensions: the columns of codes.
        counts: columns of people, each within the one before it: students, rated, chronic.
        outcomes: those counts of which "all of them" says something of each of them. None: the last count, where there
            are several.
        means: columns of means, amounts or rates over people, each with the count of those people: such a figure
            stands where its count is shown and not zero.
    """

    frame: pd.DataFrame
    dimensions: tuple[Dimension, ...]
    counts: tuple[str, ...]
    outcomes: tuple[str, ...] | None = None
    means: Mapping[str, str] = field(default_factory=dict)

    def is_outcome(self, count: str) -> bool:
        """Whether all people having it is as much a secret as few."""
        return count in (self.counts[-1:] if self.outcomes is None else self.outcomes)


@dataclass(frozen=True)
class LinkedTables:
    """All the cells of a release, and what links them.

    Attributes:
        cells: one row per cell: name (in words; the same name is the same cell), value (people), is_asked (it stands
            in a table; the others can only be worked out), whole (of the complement of an outcome: the denominator,
            else 0), count (the column it comes from; of a complement, that of the numerator).
        within: for each count the wider counts that hold it, the widest counts first.
        relations: relations × cells, 1 for each part and -1 for the total.
        offsets: relations @ value; zero but where parts overlap.
        places: for each table, rows × counts, the cell; -1 where it was not collected.
    """

    cells: pd.DataFrame
    relations: sparse.csr_array
    offsets: np.ndarray
    within: dict[str, tuple[str, ...]]
    places: tuple[np.ndarray, ...] = ()

    @property
    def names(self) -> np.ndarray:
        """What each cell counts."""
        return self.cells["name"].to_numpy(object)

    @property
    def value(self) -> np.ndarray:
        """People in each cell, as floats."""
        return self.cells["value"].to_numpy(float)


def placed(relations: sparse.csr_array, to: np.ndarray, width: int) -> sparse.csr_array:
    """The same relations over `width` columns, of which `to` says where each of the old ones stands."""
    return sparse.csr_array(
        (relations.data, to[relations.indices], relations.indptr), shape=(relations.shape[0], width)
    )
