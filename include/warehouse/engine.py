"""Addresses of the two databases, and the engine of the warehouse."""

from functools import cache

from sqlalchemy import URL, Engine, create_engine, make_url

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


@cache
def _engine(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=4)


def warehouse_engine() -> Engine:
    """One engine per address and process."""
    return _engine(warehouse_url())


def forget_engines() -> None:
    """Drop every cached engine: call before a fork, or when the server behind an address is replaced."""
    _engine.cache_clear()
