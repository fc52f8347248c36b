"""Seats as the coordinator sees them: how they fill by school, and by group, with small counts withheld."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text

from include.districts import load_district
from include.privacy.figures import protect_release
from include.privacy.policy import Policy
from include.privacy.tables import Dimension, Split, Sum, Table

ALL_SCHOOLS, EVERYONE = "all schools", "everyone"
KEYS = ("school", "race", "program")
COUNTS = ("listed", "offered", "accepted", "attended", "waiting")


@dataclass(frozen=True)
class SeatRow:
    """Figures of one school and group as they may be shown; a count is None where it is withheld.

    seats: of the whole school, null for a group. A withheld count is one of few people, or gives one of few away.
    """

    school: str
    group: str
    seats: int | None
    listed: int | None
    offered: int | None
    accepted: int | None
    attended: int | None
    waiting: int | None


def seat_figures(connection: Connection, version: str) -> list[SeatRow]:
    """Every school of a list, and every group over all schools; all together first.

    Reads in the coordinator's transaction; a database error where the session is nobody's who looks after all seats.
    Groups overlap where they are of different kinds; counts of 1 to min_cell - 1 people, and those that would give one
    away, are withheld as include/privacy says.
    """
    counted = connection.execute(
        text("select school_id, race, program, listed, offered, accepted, attended, waiting from access.seat_counts()"
             " where version = :version order by 1, 2, 3"),
        {"version": version},
    ).all()  # fmt: skip
    seats = {
        row.school_id: row.seats
        for row in connection.execute(
            text("select school_id, seats from lists.elt_list_school where version = :v order by 1"), {"v": version}
        )
    }
    if not counted:
        return []
    policy = Policy(min_cell=int(load_district().policy.get("min_cell", Policy().min_cell)))
    shown = protected(tuple(tuple(row) for row in counted), policy)
    rows = [
        SeatRow(
            school=row["school"],
            group=row["race"] if row["race"] != EVERYONE else row["program"],
            seats=_seats_of(seats, row),
            **{name: None if pd.isna(row[name]) else int(row[name]) for name in COUNTS},
        )
        for row in shown
    ]
    return sorted(rows, key=lambda row: (row.school != ALL_SCHOOLS, row.school, row.group != EVERYONE, row.group))


def _seats_of(seats: dict[str, int], row: dict[Hashable, Any]) -> int | None:
    if (row["race"], row["program"]) != (EVERYONE, EVERYONE):
        return None
    return sum(seats.values()) if row["school"] == ALL_SCHOOLS else seats.get(row["school"])


@lru_cache(maxsize=16)
def protected(counted: tuple[tuple[Any, ...], ...], policy: Policy) -> list[dict[Hashable, Any]]:
    """Rows of counts (KEYS, then COUNTS) as they may be shown, with those of all schools added.

    The same counts are decided on once, however often they are looked at.
    """
    frame = pd.DataFrame(counted, columns=[*KEYS, *COUNTS])
    by_group = frame.groupby(["race", "program"], as_index=False)[list(COUNTS)].sum()
    everybody = (by_group["race"] == EVERYONE) & (by_group["program"] == EVERYONE)
    schools = frame[(frame["race"] == EVERYONE) & (frame["program"] == EVERYONE)]
    by_school = pd.concat([by_group[everybody].assign(school=ALL_SCHOOLS), schools], ignore_index=True)
    race, program = (_parts(by_group, name, EVERYONE) for name in ("race", "program"))
    of_school = (Dimension("school", ALL_SCHOOLS, (Sum(ALL_SCHOOLS, _parts(by_school, "school", ALL_SCHOOLS)),)),)
    of_group = (
        # Some students have no group in the marts: who they are is then taken as known.
        Dimension("race", EVERYONE, (Sum(EVERYONE, race, is_exact=False),)),
        Dimension("program", EVERYONE, splits=tuple(Split(EVERYONE, code) for code in program)),
    )
    # Every school with every group would be thousands of small cells that hide each other, and minutes to decide.
    # Having a seat or waiting for one is no secret of everybody: only few are.
    tables = [
        Table(rows[[*(one.name for one in of), *chain]], of, chain, outcomes=())
        for rows, of in ((by_school, of_school), (by_group, of_group))
        for chain in (COUNTS[:4], ("listed", "waiting"))
    ]
    return _printed(protect_release(tables, policy).tables)


def _printed(found: Sequence[pd.DataFrame]) -> list[dict[Hashable, Any]]:
    """The rows by school, then those by group, from their two chains each."""
    schools, groups = (first.assign(waiting=second["waiting"]) for first, second in (found[:2], found[2:]))
    groups = groups.assign(school=ALL_SCHOOLS)
    groups = groups[(groups["race"] != EVERYONE) | (groups["program"] != EVERYONE)]
    rows = pd.concat([schools.assign(race=EVERYONE, program=EVERYONE), groups], ignore_index=True)
    return [{str(name): value for name, value in row.items()} for row in rows[[*KEYS, *COUNTS]].to_dict("records")]


def _parts(frame: pd.DataFrame, column: str, top: str) -> tuple[str, ...]:
    return tuple(sorted(set(frame[column]) - {top}))
