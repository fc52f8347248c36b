"""Seats as the coordinator sees them: how they fill by school today, and by group as of the last release.

By school the counts are of seats and move with every decision; small ones are withheld. By group there is nothing that
moves from day to day: a count of 9 on one day and 10 on the next would name a group of the child decided on meanwhile.
So groups come from the monthly release, which is protected beside the one before.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, text

from include.privacy.figures import protect_release
from include.privacy.policy import Policy
from include.privacy.tables import Dimension, Sum, Table

ALL_SCHOOLS = "all schools"
COUNTS = ("listed", "offered", "accepted", "attended", "waiting")


@dataclass(frozen=True)
class SeatRow:
    """Figures of one school as they may be shown; a count is None where it is withheld.

    A withheld count is one of few people, or gives one of few away.
    """

    school: str
    seats: int | None
    listed: int | None
    offered: int | None
    accepted: int | None
    attended: int | None
    waiting: int | None


def seat_figures(connection: Connection, version: str, policy: Policy) -> list[SeatRow]:
    """Every school of a list, as it stands now; all together first.

    Reads in the coordinator's transaction; a database error where the session is nobody's who looks after all seats.
    Counts of 1 to policy.min_cell - 1 people, and those that would give one away, are withheld as include/privacy says.
    """
    counted = connection.execute(
        text(
            "select school_id, listed, offered, accepted, attended, waiting from access.seat_counts()"
            " where version = :version order by 1"
        ),
        {"version": version},
    ).all()
    seats = {
        row.school_id: row.seats
        for row in connection.execute(
            text("select school_id, seats from lists.elt_list_school where version = :v order by 1"), {"v": version}
        )
    }
    if not counted:
        return []
    shown = protected(tuple(tuple(row) for row in counted), policy)
    rows = [
        SeatRow(
            school=row["school"],
            seats=sum(seats.values()) if row["school"] == ALL_SCHOOLS else seats.get(row["school"]),
            **{name: None if pd.isna(row[name]) else int(row[name]) for name in COUNTS},
        )
        for row in shown
    ]
    return sorted(rows, key=lambda row: (row.school != ALL_SCHOOLS, row.school))


def released_by_group(connection: Connection, elt_term: str, program: str) -> Sequence[Row[Any]]:
    """What the last release says of a term and programme by group of students, everybody first; nothing before one.

    A count is null where it is withheld. Of a term in two school years there are rows of each.
    """
    if not connection.scalar(text("select to_regclass('reporting.elt_seats') is not null")):
        return []
    return connection.execute(
        text(
            """
            select subgroup_kind, subgroup, decided, seats_offered, seats_accepted, seats_attended, school_year, as_of
            from reporting.elt_seats where elt_term = :elt_term and program = :program
            order by school_year, subgroup_kind <> 'all', subgroup_kind desc, subgroup
            """
        ),
        {"elt_term": elt_term, "program": program},
    ).all()


@lru_cache(maxsize=16)
def protected(counted: tuple[tuple[Any, ...], ...], policy: Policy) -> list[dict[Hashable, Any]]:
    """Rows of counts (school, then COUNTS) as they may be shown, with those of all schools added.

    The same counts are decided on once, however often they are looked at.
    """
    schools = pd.DataFrame(counted, columns=["school", *COUNTS])
    together = pd.DataFrame([{"school": ALL_SCHOOLS} | schools[list(COUNTS)].sum().to_dict()])
    rows = pd.concat([together, schools], ignore_index=True)
    of = (Dimension("school", ALL_SCHOOLS, (Sum(ALL_SCHOOLS, tuple(sorted(schools["school"]))),)),)
    # Having a seat or waiting for one is no secret of everybody: only few are.
    tables = [Table(rows[["school", *chain]], of, chain, outcomes=()) for chain in (COUNTS[:4], ("listed", "waiting"))]
    first, second = protect_release(tables, policy).tables
    shown = first.assign(waiting=second["waiting"])[["school", *COUNTS]]
    return [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]
