"""What people decide at the desk lands like any other feed, and is in the marts after the same night."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from tiny_district import AS_OF, land

from include.access.policy import declare
from include.districts import District, load_district
from include.landing import ingest_feed
from include.orchestration.connections import access_of
from include.privacy.policy import Policy
from include.release.decide import decide as decide_release
from include.release.parts import Name, Part, describe
from include.release.released import SEATS
from include.settings import ROOT
from include.transform import build
from include.warehouse.engine import acting_as
from ml.fairness.audit import read_groups
from ml.lists.decisions import decide
from ml.lists.overrides import overrides_by_group
from tests.access.world import land_everything, land_list

FEED = "desk.elt_decision"
ENRICHMENT = (
    "insert into desk.enrichment_request (student_id, school_id, elt_term, program, origin, requested_on, by,"
    " request_key) values ('almost', 'A', '2026-spring', 'robotics', 'staff', '2025-10-31', 'ana.lopez',"
    " gen_random_uuid())"
)
SESSIONS = [dt.date(2025, 10, 27), dt.date(2025, 10, 29)]


@pytest.fixture
def district(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> District:
    """The tiny district with a list, and the desk as a source as Lakeside writes it."""
    lakeside = (ROOT / "include/districts/lakeside/district.yml").read_text(encoding="utf-8")
    desk = lakeside.partition("sources:\n")[2].partition("  desk:\n")[2].partition("\n\n")[0]
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "district.yml").write_text(
        f"district: tiny\ntitle: T\npolicy: {{attendance_reporting: exceptions}}\nsources:\n  desk:\n{desk}\n"
    )
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
    with warehouse.begin() as connection:
        declare(connection)
    land_everything(warehouse)
    # Alpha's student came to one of two sessions of 60 minutes, Beta's to both of one.
    site = {"elt_term": "2026-spring", "program": "after_school"}
    land(
        warehouse,
        "programs.elt_session",
        [{**site, "school_id": school, "on_date": day, "minutes": 60} for school in "AB" for day in SESSIONS],
    )
    land(
        warehouse,
        "programs.elt_attendance",
        [
            {**site, "student_id": student, "school_id": school, "on_date": day, "is_present": is_present}
            for student, school, day, is_present in (
                ("tenth", "A", SESSIONS[0], True), ("tenth", "A", SESSIONS[1], False),
                ("late", "B", SESSIONS[0], True), ("full", "A", SESSIONS[0], True),
            )
        ],
    )  # fmt: skip
    land_list(warehouse)
    with warehouse.begin() as connection:
        connection.execute(text("update lists.elt_list_school set seats = 3, open_nomination_seats = 2"))
        connection.execute(text("delete from landing.programs_elt_decision"))
    return load_district()


def ingest(district: District, as_of: dt.date, feed: str = FEED) -> list[tuple[int, int, int]]:
    results = ingest_feed(district, feed, as_of, access_of(district.feed(feed)))
    return [(result.landed, result.unchanged, result.quarantined) for result in results]


def test_a_decision_of_today_is_in_the_marts_after_the_night(
    warehouse: Engine, district: District, build_only: Callable[..., None]
) -> None:
    build_only("fct_elt_decision", "fct_elt_request", "brg_student_subgroup")
    assert ingest(district, AS_OF) == [(0, 0, 0)]
    for step in ("confirmed", "offered", "accepted"):
        decide("v1", "tenth", step, "ana.lopez", AS_OF)
    decide("v1", "late", "overridden", "ben.okoro", AS_OF, "has a tutor, says his mother")
    decide("v1", "full", "nominated", "ana.lopez", AS_OF, "the teacher asks", "A")
    decide("v1", "full", "offered", "ana.lopez", AS_OF)
    decide("v1", "full", "undone", "ana.lopez", AS_OF, "offered to the wrong student")
    with warehouse.begin() as connection:
        connection.execute(text(ENRICHMENT))
    tomorrow = AS_OF + dt.timedelta(days=1)
    assert ingest(district, tomorrow) == [(6, 0, 0)]
    assert ingest(district, tomorrow, "desk.elt_request") == [(1, 0, 0)]
    build(tomorrow)
    with warehouse.connect() as connection:
        steps = connection.execute(
            text(
                "select student_id, step, place, step_number, is_last from marts.fct_elt_decision"
                " order by student_id, step_number"
            )
        ).all()
        requests = connection.execute(
            text(
                "select student_id, request_id, origin, decision, answer, is_seated, sessions, sessions_attended,"
                " minutes_attended from marts.fct_elt_request order by 1"
            )
        ).all()
        found = overrides_by_group(connection, "v1", read_groups(connection, 2026))
        landed = connection.execute(text("select * from landing.programs_elt_decision")).mappings().all()
        counted = pd.read_sql(text(SEATS.query), connection)
    assert [tuple(row) for row in steps] == [
        ("full", "nominated", None, 1, True),
        ("late", "overridden", "seat", 1, True),
        ("tenth", "confirmed", "seat", 1, False),
        ("tenth", "offered", "seat", 2, False),
        ("tenth", "accepted", "seat", 3, True),
    ]
    # Both students had asked the office; `full` came to a session without a seat, which is nobody's dosage.
    assert [tuple(row) for row in requests] == [
        ("almost", "desk.1", "school", None, None, False, 0, 0, 0),
        ("full", "desk.2026-spring.after_school.A.full", "school", None, None, False, 0, 0, 0),
        ("late", "RB", "family", "declined_by_site", None, False, 0, 0, 0),
        ("tenth", "RA", "family", "offered", "accepted", True, 2, 1, 60),
    ]
    share = {(row.kind, row.subgroup): (row.decided, row.overridden, row.share) for row in found.itertuples()}
    assert share["all", "all_students"] == (2, 1, 0.5)
    assert share["race", "hispanic"] == (2, 1, 0.5)
    # What the release counts: three decided on, one seat offered and accepted; two of them in special education.
    of_group = {row.subgroup: [getattr(row, name) for name in SEATS.counts] for row in counted.itertuples()}
    assert (of_group["all_students"], of_group["swd"]) == ([3, 1, 1, 0], [2, 1, 1, 0])
    decided = decide_release(Part(Name("seats", 2026), (describe(SEATS, counted, {}),), ""), Policy(), None, None)
    printed = decided.tables["elt_seats"].set_index("subgroup").loc["all_students"]
    # Few, so withheld, and the attack finds none; that nobody attended is no secret of anybody.
    assert (printed["decided_status"], printed["seats_attended"], decided.findings) == ("small", 0, ())
    assert pd.isna(printed["decided"]) and pd.isna(printed["seats_offered"])
    said = " ".join(str(value) for row in landed for value in row.values())
    assert "tutor" not in said and "lopez" not in said and "okoro" not in said
    # What was decided stays decided: the next night brings nothing new.
    assert ingest(district, tomorrow + dt.timedelta(days=1)) == [(0, 6, 0)]


def test_the_loader_reads_lists_and_writes_none(warehouse: Engine, district: District) -> None:
    access = access_of(district.feed(FEED))
    assert access is not None and "loader" in access.url and str(warehouse.url.password) not in access.url
    with warehouse.connect() as connection, acting_as(connection, "loader"):
        assert connection.scalar(text("select count(*) from lists.elt_list_entry")) == 2
        rights = "select has_table_privilege(current_user, 'lists.elt_decision', 'insert, update, delete')"
        assert connection.scalar(text(rights)) is False
