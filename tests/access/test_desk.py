"""The desk over what dbt made: whoever the session is of sees the students of the own school, and a whole page."""

import hashlib
import re
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.access.logins import sync_logins
from include.desk.database import make_logins
from include.districts import load_district
from include.warehouse.engine import warehouse_url
from include.warehouse.server import desk_secret
from tests.access.world import login_of
from tests.desk.world import TABLES

SESSION = """
insert into sign_in.session (proof_sha256, login, way, idle_ends_at, ends_at)
values (:proof, :login, 'password', now() + interval '1 hour', now() + interval '1 hour') on conflict do nothing
"""


@pytest.fixture(scope="module")
def logins(district: tuple[Engine, dict[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in district[1].items():
            patch.setenv(variable, value)
        make_logins()


@pytest.fixture
def desk(built: Engine, logins: None) -> Iterator[psycopg.Connection]:
    """The pages' login, without a session yet."""
    url = warehouse_url()
    with built.connect() as connection:
        role = connection.scalar(text("select role_name from access.role where name = 'desk'"))
    with psycopg.connect(
        host=url.host, port=url.port, dbname=url.database, user=f"{role}_login", password=desk_secret()
    ) as connection:
        yield connection
        connection.rollback()


def take_session(built: Engine, desk: psycopg.Connection, role: str) -> None:
    proof = hashlib.sha256(role.encode()).hexdigest()
    with built.begin() as connection:
        connection.execute(text(SESSION), {"proof": hashlib.sha256(proof.encode()).digest(), "login": login_of(role)})
    desk.execute("select set_config('schoolhouse.session', %s, true)", (proof,))


def test_the_page_that_dbt_makes_is_the_one_that_the_desk_s_tests_make(built: Engine) -> None:
    made = TABLES.partition("identity.student_page (")[2].partition(");")[0]
    expected = {tuple(part.split()[:2]) for part in re.split(r",\s*", made.strip())}
    with built.connect() as connection:
        found = connection.execute(
            text(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = 'identity' and table_name = 'student_page'"
            )
        ).all()
    assert {(row.column_name, row.data_type) for row in found} == expected


@pytest.mark.parametrize(("role", "school"), [("principal", "A"), ("intervention_team", "B")])
def test_a_session_sees_the_students_of_its_school(
    built: Engine, desk: psycopg.Connection, role: str, school: str
) -> None:
    assert desk.execute("select count(*) from identity.student_page").fetchone() == (0,)
    take_session(built, desk, role)
    seen = desk.execute("select student_id from identity.student_page").fetchall()
    with built.connect() as connection:
        today = connection.scalars(
            text(
                "select distinct student_id from marts.fct_enrollment where school_id = :s and entered_on <="
                " access.today() and (exited_on is null or exited_on >= access.today())"
            ),
            {"s": school},
        ).all()
    assert today and sorted(row[0] for row in seen) == sorted(today)


def test_the_page_counts_the_days_that_the_marts_count(built: Engine) -> None:
    with built.connect() as connection:
        differing = connection.execute(
            text(
                """
                select p.student_id, y.enrolled_days, y.days_absent, w.days, w.absent
                from identity.student_page as p
                join lateral (
                    select sum((week ->> 'days')::int) as days, sum((week ->> 'absent')::numeric) as absent
                    from jsonb_array_elements(p.attendance) as week
                ) as w on true
                join marts.fct_attendance_student_year as y
                    on y.student_id = p.student_id and y.school_year = p.school_year
                where w.days is distinct from y.enrolled_days or w.absent is distinct from y.days_absent
                """
            )
        ).all()
        counted = connection.scalar(
            text("select count(*) from identity.student_page where jsonb_array_length(attendance) > 0")
        )
    assert counted and differing == []


@pytest.mark.parametrize(
    "role",
    ["district_leader", "district_analyst", "equity_auditor", "hr_analyst", "finance_analyst", "elt_coordinator"],
)
def test_other_roles_see_no_student_at_the_desk(built: Engine, desk: psycopg.Connection, role: str) -> None:
    take_session(built, desk, role)
    assert desk.execute("select access.person()").fetchone() == (login_of(role),)
    for relation in ("identity.student_page", "lists.standing", "lists.elt_list_entry", "lists.elt_decision"):
        assert desk.execute(f"select count(*) from {relation}").fetchone() == (0,), relation
    seats = desk.execute("select count(*) from lists.elt_list_school").fetchone()
    assert seats == ((2,) if role == "elt_coordinator" else (0,))


def test_the_language_of_a_home_is_told_for_a_letter_to_a_student_of_the_school(
    built: Engine, desk: psycopg.Connection
) -> None:
    role = "intervention_team"
    note = "select access.note_disclosure(%s, 'letter', array['late', 'tenth'], 'v1', 'offers a seat')"
    take_session(built, desk, role)
    [(ticket,)] = desk.execute(note, (login_of(role),)).fetchall()
    desk.commit()
    read = "select student_id, home_language from access.read_home_languages(%s)"
    with pytest.raises(psycopg.errors.InsufficientPrivilege), desk.transaction():
        # The ticket alone, without the session.
        desk.execute(read, (ticket,))
    take_session(built, desk, role)
    with built.connect() as connection:
        language = connection.scalar(text("select home_language from marts.dim_student where student_id = 'late'"))
    # `tenth` has a seat too, at the other school.
    assert desk.execute(read, (ticket,)).fetchall() == [("late", language)]


def test_the_door_reads_nothing_of_students(built: Engine, logins: None) -> None:
    url = warehouse_url()
    with built.connect() as connection:
        role = connection.scalar(text("select role_name from access.role where name = 'desk_door'"))
    for relation in ("identity.student_page", "lists.elt_list", "marts.dim_school", "access.assignment_today",
                     "landing.sis_student"):  # fmt: skip
        with (
            psycopg.connect(
                host=url.host, port=url.port, dbname=url.database, user=f"{role}_login", password=desk_secret()
            ) as door,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            door.execute(f"select 1 from {relation}")


def test_a_feed_cannot_make_a_person_of_the_desk(built: Engine, logins: None) -> None:
    with built.begin() as connection:
        login = connection.scalar(text("select role_name || '_login' from access.role where name = 'desk'"))
        connection.execute(
            text(
                "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
                " values (:login, 'principal', 'A', '2020-01-01', '2999-12-31', 'tests')"
            ),
            {"login": login},
        )
    done = sync_logins(load_district())
    with built.begin() as connection:
        connection.execute(text("delete from access.manual_assignment where login = :login"), {"login": login})
    assert login in [who for who, _ in done.refused] and login not in [who for who, _ in done.granted]
