"""Addresses of the two databases, and the engine of the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse import server

DRIVER = "postgresql+psycopg"
AIRFLOW_DATABASE = "airflow"


def _embedded(database: str) -> URL:
    return URL.create(
        DRIVER,
        username=server.USER,
        password=server.password(),
        host=server.HOST,
        port=server.port(),
        database=database,
    )


def _given(variable: str, text: str) -> URL:
    url = make_url(text)
    if url.get_backend_name() != "postgresql" or not url.database:
        raise SchoolhouseError(
            f"{variable} must look like postgresql://user:password@host:5432/database, with a database."
        )
    return url.set(drivername=DRIVER)


def warehouse_url() -> URL:
    """The district's warehouse: SCHOOLHOUSE_WAREHOUSE_URL, or a database named after the district's folder.

    Raises SchoolhouseError where the variable holds something other than a PostgreSQL address.
    """
    given = settings().warehouse_url_override
    if given is not None:
        return _given("SCHOOLHOUSE_WAREHOUSE_URL", given)
    return _embedded(settings().district_path.name)


def airflow_url() -> URL:
    """Airflow's own database: SCHOOLHOUSE_AIRFLOW_URL, or `airflow` beside the warehouse."""
    given = settings().airflow_url_override
    if given is not None:
        return _given("SCHOOLHOUSE_AIRFLOW_URL", given)
    return warehouse_url().set(database=AIRFLOW_DATABASE)


def maintenance_url() -> URL:
    """The database to connect to while the others are made."""
    return warehouse_url().set(database=server.MAINTENANCE_DATABASE)


_engines: dict[tuple[URL, str | None], Engine] = {}


def _make(url: URL, role: str | None) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, pool_size=4)
    if role is not None:

        @event.listens_for(engine, "connect")
        def take_role(connection: Any, _record: Any) -> None:
            taken = connection.execute(TAKE_ROLE.format("false"), (role,)).fetchone()
            connection.commit()
            if taken is None:
                raise SchoolhouseError(_unknown(role))

    return engine


TAKE_ROLE = "select set_config('role', role_name, {}) from access.role where name = %s"


def _unknown(role: str) -> str:
    return f"This warehouse has no role {role!r}: bring it to the newest migration with ./schoolhouse prepare."


def warehouse_engine(role: str | None = None) -> Engine:
    """One engine per address, role and process.

    role: a role of access.role, whose rights every connection has instead of the owner's; None keeps the owner's.
    Connecting raises SchoolhouseError where the warehouse has no such role.
    """
    wanted = (warehouse_url(), role)
    if wanted not in _engines:
        _engines[wanted] = _make(*wanted)
    return _engines[wanted]


def url_as(role: str) -> URL:
    """The warehouse's address for whoever connects by themselves, with the rights of a role of access.role.

    Raises SchoolhouseError where the warehouse has no such role.
    """
    with warehouse_engine().connect() as connection:
        name = connection.scalar(text("select role_name from access.role where name = :role"), {"role": role})
    if name is None:
        raise SchoolhouseError(_unknown(role))
    # In a connection's options a backslash keeps the sign after it.
    escaped = name.replace("\\", "\\\\").replace(" ", "\\ ")
    return warehouse_url().update_query_dict({"options": f"-c role={escaped}"})


def quoted_role(role: str) -> str:
    """A role's name on the server, as SQL takes it. Raises SchoolhouseError where the warehouse has no such role."""
    with warehouse_engine().connect() as connection:
        found = connection.scalar(
            text("select format('%I', role_name) from access.role where name = :role"), {"role": role}
        )
    if found is None:
        raise SchoolhouseError(_unknown(role))
    return found


@contextmanager
def acting_as(connection: Connection, role: str) -> Iterator[None]:
    """Within the block, the connection's transaction has the rights of another role of access.role, and no others.

    Raises SchoolhouseError where the warehouse has no such role.
    """
    before = connection.scalar(text("select current_setting('role')"))
    connection.execute(text("set local role none"))
    if connection.exec_driver_sql(TAKE_ROLE.format("true"), (role,)).first() is None:
        raise SchoolhouseError(_unknown(role))
    yield
    # A statement that failed has ended the transaction, and the role with it.
    connection.execute(text("select set_config('role', :role, true)"), {"role": before})


def forget_engines() -> None:
    """Close and drop every engine: call before a fork, or when the server behind an address is replaced."""
    while _engines:
        _engines.popitem()[1].dispose()
