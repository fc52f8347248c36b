"""What may be new since the marts were last built, so that facts that grow are only added to."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from include.access.keys import fingerprint_of
from include.transform.dbt import defaults, policy
from include.transform.project import definitions
from models.ops import dbt_build, dbt_start, load

# What tells how long each student was absent, by the column that tells the school year: of a day, or itself.
ATTENDANCE = {
    "sis_attendance_event": "on_date",
    "sis_attendance_submission": "on_date",
    "sis_calendar_day": "on_date",
    "sis_school_enrollment": "school_year",
}


def fingerprint() -> str:
    """Hash of what the marts are made with: the dbt project, the district's policy and the key of pseudonyms."""
    made_with = (definitions(), json.dumps(policy(), sort_keys=True), fingerprint_of("marts"))
    return hashlib.sha256(" ".join(made_with).encode()).hexdigest()


def server_time(connection: Connection) -> dt.datetime:
    """The server's clock: loads and builds may run on machines whose clocks differ."""
    return connection.execute(select(func.clock_timestamp())).scalar_one()


def begin(connection: Connection) -> dt.datetime:
    """The time at which a build begins: it sees every load, replay and deletion that is stamped with an earlier one."""
    begun = server_time(connection)
    # Whoever has written a stamp and not yet committed holds these tables until then.
    connection.execute(text("lock table ops.load, ops.dbt_start in share mode"))
    connection.commit()
    return begun


def note_start(
    connection: Connection, as_of: dt.date, started_at: dt.datetime, made_with: str, incomplete: Iterable[str] = ()
) -> None:
    """Write down that a build begins: one that is killed has already made some of its tables.

    What changes landed rows of earlier days, or deletes some, is written down like a build that was made with
    something else: the next one then makes everything anew.
    """
    connection.execute(
        insert(dbt_start).values(
            started_at=started_at, as_of=as_of, fingerprint=made_with, incomplete=sorted(incomplete)
        )
    )


def standing(connection: Connection, as_of: dt.date, made_with: str, incomplete: Iterable[str]) -> Row[Any] | None:
    """The last build, where another one of this day would make the same of the same rows; else None."""
    built = connection.execute(select(dbt_build).order_by(dbt_build.c.build_id.desc()).limit(1)).one_or_none()
    begun = connection.execute(select(dbt_start).order_by(dbt_start.c.started_at.desc()).limit(1)).one_or_none()
    if built is None or begun is None or not built.is_success or begun.started_at != built.started_at:
        return None
    if (begun.as_of, begun.fingerprint, begun.incomplete) != (as_of, made_with, sorted(incomplete)):
        return None
    is_new = load.c.finished_at >= built.started_at, load.c.landed + load.c.closed > 0
    return None if connection.scalar(select(load.c.load_id).where(*is_new).limit(1)) is not None else built


def changes(connection: Connection, as_of: dt.date, made_with: str) -> Mapping[str, Any]:
    """dbt's variables changed_since and changed_years for a build; empty where everything has to be made anew.

    That is where nothing was built yet or the last build that began was made with something else or of a later day,
    and where a feed's first rows have come, which were known from the start.
    """
    since = _changed_since(connection, as_of, made_with)
    if since is None:
        return {}
    return {"changed_since": since.isoformat(), "changed_years": _years(connection, since, as_of)}


def _changed_since(connection: Connection, as_of: dt.date, made_with: str) -> dt.date | None:
    whole = connection.execute(
        select(dbt_build.c.started_at, dbt_build.c.as_of)
        .where(dbt_build.c.is_success)
        .order_by(dbt_build.c.build_id.desc())
        .limit(1)
    ).one_or_none()
    if whole is None:
        return None
    begun = connection.execute(
        select(dbt_start.c.as_of, dbt_start.c.fingerprint).where(dbt_start.c.started_at >= whole.started_at)
    ).all()
    if not begun or any(start.fingerprint != made_with or start.as_of > as_of for start in begun):
        return None
    # A load that was under way when the build began ended after it.
    since = load.c.finished_at >= whole.started_at
    has_first_rows = select(load.c.load_id).where(since, load.c.is_history, load.c.landed + load.c.closed > 0)
    if connection.scalar(has_first_rows.limit(1)) is not None:
        return None
    landed = connection.scalar(select(func.min(load.c.as_of)).where(since, load.c.landed + load.c.closed > 0))
    # What was known by the end of the day it stands on is in the last build.
    known = min(start.as_of for start in begun) + dt.timedelta(days=1)
    return known if landed is None else min(known, landed)


def _years(connection: Connection, since: dt.date, as_of: dt.date) -> list[int]:
    """School years of which something about attendance became known or ended, and those that the days go on in."""
    begins = int({**defaults(), **policy()}["year_start_month"])

    def year_of(day: str) -> str:
        return f"(extract(year from {day}) + (extract(month from {day}) >= {begins})::int)::int"

    changed = " union ".join(
        f"select {year_of(column) if column == 'on_date' else column} from landing.{table}"
        " where _known_on >= :since or _superseded_on >= :since"
        for table, column in ATTENDANCE.items()
    )
    found = connection.execute(
        text(
            f"select distinct year from ({changed} union"
            f" select generate_series({year_of('(cast(:since as date) - 1)')}, {year_of('cast(:as_of as date)')})"
            ") changed (year) order by year"
        ),
        {"since": since, "as_of": as_of},
    )
    return [int(year) for year in found.scalars()]
