"""Run the feature and label SQL over one or many as-of dates: training and scoring share every line of it."""

import datetime as dt
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, text

from include.errors import SchoolhouseError
from ml.config import OUTCOMES, Experiment
from ml.features import kept
from models.ml import COUNTS, FEATURES

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
KEYS = ["as_of", "student_id", "school_id", "school_year", "grade"]
ROWS_AT_A_TIME = 50_000

AS_OF_DATE = """
create temporary table as_of_date (
    as_of date primary key,
    school_year integer not null,
    window_ends_on date not null,
    closed_before date not null,
    assessment_days integer not null,
    label_min_days integer not null,
    exit_slack_days integer not null,
    uses_discretionary boolean not null
) on commit drop
"""


LABELS = ", ".join(f"l.{name}::integer::double precision as label_{name}" for name in OUTCOMES)


@dataclass(frozen=True)
class Frames:
    """Features and labels, one row per as-of date and student, ordered by both.

    rows: keys, every column of ml.feature_row, and per outcome a column `label_<outcome>` (1, 0, or
    missing where it is not known), `label` (any outcome, missing where none is known) and `is_censored`.
    source: where the cohort comes from, enrollment or assessment.
    """

    rows: pd.DataFrame
    source: str

    def at(self, as_of: dt.date) -> pd.DataFrame:
        """Rows of one as-of date."""
        return self.rows[self.rows["as_of"] == as_of].reset_index(drop=True)


def cohort_source(connection: Connection, experiment: Experiment) -> str:
    """`enrollment` where attendance is submitted, else `assessment`, unless the experiment says."""
    given = experiment.cohort["source"]
    if given != "auto":
        return given
    found = connection.scalar(text("select exists (select from marts.fct_submitted_day_version)"))
    return "enrollment" if found else "assessment"


def past_dates(connection: Connection, experiment: Experiment, as_of: dt.date) -> list[dt.date]:
    """The Monday of the same week in earlier school years that have data, oldest first.

    By the week, so that all its days learn from the same rows, which are then kept.
    """
    first_fact = connection.scalar(
        text(
            """
            select least(
                (select min(entered_on) from marts.fct_enrollment_version),
                (select min(administered_on) from marts.fct_assessment_version)
            )
            """
        )
    )
    if first_fact is None:
        raise SchoolhouseError(
            "Nobody can be scored: marts.fct_enrollment_version and marts.fct_assessment_version are empty. "
            "Take in a district's enrolments or assessments, then build the marts."
        )
    year, monday = experiment.school_year(as_of), as_of - dt.timedelta(days=as_of.weekday())
    day = monday if experiment.school_year(monday) == year else as_of
    dates = [experiment.as_of_in(day, year - back) for back in range(experiment.training["max_years"], 0, -1)]
    return [date for date in dates if date > first_fact]


def build_frames(
    connection: Connection, experiment: Experiment, dates: list[dt.date], closed_before: dt.date, keep: bool = False
) -> Frames:
    """Features at each of `dates`, and labels for those whose window ended before `closed_before`.

    Rows of a date that were kept are read, where the same definition would make the same of the same facts; the
    others are built. keep: keep what was built, for the day `closed_before` and those that it learns from. Runs in
    the connection's transaction; its temporary tables go with it.
    """
    started = time.monotonic()
    source = _run_scripts(connection, experiment, dates, closed_before, ("labels.sql", "facts.sql"))
    wanted = kept.inputs(connection, experiment, source, dates)
    same = kept.same(connection, wanted)
    old = _read(connection, "ml.feature_row", list(same))
    of_date = kept.rows_sha256(old)
    whole = [date for date, sha256 in same.items() if of_date.get(date) == sha256]
    for table in ("as_of_date", "f_cohort"):
        connection.execute(text(f"delete from {table} where as_of = any(:whole)"), {"whole": whole})
    _run_script(connection, HERE / "features.sql")
    new = _read(connection, "f_row", [date for date in dates if date not in whole])
    # A part without rows would take their types away.
    parts = [part for part in (old[old["as_of"].isin(whole)], new) if not part.empty]
    rows = pd.concat(parts or [new]).sort_values("as_of", kind="stable", ignore_index=True)
    rows["label"] = _any_outcome(rows, experiment)
    if keep:
        kept.keep(connection, kept.rows_sha256(new), wanted, closed_before)
    log.info(
        "Features: %d rows over %d as-of dates from %s, %d of them kept from before, in %.1f s",
        len(rows),
        len(dates),
        source,
        len(whole),
        time.monotonic() - started,
    )
    return Frames(rows, source)


def _read(connection: Connection, table: str, dates: list[dt.date]) -> pd.DataFrame:
    """Features and labels of `dates` out of f_row or ml.feature_row."""
    columns = ", ".join(f"f.{name}" for name in [*KEYS, *FEATURES, *COUNTS])
    # Byte order, so that the order does not depend on a server's locale.
    query = (
        f"select {columns}, {LABELS}, coalesce(l.is_censored, false) as is_censored from {table} as f "
        "left join l_row as l using (as_of, student_id) where f.as_of = any(:dates) "
        'order by f.as_of, f.student_id collate "C"'
    )
    numbers = [*FEATURES, *COUNTS, *(f"label_{outcome}" for outcome in OUTCOMES)]
    # A row takes ten times its size until its cells are numbers of the frame.
    streamed = text(query).execution_options(stream_results=True)
    parts = pd.read_sql_query(streamed, connection, params={"dates": dates}, chunksize=ROWS_AT_A_TIME)
    return pd.concat([part.astype(dict.fromkeys(numbers, "float64")) for part in parts], ignore_index=True)


def read_outcomes(
    connection: Connection, experiment: Experiment, as_of: dt.date, closed_before: dt.date
) -> pd.DataFrame:
    """What followed an as-of date whose window ended before `closed_before`: student_id, `label_<outcome>` and `label`.

    One row per student of that date's cohort; missing where it is not known. Runs in the connection's transaction,
    once.
    """
    _run_scripts(connection, experiment, [as_of], closed_before, ("labels.sql",))
    rows = pd.read_sql_query(
        text(f'select l.student_id, {LABELS} from l_row as l order by l.student_id collate "C"'), connection
    )
    for name in OUTCOMES:
        rows[f"label_{name}"] = rows[f"label_{name}"].astype("float64")
    rows["label"] = _any_outcome(rows, experiment)
    return rows


def _run_scripts(
    connection: Connection,
    experiment: Experiment,
    dates: list[dt.date],
    closed_before: dt.date,
    scripts: tuple[str, ...],
) -> str:
    """Fill as_of_date and f_cohort, then run the scripts; returns where the cohort comes from."""
    source = cohort_source(connection, experiment)
    connection.execute(text(AS_OF_DATE))
    connection.execute(
        text(
            "insert into as_of_date values (:as_of, :school_year, :window_ends_on, :closed_before, "
            ":assessment_days, :label_min_days, :exit_slack_days, :uses_discretionary)"
        ),
        [
            {
                "as_of": date,
                "school_year": experiment.school_year(date),
                "window_ends_on": experiment.window_ends_on(date),
                "closed_before": closed_before,
                "assessment_days": experiment.cohort["assessment_days"],
                "label_min_days": experiment.label["min_days"],
                "exit_slack_days": experiment.label["exit_slack_days"],
                "uses_discretionary": experiment.uses_discretionary,
            }
            for date in dates
        ],
    )
    for name in (f"cohort_{source}.sql", *scripts):
        began = time.monotonic()
        _run_script(connection, HERE / name)
        log.info("%s over %d as-of dates: %.1f s", name, len(dates), time.monotonic() - began)
    return source


def _any_outcome(rows: pd.DataFrame, experiment: Experiment) -> pd.Series:
    """1 where any outcome that counts on its own followed, 0 where none did, missing where none is known."""
    counted = [f"label_{name}" for name in counted_outcomes(rows, experiment)]
    return rows[counted].max(axis=1) if counted else pd.Series(float("nan"), index=rows.index)


def counted_outcomes(rows: pd.DataFrame, experiment: Experiment) -> list[str]:
    """Outcomes that are one on their own: those on record whose weight is large enough beside the largest."""
    weights = {name: w for name, w in experiment.weights.items() if rows[f"label_{name}"].notna().any()}
    least = experiment.label["counts_from"] * max(weights.values(), default=0.0)
    return [name for name, weight in weights.items() if weight >= least]


def _run_script(connection: Connection, path: Path) -> None:
    """Run a file of statements. They hold no parameters, so the text goes to the server as it is."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(path.read_text(encoding="utf-8"))
    finally:
        cursor.close()
