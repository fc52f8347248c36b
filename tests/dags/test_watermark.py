"""As of which day each stage works: never the clock, never an event."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from include.errors import SchoolhouseError
from include.orchestration.watermark import built_as_of, ingest_date, landed_as_of, scored_as_of
from models.ops import dbt_build, load

NIGHT = dt.datetime(2026, 3, 5, 5, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 3, 6, 5, 30, tzinfo=dt.UTC)


def _district(as_of: dt.date | None) -> Any:
    return SimpleNamespace(name="lakeside", as_of=as_of)


@pytest.mark.parametrize(
    ("asked", "configured", "scheduled", "expected"),
    [
        ("2026-01-02", dt.date(2026, 3, 2), NIGHT, dt.date(2026, 1, 2)),
        (None, dt.date(2026, 3, 2), NIGHT, dt.date(2026, 3, 2)),
        (None, None, NIGHT, NIGHT.date()),
    ],
)
def test_the_day_asked_for_wins_then_the_district_s_then_the_schedule_s(
    asked: str | None, configured: dt.date | None, scheduled: dt.datetime, expected: dt.date
) -> None:
    assert ingest_date(_district(configured), asked, scheduled) == expected


def test_without_any_day_it_says_what_to_give() -> None:
    with pytest.raises(SchoolhouseError, match="give as_of"):
        ingest_date(_district(None), None, None)
    with pytest.raises(SchoolhouseError, match="write it like 2026-03-02"):
        ingest_date(_district(None), "3/2/2026", NIGHT)


def _load(as_of: dt.date) -> dict[str, Any]:
    counts = {"rows_read": 1, "landed": 1, "unchanged": 0, "quarantined": 0, "closed": 0, "filtered": 0}
    return {
        "source": "sis", "feed": "sis.school", "contract": "sis.school", "file_name": "a.csv",
        "file_sha256": as_of.isoformat(), "as_of": as_of, "status": "landed", "mapping_md5": "m",
        "is_history": False, "unmapped_columns": [], "started_at": NOW, "finished_at": NOW, **counts,
    }  # fmt: skip


def test_each_stage_reads_how_far_the_one_before_came(warehouse: Engine) -> None:
    for stage, dag in ((landed_as_of, "ingest"), (built_as_of, "transform"), (scored_as_of, "score")):
        with pytest.raises(SchoolhouseError, match=dag):
            stage()
    first, second = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
    build = {"started_at": NOW, "finished_at": NOW, "models": 1, "tests": 1}
    with warehouse.begin() as connection:
        connection.execute(insert(load), [_load(first), _load(second)])
        connection.execute(insert(dbt_build).values(as_of=first, is_success=True, tests_failed=0, **build))
        connection.execute(insert(dbt_build).values(as_of=second, is_success=False, tests_failed=1, **build))
    assert landed_as_of() == second
    assert built_as_of() == first, "a failed build is no mart"
