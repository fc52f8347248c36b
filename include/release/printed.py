"""What a reader knows of a part from its tables as they stand, for the attack.

The description (which counts there are, and what adds up to what) is that of the release; every figure is read from the
tables, so that one that should not be there is taken as known, wherever it came from.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from include.privacy.link import cell_names
from include.privacy.policy import Policy, PrivacyError
from include.privacy.release import Release
from include.release.codes import coded, with_tops
from include.release.released import Protected

WRITTEN = re.compile(r"^([≤≥]?)(\d+) %$")


def as_printed(described: Release, tables: Iterable[tuple[Protected, pd.DataFrame]], policy: Policy) -> Release:
    """The release with what these tables print of its cells.

    Raises PrivacyError where a table prints what the release does not describe, or two tables print a cell differently.
    """
    size = len(described.names)
    place = pd.Index(described.names)
    low, high = np.zeros(size), np.full(size, np.inf)
    for declared, rows in tables:
        coded_rows = with_tops(coded(rows, declared.keys))
        cells = {}
        for count in declared.counts:
            names = cell_names(count, coded_rows)
            cells[count] = place.get_indexer(pd.Index(names))
            printed = rows[count].notna().to_numpy()
            unknown = printed & (cells[count] < 0)
            if unknown.any():
                raise PrivacyError(
                    f"{declared.name} prints “{names[unknown][0]}”, which the release does not describe."
                )
            _narrow(low, high, cells[count][printed], *2 * (rows[count][printed].to_numpy(float),), names[printed])
        for share, (numerator, denominator) in declared.shares.items():
            written = (rows[share].notna() & rows[numerator].isna() & rows[denominator].notna()).to_numpy()
            for row in np.flatnonzero(written).tolist():
                least, most = rounded_back(str(rows[share].iloc[row]), int(rows[denominator].iloc[row]), policy)
                cell = cells[numerator][[row]]
                _narrow(low, high, cell, np.array([least]), np.array([most]), described.names[cell])
    return Release(described.names, low, high, described.is_asked, described.relations, described.offsets)


def _narrow(
    low: np.ndarray, high: np.ndarray, cells: np.ndarray, least: np.ndarray, most: np.ndarray, names: np.ndarray
) -> None:
    low[cells], high[cells] = np.maximum(low[cells], least), np.minimum(high[cells], most)
    wrong = low[cells] > high[cells]
    if wrong.any():
        raise PrivacyError(f"The tables contradict each other: “{names[wrong][0]}” is printed with two figures.")


def rounded_back(text: str, denominator: int, policy: Policy) -> tuple[int, int]:
    """The least and the greatest people that a percentage leaves, by the bands that every reader knows.

    Raises PrivacyError where the text is no percentage.
    """
    written = WRITTEN.match(text)
    if written is None:
        raise PrivacyError(f"{text!r} is no percentage of the kind that is released.")
    sign, percent = written[1], int(written[2])
    if sign == "≤":
        return 0, percent * denominator // 100
    if sign == "≥":
        return -(-percent * denominator // 100), denominator
    people = np.arange(denominator + 1)
    edge = next(band.percent for band in policy.bands if denominator <= band.most)
    half_up = (200 * people + denominator) // (2 * denominator)
    is_coded = (100 * people <= edge * denominator) | (100 * people >= (100 - edge) * denominator)
    fits = np.flatnonzero((half_up == percent) & ~is_coded)
    if not len(fits):
        raise PrivacyError(f"{text!r} of {denominator} people is a percentage that nobody can have.")
    return int(fits[0]), int(fits[-1])
