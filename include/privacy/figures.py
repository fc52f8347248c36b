"""Put a release together: the rows of its tables, with what may be printed of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from include.privacy.between import taken_as_same
from include.privacy.coding import coded_share
from include.privacy.earlier import EARLIER, hold_back, protect_beside
from include.privacy.link import link
from include.privacy.policy import Policy
from include.privacy.release import Release, publish
from include.privacy.suppress import Decision, Percentages, protect
from include.privacy.tables import LinkedTables, Table

OK, SMALL, BESIDE = "ok", "small", "beside_small"


@dataclass(frozen=True)
class Protected:
    """A release that was decided.

    Attributes:
        tables: for each table, its codes, and for each count the count (null where it is withheld) and
            `<count>_status`: ok, small (sensitive by itself), beside_small (withheld so that a small one stays hidden)
            or not_collected. For each count within another also `<count>_share`, the percentage as it is to be
            written, null where there is none. The columns in `means` stand where their count does.
        release: what a reader sees of it, for the attack.
        exposed: counts that could not be hidden beside what was printed before, so that everything new around them was
            held back; empty for a first release.
        known: all cells that were ever decided, and the decision: what the next release must go by.
    """

    tables: tuple[pd.DataFrame, ...]
    release: Release
    exposed: tuple[str, ...]
    known: tuple[LinkedTables, Decision]


def protect_release(tables: Sequence[Table], policy: Policy, previous: Protected | None = None) -> Protected:
    """Decide what may be printed of all tables of a release together, beside what was printed before.

    Raises PrivacyError where the tables cannot be linked (see link).
    """
    linked = link(tables)
    percentages = _percentages(tables, linked, policy)
    if previous is None:
        known = linked, protect(linked, policy, percentages)
    else:
        known = protect_beside(linked, percentages, *previous.known, policy)
        known = known[0], _without_false_trails(linked, *known, previous)
    return _put_together(tables, linked, known, policy)


def hold_back_around(tables: Sequence[Table], protected: Protected, names: Sequence[str], policy: Policy) -> Protected:
    """The same release, beside an earlier one, with nothing new printed around the counts of these names."""
    linked, (both, decision) = link(tables), protected.known
    around = np.isin(both.names, [*names, *(f"{name}{EARLIER}" for name in names)])
    held = hold_back(both, decision, around, len(linked.cells))
    return _put_together(tables, linked, (both, replace(held, is_exposed=held.is_exposed | around)), policy)


def _put_together(
    tables: Sequence[Table], linked: LinkedTables, known: tuple[LinkedTables, Decision], policy: Policy
) -> Protected:
    decision = known[1].first(len(linked.cells))
    frames = [_rows(*one, linked, decision, policy) for one in zip(tables, linked.places, strict=True)]
    exposed = tuple(str(name) for name in known[0].names[known[1].is_exposed])
    return Protected(tuple(frames), _seen(linked, decision), exposed, known)


def told(state: Protected) -> Release:
    """All that was ever told until then, answers to questions included, as `release` is what was told last."""
    return _seen(*state.known)


def _seen(linked: LinkedTables, decision: Decision) -> Release:
    coded = decision.percentages
    low = np.where(decision.is_coded, coded.low, 0.0)
    return publish(linked, decision.is_shown, low, np.where(decision.is_coded, coded.high, np.inf))


def _without_false_trails(
    linked: LinkedTables, both: LinkedTables, decision: Decision, previous: Protected
) -> Decision:
    """Hold back what is new where a withheld count changed and nothing shows it.

    A reader who takes such a count for unchanged works out others wrongly, and nobody could tell that from a leak.
    """
    size = len(linked.cells)
    # What was known then holds all cells of the release before, and of answers to questions since.
    at = pd.Index(previous.known[0].names).get_indexer(pd.Index(previous.release.names))
    was = previous.known[0].value[at]
    while True:
        same = taken_as_same(previous.release, _seen(linked, decision.first(size)))
        wrong = (same >= 0) & (linked.value[same] != was)
        around = np.zeros(len(both.cells), bool)
        around[same[wrong]] = True
        held = hold_back(both, decision, around, size)
        if np.array_equal(held.is_shown, decision.is_shown):
            return decision
        decision = held


def _percentages(tables: Sequence[Table], linked: LinkedTables, policy: Policy) -> Percentages:
    """The percentages that leave at least min_cell people between the least and the greatest numerator.

    Where a code is narrower it is printed of no withheld count, also not of 0 or 100 %: were it printed of those alone,
    it would say which it is.
    """
    percentages = Percentages.none(len(linked.cells))
    value = linked.value
    for places in linked.places:
        for wide, narrow in zip(places.T, places.T[1:], strict=False):
            for denominator, numerator in zip(wide.tolist(), narrow.tolist(), strict=True):
                if min(denominator, numerator) < 0:
                    continue
                share = coded_share(int(value[numerator]), int(value[denominator]), policy)
                if share is not None and share.width >= policy.min_cell:
                    percentages.low[numerator], percentages.high[numerator] = share.low, share.high
                    percentages.of[numerator] = denominator
    return percentages


def _rows(table: Table, places: np.ndarray, linked: LinkedTables, decision: Decision, policy: Policy) -> pd.DataFrame:
    """The rows of one table as they are printed."""
    rows = table.frame[[dimension.name for dimension in table.dimensions]].reset_index(drop=True)
    shown_of: dict[str, np.ndarray] = {}
    for at, count in enumerate(table.counts):
        cell = places[:, at]
        collected = cell >= 0
        shown = collected & decision.is_shown[cell]
        value = linked.value[cell]
        rows[count] = pd.array(np.where(shown, value, 0).astype(int), dtype="Int64")
        rows.loc[~shown, count] = pd.NA
        small = decision.is_sensitive[cell]
        if at:
            left = linked.value[places[:, at - 1]] - value
            is_everyone = policy.is_everyone_hidden and table.is_outcome(count)
            small = small | (left < policy.min_cell) & (left >= (0 if is_everyone else 1))
        why = np.where(small, SMALL, BESIDE)
        rows[f"{count}_status"] = np.where(shown, OK, np.where(collected, why, "not_collected"))
        shown_of[count] = shown
        if at:
            wide = places[:, at - 1]
            may = collected & shown_of[table.counts[at - 1]] & (shown | decision.is_coded[cell])
            shares: list[str | None] = [None] * len(rows)
            for row in np.flatnonzero(may).tolist():
                shares[row] = _share(linked, int(cell[row]), int(wide[row]), policy)
            rows[f"{count}_share"] = pd.Series(shares, dtype=object)
    for column, count in table.means.items():
        rows[column] = table.frame[column].reset_index(drop=True).where(shown_of[count] & (rows[count] > 0))
    return rows


def _share(linked: LinkedTables, numerator: int, denominator: int, policy: Policy) -> str | None:
    share = coded_share(int(linked.value[numerator]), int(linked.value[denominator]), policy)
    return None if share is None else share.text
