"""Rows of an as-of date, kept for as long as the same definition would make the same of the same facts."""

import datetime as dt
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, delete, insert, select, text

from ml.config import Experiment
from ml.store import frame_sha256, sha256_of
from models import ml as tables

HERE = Path(__file__).parent
COLUMNS = [column.name for column in tables.feature_row.columns]


def inputs(
    connection: Connection, experiment: Experiment, source: str, dates: list[dt.date]
) -> dict[dt.date, tuple[str, str]]:
    """Hash of the definition and hash of the facts for each date; facts.sql has run."""
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in (f"cohort_{source}.sql", "features.sql")]
    settings = [experiment.cohort["assessment_days"], experiment.uses_discretionary]
    facts: dict[dt.date, list[str]] = {date: [] for date in dates}
    for row in connection.execute(text("select as_of, mart, n, facts from f_facts order by as_of, mart")):
        facts[row.as_of].append(f"{row.mart} {row.n} {row.facts}")
    return {
        date: (sha256_of(scripts, COLUMNS, settings, date, experiment.school_year(date)), sha256_of(known))
        for date, known in facts.items()
    }


def same(connection: Connection, wanted: dict[dt.date, tuple[str, str]]) -> dict[dt.date, str]:
    """Dates kept by the very definition and facts, with the hash of their rows."""
    table = tables.feature_set
    found = connection.execute(select(table).where(table.c.as_of.in_(wanted))).all()
    return {
        row.as_of: row.rows_sha256 for row in found if (row.definition_sha256, row.facts_sha256) == wanted[row.as_of]
    }


def rows_sha256(rows: pd.DataFrame) -> dict[dt.date, str]:
    """Hash of the feature rows of each date; they are in the order of the students."""
    return {
        date: frame_sha256(rows.loc[rows["as_of"] == date, COLUMNS].reset_index(drop=True))
        for date in rows["as_of"].unique()
    }


def keep(
    connection: Connection,
    built: dict[dt.date, str],
    wanted: dict[dt.date, tuple[str, str]],
    as_of: dt.date,
) -> None:
    """Keep the rows of f_row, and drop those of days that neither are wanted nor were scored.

    built: hash of the rows by date. What a day other than `as_of` was scored by stays as it is, whatever a newer
    definition makes of it: the list of that day is judged by it.
    """
    frozen = set(connection.scalars(select(tables.score.c.as_of).distinct())) - {as_of}
    days = sorted(date for date in built if date not in frozen)
    of_use = [*(date for date in wanted if date not in days), *frozen]
    for table in (tables.feature_row, tables.feature_set):
        connection.execute(delete(table).where(table.c.as_of.not_in(of_use)))
    if not days:
        return
    names = ", ".join(COLUMNS)
    connection.execute(
        text(f"insert into ml.feature_row ({names}) select {names} from f_row where as_of = any(:days)"), {"days": days}
    )
    connection.execute(
        insert(tables.feature_set),
        [
            {
                "as_of": date,
                "definition_sha256": wanted[date][0],
                "facts_sha256": wanted[date][1],
                "rows_sha256": built[date],
            }
            for date in days
        ],
    )
