"""Bring the warehouse to the newest migration, making its database first."""

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import ProgrammingError

from include.access.policy import declare
from include.errors import SchoolhouseError
from include.settings import ROOT
from include.warehouse.engine import airflow_url, maintenance_url, warehouse_engine, warehouse_url

OLDEST_SERVER = 170000


def create_database(url: URL) -> None:
    """Make the database that `url` names, where it does not exist."""
    engine = create_engine(maintenance_url(), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            found = connection.scalar(
                text("select true from pg_database where datname = :name"), {"name": url.database}
            )
            if found:
                return
            quoted = engine.dialect.identifier_preparer.quote_identifier(str(url.database))
            try:
                connection.execute(text(f"create database {quoted} template template0"))
                # Whom it is for is said role by role; PostgreSQL would let every login of the server in.
                connection.execute(text(f"revoke all on database {quoted} from public"))
            except ProgrammingError as error:
                # Two processes may both have found it missing.
                if "already exists" not in str(error):
                    raise
    finally:
        engine.dispose()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "models" / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def migrate() -> None:
    """Make both databases where they are missing, every table of `models/` at its newest version, and all
    of them under the policy of who may read what.

    Raises SchoolhouseError where the server is older than PostgreSQL 17.
    """
    create_database(warehouse_url())
    create_database(airflow_url())
    with warehouse_engine().connect() as connection:
        version = connection.scalar(text("select current_setting('server_version_num')::int"))
    if version < OLDEST_SERVER:
        raise SchoolhouseError(f"The warehouse is PostgreSQL {version // 10000}: Schoolhouse needs 17 or newer.")
    command.upgrade(alembic_config(), "head")
    with warehouse_engine().begin() as connection:
        declare(connection)
