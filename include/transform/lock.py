"""One build at a time, and nothing left of one that was killed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from include.transform.dbt import TransformError
from include.warehouse.engine import warehouse_engine

APPLICATION = "schoolhouse_dbt"
BUILD_LOCK = 0x5C4001


@contextmanager
def alone() -> Iterator[Connection]:
    """Only one build at a time works on a warehouse.

    The lock belongs to the session, so a killed build gives it up with its connection.
    """
    with warehouse_engine().connect() as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": BUILD_LOCK}):
            raise TransformError("Another build is working on this warehouse. Wait for it to end, then run again.")
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": BUILD_LOCK})
            connection.commit()


def clear_remains(connection: Connection, schemas: Sequence[str]) -> None:
    """Remove what a killed build left: sessions that still work for it, and half-made relations."""
    connection.execute(
        text(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and application_name = :name"
        ),
        {"name": APPLICATION},
    )
    remains = connection.execute(
        text(
            "select format('%I.%I', n.nspname, c.relname), c.relkind "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = any(:schemas) and c.relkind in ('r', 'v') "
            r"and (c.relname like '%\_\_dbt\_tmp%' or c.relname like '%\_\_dbt\_backup%')"
        ),
        {"schemas": list(schemas)},
    ).all()
    for name, kind in remains:
        connection.execute(text(f"drop {'view' if kind == 'v' else 'table'} if exists {name} cascade"))
    connection.commit()
