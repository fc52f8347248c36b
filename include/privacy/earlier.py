"""Decide on a release beside what has been printed already: an earlier release, or answers to earlier questions."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from include.privacy.policy import Policy
from include.privacy.suppress import Decision, Percentages, protect
from include.privacy.tables import LinkedTables, placed

# No cell of a later release has a name like this.
EARLIER = " (as printed before)"


def protect_beside(
    linked: LinkedTables, percentages: Percentages, before: LinkedTables, decided: Decision, policy: Policy
) -> tuple[LinkedTables, Decision]:
    """Decide which cells of `linked` may be shown where `decided` was printed of the cells of `before`.

    A cell of the same name and people is one cell: what was printed of it stays known. A cell that has changed is two,
    and the earlier one stays as well hidden as it was. Returns both as one, the cells of `linked` first, so that it can
    be the `before` of the next.
    """
    names = pd.Index(linked.names)
    place = names.get_indexer(pd.Index(before.names))
    known_name = place >= 0
    same = known_name & (linked.value[place] == before.value)
    alone = np.flatnonzero(~same)
    size = len(linked.cells)
    to = np.where(same, place, -1)
    to[alone] = size + np.arange(len(alone))
    older = before.cells.iloc[alone]
    # A cell that these tables do not have keeps its name, so that the tables after them know it.
    is_former = known_name[alone] | older["name"].str.endswith(EARLIER).to_numpy(bool)
    older = older.assign(name=older["name"].where(~is_former, older["name"] + EARLIER), is_asked=False)
    total = size + len(alone)
    relations = sparse.vstack(
        [placed(linked.relations, np.arange(size), total), placed(before.relations, to, total)]
    ).tocsr()
    once = _once(relations)
    both = LinkedTables(
        pd.concat([linked.cells, older], ignore_index=True),
        relations[once],
        np.concatenate([linked.offsets, before.offsets])[once],
        _within(linked, before),
    )

    def carried(flag: np.ndarray) -> np.ndarray:
        out = np.zeros(total, bool)
        out[to] = flag
        return out

    known = carried(decided.is_shown)
    # What was withheld stays so while it does not change, and as wide as it was promised to be.
    secret = carried(~decided.is_shown & (decided.need > 0))
    steady = np.zeros(total, bool)
    steady[place[known_name & ~same & decided.is_shown]] = True
    low, high = np.full(total, np.nan), np.full(total, np.nan)
    of = np.full(total, -1)
    low[:size], high[:size], of[:size] = percentages.low, percentages.high, percentages.of
    told = carried(decided.is_coded)
    coded = np.flatnonzero(decided.is_coded)
    low[to[coded]], high[to[coded]] = decided.percentages.low[coded], decided.percentages.high[coded]
    decision = protect(both, policy, Percentages(low, high, of), known, secret, steady, told)
    return both, hold_back(both, decision, decision.is_exposed, size)


def hold_back(both: LinkedTables, decision: Decision, around: np.ndarray, size: int) -> Decision:
    """Print nothing new around some cells; `size` is the number of cells that could be printed now.

    Where one pupil has come and nearly everything else is known not to have changed, any new figure that shows the
    change shows the pupil. Without a new figure the reader does not know that there was one. A new row that counts
    nobody is no change: there was nobody when there was no row.
    """
    if not around.any():
        return decision
    known = decision.is_known
    pattern = abs(both.relations[:, np.flatnonzero(~known)])
    _, label = connected_components(pattern.T @ pattern, directed=False)
    held = np.zeros(len(known), bool)
    held[~known] = np.isin(label, label[around[~known]])
    held &= np.arange(len(known)) < size
    held &= (both.value > 0) | np.isin(both.names + EARLIER, both.names[size:])
    return replace(decision, is_shown=decision.is_shown & ~held, is_coded=decision.is_coded & ~held)


def _once(relations: sparse.csr_array) -> np.ndarray:
    """The rows without those that repeat an earlier one: what has not changed is related as it was."""
    relations.sort_indices()
    first: dict[tuple[bytes, bytes], int] = {}
    for row in range(relations.shape[0]):
        at = slice(relations.indptr[row], relations.indptr[row + 1])
        first.setdefault((relations.indices[at].tobytes(), relations.data[at].tobytes()), row)
    return np.fromiter(first.values(), int)


def _within(one: LinkedTables, other: LinkedTables) -> dict[str, tuple[str, ...]]:
    wider = {
        count: tuple(dict.fromkeys((*one.within.get(count, ()), *other.within.get(count, ()))))
        for count in (*one.within, *other.within)
    }
    return dict(sorted(wider.items(), key=lambda item: len(item[1])))
