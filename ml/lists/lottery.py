"""Enrichment: whoever asks is drawn by a recorded lottery where more ask than there are seats. No score takes part."""

import datetime as dt
import logging
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, insert, select, text, update

from include.warehouse.engine import warehouse_engine
from ml.config import Experiment, load_experiment
from ml.lists.seats import tie_break
from ml.store import copy_rows, sha256_of
from models import lists

log = logging.getLogger(__name__)

SEAT, WAITLIST = "seat", "waitlist"

REQUESTS = """
select distinct on (r.program, r.student_id)
    r.program,
    r.student_id,
    r.school_id
from marts.fct_elt_request as r
inner join marts.fct_elt_site as s using (school_id, elt_term, program)
where
    r.stream = 'enrichment'
    and s.stream = 'enrichment'
    and r.elt_term = :term
    and r.requested_on < :as_of
    and coalesce(r.decision, '') not in ('ineligible', 'declined_by_site')
    and coalesce(r.answer, '') <> 'declined'
order by r.program, r.student_id, r.requested_on, r.school_id
"""


@dataclass(frozen=True)
class LotteryResult:
    """The lottery that stands for a programme: requests, seats at the sites asked for, how many have one, who wait."""

    program: str
    version: str
    requests: int
    seats: int
    seated: int
    waitlist: int
    changed: bool


def run(as_of: dt.date) -> list[LotteryResult]:
    """Draw every enrichment programme of the term as of a date; one transaction, and a repeat changes nothing.

    Who was drawn before keeps the place: later requests come behind, so that asking late or drawing again never
    takes a seat from a child. What a family gave back goes to the first on the waitlist.
    """
    experiment = load_experiment()
    with warehouse_engine().begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.ml'))"))
        return _run(connection, experiment, as_of)


def is_due(as_of: dt.date) -> bool:
    """Whether the term is near enough to be drawn without being asked to.

    Drawn every night from the first request on, the lottery would serve who asks first.
    """
    experiment = load_experiment()
    with warehouse_engine().connect() as connection:
        begins = connection.scalar(
            text("select min(starts_on) from marts.fct_elt_site where stream = 'enrichment' and elt_term = :term"),
            {"term": experiment.elt_term(as_of)},
        )
    return begins is not None and as_of >= begins - dt.timedelta(days=experiment.seats["lottery_days"])


def _run(connection: Connection, experiment: Experiment, as_of: dt.date) -> list[LotteryResult]:
    term = experiment.elt_term(as_of)
    asked = pd.read_sql_query(text(REQUESTS), connection, params={"term": term, "as_of": as_of})
    sites = connection.execute(
        text(
            "select program, school_id, sum(capacity)::integer as capacity from marts.fct_elt_site "
            "where stream = 'enrichment' and elt_term = :term group by 1, 2"
        ),
        {"term": term},
    ).all()
    results = []
    for program, own in asked.groupby("program", sort=True):
        capacity = {site.school_id: site.capacity for site in sites if site.program == program}
        results.append(_one(connection, experiment, as_of, str(program), own, capacity))
    return results


def draw(asked: pd.DataFrame, before: pd.DataFrame, capacity: dict[str, int], seed: str, name: str) -> pd.DataFrame:
    """Everyone in `asked` (student_id, school_id) with draw, rank within the site, place and drawn_on (null: now).

    Ordered by the draw in which a student first took part, then by the hash of `name` and student. before: the
    entries that stand (student_id, school_id, drawn_on); who changed the site is drawn anew.
    """
    rows = asked[["student_id", "school_id"]].merge(before, on=["student_id", "school_id"], how="left")
    rows["draw"] = [tie_break(seed, name, student) for student in rows["student_id"]]
    rows = rows.sort_values(["school_id", "drawn_on", "draw"], na_position="last").reset_index(drop=True)
    rows["rank"] = rows.groupby("school_id").cumcount() + 1
    rows["place"] = SEAT
    rows.loc[rows["rank"] > rows["school_id"].map(capacity).fillna(0), "place"] = WAITLIST
    return rows


def _one(
    connection: Connection,
    experiment: Experiment,
    as_of: dt.date,
    program: str,
    asked: pd.DataFrame,
    capacity: dict[str, int],
) -> LotteryResult:
    term, table, entries = experiment.elt_term(as_of), lists.lottery, lists.lottery_entry
    of_program = (table.c.elt_term == term) & (table.c.program == program)
    standing = connection.scalar(select(table.c.version).where(of_program & table.c.superseded_by.is_(None)))
    before = pd.read_sql_query(
        select(entries.c.student_id, entries.c.school_id, entries.c.drawn_on).where(entries.c.version == standing),
        connection,
    )
    rows = draw(asked, before, capacity, experiment.seed, f"lottery:{term}:{program}")
    rows["drawn_on"] = rows["drawn_on"].where(rows["drawn_on"].notna(), as_of)
    columns = ["student_id", "school_id", "draw", "rank", "place", "drawn_on"]
    content = sha256_of(rows[columns].to_csv(index=False), sorted(capacity.items()))[:8]
    version = standing
    changed = standing is None or not standing.endswith(content)
    if changed:
        earlier = connection.scalar(select(func.count()).where(of_program)) or 0
        version = f"{term}.{program}.{as_of.isoformat()}.{earlier + 1}.{content}"
        if standing is not None:
            connection.execute(update(table).where(table.c.version == standing).values(superseded_by=version))
        connection.execute(
            insert(table).values(
                version=version,
                as_of=as_of,
                elt_term=term,
                program=program,
                seats=sum(capacity.values()),
                requests=len(rows),
                seed=experiment.seed,
            )
        )
        copy_rows(
            connection,
            entries,
            ["version", *columns],
            ((version, *row) for row in rows[columns].itertuples(index=False, name=None)),
        )
    seated = int((rows["place"] == SEAT).sum())
    log.info("Lottery of %s: %d asked, %d seats, %d seated", program, len(rows), sum(capacity.values()), seated)
    return LotteryResult(program, str(version), len(rows), sum(capacity.values()), seated, len(rows) - seated, changed)
