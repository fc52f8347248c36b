"""What is made of a feed that did not come in gives no figure, and says why."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tiny_district import AS_OF, district_folder

from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing import ingest_feed
from include.semantic import SemanticError, query
from include.transform import build


def rows(engine: Engine, statement: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_a_feed_that_did_not_come_in_leaves_no_half_figure(
    tiny: Engine, tmp_path: Path, build_only: Callable[..., None]
) -> None:
    """What is made of it says incomplete_feed; what is not stands as before; all is well again with the feed."""
    feed = """
  hr:
    folder: .
    feeds:
      staff:
        contract: hr.staff_assignment
        files: staff.csv
        columns: {staff_id: a, position_id: b, school_id: c, job_group: d, fte: e, begins_on: f}
  sis:
    folder: .
    feeds:
      discipline:
        contract: sis.discipline_action
        files: discipline.csv
        columns: {action_id: a, student_id: b, school_id: c, on_date: d, code: e}
"""
    folder = district_folder(tmp_path / "tiny", "attendance_reporting: exceptions")
    described = folder / "district.yml"
    described.write_text(described.read_text().replace("sources: {}", f"sources:{feed}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        with pytest.raises(SchoolhouseError, match=r"matches 'staff.csv'"):
            ingest_feed(load_district(), "hr.staff", AS_OF)
        with pytest.raises(SchoolhouseError, match=r"matches 'discipline.csv'"):
            ingest_feed(load_district(), "sis.discipline", AS_OF)
        build(AS_OF)
        diversity = (
            "select distinct staff_of_colour_share, staffing_diversity_index, status from marts.msr_staffing_diversity"
        )
        assert rows(tiny, diversity) == [(None, None, "incomplete_feed")]
        assert rows(tiny, "select distinct representation_gap, status from marts.msr_representation") == [
            (None, "incomplete_feed")
        ]
        absence = (
            "select value, status from marts.msr_chronic_absence "
            "where org_kind = 'district' and subgroup = 'all_students'"
        )
        assert [(float(value), status) for value, status in rows(tiny, absence)] == [(0.4, "ok")]
        card = "select distinct indicator, status from marts.msr_scorecard where school_year = 2026"
        statuses = {indicator: status for indicator, status in rows(tiny, card) if status != "not_collected"}
        assert statuses == {
            "attendance_rate": "ok",
            "chronic_absence": "ok",
            "retention": "incomplete_feed",
            "staff_diversity": "incomplete_feed",
            "staff_parity": "incomplete_feed",
            "suspension_rate": "incomplete_feed",
            "unlocked_dollar_share": "ok",
            "vacancy_rate": "incomplete_feed",
        }
        # Of the outcomes in one table, those that the missing feed is no part of stand as before.
        assert rows(tiny, "select distinct value, status from marts.msr_discipline") == [(None, "incomplete_feed")]
        by_outcome = "select distinct outcome, status from marts.msr_risk_ratio order by 1"
        assert rows(tiny, by_outcome) == [
            ("any_discipline", "incomplete_feed"),
            ("chronic_absence", "insufficient_n"),
            ("course_failure", "not_collected"),
            ("gifted_identification", "not_collected"),
            ("out_of_school_suspension", "incomplete_feed"),
            ("swd_identification", "not_collected"),
        ]
        with pytest.raises(
            SemanticError, match=r"staff_of_colour_share is incomplete_feed: feed hr\.staff did not come"
        ):
            query(["staff_of_colour_share"])
        with pytest.raises(SemanticError, match=r"suspension_rate is incomplete_feed: feed sis\.discipline"):
            query(["suspension_rate"])
        assert str(query(["chronic_absence_rate"]).iloc[0, 0])[:3] == "0.4"
    # The next night those come in, and the attendance does not: nobody counts as present every day.
    feed = """
  sis:
    folder: .
    feeds:
      attendance:
        contract: sis.attendance_event
        files: attendance.csv
        columns: {student_id: a, school_id: b, on_date: c, code: d}
"""
    described.write_text(described.read_text().partition("sources:")[0] + f"sources:{feed}")
    build_only("msr_staffing_diversity", "msr_attendance_rate", "msr_chronic_absence")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        with pytest.raises(SchoolhouseError, match=r"matches 'attendance.csv'"):
            ingest_feed(load_district(), "sis.attendance", AS_OF)
        build(AS_OF)
    assert "incomplete_feed" not in {row[2] for row in rows(tiny, diversity)}
    for measure in ("msr_attendance_rate", "msr_chronic_absence"):
        assert rows(tiny, f"select distinct value, status from marts.{measure}") == [(None, "incomplete_feed")]
