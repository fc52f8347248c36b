"""Marts as of another day, beside today's: the same models in schemas of their own, as `marts_20251001`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from include.districts import load_district
from include.landing.failures import incomplete_contracts
from include.transform.dbt import SCHEMAS, TransformError, variables
from include.transform.lock import alone, clear_remains
from include.transform.marts import WITHOUT_UNIT_TESTS, refuse_failure, results_of
from include.transform.project import run_build
from include.transform.results import BuildResult, summary_of
from include.warehouse.engine import warehouse_engine


@dataclass(frozen=True)
class Edition:
    """What an edition was built with. name: ends its schemas' names; given: dbt's variables."""

    name: str
    as_of: dt.date
    given: Mapping[str, Any]
    result: BuildResult

    @property
    def marts(self) -> str:
        """The schema that holds its marts."""
        return f"marts_{self.name}"


def build_edition(
    name: str, as_of: dt.date, tables: Sequence[str] = (), given: Mapping[str, Any] | None = None
) -> Edition:
    """Build the marts as of a day into schemas of their own; an earlier edition of the name is replaced.

    tables: the marts that are wanted, with what they are made of; none means all. given: dbt's variables of an
    earlier build, to have the same again; None takes the district's policy as it is now.

    Today's marts, metrics and lists stay as they are, and nothing is written to ops.
    Raises TransformError naming each failing node, or where another build is at work.
    """
    try:
        with alone() as connection:
            clear_remains(connection, [f"{schema}_{name}" for schema in SCHEMAS])
            if given is None:
                incomplete = incomplete_contracts(connection, load_district(), as_of)
                given = variables(as_of, incomplete)
            _drop(name)
            options = [*WITHOUT_UNIT_TESTS]
            if tables:
                # Tests that look at other tables too have nothing to look at here.
                options += ["--indirect-selection", "cautious", "--select", *(f"+{table}" for table in tables)]
            done = run_build(given, options, name)
    except OperationalError as error:
        raise TransformError(f"The warehouse cannot be reached: {error.orig}") from error
    summary = summary_of(results_of(done))
    refuse_failure(summary, as_of, name)
    return Edition(name, as_of, given, summary)


def drop_edition(name: str) -> None:
    """Remove the schemas of an edition; today's marts have no name and cannot be meant."""
    with alone():
        _drop(name)


def _drop(name: str) -> None:
    if not name:
        raise ValueError("an edition has a name")
    with warehouse_engine().begin() as connection:
        for schema in SCHEMAS:
            connection.execute(text(f'drop schema if exists "{schema}_{name}" cascade'))
