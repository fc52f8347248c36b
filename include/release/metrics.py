"""Questions about metrics, answered from what is printed.

A metric of people is the count, or the share of two counts, of a released table: a question is answered with the rows
of that table. Metrics behind which no person stands are answered as they are. Others are not released.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from include.errors import SchoolhouseError
from include.release import publish, released
from include.release.codes import DISTRICT, EVERYONE, coded
from include.release.released import Plain, Protected

IN_TEMPLATE = re.compile(r"^Dimension\('(\w+)'\)$")


class RefusedError(SchoolhouseError):
    """The question cannot be answered so that nobody is told of: says why, and what to ask instead."""


@dataclass(frozen=True)
class Metrics:
    """The metrics of one released table, each with its column: a count, a percentage or another figure."""

    table: Protected
    columns: dict[str, str]

    @property
    def counts(self) -> dict[str, str]:
        """The metrics that are counts of people, from the widest."""
        of_count = {column: metric for metric, column in self.columns.items()}
        return {of_count[count]: count for count in self.table.counts if count in of_count}


RELEASED = (
    Metrics(
        released.ATTENDANCE,
        {
            "rated_students": "rated",
            "chronically_absent_students": "chronic",
            "chronic_absence_rate": "chronic_absence_rate",
        },
    ),
    Metrics(
        released.DISCIPLINE,
        {
            "enrolled_students": "students",
            "disciplined_students": "disciplined",
            "suspended_students": "suspended",
            "discipline_rate": "discipline_rate",
            "suspension_rate": "suspension_rate",
            "suspension_days": "suspension_days",
            "suspension_days_per_100_students": "days_per_100_students",
        },
    ),
    Metrics(
        released.COURSES,
        {
            "students_with_marks": "with_marks",
            "students_failing_a_course": "failing",
            "course_failure_rate": "failing_rate",
        },
    ),
    Metrics(
        released.PROFICIENCY,
        {
            "assessment_results": "results",
            "tested_results": "tested",
            "levelled_results": "levelled",
            "proficient_results": "proficient",
            "participation_rate": "participation_rate",
            "proficiency_rate": "proficiency_rate",
        },
    ),
    Metrics(
        released.HIRING,
        {
            "applicants": "applied",
            "screened_applicants": "screened",
            "interviewed_applicants": "interviewed",
            "offered_applicants": "offered",
            "accepted_applicants": "accepted",
            "started_applicants": "started",
            "screening_pass_rate": "screening_pass_rate",
            "interview_rate": "interview_rate",
            "offer_rate": "offer_rate",
            "acceptance_rate": "acceptance_rate",
            "start_rate": "start_rate",
            "selection_rate": "selection_rate",
        },
    ),
)

# Money, services of the budget, and nothing that is divided by people or weighted by their needs.
PERSONLESS = frozenset(
    (
        "budget",
        "transfers",
        "actual",
        "encumbered",
        "available",
        "projected",
        "budget_variance",
        "unlocked_service_share",
        "unlocked_services",
        "lockable_services",
        "unlocked_dollar_share",
        "unlocked_dollars",
        "lockable_dollars",
    )
)

# Why a saved query is not released, and where its figures are instead.
INSTEAD = {
    "attendance_by_school_and_month": "What pupils missed in one month tells of single ones; the attendance rate "
    "by school year and group is in reporting.chronic_absence.",
    "staff_diversity_by_school_and_job_group": "A share in full-time equivalents is no count; where all counts of a "
    "group are printed, share and index are in reporting.staff_diversity; people are in reporting.staff.",
    "retention_by_race_group_and_level": "Levels are not added up; who stayed, moved and left is in reporting.staff, "
    "by school, job group and race.",
    "vacancies_by_job_group": "Positions are by school year in reporting.vacancies, by school and job group.",
    "spending_per_pupil_by_school": "Weighted pupils tell how many have a need; what was spent is in "
    "reporting.spending.",
    "registration_times_by_month": "Few families apply in a month; how far they came in a school year, with the median "
    "days of each step, is in reporting.registration.",
    "elt_by_program": "No counts of those who ask for extended learning time are released: ask a district analyst. "
    "What teams decided, by group of students, is in reporting.elt_seats.",
}

# How a question says what a table's dimension is called; what is not here has the same name.
DIMENSIONS = {
    "school_id": "org",
    "race_group": "race",
    "subgroup_kind": "group",
    "subgroup": "group",
}
LABELS = {"school_name"}
GROUPS = ("race", "sex", "grade", "programme")


def declared() -> tuple:
    """What this file says, for the hash of the declaration."""
    return RELEASED, sorted(PERSONLESS), INSTEAD


def table_of(names: Sequence[str]) -> Metrics:
    """The released table that has most of these metrics. Raises RefusedError where none has any."""
    best = max(RELEASED, key=lambda one: len(set(names) & set(one.columns)))
    if not set(names) & set(best.columns):
        raise RefusedError(
            f"{', '.join(names)}: no released table is made of it. Ask for "
            f"{', '.join(metric for one in RELEASED for metric in one.columns)}; or for money: "
            f"{', '.join(sorted(PERSONLESS))}."
        )
    return best


def dimensions_of(short: Sequence[str], table: Protected) -> set[str]:
    """The dimensions of a released table that a question cuts by. Raises RefusedError where it has not all of them."""
    asked = {DIMENSIONS.get(name, name) for name in short if name not in LABELS}
    has = set(table.keys) & {"school_year", "assessment", "administration", "subject", "job_group"}
    has |= {"org"} if "org_id" in table.keys else set()
    has |= {*GROUPS, "group"} if "subgroup" in table.keys else set()
    has |= {"race"} if "race_group" in table.keys else set()
    if asked - has:
        by_name = {dimension: name for name, dimension in DIMENSIONS.items()}
        raise RefusedError(
            f"What is released of {table.name} is not cut by {', '.join(sorted(asked - has))}. Ask by "
            f"{', '.join(sorted(by_name.get(name, name) for name in has))}."
        )
    if "school_year" not in asked:
        raise RefusedError("Each school year is released by itself: add --by school_year.")
    return asked


def printed(rows: pd.DataFrame, metrics: Metrics, names: Sequence[str], short: Sequence[str]) -> pd.DataFrame:
    """The rows of a printed table that answer a question, with its columns; empty where no row has all its cuts."""
    asked = dimensions_of(short, metrics.table)
    codes = coded(rows, metrics.table.keys)
    fits = np.ones(len(rows), bool)
    for dimension in codes.columns:
        everyone = codes[dimension] == (DISTRICT if dimension == "org" else EVERYONE)
        if dimension == "org" and dimension in asked:
            fits &= codes[dimension].str.startswith("school ")
        elif dimension in asked:
            fits &= ~everyone
        elif not (dimension in GROUPS and "group" in asked):
            fits &= everyone
    some = rows[fits]
    out = pd.DataFrame(index=some.index)
    for name in short:
        if name in LABELS:
            continue
        dimension = DIMENSIONS.get(name, name)
        out[name] = codes[dimension][fits] if dimension in ("race", "sex", "grade") else some[_column(name, some)]
    return pd.concat([out, with_names(some, metrics, names, ())], axis=1).reset_index(drop=True)


def with_names(rows: pd.DataFrame, metrics: Metrics, names: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """These keys, and the metrics under their own names, counts with their status."""
    out = rows[list(keys)].copy()
    for name in names:
        column = metrics.columns.get(name)
        if column in rows.columns:
            out[name] = rows[column]
            if column in metrics.table.counts:
                out[f"{name}_status"] = rows[f"{column}_status"]
    return out


def _column(name: str, rows: pd.DataFrame) -> str:
    return {"school_id": "org_id"}.get(name, name) if name not in rows.columns else name


@dataclass(frozen=True)
class Asked:
    """A question: metrics of a released table, and the short names of what it is cut by."""

    metrics: Metrics
    names: tuple[str, ...]
    short: tuple[str, ...]


def asked_by(saved: str, names: Sequence[str]) -> Asked | None:
    """What a saved query asks; None where no person stands behind it. Raises RefusedError where it is not released."""
    if set(names) <= PERSONLESS:
        return None
    metrics, short = table_of(names), _short_names(saved)
    dimensions_of(short, metrics.table)
    return Asked(metrics, tuple(names), tuple(short))


def saved_tables() -> dict[str, Asked | None]:
    """The saved queries that are released, with what they ask."""
    from include.semantic import list_saved

    tables = {}
    for name, _, _, names in list_saved():
        with suppress(RefusedError):
            tables[name] = asked_by(name, names)
    return tables


def write_saved(connection: Connection) -> set[tuple[str, str]]:
    """Write every saved query that can be released to the schema metrics, and which cannot and why; returns the tables.

    Within the transaction of a release, after the tables of reporting.
    """
    from include.semantic import compile_saved, list_saved

    written, refused = {("metrics", "not_released")}, []
    for name, label, description, names in list_saved():
        comment = f"{label}. {description}"
        try:
            asked = asked_by(name, names)
        except RefusedError as error:
            refused.append((name, "", INSTEAD.get(name, str(error))))
            continue
        if asked is None:
            publish.write_plain(connection, "metrics", Plain(name, comment, compile_saved(name)))
        else:
            rows = publish.read_rows(connection, "reporting", asked.metrics.table.name)
            answer = printed(rows, asked.metrics, names, asked.short)
            answer = answer.sort_values(keys_of(asked.short), ignore_index=True)
            publish.write_rows(connection, "metrics", name, answer, comment + publish.BLANK)
            refused += [(name, one, "no released table has it") for one in names if one not in asked.metrics.columns]
        written.add(("metrics", name))
    frame = pd.DataFrame(refused, columns=["saved_query", "metric", "reason"], dtype=object)
    publish.write_rows(
        connection, "metrics", "not_released", frame, "Saved queries, or metrics of them, that leaders cannot have."
    )
    return written


def keys_of(short: Sequence[str]) -> list[str]:
    """What tells the rows of an answer apart."""
    return [name for name in short if name not in LABELS]


def _short_names(saved: str) -> list[str]:
    """What a saved query is cut by. Raises RefusedError where it is cut by more than a dimension's name."""
    from include.semantic import saved_group_by

    short = []
    for given in saved_group_by(saved):
        found = IN_TEMPLATE.match(given)
        if found is None:
            raise RefusedError(f"What is released is not cut by {given}: ask by school_year.")
        short.append(found[1].rpartition("__")[2])
    return short
