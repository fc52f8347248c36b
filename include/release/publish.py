"""Write the tables of a release, all at once: a reader sees the release before or this one, and never waits for it.

Rows are replaced rather than tables, so that a reader who is in the middle of something keeps what was there when it
began, and grants stay as they are. A table is made anew only where its columns change.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
from psycopg import sql
from sqlalchemy import Connection, text

from include.release.parts import YEAR
from include.release.released import Plain, Protected

SCHEMAS = ("reporting", "metrics")
STATUS = (
    "ok; small, few people, or everybody or all but few of a group; beside_small, withheld so that a small one cannot "
    "be worked out; not_collected, nobody records it; incomplete_feed, its data did not all come in"
)
BLANK = f" A blank count is not zero: <count>_status says why it is blank ({STATUS})."


def write_protected(
    connection: Connection,
    declared: Protected,
    decided: Mapping[int, pd.DataFrame],
    years: Sequence[int],
    as_of: dt.date,
) -> None:
    """Replace the rows of some school years; `years` are all that the release has, others are removed."""
    _ensure(connection, "reporting", declared.name, declared.columns, declared.comment + BLANK)
    gone = text(f'delete from reporting."{declared.name}" where {YEAR} = any(:new) or {YEAR} <> all(:years)')
    connection.execute(gone, {"new": list(decided), "years": list(years)})
    for rows in decided.values():
        copy_rows(connection, "reporting", declared.name, rows.assign(as_of=as_of))


def write_plain(connection: Connection, schema: str, declared: Plain) -> None:
    """Replace a table by the rows of its query."""
    connection.execute(text(f"create temporary table _new as {declared.query}"))
    columns = _described(connection, "pg_temp", "_new")
    _ensure(connection, schema, declared.name, columns, declared.comment)
    connection.execute(text(f'delete from {schema}."{declared.name}"'))
    connection.execute(text(f'insert into {schema}."{declared.name}" select * from _new'))
    connection.execute(text("drop table _new"))


def write_rows(connection: Connection, schema: str, name: str, rows: pd.DataFrame, comment: str) -> None:
    """Replace a table by these rows."""
    _ensure(connection, schema, name, {str(column): _type(rows[column]) for column in rows}, comment)
    connection.execute(text(f'delete from {schema}."{name}"'))
    copy_rows(connection, schema, name, rows)


def drop_others(connection: Connection, kept: set[tuple[str, str]]) -> None:
    """Drop what is declared no more."""
    for schema, name in published(connection):
        if (schema, name) not in kept:
            connection.execute(text(f'drop table {schema}."{name}"'))


def published(connection: Connection) -> list[tuple[str, str]]:
    """Schema and name of every relation that readers may find."""
    found = connection.execute(
        text(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = any(:schemas) and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1, 2"
        ),
        {"schemas": list(SCHEMAS)},
    )
    return [(row[0], row[1]) for row in found]


def read_rows(connection: Connection, schema: str, name: str) -> pd.DataFrame:
    """A table as it stands."""
    return pd.read_sql(text(f'select * from {schema}."{name}"'), connection)


def copy_rows(connection: Connection, schema: str, name: str, rows: pd.DataFrame) -> None:
    """Add rows to a table."""
    target = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(schema, name), sql.SQL(", ").join(sql.Identifier(str(column)) for column in rows)
    )
    cursor = connection.connection.cursor()
    with cursor.copy(target) as copy:
        for row in rows.astype(object).where(rows.notna(), None).itertuples(index=False):
            copy.write_row(row)


def _type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_float_dtype(values):
        return "double precision"
    return "text"


def _described(connection: Connection, schema: str, name: str) -> dict[str, str]:
    """Type by column, in order."""
    found = connection.execute(
        text(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = to_regclass(:name) and attnum > 0 and not attisdropped order by attnum"
        ),
        {"name": f'{schema}."{name}"'},
    )
    return {row[0]: row[1] for row in found}


def _ensure(connection: Connection, schema: str, name: str, columns: Mapping[str, str], comment: str) -> None:
    """Make the table with these columns, unless it is there."""
    table = sql.Identifier(schema, name)
    if _described(connection, schema, name) != dict(columns):
        described = (sql.SQL(f"{{}} {kind}").format(sql.Identifier(column)) for column, kind in columns.items())
        _run(connection, sql.SQL("drop table if exists {}").format(table))
        _run(connection, sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(described)))
    _run(connection, sql.SQL("comment on table {} is {}").format(table, sql.Literal(comment)))
    for column in columns:
        if column.endswith("_status"):
            _run(
                connection,
                sql.SQL("comment on column {} is {}").format(sql.Identifier(schema, name, column), sql.Literal(STATUS)),
            )


def _run(connection: Connection, statement: sql.Composed) -> None:
    connection.connection.cursor().execute(statement)
