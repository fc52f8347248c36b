"""Withhold cells until no withheld one can be narrowed, and as few as that needs."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from include.privacy.block import Block
from include.privacy.policy import Policy
from include.privacy.primary import is_sensitive
from include.privacy.tables import LinkedTables

# So many counts that an earlier release gives away are hidden by other means than holding all back.
FEW = 20


@dataclass(frozen=True)
class Percentages:
    """Percentages that could be printed of withheld cells. Arrays run along the cells.

    Attributes:
        low, high: the least and the greatest people that would be written so; NaN where there is none to print.
        of: the cell of the denominator, which must be shown; -1 where there is none.
    """

    low: np.ndarray
    high: np.ndarray
    of: np.ndarray

    @classmethod
    def none(cls, size: int) -> "Percentages":
        """No percentage for any cell."""
        return cls(np.full(size, np.nan), np.full(size, np.nan), np.full(size, -1))


@dataclass(frozen=True)
class Decision:
    """Arrays run along the cells of the tables.

    Attributes:
        is_shown: the count may be printed. Never of a cell that nobody asked for, unless it is known already.
        is_sensitive: cells that are sensitive by themselves.
        is_coded: withheld cells of which the percentage may be printed.
        is_exposed: withheld cells that a reader can narrow all the same, since what was published before gives them
            away. None where nothing was published before.
        is_known: cells that were printed before.
        need: how wide a range each cell keeps, in people.
        percentages: those that were offered.
    """

    is_shown: np.ndarray
    is_sensitive: np.ndarray
    is_coded: np.ndarray
    is_exposed: np.ndarray
    is_known: np.ndarray
    need: np.ndarray
    percentages: Percentages

    def first(self, size: int) -> "Decision":
        """The decision on the first cells alone."""
        offered = self.percentages
        return Decision(
            self.is_shown[:size],
            self.is_sensitive[:size],
            self.is_coded[:size],
            self.is_exposed[:size],
            self.is_known[:size],
            self.need[:size],
            Percentages(offered.low[:size], offered.high[:size], offered.of[:size]),
        )


def protect(
    linked: LinkedTables,
    policy: Policy,
    percentages: Percentages | None = None,
    known: np.ndarray | None = None,
    secret: np.ndarray | None = None,
    steady: np.ndarray | None = None,
    told: np.ndarray | None = None,
) -> Decision:
    """Decide which cells of the tables may be shown.

    known: cells that have been printed before and cannot be taken back. secret: cells that have been withheld before
    and stay so. steady: cells that are withheld only if nothing else helps. told: withheld cells whose percentage
    has been printed before. All default to none.
    """
    size = len(linked.cells)
    value, asked = linked.value, linked.cells["is_asked"].to_numpy(bool)
    known = np.zeros(size, bool) if known is None else known
    secret = np.zeros(size, bool) if secret is None else secret & ~known
    sensitive = is_sensitive(linked, policy)
    withheld = ~known & (sensitive | secret | ~asked)
    need = np.where(withheld & (sensitive | secret), policy.min_cell, 0)
    exposed = np.zeros(size, bool)
    printable = asked & ~sensitive & ~secret
    percentages = Percentages.none(size) if percentages is None else percentages
    coded = np.stack([percentages.low, percentages.high])
    told = np.zeros(size, bool) if told is None else told
    is_coded, may_code = told & ~known, True

    def settle(moves: np.ndarray, settled: np.ndarray, is_rest: bool = False) -> None:
        for cells, rows in _blocks(linked, moves, settled & (need > 0)):
            block = Block(
                relations=linked.relations[rows][:, cells],
                value=value[cells],
                need=np.where(settled[cells], need[cells], 0),
                withheld=withheld[cells],
                may_withhold=settled[cells] & ~withheld[cells],
                printable=(printable & settled)[cells],
                is_told=None if is_rest else (settled & ~asked)[cells],
                min_cell=policy.min_cell,
                coded=coded[:, cells],
                may_code=settled[cells] & may_code & (percentages.of[cells] >= 0) & ~withheld[percentages.of[cells]],
                is_coded=is_coded[cells],
            )
            block.protect()
            withheld[cells] = block.withheld
            need[cells] = np.where(settled[cells], block.need, need[cells])
            exposed[cells] |= block.exposed
            is_coded[cells] = block.is_coded

    # A cell with nobody in it stays shown: readers who know that a school has no such grade would see through it.
    may_move = ~known & (value > 0)
    movable = may_move if steady is None else may_move & ~steady
    count = linked.cells["count"].to_numpy(object)
    # The widest counts first. What hides a count holds still all the others but those that hold it, which only leaves
    # out some of the ways to hide it, and keeps the programmes of one indicator apart from those of all others.
    for one, wider in linked.within.items():
        mine, holding = count == one, np.isin(count, wider)
        settle((withheld & (~asked | mine | holding)) | (movable & mine), mine)
    # Then whatever else may be withheld, and at last even cells with nobody in them.
    for others in (may_move, ~known):
        lost = exposed.copy()
        # Where a release before gives much away, what is new around it is held back, which takes no time.
        if not lost.any() or (known.any() and lost.sum() > FEW):
            break
        wanted, before = need.copy(), withheld.copy()
        # What is in such a tight place gets no percentages on top.
        is_coded[:], may_code = told & ~known, False
        exposed[:], need[:] = False, np.where(lost, need, 0)
        printable = asked & ~before
        settle(withheld | others, np.ones(size, bool), is_rest=True)
        need[:] = np.maximum(need, np.where(withheld, wanted, 0))
    return Decision(~withheld, sensitive, is_coded & withheld, exposed, known, need, percentages)


def _blocks(linked: LinkedTables, moves: np.ndarray, matters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cells and relations of each set of cells that can move together, where one of them needs protection."""
    open_cells = np.flatnonzero(moves)
    relations = linked.relations[:, open_cells]
    rows = np.flatnonzero(np.diff(relations.indptr))
    relations = relations[rows]
    height = len(rows)
    graph = sparse.block_array([[None, abs(relations)], [abs(relations.T), None]]) if height else None
    if graph is None:
        label = np.arange(len(open_cells))
        row_label = np.empty(0, int)
    else:
        _, every = connected_components(graph, directed=False)
        row_label, label = every[:height], every[height:]
    wanted = np.unique(label[matters[open_cells]])
    cell_order, row_order = np.argsort(label, kind="stable"), np.argsort(row_label, kind="stable")
    blocks = []
    for one in wanted:
        cells = cell_order[slice(*np.searchsorted(label[cell_order], [one, one + 1]))]
        inside = row_order[slice(*np.searchsorted(row_label[row_order], [one, one + 1]))]
        blocks.append((open_cells[cells], rows[inside]))
    return blocks
