"""Estimate what extended learning time was worth, once a term is over and its results are known."""

import datetime as dt
import logging
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, delete, insert, text

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from ml.config import Experiment, load_experiment
from ml.effect.cut import Effect, effects
from models import ml as tables

log = logging.getLogger(__name__)

STUDENTS = Path(__file__).with_name("students.sql")
ALL = "all"


def run(as_of: dt.date) -> dict[tuple[str, str], list[Effect]]:
    """Effects by programme and term (`all`: every term together), of terms that ended before `as_of`.

    Replaces the date's rows of ml.effect. Empty where no term is over. Raises SchoolhouseError where the configured
    assessment has no result.
    """
    experiment = load_experiment()
    with warehouse_engine().begin() as connection:
        students = read_students(connection, experiment, as_of)
        found: dict[tuple[str, str], list[Effect]] = {}
        least = int(experiment.effect["min_students"])
        for program, rows in students.groupby("program", sort=True):
            found[str(program), ALL] = effects(rows, least)
            for term, own in rows.groupby("elt_term", sort=True):
                found[str(program), str(term)] = effects(own, least)
        table = tables.effect
        connection.execute(delete(table).where(table.c.as_of == as_of))
        rows_of = [
            {"as_of": as_of, "program": program, "elt_term": term, **vars(effect)}
            for (program, term), estimates in found.items()
            for effect in estimates
        ]
        if rows_of:
            connection.execute(insert(table), rows_of)
    log.info("Effects as of %s: %d programmes and terms", as_of, len(found))
    return found


def read_students(connection: Connection, experiment: Experiment, as_of: dt.date) -> pd.DataFrame:
    """One row per student and finished term, as students.sql says."""
    named = experiment.effect["assessment"]
    taken = connection.execute(
        text("select assessment, count(*) from marts.fct_assessment_version group by 1 order by 2 desc, 1")
    ).all()
    if named is not None and named not in {row.assessment for row in taken}:
        raise SchoolhouseError(
            f"policy.ml.effect.assessment: nobody has a result of {named!r}. There are results of "
            f"{', '.join(row.assessment for row in taken) or 'no assessment'}."
        )
    assessment = named or (taken[0].assessment if taken else "")
    rows = pd.read_sql_query(
        text(STUDENTS.read_text(encoding="utf-8")), connection, params={"as_of": as_of, "assessment": assessment}
    )
    numbers = ["gap", "seat", "hours", "after", "before", "long_before"]
    return rows.astype(dict.fromkeys(numbers, "float64"))
