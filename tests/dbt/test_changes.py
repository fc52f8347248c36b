"""Facts that grow are added to: the next night's marts are those that a full build would make."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection, Engine, insert, select, text
from tiny_district import district_folder, land, note_load

from include.districts import load_district
from include.landing import ingest_feed
from include.orchestration.connections import access_of
from include.orchestration.prepare import write_feeds
from include.settings import DEFAULT_DISTRICT
from include.transform import build
from include.transform.changes import begin, changes, fingerprint, note_start, server_time, standing
from models.landing import CONTRACTS
from models.ops import dbt_build, load

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 3, day) for day in (2, 3, 4))
STUDENTS, YEARS = 300, 2
GROWING = (
    "marts.fct_attendance_version",
    "marts.fct_assessment_version",
    "marts.fct_course_grade",
    "marts.fct_course_grade_version",
    "marts.fct_attendance_day",
    "intermediate.int_attendance__absence",
    "intermediate.int_attendance__student_school_year",
)


def at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.UTC)


def built(
    connection: Connection, as_of: dt.date, began: dt.datetime, made_with: str = "this", is_success: bool = True
) -> None:
    """Write down a build that took half an hour."""
    note_start(connection, as_of, began, made_with)
    counts = {"models": 1, "tests": 1, "tests_failed": int(not is_success)}
    times = {"started_at": began, "finished_at": began + dt.timedelta(minutes=30)}
    connection.execute(insert(dbt_build).values(as_of=as_of, is_success=is_success, **times, **counts))


def landed(connection: Connection, as_of: dt.date, ended_at: dt.datetime, rows: int = 1, **facts: object) -> None:
    """A load of as many rows, as of a day."""
    note_load(connection, "sis.attendance_event", as_of, ended_at, rows, **facts)


@pytest.fixture
def connection(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(district_folder(tmp_path / "tiny", "year_start_month: 7")))
    with warehouse.begin() as connection:
        yield connection


def test_everything_is_new_to_the_first_build(connection: Connection) -> None:
    assert changes(connection, MONDAY, "this") == {}


def test_the_day_after_only_what_came_since_is_new(connection: Connection) -> None:
    landed(connection, MONDAY, at(MONDAY, 1), is_history=True)
    built(connection, MONDAY, at(MONDAY, 2))
    landed(connection, TUESDAY, at(TUESDAY, 1))
    assert changes(connection, TUESDAY, "this") == {"changed_since": "2026-03-03", "changed_years": [2026]}


def test_a_load_of_the_same_day_after_the_build_is_new(connection: Connection) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    landed(connection, MONDAY, at(MONDAY, 4))
    assert changes(connection, TUESDAY, "this")["changed_since"] == "2026-03-02"


def test_a_load_that_ended_while_the_build_went_on_is_new(connection: Connection) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    landed(connection, MONDAY, at(MONDAY, 2) + dt.timedelta(minutes=1))
    assert changes(connection, MONDAY, "this")["changed_since"] == "2026-03-02"


@pytest.mark.parametrize("is_success", [True, False])
def test_other_definitions_or_policy_make_everything_anew(connection: Connection, is_success: bool) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    built(connection, MONDAY, at(MONDAY, 4), "other", is_success)
    assert changes(connection, TUESDAY, "this") == {}


def test_a_killed_build_with_another_policy_makes_everything_anew(connection: Connection) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    note_start(connection, MONDAY, at(MONDAY, 4), "other")
    assert changes(connection, TUESDAY, "this") == {}


def test_an_earlier_day_than_was_built_makes_everything_anew(connection: Connection) -> None:
    built(connection, TUESDAY, at(TUESDAY, 2))
    assert changes(connection, MONDAY, "this") == {}


def test_the_marts_stand_where_another_build_would_make_the_same(connection: Connection) -> None:
    assert standing(connection, MONDAY, "this", []) is None
    built(connection, MONDAY, at(MONDAY, 2))
    landed(connection, MONDAY, at(MONDAY, 4), rows=0)
    kept = standing(connection, MONDAY, "this", [])
    assert kept is not None and kept.as_of == MONDAY and (kept.models, kept.tests) == (1, 1)


@pytest.mark.parametrize(
    ("day", "made_with", "incomplete"),
    [(TUESDAY, "this", []), (MONDAY, "other", []), (MONDAY, "this", ["sis.school"])],
)
def test_another_day_definition_or_missing_feed_makes_the_marts_anew(
    connection: Connection, day: dt.date, made_with: str, incomplete: list[str]
) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    assert standing(connection, day, made_with, incomplete) is None


def test_marts_without_a_missing_feed_do_not_stand_for_those_with_it(connection: Connection) -> None:
    note_start(connection, MONDAY, at(MONDAY, 1), "this", ["sis.school"])
    times = {"started_at": at(MONDAY, 1), "finished_at": at(MONDAY, 2)}
    connection.execute(
        insert(dbt_build).values(as_of=MONDAY, is_success=True, models=1, tests=1, tests_failed=0, **times)
    )
    assert standing(connection, MONDAY, "this", ["sis.school"]) is not None
    assert standing(connection, MONDAY, "this", []) is None


def new_rows(connection: Connection) -> None:
    landed(connection, MONDAY, at(MONDAY, 2) + dt.timedelta(minutes=1))


def ended_rows(connection: Connection) -> None:
    landed(connection, MONDAY, at(MONDAY, 4), rows=0, closed=1)


def killed_build(connection: Connection) -> None:
    note_start(connection, MONDAY, at(MONDAY, 4), "this")


def failed_build(connection: Connection) -> None:
    built(connection, MONDAY, at(MONDAY, 4), is_success=False)


def replay(connection: Connection) -> None:
    note_start(connection, MONDAY, at(MONDAY, 4), "replay")


@pytest.mark.parametrize("event", [new_rows, ended_rows, killed_build, failed_build, replay])
def test_whatever_may_have_changed_a_row_makes_the_marts_anew(
    connection: Connection, event: Callable[[Connection], None]
) -> None:
    landed(connection, MONDAY, at(MONDAY, 1))
    built(connection, MONDAY, at(MONDAY, 2))
    assert standing(connection, MONDAY, "this", []) is not None
    event(connection)
    assert standing(connection, MONDAY, "this", []) is None


def test_another_key_of_pseudonyms_makes_everything_anew(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(connection, MONDAY, at(MONDAY, 2), fingerprint())
    assert standing(connection, MONDAY, fingerprint(), []) is not None
    monkeypatch.setenv("SCHOOLHOUSE_PSEUDONYM_KEY", "another key of forty characters, or more")
    assert standing(connection, MONDAY, fingerprint(), []) is None
    assert changes(connection, TUESDAY, fingerprint()) == {}


def test_a_build_begins_when_loads_that_are_stamped_have_committed(warehouse: Engine) -> None:
    with warehouse.connect() as loading, warehouse.connect() as building, ThreadPoolExecutor(1) as pool:
        landed(loading, MONDAY, server_time(loading))
        begun = pool.submit(begin, building)
        with pytest.raises(TimeoutError):
            begun.result(timeout=0.5)
        loading.commit()
        assert begun.result(timeout=60) > loading.execute(select(load.c.finished_at)).scalar_one()


def test_what_a_failed_build_of_an_earlier_day_has_made_is_made_again(connection: Connection) -> None:
    built(connection, MONDAY, at(MONDAY, 2))
    built(connection, TUESDAY, at(TUESDAY, 2), is_success=False)
    assert changes(connection, WEDNESDAY, "this")["changed_since"] == "2026-03-03"


def test_the_first_rows_of_a_feed_make_everything_anew(connection: Connection) -> None:
    """They count as known from the start."""
    built(connection, MONDAY, at(MONDAY, 2))
    landed(connection, TUESDAY, at(TUESDAY, 1), rows=0, is_history=True)
    assert changes(connection, TUESDAY, "this") != {}
    landed(connection, TUESDAY, at(TUESDAY, 2), is_history=True)
    assert changes(connection, TUESDAY, "this") == {}


def test_the_years_are_those_of_what_changed_and_of_the_days_between(connection: Connection) -> None:
    built(connection, dt.date(2025, 6, 30), at(dt.date(2025, 6, 30), 2))
    row = {"_feed": "sis.attendance_event", "_load_id": 1, "_line": 2, "_known_on": TUESDAY}
    event = {"student_id": "1", "school_id": "A", "code": "AU"}
    connection.execute(
        insert(CONTRACTS["sis.attendance_event"]).values(
            [
                {**row, **event, "_key": "00000000-0000-0000-0000-000000000001", "on_date": dt.date(2023, 6, 30)},
                {**row, **event, "_key": "00000000-0000-0000-0000-000000000002", "on_date": dt.date(2022, 7, 1)},
            ]
        )
    )
    assert changes(connection, TUESDAY, "this")["changed_years"] == [2023, 2025, 2026]


def test_marks_that_are_corrected_ended_or_of_a_course_told_anew(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build_only: Callable[..., None]
) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(district_folder(tmp_path / "tiny", "year_start_month: 7")))
    build_only("fct_course_grade")
    mark = {"school_id": "A", "term_id": "T", "school_year": 2026, "points": 50, "posted_on": MONDAY}
    said = [("stays", "art", "B"), ("corrected", "art", "F"), ("ended", "art", "B"), ("told_anew", "reading", "B")]
    land(warehouse, "sis.course", [{"course_id": name, "title": name, "is_core": False} for name in ("art", "reading")])
    grades = [{**mark, "student_id": student, "course_id": course, "mark": was} for student, course, was in said]
    land(warehouse, "sis.course_grade", grades)
    build(MONDAY)
    with warehouse.begin() as connection:
        for table, which in (
            ("course_grade", "student_id in ('corrected', 'ended')"),
            ("course", "course_id <> 'art'"),
        ):
            connection.execute(
                text(f"update landing.sis_{table} set _superseded_on = :day where {which}"), {"day": TUESDAY}
            )
    land(warehouse, "sis.course_grade", [{**grades[1], "mark": "A"}], TUESDAY)
    land(warehouse, "sis.course", [{"course_id": "reading", "title": "reading", "is_core": True}], TUESDAY)
    with warehouse.connect() as connection:
        assert changes(connection, TUESDAY, fingerprint()), "everything is made anew, so nothing is shown here"
    build(TUESDAY)
    query = "select student_id, mark, is_failing, is_core from marts.fct_course_grade order by 1"
    with warehouse.connect() as connection:
        assert [tuple(row) for row in connection.execute(text(query))] == [
            ("corrected", "A", False, False),
            ("stays", "B", False, False),
            ("told_anew", "B", False, True),
        ]


def hashes(engine: Engine) -> dict[str, str]:
    query = "select count(*) || ' ' || md5(string_agg(t::text, e'\\n' order by t::text)) from {} t"
    with engine.connect() as connection:
        return {table: connection.scalar(text(query.format(table))) or "" for table in GROWING}


@pytest.mark.parametrize(
    ("models", "nights"),
    [
        pytest.param(GROWING, 1, id="one night of the growing facts"),
        pytest.param((), 6, id="six nights of all", marks=pytest.mark.slow),
    ],
)
def test_a_night_adds_what_a_full_build_would_make(
    models: tuple[str, ...],
    nights: int,
    build_only: Callable[..., None],
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text())
    described["generate"] |= {"students": STUDENTS, "years": YEARS}
    (tmp_path / "district.yml").write_text(yaml.safe_dump(described, sort_keys=False))
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(tmp_path))
    district = load_district()
    if models:
        build_only(*(model.partition(".")[2] for model in models))
    with fresh_warehouse() as engine:
        made: list[dict[str, str]] = []
        for night in range(nights + 1):
            as_of = MONDAY + dt.timedelta(days=night)
            write_feeds(district, as_of, lambda _: None)
            for feed in district.feeds:
                ingest_feed(district, feed.name, as_of, access_of(feed))
            if night:
                with engine.connect() as connection:
                    assert changes(connection, as_of, fingerprint()), "there is nothing to add to"
            build(as_of)
            made.append(hashes(engine))
        assert made[-1] != made[-2]
        build(as_of, is_full=True)
        assert hashes(engine) == made[-1]
