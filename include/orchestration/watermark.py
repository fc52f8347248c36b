"""How far each stage has come, read from the warehouse's own audit and never from an event."""

import datetime as dt

from sqlalchemy import func, select

from include.districts import District
from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from models.ml import score
from models.ops import dbt_build, load


def ingest_date(district: District, asked: str | None, scheduled_for: dt.datetime | None) -> dt.date:
    """The day an ingest works as of: the one asked for, else the district's own, else the schedule's.

    Raises SchoolhouseError for text that is not a date, or where none of the three says anything.
    """
    if asked:
        try:
            return dt.date.fromisoformat(asked)
        except ValueError:
            raise SchoolhouseError(f"as_of={asked!r} is not a date: write it like 2026-03-02.") from None
    if district.as_of is not None:
        return district.as_of
    if scheduled_for is not None:
        return scheduled_for.date()
    raise SchoolhouseError(
        f"Nothing says as of which day {district.name} is to be read: give as_of when triggering ingest, "
        "or set `as_of` in district.yml."
    )


def landed_as_of() -> dt.date:
    """The newest day that any feed was landed as of. Raises SchoolhouseError where nothing has landed."""
    with warehouse_engine().connect() as connection:
        day = connection.scalar(select(func.max(load.c.as_of)))
    if day is None:
        raise SchoolhouseError("Nothing has landed in this warehouse yet: run the DAG `ingest` first.")
    return day


def built_as_of() -> dt.date:
    """The day of the newest successful build of the marts. Raises SchoolhouseError where there is none."""
    newest = select(dbt_build.c.as_of).where(dbt_build.c.is_success).order_by(dbt_build.c.build_id.desc()).limit(1)
    with warehouse_engine().connect() as connection:
        day = connection.scalar(newest)
    if day is None:
        raise SchoolhouseError("The marts have not been built yet: run the DAG `transform` first.")
    return day


def scored_as_of() -> dt.date:
    """The newest day that students were scored as of. Raises SchoolhouseError where none were."""
    with warehouse_engine().connect() as connection:
        day = connection.scalar(select(func.max(score.c.as_of)))
    if day is None:
        raise SchoolhouseError("Nobody has been scored yet: run the DAG `score` first.")
    return day
