"""A row may arrive before what it refers to: it lands, is called an orphan, and heals when the parent is there."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.districts import District, load_district
from include.landing import ingest_feed
from include.landing.orphans import find_orphans, references_of

MONDAY = dt.date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + dt.timedelta(days=number) for number in (1, 2, 3))
DISTRICT = """
district: small
title: Small
sources:
  sis:
    folder: .
    feeds:
      student: {contract: sis.student, files: students.csv, columns: {student_id: id}, max_disappearing_share: 1}
      action:
        contract: sis.discipline_action
        files: actions.csv
        columns: {action_id: id, student_id: student, school_id: school, on_date: day, code: code}
"""


@pytest.fixture
def district(tmp_path: Path) -> District:
    (tmp_path / "district.yml").write_text(DISTRICT)
    return load_district(tmp_path)


def night(folder: Path, district: District, as_of: dt.date, students: str, actions: str) -> int:
    (folder / "students.csv").write_text("id\n" + students)
    (folder / "actions.csv").write_text("id,student,school,day,code\n" + actions)
    for feed in ("sis.action", "sis.student"):
        ingest_feed(district, feed, as_of)
    return find_orphans(district, as_of)


def orphans(engine: Engine) -> list[tuple[Any, ...]]:
    columns = "contract, column_name, value, parent, rows, first_seen_on, healed_on"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"select {columns} from ops.orphan order by orphan_id"))]


def test_an_orphan_heals_when_its_parent_arrives(warehouse: Engine, tmp_path: Path, district: District) -> None:
    actions = "a1,1,A,2026-02-02,OSS\na2,2,A,2026-02-02,OSS\na3,2,A,2026-02-03,ISS\n"
    assert night(tmp_path, district, MONDAY, "1\n", actions) == 1
    known = ("sis.discipline_action", "student_id", "2", "sis.student.student_id", 2, MONDAY, None)
    assert orphans(warehouse) == [known]
    # The same again, one row fewer: still the same orphan.
    assert night(tmp_path, district, TUESDAY, "1\n", actions.rsplit("a3", 1)[0] + "a4,1,A,2026-02-04,ISS\n") == 1
    assert orphans(warehouse) == [(*known[:4], 1, MONDAY, None)]
    assert night(tmp_path, district, WEDNESDAY, "1\n2\n", actions) == 0
    assert orphans(warehouse) == [(*known[:4], 1, MONDAY, WEDNESDAY)]
    # A parent that goes leaves orphans again, as a new one.
    assert night(tmp_path, district, THURSDAY, "2\n", actions) == 1
    assert orphans(warehouse)[1][2:] == ("1", "sis.student.student_id", 1, THURSDAY, None)


def test_only_contracts_that_the_district_feeds_are_asked(district: District) -> None:
    """No feed brings schools here, so no row can be blamed for naming one."""
    assert [(reference.column, reference.parent) for reference in references_of(district)] == [
        ("student_id", "sis.student")
    ]
