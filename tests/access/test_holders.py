"""Who holds which role: by contract, by job, by hand; until when; and what no feed can give."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.access.logins import Synced, grant, revoke, sync_logins
from include.districts import load_district
from include.errors import SchoolhouseError
from tests.access.world import PASSWORD, signed_on
from tests.dbt.tiny_district import land

TODAY = dt.date(2026, 3, 2)
FILLED = ("landing.access_login", "landing.access_assignment", "landing.hr_position", "landing.hr_staff_assignment",
          "landing.hr_separation", "access.manual_assignment", "ops.load")  # fmt: skip
JOBS = "jobs: [{job_group: school_leader, role: principal}, {job_group: district_leader, title: HR, role: hr_analyst}]"


@pytest.fixture
def staffed(module_warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A generated district, whose day is TODAY, with a head at school A, one who left, and a director of HR."""
    (tmp_path / "district.yml").write_text(
        f"district: staffed\ntitle: t\nas_of: {TODAY}\ngenerate: {{students: 1, years: 1, seed: 1}}\n"
        f"policy: {{access: {{{JOBS}}}}}\nsources: {{}}\n"
    )
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(tmp_path))
    warehouse, begins = module_warehouse, dt.date(2025, 8, 1)
    land(warehouse, "access.login", [{"login": f"sh_{name}", "staff_id": name} for name in ("head", "left", "hr")])
    land(warehouse, "hr.position", [
        {"position_id": f"p{name}", "school_id": school, "job_group": group, "title": title, "budgeted_fte": 1,
         "opened_on": begins}
        for name, school, group, title in (("head", "A", "school_leader", "Head"),
                                           ("left", "B", "school_leader", "Head"),
                                           ("hr", "0900", "district_leader", "HR"),
                                           ("nologin", "B", "school_leader", "Head"))])  # fmt: skip
    land(warehouse, "hr.staff_assignment", [
        {"staff_id": name, "position_id": f"p{name}", "school_id": school, "job_group": group, "fte": 1,
         "begins_on": begins}
        for name, school, group in (("head", "A", "school_leader"), ("left", "B", "school_leader"),
                                    ("hr", "0900", "district_leader"), ("nologin", "B", "school_leader"))])  # fmt: skip
    land(warehouse, "hr.separation",
         [{"staff_id": "left", "separated_on": dt.date(2026, 3, 1), "reason": "resignation"}])  # fmt: skip
    yield warehouse
    with warehouse.begin() as connection:
        connection.execute(text(f"truncate {', '.join(FILLED)} cascade"))
        for login in connection.scalars(text("select rolname from pg_roles where rolname ~ '^sh_'")).all():
            connection.execute(text(f'drop owned by "{login}"'))
            connection.execute(text(f'drop role "{login}"'))


def holders(engine: Engine) -> set[tuple[str, str, str | None]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select login, role, school_id from access.assignment_today"))
        return {tuple(row) for row in rows}


def sync() -> Synced:
    return sync_logins(load_district())


def test_a_job_gives_its_role_at_its_school_and_only_as_long_as_it_is_held(staffed: Engine) -> None:
    assert sync().granted == [("sh_head", "principal"), ("sh_hr", "hr_analyst")]
    assert holders(staffed) == {("sh_head", "principal", "A"), ("sh_hr", "hr_analyst", None)}
    with staffed.begin() as connection:
        connection.execute(
            text("update landing.hr_staff_assignment set ends_on = '2026-03-01' where staff_id = 'head'")
        )
    # By itself: nobody had to take it back.
    assert holders(staffed) == {("sh_hr", "hr_analyst", None)}
    assert sync().revoked == [("sh_head", "principal")]
    assert sync() == Synced()


def test_a_contract_gives_roles_for_a_time_and_unknown_ones_give_nothing(staffed: Engine) -> None:
    rows = [
        ("sh_now", "district_analyst", None, TODAY, TODAY),
        ("sh_over", "district_analyst", None, TODAY - dt.timedelta(9), TODAY - dt.timedelta(1)),
        ("sh_soon", "district_analyst", None, TODAY + dt.timedelta(1), None),
        ("sh_typo", "district_analist", None, TODAY, None),
        ("sh_job", "transformer", None, TODAY, None),
        ("sh_nowhere", "principal", None, TODAY, None),
    ]
    names = ("login", "role", "school_id", "begins_on", "ends_on")
    land(staffed, "access.assignment", [dict(zip(names, row, strict=True)) for row in rows])
    sync()
    given = {row for row in holders(staffed) if row[0] not in ("sh_head", "sh_hr")}
    assert given == {("sh_now", "district_analyst", None), ("sh_nowhere", "principal", None)}
    with staffed.begin() as connection:
        connection.execute(text(f"alter role sh_nowhere password '{PASSWORD}'"))
    # A principal of no school sees no school.
    with signed_on("sh_nowhere") as seat:
        assert seat.rows("select * from access.my_schools('principal')") in ([], [(None,)])
        assert seat.rows("select access.my_schools('principal')") == []


def test_no_feed_makes_the_owner_or_a_job_into_a_person(staffed: Engine) -> None:
    with staffed.connect() as connection:
        owner = connection.scalar(text("select current_user"))
        job = connection.scalar(text("select role_name from access.role where name = 'transformer'"))
    rows = [{"login": name, "role": "district_analyst", "begins_on": TODAY} for name in (owner, job, "pg_monitor")]
    land(staffed, "access.assignment", rows)
    done = sync()
    assert {login for login, _ in done.refused} == {owner, job, "pg_monitor"}
    assert {login for login, _ in done.granted} == {"sh_head", "sh_hr"}


def test_a_real_district_has_the_clocks_day_whatever_its_file_says(staffed: Engine, tmp_path: Path) -> None:
    file = tmp_path / "district.yml"
    sync()
    with staffed.connect() as connection:
        assert connection.scalar(text("select access.today()")) == TODAY
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith("generate")))
    sync()
    with staffed.connect() as connection:
        # Asked of the server, which is what ends an assignment.
        clock = connection.scalar(text("select (now() at time zone 'UTC')::date"))
        assert connection.scalar(text("select access.today()")) == clock
        connection.execute(text("set timezone = 'Etc/GMT+12'"))
        assert connection.scalar(text("select access.today()")) == clock


def test_a_generated_district_goes_on_with_what_lands(staffed: Engine) -> None:
    sync()
    with staffed.begin() as connection:
        connection.execute(text(
            "insert into ops.load (source, feed, contract, file_name, file_sha256, as_of, status, mapping_md5,"
            " rows_read, landed, unchanged, quarantined, closed, filtered, is_history, unmapped_columns, started_at,"
            " finished_at) values ('s', 's.f', 's.f', 'f', 'x', '2026-03-09', 'landed', '', 0, 0, 0, 0, 0, 0, true,"
            " '[]', now(), now())"))  # fmt: skip
        assert connection.scalar(text("select access.today()")) == dt.date(2026, 3, 9)


def test_what_is_given_by_hand_ends_and_says_why(staffed: Engine) -> None:
    sync()
    last = TODAY + dt.timedelta(3)
    with staffed.begin() as connection:
        grant(connection, "sh_hand", "principal", "B", last, "acting")
        for role, school, until, says in (("principal", None, last, "--school"), ("hr_analyst", "B", last, "--school"),
                                          ("nobody", None, last, "There are"), ("ml", None, last, "There are"),
                                          ("hr_analyst", None, TODAY - dt.timedelta(1), "is over")):  # fmt: skip
            with pytest.raises(SchoolhouseError, match=says):
                grant(connection, "sh_hand", role, school, until, "x")
    assert ("sh_hand", "principal", "B") in holders(staffed)
    with staffed.begin() as connection:
        assert revoke(connection, "sh_hand", "principal") == 1
    assert ("sh_hand", "principal", "B") not in holders(staffed)


def test_two_roles_are_held_one_at_a_time(staffed: Engine) -> None:
    sync()
    with staffed.begin() as connection:
        grant(connection, "sh_both", "district_analyst", None, TODAY, "x")
        grant(connection, "sh_both", "principal", "A", TODAY, "x")
    sync()
    with staffed.begin() as connection:
        connection.execute(text(f"alter role sh_both password '{PASSWORD}'"))
        of = {row.name: row.role_name for row in connection.execute(text("select name, role_name from access.role"))}
    with signed_on("sh_both") as seat:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seat.rows("select 1 from lists.elt_list")
        seat.connection.execute(f"set role {of['principal']}".encode())
        assert seat.rows("select 1 from lists.elt_list") == []
        seat.connection.execute(f"set role {of['district_analyst']}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seat.rows("select 1 from lists.elt_list")


def test_who_holds_nothing_cannot_connect(staffed: Engine) -> None:
    sync()
    with staffed.begin() as connection:
        connection.execute(text(f"alter role sh_head password '{PASSWORD}'"))
        connection.execute(
            text("update landing.hr_staff_assignment set ends_on = '2026-03-01' where staff_id = 'head'")
        )
    with signed_on("sh_head") as seat:
        assert seat.rows("select access.holds('principal')") == [(False,)]
    sync()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"), signed_on("sh_head"):
        pass


@pytest.mark.parametrize(
    ("jobs", "says"),
    [
        ("[{job_group: school_leader, role: boss}]", "boss"),
        ("[{job_group: headmaster, role: principal}]", "headmaster"),
        ("[{job_group: school_leader, role: transformer}]", "transformer"),
        ("[{job: school_leader}]", "policy.access.jobs"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(staffed: Engine, tmp_path: Path, jobs: str, says: str) -> None:
    file = tmp_path / "district.yml"
    file.write_text(file.read_text().replace(JOBS, f"jobs: {jobs}"))
    with pytest.raises(SchoolhouseError, match=says):
        sync()
