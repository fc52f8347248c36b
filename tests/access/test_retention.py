"""What is over goes, what is not stays, and what went is written down."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.access.logins import sync_logins
from include.access.retention import enforce_retention, retention_rules
from include.districts import load_district
from include.errors import SchoolhouseError
from tests.dbt.tiny_district import land


def keep(folder: Path, monkeypatch: pytest.MonkeyPatch, retention: str) -> None:
    """A generated district, whose day is a 29th of February."""
    (folder / "district.yml").write_text(
        "district: kept\ntitle: t\nas_of: 2024-02-29\ngenerate: {students: 1, years: 1, seed: 1}\n"
        f"policy: {{retention: {retention}}}\nsources: {{}}\n"
    )
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))


def test_rows_go_on_the_day_their_years_are_over(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, monkeypatch, "{landing.sis_attendance_event: {years: 3, by: on_date},"
         " landing.sis_assessment_result: {years: 3, by: school_year},"
         " ops.source_file_part: {years: 3, by: first_seen_on, through: ops.source_file}}")  # fmt: skip
    days = (dt.date(2021, 2, 27), dt.date(2021, 2, 28), dt.date(2024, 2, 1))
    land(warehouse, "sis.attendance_event",
         [{"student_id": "s", "school_id": "A", "on_date": day, "code": "AU"} for day in days])  # fmt: skip
    land(warehouse, "sis.assessment_result",
         [{"student_id": "s", "assessment": "M", "subject": "m", "school_year": year, "administration": "fall"}
          for year in (2020, 2021)])  # fmt: skip
    with warehouse.begin() as connection:
        for name, day in (("old", days[0]), ("new", days[2])):
            connection.execute(text("insert into ops.source_file values (:n, :n, 1, :d)"), {"n": name, "d": day})
            connection.execute(text("insert into ops.source_file_part values (:n, 1, 'x')"), {"n": name})
    sync_logins(load_district())
    done = {one.relation: one.rows for one in enforce_retention(load_district())}
    assert done == {"landing.sis_attendance_event": 1, "landing.sis_assessment_result": 1, "ops.source_file_part": 1}
    with warehouse.connect() as connection:
        left = connection.scalars(text("select on_date from landing.sis_attendance_event order by 1")).all()
        assert left == [*days[1:]]
        assert connection.scalars(text("select school_year from landing.sis_assessment_result")).all() == [2021]
        assert connection.scalars(text("select sha256 from ops.source_file_part")).all() == ["new"]
        assert connection.scalars(text("select sha256 from ops.source_file order by 1")).all() == ["new", "old"]
        noted = connection.execute(text("select relation, rule, before, rows from access.deletion order by 1")).all()
        assert [tuple(row) for row in noted] == [
            ("landing.sis_assessment_result", "3 years by school_year", dt.date(2021, 2, 28), 1),
            ("landing.sis_attendance_event", "3 years by on_date", dt.date(2021, 2, 28), 1),
            ("ops.source_file_part", "3 years by ops.source_file.first_seen_on", dt.date(2021, 2, 28), 1),
        ]
        # The next build knows that what it has added up so far no longer holds.
        assert connection.scalars(text("select fingerprint from ops.dbt_start")).all() == ["retention"]
    assert {one.rows for one in enforce_retention(load_district())} == {0}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{access.disclosure: {years: 3, by: disclosed_at}}", "no table access.disclosure"),
        ("{marts.dim_student: {years: 3, by: on_date}}", "no table marts.dim_student"),
        ("{ml.score: {years: 3, by: on_date}}", "no column on_date"),
        ("{ml.score: {years: 3, by: band}}", "neither a date"),
        ("{ml.score: {years: 0, by: as_of}}", "greater than or equal to 1"),
        ("{ml.score: {years: 3, by: as_of, through: ops.load}}", "do not refer"),
        ("{ml.score: {by: as_of}}", "years"),
    ],
)
def test_a_rule_that_does_not_say_which_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, says: str
) -> None:
    keep(tmp_path, monkeypatch, rule)
    with pytest.raises(SchoolhouseError, match=says):
        retention_rules(load_district())


def test_the_generated_districts_rules_delete_nothing_of_its_five_years() -> None:
    district = load_district(Path("include/districts/lakeside"))
    assert district.as_of is not None and district.generate is not None
    rules = retention_rules(district)
    assert rules and min(rule.years for rule in rules.values()) > district.generate.years
