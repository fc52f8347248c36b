"""A feed of students' records that did not come in blocks a list; one of money does not."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing import ingest_feed
from ml.drift.arrival import missing_feeds

MONDAY = dt.date(2026, 3, 2)
DISTRICT = """
district: small
title: Small
sources:
  sis:
    folder: .
    feeds:
      student: {contract: sis.student, files: students.csv, columns: {student_id: id}}
      account: {contract: finance.account, files: accounts.csv,
                columns: {account_code: id, fund: id, function: id, object: id}}
"""


def test_only_what_features_are_made_of_blocks(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "district.yml").write_text(DISTRICT)
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(tmp_path))
    district = load_district()

    def check(as_of: dt.date) -> tuple[str, str]:
        with warehouse.connect() as connection:
            (found,) = missing_feeds(connection, as_of)
        return found.verdict, found.message

    for feed in ("sis.student", "sis.account"):
        with pytest.raises(SchoolhouseError):
            ingest_feed(district, feed, MONDAY)
    verdict, message = check(MONDAY)
    assert verdict == "block" and "feed sis.student did not come in as of 2026-03-02" in message
    assert "account" not in message
    # A day before the failure nothing was wrong.
    assert check(MONDAY - dt.timedelta(days=1))[0] == "pass"
    (tmp_path / "students.csv").write_text("id\n1\n")
    ingest_feed(district, "sis.student", MONDAY)
    assert check(MONDAY) == ("pass", "every feed is in")
