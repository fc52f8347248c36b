"""Score, drift, publish: one run after the other on a made-up district.

What it means: scored + rule-based = cohort, every seat is accounted for, and a repeat changes nothing.
When it matters: on every night.
How to fix: the three jobs are `ml/score.py`, `ml/drift/run.py` and `ml/lists/publish.py`.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from include.errors import SchoolhouseError
from ml.pipeline import DriftResult, ListResult, ScoreResult, drift, publish, score
from ml.training.artifact import ArtifactMismatch
from tests.integration.ml_world import (
    AS_OF,
    ML_TABLES,
    World,
    attendance_world,
    changed,
    checksums,
    create_marts,
    write,
    write_district,
)

SEATS = 60


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    generated = attendance_world(students=450, schools=6, years=4)
    late = dt.date(2026, 2, 23)
    generated.add("fct_enrollment_version", "LATE", "S0", 2026, "05", late, None, late, None)
    write(module_warehouse, generated)
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", SEATS)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        yield module_warehouse


def _run() -> tuple[ScoreResult, DriftResult, ListResult]:
    return score(AS_OF), drift(AS_OF), publish(AS_OF)


@pytest.fixture(scope="module")
def first(world: Engine) -> tuple[ScoreResult, DriftResult, ListResult]:
    return _run()


def test_nobody_vanishes(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    result, _, _ = first
    assert result.scored + result.rule_based == result.cohort and result.has_trained
    with world.connect() as connection:
        rows = connection.execute(text("select student_id, status, method from ml.score")).all()
        enrolled = connection.scalar(
            text(
                "select count(distinct student_id) from marts.fct_enrollment_version where school_year = 2026 "
                "and known_on < :as_of and (exited_on is null or exited_on >= :as_of)"
            ),
            {"as_of": AS_OF},
        )
    assert len(rows) == result.cohort == enrolled
    late = next(row for row in rows if row.student_id == "LATE")
    assert (late.status, late.method) == ("insufficient_history", "rule:insufficient_history")


def test_every_seat_is_accounted_for(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    _, decision, result = first
    assert decision.verdict == "pass", decision.failing
    assert (result.listed, result.seats, result.changed) == (SEATS, SEATS, True)
    assert result.students + result.open_nominations == SEATS
    with world.connect() as connection:
        schools = connection.execute(text("select * from lists.elt_list_school")).all()
        placed = {
            school: seats
            for school, seats in connection.execute(
                text("select school_id, count(*) from lists.elt_list_entry where place = 'seat' group by 1")
            )
        }
    for row in schools:
        assert placed.get(row.school_id, 0) + row.open_nomination_seats == row.seats <= row.capacity
    assert {row.school_id: row.seats for row in schools} == result.per_school


def test_reasons_are_repeated_by_the_source_rows(
    world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]
) -> None:
    queries = {
        "absent_20": """
            select coalesce(sum(absent_fraction), 0) from marts.fct_attendance_version
            where student_id = :student and absence_kind in ('excused', 'unexcused') and known_on < :as_of
            and on_date in (
                select distinct on_date from marts.fct_submitted_day_version
                where school_year = 2026 and known_on < :as_of order by on_date desc limit 20
            )""",
        "absent_year": """
            select coalesce(sum(absent_fraction), 0) from marts.fct_attendance_version
            where student_id = :student and school_year = 2026 and absence_kind in ('excused', 'unexcused')
            and known_on < :as_of""",
        "core_low": """
            select count(*) from marts.fct_course_grade_version
            where student_id = :student and is_core and (is_failing or mark like 'D%') and known_on < :as_of
            and posted_on = (
                select max(posted_on) from marts.fct_course_grade_version
                where student_id = :student and known_on < :as_of
            )""",
        "below_cut": """
            select count(*) from marts.fct_assessment_version
            where student_id = :student and not is_proficient and known_on < :as_of
            and administered_on = (
                select max(administered_on) from marts.fct_assessment_version
                where student_id = :student and known_on < :as_of
            )""",
    }
    with world.connect() as connection:
        entries = connection.execute(text("select student_id, reasons from lists.elt_list_entry where place = 'seat'"))
        repeated = 0
        for student, found in entries.all():
            assert 2 <= len(found) <= 3
            for reason in found:
                assert reason["note"] == "associated with the risk, not the cause of it"
                for name, value in reason["values"].items():
                    if name in queries:
                        source = connection.scalar(text(queries[name]), {"student": student, "as_of": AS_OF})
                        assert float(source) == value, f"{student}: {reason['text']}"
                        repeated += 1
    assert repeated > SEATS


def test_the_same_day_again_changes_nothing(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    before = checksums(world, *ML_TABLES)
    scored, decision, listed = _run()
    assert not scored.has_trained and not listed.changed
    assert (decision.verdict, listed.version) == (first[1].verdict, first[2].version)
    assert checksums(world, *ML_TABLES) == before


def test_training_again_gives_the_same_bytes(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    before = checksums(world, *ML_TABLES)
    with world.begin() as connection:
        names = ", ".join(ML_TABLES)
        connection.execute(text(f"truncate {names}"))
    assert _run()[0].has_trained
    assert checksums(world, *ML_TABLES) == before


def test_lost_reports_come_back(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    card = first[0].card_path
    content = card.read_text(encoding="utf-8")
    card.unlink()
    assert score(AS_OF).card_path.read_text(encoding="utf-8") == content


def test_reports_hold_no_student(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    with world.connect() as connection:
        students = set(connection.scalars(text("select student_id from ml.score")))
    pages: list[Path] = sorted(first[0].card_path.parent.glob("*.html"))
    assert {page.name for page in pages} == {"model_card.html", "drift.html", "drift_evidently.html"}
    for page in pages:
        content = page.read_text(encoding="utf-8")
        assert not [student for student in students if f">{student}<" in content or f'"{student}"' in content]
    card = first[0].card_path.read_text(encoding="utf-8")
    assert "How well the features give race away" in card and card.count("data:image/png;base64,") == 5


def test_bands_too_small_for_a_model_say_so(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    """Some 180 students a year in grades 4 and 5: they share the models of all grades, openly."""
    card = first[0].card_path.read_text(encoding="utf-8")
    assert "Grade band elementary: too few students to learn absence, course_failure, benchmark from" in card
    with world.connect() as connection:
        outcomes = connection.scalar(text("select outcomes from ml.model"))
        figures = connection.execute(
            text("select subset, metric, method, n from ml.evaluation where subset like 'grade_band:%'")
        ).all()
    assert {(row["band"], row["model_of"]) for row in outcomes} == {
        ("elementary", "all grades"),
        ("middle", "all grades"),
    }
    assert {row.metric for row in figures} == {"realised_rate", "calibration_gap", "precision"}
    assert {row.subset for row in figures if row.n} == {"grade_band:elementary", "grade_band:middle"}


def test_a_changed_artifact_scores_nobody(world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]) -> None:
    with world.begin() as connection:
        kept = connection.scalar(text("select artifact from ml.model"))
        connection.execute(text("update ml.model set artifact = artifact || '\\x00'::bytea"))
        connection.execute(text("delete from ml.score"))
    with pytest.raises(ArtifactMismatch, match="Nothing was scored"):
        score(AS_OF)
    with world.begin() as connection:
        assert connection.scalar(text("select count(*) from ml.score")) == 0
        connection.execute(text("update ml.model set artifact = :kept"), {"kept": kept})
    assert score(AS_OF).cohort == first[0].cohort


def test_new_facts_make_a_new_version_and_keep_the_old(
    world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]
) -> None:
    with changed(
        world,
        "fct_attendance_version",
        "update marts.fct_attendance_version set absent_fraction = 0.5 "
        "where student_id < 'P0200' and school_year = 2026",
    ):
        _, decision, listed = _run()
    assert decision.verdict == "pass", decision.failing
    assert listed.changed and listed.version != first[2].version and listed.listed == SEATS
    with world.connect() as connection:
        old = connection.execute(
            text("select superseded_by, status from lists.elt_list where version = :v"), {"v": first[2].version}
        ).one()
        entries = connection.scalar(
            text("select count(*) from lists.elt_list_entry where version = :v and place = 'seat'"),
            {"v": first[2].version},
        )
    assert old.superseded_by == listed.version and entries == first[2].students


def test_without_a_decision_nothing_is_published(world: Engine) -> None:
    with pytest.raises(SchoolhouseError, match="run the drift job"):
        publish(AS_OF - dt.timedelta(days=1))


def test_a_day_without_students_says_so(world: Engine) -> None:
    with pytest.raises(SchoolhouseError, match="Nobody is to be scored as of 2026-07-15"):
        score(dt.date(2026, 7, 15))


def test_a_term_without_a_site_says_which_there_are(world: Engine) -> None:
    with (
        changed(world, "fct_elt_site", "update marts.fct_elt_site set elt_term = 'autumn'"),
        pytest.raises(SchoolhouseError, match="autumn after_school"),
    ):
        score(AS_OF)


def test_an_empty_warehouse_says_what_is_missing(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(write_district(tmp_path / "testville", 10)))
    create_marts(warehouse)
    write(warehouse, World())
    with pytest.raises(SchoolhouseError, match="are empty"):
        score(AS_OF)


def test_scores_frame_has_bands_that_fit_the_risk(
    world: Engine, first: tuple[ScoreResult, DriftResult, ListResult]
) -> None:
    with world.connect() as connection:
        rows = pd.read_sql_query(text("select risk::float as risk, band from ml.score"), connection)
    assert (rows.loc[rows["band"] == "high", "risk"] >= 0.5).all()
    assert (rows.loc[rows["band"] == "low", "risk"] < 0.3).all()
