"""On a server of somebody else's the platform's owner is no superuser, and everything holds all the same."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from include.access.logins import sync_logins
from include.districts import load_district
from include.warehouse.engine import forget_engines, maintenance_url, warehouse_engine
from include.warehouse.migrate import migrate
from tests.access.world import PASSWORD, signed_on
from tests.dbt.tiny_district import district_folder, land


@pytest.fixture
def owned(state_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A warehouse whose owner may make roles and databases, and nothing else."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    administrator = create_engine(maintenance_url(), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"create role {name}_owner login createrole createdb password '{PASSWORD}'"))
    url = maintenance_url().set(database=name, username=f"{name}_owner", password=PASSWORD)
    monkeypatch.setenv("SCHOOLHOUSE_WAREHOUSE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(district_folder(tmp_path / "tiny", "")))
    migrate()
    yield warehouse_engine()
    forget_engines()
    with administrator.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
    administrator.dispose()


def test_an_owner_who_is_no_superuser_has_the_same_warehouse(owned: Engine) -> None:
    land(owned, "sis.student", [{"student_id": "s1"}])
    with warehouse_engine("transformer").begin() as connection:
        assert connection.scalar(text("select count(*) from landing.sis_student")) == 1
        connection.execute(text("create table marts.fct_enrollment as select 'A' as school_id, 's1' as student_id"))
        connection.execute(text("insert into marts.fct_enrollment values ('B', 's2')"))
        connection.execute(text("select access.protect('marts.fct_enrollment')"))
    with owned.begin() as connection:
        assert connection.scalar(text("select count(*) from marts.fct_enrollment")) == 2
        login = f"{owned.url.database}_ana"
        connection.execute(
            text(
                "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
                " values (:login, 'principal', 'A', '2020-01-01', '2999-12-31', 'tests')"
            ),
            {"login": login},
        )
    # A second time, as each start does it.
    migrate()
    assert sync_logins(load_district()).granted == [(login, "principal")]
    with owned.begin() as connection:
        connection.execute(text(f"alter role {login} password '{PASSWORD}'"))
    with signed_on(login) as seat:
        assert seat.rows("select student_id from marts.fct_enrollment") == [("s1",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seat.rows("select 1 from landing.sis_student")
