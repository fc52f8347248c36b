"""The release gate: what broke a feed must not reach a list.

What it means: block releases nothing, hold leaves the last list in place, and a pass is earned by comparison.
When it matters: a school whose attendance stopped arriving would look like a school without absence.
How to fix: the checks are `ml/drift/feed.py` (feeds) and `ml/drift/run.py` (features, risk, groups).
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from include.errors import SchoolhouseError
from ml.drift.release import release
from ml.lists.decisions import decide
from ml.pipeline import drift, publish, score
from tests.integration.ml_world import (
    AS_OF,
    attendance_world,
    changed,
    checksums,
    create_marts,
    write,
    write_district,
)

LISTS = ("lists.elt_list", "lists.elt_list_school", "lists.elt_list_entry")
WEEK_BEFORE = AS_OF - dt.timedelta(days=7)


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    write(module_warehouse, attendance_world(students=450, schools=6, years=4))
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", 60)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        for job in (score, drift, publish):
            job(WEEK_BEFORE)
        decide_on_the_first_list(module_warehouse)
        yield module_warehouse


# Steps by the place of the student in the list's order at school S3, and a nomination of one who is on no list.
STEPS = {0: ("confirmed", "offered", "accepted", "attended"), 1: ("confirmed", "offered", "declined"),
         2: ("overridden",), 3: ("confirmed",)}  # fmt: skip
DECIDED = (
    "select student_id, step, by, reason, is_nominated from lists.standing where version = :v and school_id = 'S3'"
)


def decide_on_the_first_list(engine: Engine) -> None:
    with engine.connect() as connection:
        version = newest(connection)
        students = connection.scalars(
            text("select student_id from lists.elt_list_entry where version = :v and school_id = 'S3' order by rank"),
            {"v": version},
        ).all()
        nominee = connection.scalar(
            text(
                "select min(student_id) from marts.fct_enrollment_version where school_id = 'S3' and school_year = 2026"
                " and student_id not in (select student_id from lists.elt_list_entry)"
            )
        )
    for at, steps in STEPS.items():
        for step in steps:
            decide(version, students[at], step, "ana", WEEK_BEFORE, "a tutor" if step == "overridden" else None)
    decide(version, nominee, "nominated", "ana", WEEK_BEFORE, "her teacher asks", "S3")


def newest(connection: Connection) -> str:
    return connection.execute(text("select version from lists.elt_list where superseded_by is null")).scalar_one()


def decided(engine: Engine) -> tuple[str, dict[str, tuple[Any, ...]]]:
    """The newest list, and what stands on it of those of S3 on whom somebody decided."""
    with engine.connect() as connection:
        version = newest(connection)
        rows = connection.execute(text(DECIDED), {"v": version}).all()
    return version, {row.student_id: tuple(row)[1:] for row in rows if row.step is not None}


BREAKS = {
    "a silent school": (
        "fct_submitted_day_version",
        "S0",
        "delete from marts.fct_submitted_day_version where school_id = 'S0' and on_date > date '2026-02-05'",
    ),
    "a school without attendance rows": (
        "fct_attendance_version",
        "S1",
        "delete from marts.fct_attendance_version where school_id = 'S1' and on_date > date '2026-01-25'",
    ),
    "a missing school": (
        "fct_enrollment_version",
        "S2",
        "delete from marts.fct_enrollment_version where school_id = 'S2' and school_year = 2026",
    ),
    "nulls": (
        "fct_assessment_version",
        "scale_score is missing",
        "update marts.fct_assessment_version set scale_score = null "
        "where school_year = 2026 and substr(student_id, 5, 1) in ('1', '3', '5', '7')",
    ),
    "another unit": (
        "fct_course_grade_version",
        "the unit seems to have changed",
        "update marts.fct_course_grade_version set points = points / 25 where school_year = 2026",
    ),
    "repeated rows": (
        "fct_attendance_version",
        "repeat the key",
        "insert into marts.fct_attendance_version select * from marts.fct_attendance_version "
        "where on_date > date '2026-02-20'",
    ),
    "a new code": (
        "fct_attendance_version",
        "remote",
        "update marts.fct_attendance_version set absence_kind = 'remote' "
        "where on_date > '2026-02-05' and substr(student_id, 5, 1) in ('1', '3')",
    ),
    "a stale feed": (
        "fct_attendance_version",
        "the newest row is of",
        "delete from marts.fct_attendance_version where on_date > date '2026-02-10'",
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_feed_blocks_and_nothing_is_released(world: Engine, what: str) -> None:
    table, named, statement = BREAKS[what]
    before = checksums(world, *LISTS)
    with changed(world, table, statement):
        score(AS_OF)
        decision = drift(AS_OF)
        result = publish(AS_OF)
    assert decision.verdict == "block"
    assert any(line.startswith("block: ") and named in line for line in decision.failing), decision.failing
    assert not result.changed and checksums(world, *LISTS) == before
    with world.connect() as connection:
        row = connection.execute(text("select * from ml.release_decision where as_of = :a"), {"a": AS_OF}).one()
    assert (row.verdict, row.released_by) == ("block", None) and row.failing == decision.failing
    assert "block" in decision.report_path.read_text(encoding="utf-8")


def test_a_hold_keeps_the_last_list_and_marks_it_stale(world: Engine) -> None:
    with world.connect() as connection:
        last = connection.scalar(text("select version from lists.elt_list where superseded_by is null"))
    # Everybody's marks and scores sink a little: no feed is broken, but the risk is another one.
    with (
        changed(
            world,
            "fct_course_grade_version",
            "update marts.fct_course_grade_version set points = points - 14, "
            "mark = case when points < 74 then 'F' else 'D' end, is_failing = points < 74 where school_year = 2026",
        ),
    ):
        score(AS_OF)
        decision = drift(AS_OF)
        held = publish(AS_OF)
        again = publish(AS_OF)
    assert decision.verdict == "hold", decision.failing
    assert (held.version, held.changed, held.status) == (last, False, "stale") and again == held


def test_a_leading_feature_that_drifts_holds(world: Engine) -> None:
    """Everybody is absent an eighth more of the last weeks: no feed is broken, and the list rests on something else."""
    statement = (
        "insert into marts.fct_attendance_version select e.student_id, e.school_id, d.on_date, 2026, 1, 'unexcused', "
        "d.known_on, null from marts.fct_enrollment_version as e inner join marts.fct_submitted_day_version as d "
        "using (school_id, school_year) where e.school_year = 2026 and d.on_date > date '2026-01-25' "
        "and hashtext(e.student_id || d.on_date::text) % 8 = 0 and not exists (select from "
        "marts.fct_attendance_version as a where a.student_id = e.student_id and a.on_date = d.on_date)"
    )
    with changed(world, "fct_attendance_version", statement):
        score(AS_OF)
        decision = drift(AS_OF)
    assert decision.verdict == "hold", decision.failing
    assert any("feature absent_share_20" in line for line in decision.failing), decision.failing


def test_a_person_releases_a_held_list(world: Engine) -> None:
    statement = (
        "update marts.fct_course_grade_version set points = points - 14, mark = case when points < 74 then 'F' "
        "else 'D' end, is_failing = points < 74 where school_year = 2026"
    )
    first, before = decided(world)
    with changed(world, "fct_course_grade_version", statement):
        score(AS_OF)
        assert drift(AS_OF).verdict == "hold"
        for by, reason in (("", "new marking policy"), ("gate", "new marking policy"), ("A. Person", " ")):
            with pytest.raises(SchoolhouseError):
                release(AS_OF, by, reason)
        with pytest.raises(SchoolhouseError, match="other data since you were asked"):
            release(AS_OF, "A. Person", "new marking policy", "another hash")
        assert not publish(AS_OF).changed
        release(AS_OF, "A. Person", "new marking policy")
        # The same inputs again: the person's decision stands.
        assert drift(AS_OF).verdict == "hold"
        result = publish(AS_OF)
        again = publish(AS_OF)
    assert result.changed and result.listed == result.seats and not again.changed
    # Every decision on the list of the week before stands on this one, whose ranks are others.
    second, after = decided(world)
    assert second == result.version != first and after == before
    assert sorted(step for step, *_ in after.values()) == [
        "attended", "confirmed", "declined", "nominated", "overridden",
    ]  # fmt: skip
    with world.connect() as connection:
        seats, placed = connection.execute(
            text(
                "select c.seats, count(*) filter (where s.place = 'seat') from lists.elt_list_school as c"
                " join lists.standing as s using (version, school_id) where version = :v and school_id = 'S3'"
                " group by c.seats"
            ),
            {"v": second},
        ).one()
    # Seats that were given count on the new list too: nobody is proposed for one of them.
    assert 0 < placed <= seats
    with world.connect() as connection:
        events = connection.execute(
            text(
                'select event, verdict, "by", reason, version from ml.release_event where as_of = :a order by event_id'
            ),
            {"a": AS_OF},
        ).all()
    assert [tuple(event) for event in events[-3:]] == [
        ("decided", "hold", None, None, None),
        ("released", "hold", "A. Person", "new marking policy", None),
        ("published", "hold", "A. Person", "new marking policy", result.version),
    ]


def test_nobody_releases_a_block(world: Engine) -> None:
    table, _, statement = BREAKS["a silent school"]
    before = checksums(world, *LISTS)
    with changed(world, table, statement):
        score(AS_OF)
        assert drift(AS_OF).verdict == "block"
        with pytest.raises(SchoolhouseError, match="nobody can release it"):
            release(AS_OF, "A. Person", "we need the list")
        # Not past the functions either: the table itself refuses.
        with pytest.raises(IntegrityError, match="released_rightly"), world.begin() as connection:
            connection.execute(text("update ml.release_decision set released_by = 'A. Person', reason = 'r'"))
        assert not publish(AS_OF).changed
    assert checksums(world, *LISTS) == before


@pytest.mark.parametrize("change", ["update ml.release_event set reason = ''", "delete from ml.release_event"])
def test_what_was_decided_stays_written(world: Engine, change: str) -> None:
    with pytest.raises(DBAPIError, match="only ever added"), world.begin() as connection:
        connection.execute(text(change))


def test_a_list_goes_out_only_with_the_scores_that_were_checked(world: Engine) -> None:
    score(AS_OF)
    drift(AS_OF)
    with world.begin() as connection:
        connection.execute(text("update ml.score set risk = 0.999999, priority = 1 where student_id = 'P0001'"))
    with pytest.raises(SchoolhouseError, match="not those that the release decision is about"):
        publish(AS_OF)
    with world.begin() as connection:
        connection.execute(text("delete from ml.score where as_of = :a"), {"a": AS_OF})


def test_a_list_that_is_over_says_so(world: Engine) -> None:
    """Nothing new may go out, and the standing list is older than its days."""
    later = AS_OF + dt.timedelta(days=60)
    with world.connect() as connection:
        standing = connection.execute(text("select * from lists.elt_list where superseded_by is null")).one()
    assert standing.expires_on < later
    score(later)
    # Since March nothing came in.
    assert drift(later).verdict == "block"
    result = publish(later)
    assert (result.version, result.status, result.changed) == (standing.version, "expired", False)


def test_what_people_are_told_of_is_written_with_the_list(world: Engine) -> None:
    """One event for each list that went out or was held, however often a job ran, and no student in any."""
    with world.connect() as connection:
        rows = connection.execute(text("select * from lists.message_event order by event_id")).mappings().all()
        versions = connection.scalars(text("select version from lists.elt_list order by as_of")).all()
        students = connection.scalars(text("select student_id from lists.elt_list_entry")).all()
    first, second = versions
    later = AS_OF + dt.timedelta(days=60)
    assert [(row["event"], row["as_of"], row["version"]) for row in rows] == [
        ("released", WEEK_BEFORE, first), ("held", AS_OF, first), ("superseded", AS_OF, second),
        ("held", AS_OF, second), ("held", later, second),
    ]  # fmt: skip
    said = " ".join(str(value) for row in rows for value in row.values())
    assert students and not any(student in said for student in students)


def test_the_first_year_has_no_reference_and_says_so(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(write_district(tmp_path / "testville", 20)))
    create_marts(warehouse)
    write(warehouse, attendance_world(students=200, schools=4, years=1))
    result = score(AS_OF)
    assert result.shipped == "rule" and result.precision == {} and result.test_year is None
    decision = drift(AS_OF)
    assert decision.verdict == "hold"
    assert any("no reference" in line for line in decision.failing)
    released = publish(AS_OF)
    assert released.version is None and released.verdict == "hold"
