"""The desk's two logins to the warehouse: the pages' reads what a session may, the door's makes sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text

from include.settings import settings
from include.warehouse.engine import warehouse_engine, warehouse_url
from include.warehouse.server import desk_secret

PAGES, DOOR = "desk", "desk_door"
# Under load a page waits for a connection rather than that PostgreSQL gets hundreds; nobody waits for ever. The one
# used last comes first: few are in use then, and these know the statements already.
POOL = {"pool_size": 16, "max_overflow": 0, "pool_timeout": 10, "pool_pre_ping": True, "pool_use_lifo": True}


def make_logins() -> None:
    """Make the two logins, as the platform's owner, each with the rights of its one role.

    Where SCHOOLHOUSE_DESK_PASSWORD is set, somebody else has made them: then nothing is done.
    """
    if settings().desk_password is not None:
        return
    with warehouse_engine().begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.access'))"))
        rows = connection.execute(
            text("select name, role_name from access.role where name = any(:names)"), {"names": [PAGES, DOOR]}
        ).all()
        for row in rows:
            _make_login(connection, row.role_name)


def _make_login(connection: Connection, role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    login = f"{role}_login"
    known = connection.scalar(text("select true from pg_roles where rolname = :name"), {"name": login})
    if not known:
        connection.exec_driver_sql(f"create role {quote(login)} login noinherit".replace("%", "%%"))
    connection.exec_driver_sql(f"grant {quote(role)} to {quote(login)} with inherit true, set false".replace("%", "%%"))
    driver: Any = connection.connection.driver_connection
    # Hashed here, so that the password itself never reaches the server or its log.
    hashed = driver.pgconn.encrypt_password(desk_secret().encode(), login.encode(), b"scram-sha-256").decode()
    connection.exec_driver_sql(f"alter role {quote(login)} password '{hashed}'".replace("%", "%%"))


@cache
def engine(role: str) -> Engine:
    """The engine of one of the two logins; the platform's own login is not used by the pages at all."""
    url = warehouse_url()
    name = f"{_role_name(role)}_login"
    password = settings().desk_password or desk_secret()
    # Parameters are about students: errors and logs do without them.
    return create_engine(url.set(username=name, password=password), hide_parameters=True, **POOL)


def _role_name(role: str) -> str:
    """The role's name on the server: the warehouse's name is in front, unless the warehouse is a copy."""
    if settings().desk_password is not None:
        return f"{warehouse_url().database}_{role}"
    with warehouse_engine().connect() as connection:
        return connection.execute(text("select role_name from access.role where name = :r"), {"r": role}).scalar_one()


@contextmanager
def pages(proof: str) -> Iterator[Connection]:
    """A transaction for the person whose session the proof is of; without one it can read nothing."""
    with engine(PAGES).begin() as connection:
        connection.execute(text("select set_config('schoolhouse.session', :proof, true)"), {"proof": proof})
        yield connection


@contextmanager
def door() -> Iterator[Connection]:
    """A transaction that can make and end sessions, and knows nothing of students."""
    with engine(DOOR).begin() as connection:
        yield connection
