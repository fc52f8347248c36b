"""Two calls of SQL that the landing makes all the time."""

from sqlalchemy import Connection


def execute(connection: Connection, statement: str) -> int:
    """Run a statement as it is written; returns the rows it touched."""
    return connection.exec_driver_sql(statement).rowcount


def count(connection: Connection, query: str) -> int:
    """The one number that a query gives."""
    return connection.exec_driver_sql(query).scalar_one()
