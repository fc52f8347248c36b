"""The rows of a school and of a day, while the marts are made anew, and for the jobs."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from include.access.policy import declare
from include.transform.dbt import variables
from include.transform.project import run_build
from include.warehouse.engine import acting_as, warehouse_engine
from ml.fairness.audit import read_groups
from tests.access.world import STUDENTS_OF_A, login_of, signed_on
from tests.dbt.tiny_district import AS_OF

# One that is swapped in, one that is added to, one that is a table of many, one whose rows follow another table.
REBUILT = ("dim_student", "fct_attendance_version", "fct_enrollment", "fct_attendance_student_year", "student_name")


def test_a_principal_sees_the_own_school_only(built: Engine) -> None:
    with signed_on(login_of("principal")) as seat:
        assert seat.values("select school_id from marts.fct_attendance_student_year") == {"A"}
        # Whoever is enrolled at A today; `moved` has left for B.
        assert seat.values("select student_id from marts.dim_student") == STUDENTS_OF_A


def test_a_reader_in_a_loop_sees_no_more_while_the_marts_are_made_anew(built: Engine) -> None:
    failures: list[Exception] = []

    def rebuild() -> None:
        options = ("--full-refresh", "--select", *REBUILT, "--exclude-resource-type", "unit_test", "test")
        try:
            assert run_build(variables(AS_OF, []), options).success
        except Exception as error:  # noqa: BLE001 - told in the test's own thread
            failures.append(error)

    at_work = threading.Thread(target=rebuild)
    answers, made = 0, set()
    with signed_on(login_of("principal")) as seat, signed_on(login_of("district_leader")) as leader:
        at_work.start()
        while at_work.is_alive():
            assert seat.values("select school_id from marts.fct_enrollment") == {"A"}
            assert seat.values("select student_id from marts.dim_student") == STUDENTS_OF_A
            assert seat.values("select student_id from identity.student_name") == STUDENTS_OF_A
            for closed in ("marts.fct_attendance_version", "intermediate.int_core__student", "marts.dim_student"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    leader.rows(f"select * from {closed}")
            made |= seat.values("select 'marts.dim_student'::regclass::oid")
            answers += 1
        at_work.join()
        made |= seat.values("select 'marts.dim_student'::regclass::oid")
    assert failures == []
    # The loop ran while the table was swapped: it has seen the old one and the new one.
    assert len(made) == 2
    assert answers > 20


def test_a_half_made_table_is_closed(built: Engine) -> None:
    """What a killed build leaves, and what nobody has put under the policy, nobody reads."""
    with built.connect() as connection:
        connection.execute(text("create table marts.dim_student__dbt_tmp as table marts.dim_student"))
        connection.commit()
        try:
            for role in ("principal", "district_analyst", "data_engineer"):
                with signed_on(login_of(role)) as seat, pytest.raises(psycopg.errors.InsufficientPrivilege):
                    seat.rows("select * from marts.dim_student__dbt_tmp")
        finally:
            connection.execute(text("drop table marts.dim_student__dbt_tmp"))
            connection.commit()


@pytest.fixture
def as_ml(built: Engine) -> Iterator[Engine]:
    yield warehouse_engine("ml")


@pytest.mark.parametrize(
    "table",
    ["marts.brg_student_subgroup", "marts.dim_student_year_group", "marts.fct_attendance_subgroup",
     "staging.stg_sis__student_demographic", "landing.sis_student_demographic", "identity.student_name"],
)  # fmt: skip
def test_training_cannot_read_groups(as_ml: Engine, table: str) -> None:
    with as_ml.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"select * from {table}"))


def test_training_knows_two_programmes_only(as_ml: Engine) -> None:
    with as_ml.connect() as connection:
        known = set(connection.scalars(text("select program from marts.brg_program_version")))
    # `moved` learns English, `tenth` and `late` have an IEP and low income.
    assert known == {"el", "swd"}


def test_the_audit_by_group_reads_them_as_another_role(as_ml: Engine) -> None:
    with as_ml.connect() as connection:
        groups = read_groups(connection, 2026)
        assert set(groups[groups["subgroup"] == "low_income"]["student_id"]) == {"tenth", "late"}
        # Afterwards the transaction is the training's again.
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select 1 from marts.brg_student_subgroup"))


def test_the_audit_by_group_reads_nothing_else(built: Engine) -> None:
    with built.connect() as connection, acting_as(connection, "fairness"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select 1 from marts.fct_attendance_version"))
        connection.rollback()


def test_the_loader_reads_no_marts_and_dbt_writes_no_landing(built: Engine) -> None:
    for role, statement in (("loader", "select 1 from marts.dim_student"),
                            ("transformer", "delete from landing.sis_student"),
                            ("publisher", "select 1 from identity.student_name"),
                            ("desk", "select 1 from marts.fct_discipline")):  # fmt: skip
        with warehouse_engine(role).connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))


def test_a_start_locks_nothing_where_the_policy_stands(built: Engine) -> None:
    with built.begin() as connection:
        declare(connection)
        exclusive = "select count(*) from pg_locks where pid = pg_backend_pid() and mode = 'AccessExclusiveLock'"
        assert connection.scalar(text(exclusive)) == 0
        connection.execute(text("delete from access.readable where role = 'principal'"))
        declare(connection)
        assert connection.scalar(text("select count(*) from access.readable where role = 'principal'")) > 0
        assert connection.scalar(text(exclusive)) > 0
        connection.rollback()
