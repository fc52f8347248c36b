"""Withhold cells until no withheld one can be narrowed, and as few as that needs."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from include.privacy.block import Block
from include.privacy.policy import Policy
from include.privacy.primary import is_sensitive
from include.privacy.tables import LinkedTables


@dataclass(frozen=True)
class Decision:
    """Arrays run along the cells of the tables.

    Attributes:
        is_shown: the count may be printed. Never of a cell that nobody asked for, unless it is known already.
        is_sensitive: cells that are sensitive by themselves.
        is_exposed: withheld cells that a reader can narrow all the same, since what was published before gives them
            away. None where nothing was published before.
        rise, fall: how far the reader may think each cell from its count, by what is known of that cell alone.
        need: how wide a range each cell keeps, in people.
    """

    is_shown: np.ndarray
    is_sensitive: np.ndarray
    is_exposed: np.ndarray
    need: np.ndarray


def protect(
    linked: LinkedTables,
    policy: Policy,
    known: np.ndarray | None = None,
    secret: np.ndarray | None = None,
) -> Decision:
    """Decide which cells of the tables may be shown.

    known: cells that have been published before and cannot be taken back. secret: cells that have been withheld before
    and stay so. Both default to none.
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

    def settle(moves: np.ndarray, settled: np.ndarray) -> None:
        for cells, rows in _blocks(linked, moves, settled & (need > 0)):
            block = Block(
                relations=linked.relations[rows][:, cells],
                value=value[cells],
                need=np.where(settled[cells], need[cells], 0),
                withheld=withheld[cells],
                may_withhold=settled[cells] & ~withheld[cells],
                printable=(printable & settled)[cells],
                is_told=(settled & ~asked)[cells],
                min_cell=policy.min_cell,
            )
            block.protect()
            withheld[cells] = block.withheld
            need[cells] = np.where(settled[cells], block.need, need[cells])
            exposed[cells] |= block.exposed

    # A cell with nobody in it stays shown: readers who know that a school has no such grade would see through it.
    may_move = ~known & (value > 0)
    count = linked.cells["count"].to_numpy(object)
    # The widest counts first. What hides a count holds still all the others but those that hold it, which only leaves
    # out some of the ways to hide it, and keeps the programmes of one indicator apart from those of all others.
    for one, wider in linked.within.items():
        mine, holding = count == one, np.isin(count, wider)
        settle((withheld & (~asked | mine | holding)) | (may_move & mine), mine)
    # Then whatever else may be withheld, and at last even cells with nobody in them.
    for others in (may_move, ~known):
        lost = exposed.copy()
        if not lost.any():
            break
        wanted, before = need.copy(), withheld.copy()
        exposed[:], need[:] = False, np.where(lost, need, 0)
        printable = asked & ~before
        settle(withheld | others, np.ones(size, bool))
        need[:] = np.maximum(need, np.where(withheld, wanted, 0))
    return Decision(~withheld, sensitive, exposed, need)


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
