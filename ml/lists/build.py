"""The list of an as-of date from its scores: seats, order, waitlist."""

import datetime as dt

import pandas as pd
from sqlalchemy import Connection, select, text

from ml.config import Experiment
from ml.lists.rank import ranked
from ml.lists.seats import SeatTable, seat_table
from ml.store import frame_sha256
from models import lists
from models import ml as tables

SEAT, WAITLIST = "seat", "waitlist"


def read_scores(connection: Connection, experiment: Experiment, as_of: dt.date) -> pd.DataFrame:
    """Scores of an as-of date by student: risk, priority, band, method, reasons."""
    table = tables.score
    rows = pd.read_sql_query(
        select(
            table.c.student_id,
            table.c.school_id,
            table.c.status,
            table.c.risk,
            table.c.priority,
            table.c.band,
            table.c.method,
            table.c.reasons,
        )
        .where((table.c.as_of == as_of) & (table.c.elt_term == experiment.elt_term(as_of)))
        .order_by(table.c.student_id.collate("C")),
        connection,
    )
    return rows.astype({"risk": "float64", "priority": "float64"})


def scores_sha256(scores: pd.DataFrame) -> str:
    """Hash of what a list is made of, reasons included."""
    return frame_sha256(scores)


def seats_for(scores: pd.DataFrame, experiment: Experiment, capacity: dict[str, int] | None) -> SeatTable:
    """The seats of every school, by the sum of calibrated risk."""
    setting = experiment.seats
    # Whole millionths add up exactly, so that the order of the rows cannot move a seat.
    millionths = (scores["risk"] * 1_000_000).round().astype("int64")
    found = millionths.groupby(scores["school_id"]).agg(["sum", "size"])
    sums = {str(school): float(total) / 1_000_000 for school, total in found["sum"].items()}
    sizes = {str(school): int(size) for school, size in found["size"].items()}
    return seat_table(
        sizes,
        sums,
        capacity,
        setting["total"],
        setting["share"],
        setting["floor"],
        setting["nomination_share"],
        experiment.seed,
    )


def list_entries(scores: pd.DataFrame, seats: SeatTable, experiment: Experiment, as_of: dt.date) -> pd.DataFrame:
    """Students with a seat or on the waitlist: scores with rank, place and tie_break.

    A school's seats less those kept for nominations go to its first students; its waitlist holds as many
    more as `waitlist_share` of its seats, rounded up.
    """
    order = ranked(scores.assign(as_of=as_of), scores["priority"].to_numpy(float), experiment.seed)
    full = scores.join(order[["rank", "tie_break"]])
    cut = full["school_id"].map(seats.ranked)
    waiting = full["school_id"].map(
        {
            school: -(-count * round(100 * experiment.seats["waitlist_share"]) // 100)
            for school, count in seats.seats.items()
        }
    )
    full["place"] = SEAT
    full.loc[full["rank"] > cut, "place"] = WAITLIST
    return full[full["rank"] <= cut + waiting].sort_values(["school_id", "rank"]).reset_index(drop=True)


def last_list_seats(connection: Connection, experiment: Experiment, as_of: dt.date) -> set[str]:
    """Students with a seat on the newest earlier list of the term and programme, if it is recent enough."""
    found = connection.scalars(
        text(
            """
            select e.student_id
            from lists.elt_list_entry as e
            where e.place = 'seat' and e.version = (
                select l.version
                from lists.elt_list as l
                where
                    l.elt_term = :term
                    and l.program = :program
                    and l.as_of < :as_of
                    and l.as_of >= :oldest
                order by l.as_of desc, (l.superseded_by is null) desc, l.version
                limit 1
            )
            """
        ),
        {
            "term": experiment.elt_term(as_of),
            "program": experiment.seats["program"],
            "as_of": as_of,
            "oldest": as_of - dt.timedelta(days=experiment.drift["list_overlap_days"]),
        },
    )
    return set(found)


def current_version(connection: Connection, term: str, program: str) -> str | None:
    """The version of a term's and programme's list that nothing supersedes."""
    table = lists.elt_list
    return connection.scalar(
        select(table.c.version).where(
            (table.c.elt_term == term) & (table.c.program == program) & table.c.superseded_by.is_(None)
        )
    )
