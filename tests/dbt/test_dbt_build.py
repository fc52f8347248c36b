"""dbt build on the tiny district: figures worked out by hand."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sqlalchemy import Engine, text
from tiny_district import AS_OF, SUBMITTED, daily_codes, district_folder, land, land_people

from include.semantic import SemanticError, explain, list_metrics, query
from include.settings import ROOT
from include.transform import BuildResult, TransformError, build, parse, project, semantic_manifest
from include.transform.dbt import SCHEMAS
from include.transform.lock import BUILD_LOCK

FIGURES = """
    select org_kind, org_id, subgroup_kind, subgroup, value, numerator, denominator, n, coverage, status
    from marts.msr_chronic_absence order by 1, 2, 3, 4
"""


@pytest.fixture(scope="module")
def built(tiny: Engine) -> tuple[Engine, BuildResult]:
    return tiny, build(AS_OF, has_unit_tests=True)


def first(frame: pd.DataFrame, name: str) -> float:
    """The first value of a metric, which comes as an exact decimal."""
    return float(frame[name].astype(float).tolist()[0])


def rows(engine: Engine, statement: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_build_passes_and_is_recorded(built: tuple[Engine, BuildResult]) -> None:
    engine, result = built
    assert result.is_success and result.tests_failed == 0 and result.failures == []
    assert result.models > 80 and result.tests > 90
    (kept,) = rows(engine, "select as_of, is_success, models, tests, tests_failed from ops.dbt_build")
    assert kept == (AS_OF, True, result.models, result.tests, 0)
    (counted,) = rows(engine, "select count(*) from ops.dbt_result where resource_type = 'model'")
    assert counted[0] == result.models
    written = [
        test["name"]
        for path in (ROOT / "dbt_project").rglob("*.yml")
        for test in (yaml.safe_load(path.read_text()) or {}).get("unit_tests", ())
    ]
    ran = rows(engine, "select unique_id from ops.dbt_result where resource_type = 'unit_test' and status = 'pass'")
    assert sorted(name.rpartition(".")[2] for (name,) in ran) == sorted(written)


def test_every_column_of_every_model_and_seed_is_described(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    nodes = json.loads(semantic_manifest().with_name("manifest.json").read_text())["nodes"].values()
    written = [node for node in nodes if node["resource_type"] in ("model", "seed")]
    assert [node["name"] for node in written if not node["description"]] == []
    # Without a contract dbt knows only the columns that the YAML names: what there is, the database says.
    described = {
        (node["schema"], node["alias"], name)
        for node in written
        for name, column in node["columns"].items()
        if column["description"]
    }
    made = rows(
        engine,
        f"select table_schema, table_name, column_name from information_schema.columns where table_schema in {SCHEMAS}",
    )
    assert described == set(made)


def test_the_project_is_read_anew_only_where_a_file_or_the_policy_changed(
    built: tuple[Engine, BuildResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    anew = []

    def read_by_dbt(lasting: Mapping[str, Any], kept: Path) -> None:
        anew.append(kept)
        shutil.copyfile(max(kept.parent.glob("*.msgpack"), key=lambda path: path.stat().st_mtime), kept)

    monkeypatch.setattr(project, "_parse", read_by_dbt)
    parse()
    assert anew == []
    monkeypatch.setattr(project, "definitions", lambda: "those of another day")
    parse()
    parse()
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(district_folder(tmp_path, "min_cell: 12")))
    parse()
    assert len(anew) == len(set(anew)) == 2
    for path in anew:
        path.unlink()


def test_days_of_each_student(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    found = rows(
        engine,
        "select student_id, school_id, enrolled_days, scheduled_days, days_absent, is_rated, is_chronic "
        "from marts.fct_attendance_student_year order by 1",
    )
    assert [(row[0], row[1], row[2], row[3], float(row[4]), row[5], row[6]) for row in found] == [
        ("almost", "A", 39, 40, 3.5, True, False),
        ("full", "A", 39, 40, 0.0, True, False),
        ("late", "B", 9, 9, 9.0, False, False),
        ("moved", "B", 39, 40, 4.0, True, True),
        ("tenth", "A", 39, 40, 4.0, True, True),
        ("twice", "A", 39, 40, 0.0, True, False),
    ]


def test_chronic_absence_of_groups(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    found = {(row[0], row[1], row[3]): row[4:] for row in rows(engine, FIGURES)}
    district = found["district", "district", "all_students"]
    assert (float(district[0]), district[1], district[2], district[3]) == (0.4, 2, 5, 6)
    assert district[5] == "ok"
    assert found["school", "A", "all_students"][1:3] == (1, 4)
    assert found["school", "B", "all_students"][1:3] == (1, 1)
    assert found["network", "N", "all_students"][1:3] == (2, 5)
    assert found["district", "district", "hispanic"][1:4] == (1, 1, 2)
    assert found["district", "district", "el"][1:3] == (1, 1)


def test_staffing_of_the_district(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    (found,) = rows(
        engine,
        "select fte, headcount, staff_of_colour_share, unknown_share, diversity_index, students_of_colour_share "
        "from marts.msr_staffing_diversity "
        "where org_kind = 'district' and job_group = 'all_staff' and school_year = 2026",
    )
    assert (float(found[0]), found[1]) == (3.0, 3)
    assert [round(float(value), 6) for value in found[2:]] == [0.5, 0.333333, 0.583333, 0.2]


def test_money_of_the_district(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    found = rows(
        engine,
        "select account_code, budget_amount, actual_amount, available_amount, status "
        "from marts.msr_budget_to_actual order by 1",
    )
    shown = [(row[0], *(None if value is None else str(value) for value in row[1:])) for row in found]
    assert shown == [
        ("a1", "100.00", "80.20", "19.80", "ok"),
        ("a2", "300.00", "0.00", "300.00", "ok"),
        ("a3", None, "5.05", "-5.05", "not_collected"),
    ]


def test_metrics_agree_with_the_marts(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    whole = query(["chronic_absence_rate", "rated_students"], as_of=AS_OF)
    assert first(whole, "chronic_absence_rate") == 0.4 and first(whole, "rated_students") == 5
    by_level = query(["chronic_absence_rate"], ["level"], order_by=["level"])
    assert by_level["school__level"].tolist() == ["elementary", "high"]
    assert [round(float(value), 4) for value in by_level["chronic_absence_rate"]] == [0.25, 1.0]
    by_group = query(["chronic_absence_rate"], ["subgroup"], where=["subgroup_kind = race"])
    pairs = dict(zip(by_group.iloc[:, 0], by_group.iloc[:, 1], strict=True))
    assert float(pairs["hispanic"]) == 1.0 and float(pairs["white"]) == 0.25
    both = query(["attendance_rate"], ["race_group"], where=["race_group = hispanic"])
    assert round(first(both, "attendance_rate"), 6) == round(1 - 13 / 48, 6)
    by_month = query(["daily_attendance_rate", "daily_enrolled"], ["month"], order_by=["month"])
    days, enrolled = rows(engine, "select sum(days_present), sum(enrolled_students) from marts.fct_attendance_day")[0]
    assert len(by_month) == 2 and int(by_month["daily_enrolled"].sum()) == enrolled
    assert round(first(query(["daily_attendance_rate"]), "daily_attendance_rate"), 9) == round(
        float(days / enrolled), 9
    )


def test_staffing_metrics_are_right_under_any_grouping(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    names = ["staff_of_colour_share", "diversity_index"]
    whole = query(names, ["school_year"])
    by_job = query(names, ["job_group", "school_year"])
    found = rows(
        engine,
        "select job_group, staff_of_colour_share, diversity_index from marts.msr_staffing_diversity "
        "where org_kind = 'district'",
    )
    expected = {
        (job, name): None if value is None else float(value)
        for job, *values in found
        for name, value in zip(names, values, strict=True)
    }
    assert expected["health", "staff_of_colour_share"] is None, "all health staff are of unknown race"
    for name in names:
        assert first(whole, name) == pytest.approx(expected["all_staff", name], abs=1e-6)
        teachers = by_job[by_job["staff_fte__job_group"] == "teacher"]
        assert first(teachers, name) == pytest.approx(expected["teacher", name], abs=1e-6)


def test_questions_that_cannot_be_answered(built: tuple[Engine, BuildResult]) -> None:
    with pytest.raises(SemanticError, match="No metric is called shoe_size"):
        query(["shoe_size"])
    with pytest.raises(SemanticError, match="cannot be cut by 'colour'"):
        query(["budget"], ["colour"])
    with pytest.raises(SemanticError, match="stand as of 2025-10-31, not as of 2025-11-01"):
        query(["budget"], as_of=dt.date(2025, 11, 1))
    with pytest.raises(SemanticError, match="cannot be read"):
        query(["budget"], where=["level is high"])
    assert query(["budget"], ["fund"], where=["fund = o'clock"]).empty


def test_every_metric_is_labelled_and_answers(built: tuple[Engine, BuildResult]) -> None:
    metrics = list_metrics()
    assert len(metrics) >= 20
    for metric in metrics:
        assert metric.label and metric.description and metric.dimensions
        # A figure that does not add up answers by all that there is one of, also where that is nobody.
        assert len(query([metric.name], metric.grain)) == 1 or metric.grain


def test_a_metric_explains_itself(built: tuple[Engine, BuildResult]) -> None:
    told = explain("chronic_absence_rate")
    assert told.label and told.description
    assert (told.parts[0].name, told.parts[0].depth) == ("chronic_absence_rate", 0)
    assert {part.name for part in told.parts if part.depth == 1} == {"chronically_absent_students", "rated_students"}
    assert told.rules["fct_attendance_subgroup"]
    assert "sis.attendance_event" in told.contracts and "sis.school_enrollment" in told.contracts
    assert "subgroup" in told.dimensions
    assert "chronic_absence_by_group" in told.saved
    with pytest.raises(SemanticError, match="No metric is called chronic_absense_rate"):
        explain("chronic_absense_rate")


def test_two_builds_do_not_meet(built: tuple[Engine, BuildResult]) -> None:
    engine, _ = built
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": BUILD_LOCK})
        with pytest.raises(TransformError, match="Another build"):
            build(AS_OF)
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": BUILD_LOCK})


def test_an_unmapped_code_fails_with_its_name_and_the_way_out(
    built: tuple[Engine, BuildResult], build_only: Callable[..., None]
) -> None:
    engine, _ = built
    build_only("msr_chronic_absence")
    land(
        engine,
        "sis.attendance_event",
        [{"student_id": "full", "school_id": "A", "on_date": SUBMITTED[3], "code": "ZZ"}],
    )
    with pytest.raises(TransformError) as caught:
        build(AS_OF)
    message = str(caught.value)
    assert "unmapped_attendance_code" in message and "ZZ" in message
    assert "attendance_code.csv" in message
    (kept,) = rows(engine, "select is_success, tests_failed from ops.dbt_build order by build_id desc limit 1")
    assert kept == (False, 1)


def test_daily_reporting_gives_the_same_figures(
    built: tuple[Engine, BuildResult],
    warehouse: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    build_only: Callable[..., None],
) -> None:
    tiny, _ = built
    build_only("msr_chronic_absence")
    folder = district_folder(tmp_path / "tiny", "attendance_reporting: daily")
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
    land_people(warehouse)
    land(warehouse, "sis.attendance_event", daily_codes())
    build(AS_OF)
    assert rows(warehouse, FIGURES) == rows(tiny, FIGURES)
