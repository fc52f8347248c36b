"""Did the feeds behind the features arrive whole? Compared with the same time last year."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text

from ml.config import Experiment
from ml.drift.checks import BLOCK, NO_REFERENCE, PASS, WARN, Check

DUPLICATE_SHARE = 0.005
UNSEEN_SHARE = 0.05
# A fall must also be beyond what counting noise does to a small school.
NOISE = 4.0
# Of any school's students about so many are gone a year later, to other districts or untested grades.
ATTRITION = 0.2


@dataclass(frozen=True)
class FeedRule:
    """One mart that features read. Names here are code, never input.

    days: how far back rows are compared. slack: further days by which its newest row may lag. value: the
    column whose nulls and median are watched; unit: what it is measured in within, as SQL text.
    """

    name: str
    table: str
    date: str
    days: int
    slack: int
    key: tuple[str, ...]
    value: str | None = None
    unit: str = "''"
    category: str | None = None
    lowest: float | None = None
    highest: float | None = None

    @property
    def is_daily(self) -> bool:
        """Whether every instructional day brings rows."""
        return self.name in ("submissions", "attendance")

    @property
    def follows_cohort(self) -> bool:
        """Whether rows are expected only of schools that have students."""
        return self.name in ("submissions", "attendance", "marks")


FEEDS = (
    FeedRule("submissions", "fct_submitted_day_version", "on_date", 28, 0, ("school_id", "on_date")),
    FeedRule(
        "attendance",
        "fct_attendance_version",
        "on_date",
        28,
        0,
        ("student_id", "school_id", "on_date"),
        "absent_fraction",
        category="absence_kind",
        lowest=0,
        highest=1,
    ),
    FeedRule(
        "marks",
        "fct_course_grade_version",
        "posted_on",
        200,
        30,
        ("student_id", "course_id", "term_id"),
        "points",
        lowest=0,
    ),
    FeedRule(
        "assessments",
        "fct_assessment_version",
        "administered_on",
        400,
        45,
        ("student_id", "assessment", "subject", "school_year", "administration"),
        "scale_score",
        "assessment || ' ' || subject",
        "level",
    ),
    FeedRule(
        "enrollments",
        "fct_enrollment_version",
        "entered_on",
        300,
        60,
        ("student_id", "school_id", "entered_on"),
        category="grade",
    ),
)


@dataclass(frozen=True)
class FeedState:
    """What a feed looked like on a date, by facts known before it."""

    rows: dict[str, int]
    newest: dt.date | None
    null_share: float | None
    medians: dict[str, float]
    outside: int
    duplicates: int
    categories: dict[str, int]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def first_day(connection: Connection, rule: FeedRule, as_of: dt.date) -> dt.date:
    """First day of the rows that are compared: for daily feeds the 20th last instructional day, so that
    a holiday shortens nothing; for the others `days` back."""
    found = None
    if rule.is_daily:
        found = connection.scalar(
            text(
                "select min(on_date) from (select distinct on_date from marts.fct_submitted_day_version "
                "where on_date < :as_of and on_date >= :oldest and known_on < :as_of "
                "and (superseded_on is null or superseded_on >= :as_of) order by on_date desc limit 20) as recent"
            ),
            {"as_of": as_of, "oldest": as_of - dt.timedelta(days=2 * rule.days)},
        )
    return found or as_of - dt.timedelta(days=rule.days)


def longest_gap(connection: Connection, rule: FeedRule, same_day: dt.date, as_of: dt.date) -> int:
    """Most days without a row of a daily feed in the four weeks around `same_day`: its holidays; 0 for others."""
    if not rule.is_daily:
        return 0
    gap = connection.scalar(
        text(
            f"select max(on_date - earlier) from (select on_date, lag(on_date) over (order by on_date) as earlier "
            f"from (select distinct {rule.date} as on_date from marts.{rule.table} where known_on < :as_of "
            f"and {rule.date} between :first and :last) as dates) as gaps"
        ),
        {"as_of": as_of, "first": same_day - dt.timedelta(days=28), "last": same_day + dt.timedelta(days=28)},
    )
    return int(gap or 0)


def read_state(connection: Connection, rule: FeedRule, as_of: dt.date) -> FeedState:
    """Read a feed's state as of a date."""
    connection.execute(text("drop table if exists feed_rows"))
    connection.execute(
        text(
            f"create temporary table feed_rows on commit drop as select * from marts.{rule.table} "
            f"where {rule.date} < :as_of and {rule.date} >= :first and known_on < :as_of "
            "and (superseded_on is null or superseded_on >= :as_of)"
        ),
        {"as_of": as_of, "first": first_day(connection, rule, as_of)},
    )

    def all_of(query: str) -> list[Any]:
        return list(connection.execute(text(query)))

    rows = {str(school): int(count) for school, count in all_of("select school_id, count(*) from feed_rows group by 1")}
    newest = connection.scalar(text(f"select max({rule.date}) from feed_rows"))
    keys = ", ".join(rule.key)
    duplicates = connection.scalar(
        text(f"select coalesce(sum(n - 1), 0) from (select count(*) as n from feed_rows group by {keys}) as k")
    )
    null_share, outside, medians = None, 0, {}
    if rule.value is not None and rows:
        null_share = float(connection.scalar(text(f"select avg(({rule.value} is null)::integer) from feed_rows")) or 0)
        bounds = [
            f"{rule.value} {sign} {bound}"
            for sign, bound in (("<", rule.lowest), (">", rule.highest))
            if bound is not None
        ]
        if bounds:
            outside = connection.scalar(text(f"select count(*) from feed_rows where {' or '.join(bounds)}")) or 0
        medians = {
            str(unit): float(median)
            for unit, median in all_of(
                f"select {rule.unit}, percentile_cont(0.5) within group (order by {rule.value}) "
                f"from feed_rows where {rule.value} > 0 group by 1"
            )
        }
    categories = {}
    if rule.category is not None:
        categories = {
            str(name): int(count)
            for name, count in all_of(f"select coalesce({rule.category}, ''), count(*) from feed_rows group by 1")
        }
    return FeedState(rows, newest, null_share, medians, int(outside), int(duplicates or 0), categories)


def closed_schools(connection: Connection, as_of: dt.date) -> set[str]:
    """Schools that no longer exist: nothing is expected of them."""
    found = connection.scalars(
        text("select school_id from marts.dim_school where closed_on < :as_of"), {"as_of": as_of}
    )
    return set(found)


def moved_shares(connection: Connection, rule: FeedRule, as_of: dt.date, reference: dt.date) -> dict[str, float]:
    """By school of last year: the share of its students whom the feed now shows at other schools only.

    A school whose students turn up elsewhere was closed or divided; a lost feed loses its students too.
    Empty for feeds without a student or that say nothing about where students went.
    """
    if rule.name not in ("assessments", "enrollments"):
        return {}
    rows = connection.execute(
        text(
            f"""
            with seen as (
                select student_id, school_id, {rule.date} as on_date, known_on, superseded_on
                from marts.{rule.table}
            ),
            before as (
                select distinct student_id, school_id
                from seen
                where
                    on_date < :reference and on_date >= :reference_first and known_on < :reference
                    and (superseded_on is null or superseded_on >= :reference)
            ),
            since as (
                select distinct student_id, school_id
                from seen
                where
                    on_date < :as_of and on_date >= :as_of_first and known_on < :as_of
                    and (superseded_on is null or superseded_on >= :as_of)
            )
            select
                b.school_id,
                avg((s.elsewhere is true)::integer)::double precision as moved
            from before as b
            left join (
                select b2.student_id, b2.school_id, bool_and(s2.school_id <> b2.school_id) as elsewhere
                from before as b2
                inner join since as s2 on s2.student_id = b2.student_id
                group by b2.student_id, b2.school_id
            ) as s on s.student_id = b.student_id and s.school_id = b.school_id
            group by b.school_id
            """
        ),
        {
            "as_of": as_of,
            "as_of_first": as_of - dt.timedelta(days=rule.days),
            "reference": reference,
            "reference_first": reference - dt.timedelta(days=rule.days),
        },
    )
    return {str(school): float(moved) for school, moved in rows}


def compare(
    rule: FeedRule,
    now: FeedState,
    then: FeedState,
    as_of: dt.date,
    reference: dt.date,
    closed: set[str],
    moved: dict[str, float],
    gap: int,
    experiment: Experiment,
) -> list[Check]:
    """Checks of one feed. A feed that is empty in both years is not collected: no checks."""
    if not now.total and not then.total:
        return []
    setting = experiment.drift
    name = rule.name
    if not then.total:
        return [
            Check(
                "feed",
                "rows",
                name,
                now.total,
                None,
                NO_REFERENCE,
                f"{name}: no reference, there are no rows of last year (as of {reference}) to compare with",
            )
        ]
    checks = _rows_per_school(rule, now, then, closed, moved, setting["school_row_ratio"], setting["school_min_rows"])
    if now.newest is not None and then.newest is not None:
        lag, usual = (as_of - now.newest).days, (reference - then.newest).days
        allowed = max(usual, gap) + setting["freshness_days"] + rule.slack
        checks.append(
            _check(
                "freshness",
                name,
                lag,
                allowed,
                lag <= allowed,
                f"{name}: the newest row is of {now.newest}, {lag} days before {as_of}; by last year, "
                f"{max(usual, gap)} days are usual",
            )
        )
    if now.null_share is not None and then.null_share is not None:
        rise = now.null_share - then.null_share
        allowed = setting["null_share_minimum"]
        checks.append(
            _check(
                "null_share",
                name,
                rise,
                allowed,
                rise <= allowed,
                f"{name}: {rule.value} is missing in {now.null_share:.0%} of rows, last year in {then.null_share:.0%}",
            )
        )
    for unit in sorted(now.medians.keys() & then.medians.keys()):
        factor = now.medians[unit] / then.medians[unit]
        allowed = setting["unit_ratio"]
        checks.append(
            _check(
                "unit",
                f"{name} {unit}".strip(),
                factor,
                allowed,
                1 / allowed <= factor <= allowed,
                f"{name}: the median of {rule.value} is {now.medians[unit]:g}, last year "
                f"{then.medians[unit]:g}: the unit seems to have changed {unit}".rstrip(),
            )
        )
    if rule.lowest is not None or rule.highest is not None:
        checks.append(
            _check(
                "range",
                name,
                now.outside,
                0,
                now.outside == 0,
                f"{name}: {now.outside} values of {rule.value} lie outside the allowed range",
            )
        )
    share = now.duplicates / max(now.total, 1)
    checks.append(
        _check(
            "duplicates",
            name,
            share,
            DUPLICATE_SHARE,
            share <= DUPLICATE_SHARE,
            f"{name}: {now.duplicates} rows repeat the key {', '.join(rule.key)}",
        )
    )
    if now.categories:
        unseen = {label: count for label, count in now.categories.items() if label not in then.categories}
        share = sum(unseen.values()) / max(now.total, 1)
        checks.append(
            _check(
                "categories",
                name,
                share,
                UNSEEN_SHARE,
                share <= UNSEEN_SHARE,
                f"{name}: {share:.0%} of rows have a {rule.category} that last year did not have: "
                f"{', '.join(sorted(unseen))}",
            )
        )
    return checks


def _check(check: str, feature: str, value: float, threshold: float, is_fine: bool, message: str) -> Check:
    return Check("feed", check, feature, float(value), float(threshold), PASS if is_fine else BLOCK, message)


def _rows_per_school(
    rule: FeedRule,
    now: FeedState,
    then: FeedState,
    closed: set[str],
    moved: dict[str, float],
    least: float,
    min_rows: int,
) -> list[Check]:
    """A school whose rows fell below `least` of last year's went silent, unless noise explains it or its
    students are now elsewhere. Daily submissions are few by nature, so there every school is compared."""
    is_daily = rule.name == "submissions"
    enough = 5 if is_daily else min_rows
    checks = []
    for school, before in sorted(then.rows.items()):
        if before < enough or school in closed:
            continue
        count, left = now.rows.get(school, 0), moved.get(school, 0.0)
        share = count / before
        is_noise = count > 0 and not is_daily and (before - count) / math.sqrt(before + count) <= NOISE
        message = f"{rule.name}: school {school} has {count} rows, {before} at the same time last year"
        verdict = PASS if share >= least or is_noise else BLOCK
        expected = before * max(1 - left - ATTRITION, 0)
        if verdict == BLOCK and left > 0 and (expected < enough or count >= least * expected):
            verdict, message = WARN, f"{message}: {left:.0%} of its students are now at other schools"
        checks.append(Check("feed", "rows_per_school", f"{rule.name} {school}", share, least, verdict, message))
    return checks


def feature_nulls(now: pd.DataFrame, then: pd.DataFrame, features: list[str], experiment: Experiment) -> list[Check]:
    """Rise of the share of missing values per feature; a leading feature blocks, the others warn.

    Drift statistics leave missing values out, so they need this check of their own.
    """
    allowed = experiment.drift["null_share_minimum"]
    checks = []
    for name in features:
        share, before = float(now[name].isna().mean()), float(then[name].isna().mean())
        is_leading = name in experiment.features["leading"]
        is_fine = share - before <= allowed
        checks.append(
            Check(
                "features",
                "null_share",
                name,
                share - before,
                allowed,
                PASS if is_fine else BLOCK if is_leading else WARN,
                f"feature {name} is missing for {share:.0%} of students, last year for {before:.0%}",
            )
        )
    return checks
