"""Attack what stands in reporting and metrics, as somebody who may read it would: `./schoolhouse privacy attack`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Connection, select, text

from include.errors import SchoolhouseError
from include.privacy.attack import Finding, attack
from include.privacy.policy import Policy
from include.privacy.release import Release
from include.release import metrics, publish, state
from include.release.parts import YEAR, Name
from include.release.printed import as_printed
from include.release.released import PLAIN, PROTECTED, Protected
from include.release.spread import spread
from include.warehouse.engine import acting_as, warehouse_engine
from models.withheld import part

Printed = list[tuple[Protected, pd.DataFrame]]


@dataclass(frozen=True)
class Attacked:
    """What an attack found.

    found: counts by part. unknown: tables that no release describes, so that nobody can say what they give away.
    cells: withheld counts that were tried.
    """

    found: list[tuple[Name, Finding]]
    unknown: list[str]
    cells: int
    seconds: float


def attack_as(role: str, policy: Policy) -> Attacked:
    """Try to narrow every withheld count by all that a role can read, beside the release before.

    What the release withheld is taken from its description, never from what was decided: every figure comes from the
    tables as they stand. Raises PrivacyError where they contradict each other, SchoolhouseError where there is no such
    role, or it can read no table of counts.
    """
    begun = time.perf_counter()
    with warehouse_engine().connect() as connection:
        names = [
            Name(*row)
            for row in connection.execute(select(part.c.subject, part.c.school_year).distinct().order_by(*part.c[1:3]))
        ]
        kept = {name: state.newest(connection, name) for name in names}
        before = {
            name: state.newest(connection, name, before=one.release_id) for name, one in kept.items() if one is not None
        }
        with acting_as(connection, role):
            tables, unknown = _read(connection)
    if not tables:
        raise SchoolhouseError(f"{role} can read no table of counts in reporting or metrics: there was nothing to try.")
    calls = []
    for name, one in kept.items():
        last = before[name]
        printed = [(declared, rows) for declared, rows in tables if declared.subject == name.subject]
        printed = [(declared, rows[rows[YEAR] == name.school_year]) for declared, rows in printed]
        if one is not None and printed:
            calls.append((name, one.state.release, printed, policy, None if last is None else last.state.release))
    calls.sort(key=lambda call: -len(call[1].names))
    found, cells = [], 0
    for name, findings, tried in spread(_attack, calls, sum(len(call[1].names) for call in calls)):
        found += [(name, finding) for finding in findings]
        cells += tried
    found.sort(key=lambda one: (one[0], one[1].high - one[1].low, one[1].name))
    return Attacked(found, unknown, cells, time.perf_counter() - begun)


def _attack(
    name: Name, described: Release, printed: Printed, policy: Policy, previous: Release | None
) -> tuple[Name, list[Finding], int]:
    seen = as_printed(described, printed, policy)
    return name, attack(seen, policy.min_cell, previous), int((~seen.is_shown).sum())


def _read(connection: Connection) -> tuple[Printed, list[str]]:
    """The tables of counts that the reader can read, and the names of those that nobody declared."""
    declared = {("reporting", one.name): one for one in PROTECTED}
    silent = {("reporting", one.name) for one in PLAIN} | {("metrics", "not_released")}
    saved = metrics.saved_tables()
    printed: Printed = []
    unknown = []
    for schema, name in _readable(connection):
        if (schema, name) in declared:
            printed.append((declared[schema, name], publish.read_rows(connection, schema, name)))
        elif schema == "metrics" and name in saved:
            asked = saved[name]
            if asked is not None:
                printed.append(_as_counts(name, asked, publish.read_rows(connection, schema, name)))
        elif (schema, name) not in silent:
            unknown.append(f"{schema}.{name}")
    return printed, unknown


def _readable(connection: Connection) -> list[tuple[str, str]]:
    allowed = text("select has_schema_privilege(:schema, 'usage') and has_table_privilege(:name, 'select')")
    return [
        (schema, name)
        for schema, name in publish.published(connection)
        if connection.scalar(allowed, {"schema": schema, "name": f'{schema}."{name}"'})
    ]


def _as_counts(name: str, asked: metrics.Asked, rows: pd.DataFrame) -> tuple[Protected, pd.DataFrame]:
    """A table of metrics under the names that its counts have in the release."""
    table, columns = asked.metrics.table, asked.metrics.columns
    rows = rows.rename(columns={metric: column for metric, column in columns.items() if metric in rows})
    counts: Sequence[str] = [count for count in table.counts if count in rows]
    shares = {share: of for share, of in table.shares.items() if share in rows and set(of) <= set(counts)}
    keys = tuple(metrics.keys_of(asked.short))
    return replace(table, name=f"metrics.{name}", keys=keys, chains=(tuple(counts),), shares=shares, figures={}), rows
