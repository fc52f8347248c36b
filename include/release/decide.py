"""Decide on one part of a release, and attack what came out."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.privacy.attack import Finding, attack
from include.privacy.between import EARLIER
from include.privacy.coding import coded_share
from include.privacy.figures import OK, Protected, hold_back_around, protect_release
from include.privacy.policy import Policy
from include.release.parts import MISSING, Part, PartTable
from include.release.printed import as_printed


@dataclass(frozen=True)
class Decided:
    """A part that was decided: its tables by name as they are to be printed, and what the attack found in them.

    state: what the next release must know; it holds true counts.
    """

    part: Part
    tables: dict[str, pd.DataFrame]
    state: Protected
    findings: tuple[Finding, ...]
    seconds: float


def decide(part: Part, policy: Policy, given: Protected | None, previous: Protected | None) -> Decided:
    """Protect one part beside all that was given before, and attack it beside the previous release of it.

    given: everything that anyone was told of the part, answers to questions included; what the attack finds beside it
    is held back with all that is new around it, and attacked again. Raises PrivacyError where the
    marts contradict what include/release/released.py says of them.
    """
    begun = time.perf_counter()
    state = protect_release(part.described, policy, given)
    while True:
        tables = _tables(part, state, policy)
        seen = as_printed(state.release, [(one.declared, tables[one.declared.name]) for one in part.tables], policy)
        found = attack(seen, policy.min_cell, None if previous is None else previous.release)
        if not found or given is None:
            break
        # The attack joins two releases as a reader does, who may take for unchanged what has changed.
        names = [one.name.removesuffix(EARLIER) for one in found]
        narrower = hold_back_around(part.described, state, names, policy)
        if np.array_equal(narrower.release.is_shown, state.release.is_shown):
            break
        state = narrower
    return Decided(part, tables, state, tuple(found), time.perf_counter() - begun)


def _tables(part: Part, state: Protected, policy: Policy) -> dict[str, pd.DataFrame]:
    frames = iter(state.tables)
    return {
        table.declared.name: printable(table, [next(frames) for _ in table.chains], policy) for table in part.tables
    }


def printable(table: PartTable, frames: list[pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """The rows of a table as readers get them: keys, counts with the status of each, percentages, other figures."""
    declared, rows = table.declared, table.rows
    out = rows[list(declared.keys)].copy()
    coded = {}
    for chain, frame in zip(declared.chains, frames, strict=True):
        for wide, count in zip((None, *chain), chain, strict=False):
            out[count] = frame[count]
            status = frame[f"{count}_status"]
            # The mart knows better why there is nothing.
            out[f"{count}_status"] = rows["status"].where(
                (status == "not_collected") & rows["status"].isin(MISSING), status
            )
            if wide is not None:
                coded[count, wide] = frame[f"{count}_share"]
    for name, (numerator, denominator) in declared.shares.items():
        within = coded.get((numerator, denominator))
        out[name] = _shares(out[numerator], out[denominator], policy) if within is None else within
    for name, needed in declared.figures.items():
        stands = np.logical_and.reduce([out[f"{count}_status"] == OK for count in needed])
        out[name] = rows[name].where(stands)
    return out


def _shares(numerator: pd.Series, denominator: pd.Series, policy: Policy) -> pd.Series:
    """Percentages of counts that are both printed."""
    shares: list[str | None] = [None] * len(numerator)
    for row in np.flatnonzero(numerator.notna() & denominator.notna()).tolist():
        share = coded_share(int(numerator.iloc[row]), int(denominator.iloc[row]), policy)
        shares[row] = None if share is None else share.text
    return pd.Series(shares, dtype=object, index=numerator.index)
