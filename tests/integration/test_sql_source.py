"""Rows of real databases, SQLite and PostgreSQL: whole or from a cursor on, exact, in flat memory."""

import csv
import datetime as dt
import io
import sqlite3
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from include.districts import SqlFeed
from include.errors import SchoolhouseError
from include.landing.cursor import cursor_of_the_day, newest_cursor
from include.landing.load import LoadResult, load_file
from include.sources import Access, Cursor, deliveries

MONDAY = dt.date(2026, 3, 2)
SCHOOL = {"contract": "sis.school", "columns": {"school_id": "id", "name": "name"}}
TRANSFER = {
    "contract": "finance.budget_transfer",
    "columns": {
        "transfer_id": "id",
        "account_code": "account",
        "fiscal_year": "year",
        "amount": "amount",
        "posted_on": "posted",
    },
}


def feed_of(**given: Any) -> SqlFeed:
    return SqlFeed.model_validate({"name": "test.feed", "source": "test", "connection": "erp", **SCHOOL, **given})


def read(feed: SqlFeed, access: Access, folder: Path, cursor: Cursor | None = None) -> tuple[list[dict[str, str]], Any]:
    """The rows of the one file, and its cursor."""
    [(content, reached)] = [
        (delivery.path.read_text(encoding="utf-8"), delivery.cursor)
        for delivery in deliveries(feed, access, cursor, folder)
    ]
    return list(csv.DictReader(io.StringIO(content, newline=""))), reached


def night(engine: Engine, feed: SqlFeed, access: Access, folder: Path, as_of: dt.date) -> LoadResult:
    with engine.connect() as connection:
        cursor = cursor_of_the_day(connection, feed, as_of)
    [result] = [load_file(engine, feed, each, as_of) for each in deliveries(feed, access, cursor, folder)]
    return result


def sqlite_of(folder: Path, *statements: str) -> Access:
    path = folder / "erp.db"
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return Access(f"sqlite:///{path}")


def postgres_of(engine: Engine, *statements: str) -> Access:
    """The tests' own server as a source: its address without the password, which goes separately."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    url = engine.url
    plain = url.set(username=None, password=None).render_as_string()
    return Access(plain, login=url.username, secret=str(url.password))


def test_sqlite_by_query_and_by_table(tmp_path: Path) -> None:
    access = sqlite_of(
        tmp_path,
        "create table school (id integer, name text, principal text)",
        "insert into school values (1, 'École: \"A\"', 'Roe'), (2, null, 'Doe'), (3, 'two\nlines', '')",
    )
    before = (tmp_path / "erp.db").read_bytes()
    rows, cursor = read(feed_of(table="school", never_land=["principal"]), access, tmp_path)
    assert rows == [{"id": "1", "name": 'École: "A"'}, {"id": "2", "name": ""}, {"id": "3", "name": "two\nlines"}]
    assert cursor is None
    # A colon and a per cent sign in a query are themselves; so is the semicolon that people end it with.
    query = "select id, 'at 8:30, 5%' as name from school where id > 1;"
    rows, _ = read(feed_of(query=query), access, tmp_path)
    assert rows == [{"id": "2", "name": "at 8:30, 5%"}, {"id": "3", "name": "at 8:30, 5%"}]
    with pytest.raises(SchoolhouseError, match="syntax error"):
        read(feed_of(query="delete from school returning id, name"), access, tmp_path)
    assert (tmp_path / "erp.db").read_bytes() == before


def test_postgres_gives_exact_numbers_dates_and_nulls(warehouse: Engine, tmp_path: Path) -> None:
    access = postgres_of(
        warehouse,
        "create table public.transfer (id bigint, account text, year int, amount numeric(14, 2), posted date,"
        " seen timestamptz, is_open boolean, tags jsonb, bytes bytea, tiny numeric)",
        "insert into public.transfer values"
        " (9007199254740993, '01-511', 2026, 0.10, '2026-01-05', '2026-01-05 06:00:00.5+00', true, '{\"a\": [1]}',"
        " '\\x00ff', 0.0000001), (2, '01-512', 2026, null, null, null, null, null, null, null)",
    )
    rows, _ = read(feed_of(table="public.transfer", **TRANSFER), access, tmp_path)
    assert rows[0] == {
        "id": "9007199254740993",
        "account": "01-511",
        "year": "2026",
        "amount": "0.10",
        "posted": "2026-01-05",
        "seen": "2026-01-05T06:00:00.500000+00:00",
        "is_open": "true",
        "tags": '{"a":[1]}',
        "bytes": "\\x00ff",
        "tiny": "0.0000001",
    }
    assert set(rows[1].values()) == {"2", "01-512", "2026", ""}
    result = night(warehouse, feed_of(table="public.transfer", **TRANSFER), access, tmp_path, MONDAY)
    assert (result.landed, result.quarantined) == (1, 1)
    with warehouse.connect() as connection:
        found = connection.execute(text("select transfer_id, amount from landing.finance_budget_transfer")).one()
    assert tuple(found) == ("9007199254740993", Decimal("0.10"))
    postgres_of(warehouse, "create sequence public.counted")
    with pytest.raises(SchoolhouseError, match=r"cannot execute nextval\(\) in a read-only transaction"):
        read(feed_of(query="select nextval('public.counted') as id, 'A' as name"), access, tmp_path)


@pytest.mark.parametrize(
    ("kind", "values", "look_back"),
    [
        ("timestamptz", ("2026-03-01 07:00+00", "2026-03-01 08:50+00", "2026-03-01 09:00+00"), 1 / 24),
        ("date", ("2026-03-01", "2026-03-03", "2026-03-04"), 1),
        ("integer", ("80", "95", "100"), 10),
        ("numeric(9, 3)", ("80", "95.5", "100"), 4.5),
    ],
)
def test_a_row_that_is_committed_late_is_found_by_looking_back(
    warehouse: Engine, tmp_path: Path, kind: str, values: tuple[str, str, str], look_back: float
) -> None:
    """A row stamped before the newest one shows only after that was read; without looking back it is lost."""
    early, late, newest = values
    access = postgres_of(
        warehouse,
        f"create table public.school (id text, name text, changed {kind})",
        f"insert into public.school values ('1', 'A', '{early}'), ('2', 'B', '{newest}')",
    )
    feed = feed_of(table="public.school", cursor="changed", look_back=look_back, drop=["changed"])
    _, reached = read(feed, access, tmp_path)
    postgres_of(warehouse, f"insert into public.school values ('3', 'late', '{late}')")
    rows, again = read(feed, access, tmp_path, reached)
    assert [row["id"] for row in rows] == ["3", "2"]
    assert again == reached
    rows, _ = read(feed.model_copy(update={"look_back": None}), access, tmp_path, reached)
    assert [row["id"] for row in rows] == ["2"]


def test_looking_back_needs_something_to_count(warehouse: Engine, tmp_path: Path) -> None:
    access = postgres_of(
        warehouse, "create table public.school (id text, name text)", "insert into public.school values ('1', 'A')"
    )
    feed = feed_of(table="public.school", cursor="name", look_back=1)
    _, reached = read(feed, access, tmp_path)
    with pytest.raises(SchoolhouseError, match="is text"):
        read(feed, access, tmp_path, reached)
    with pytest.raises(ValidationError, match="needs a `cursor`"):
        feed_of(table="public.school", look_back=1)


@pytest.mark.parametrize("kind", ["timestamptz", "date", "integer", "numeric(9, 3)", "text"])
def test_a_cursor_reads_on_and_loses_no_row_of_its_own_value(warehouse: Engine, tmp_path: Path, kind: str) -> None:
    """Three rows share the newest value; a fourth of that value comes after it was read."""
    early, late, later = {
        "timestamptz": ("2026-03-01 08:00+00", "2026-03-01 09:30:00.123456+00", "2026-03-02 00:00+00"),
        "text": ("2026-03-01", "2026-03-02", "2026-03-03"),
        "date": ("2026-03-01", "2026-03-02", "2026-03-03"),
    }.get(kind, ("1", "20", "100"))
    access = postgres_of(
        warehouse,
        f'create table public.school (id text, name text, "Changed At" {kind})',
        f"insert into public.school values ('1', 'A', '{early}'), ('2', 'B', '{late}'), ('3', 'C', '{late}'),"
        " ('4', 'D', null)",
    )
    feed = feed_of(table="public.school", cursor="Changed At", drop=["Changed At"])
    assert feed.mode == "delta"
    first = night(warehouse, feed, access, tmp_path, MONDAY)
    assert (first.rows_read, first.landed) == (4, 4)
    postgres_of(
        warehouse,
        f"insert into public.school values ('5', 'E', '{late}'), ('6', 'F', '{later}')",
        "update public.school set name = 'Z' where id = '4'",
    )
    # The two of the cursor's value and the one without a value come again, and three are new or changed.
    second = night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=1))
    assert (second.rows_read, second.landed, second.unchanged) == (5, 3, 2)
    third = night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=2))
    assert (third.rows_read, third.landed, third.unchanged) == (2, 0, 2)
    with warehouse.connect() as connection:
        current = "select string_agg(name, '' order by school_id) from landing.sis_school where _superseded_on is null"
        assert connection.scalar(text(current)) == "ABCZEF"


def test_what_a_cursor_never_sees_ends_when_everything_is_read(warehouse: Engine, tmp_path: Path) -> None:
    """A row that is deleted, and the newest one, whose going takes the cursor back: neither is told of."""
    access = postgres_of(
        warehouse,
        "create table public.school (id text, name text, version bigint)",
        "insert into public.school select n, 'School ' || n, n from generate_series(1, 40) n",
    )
    plain = feed_of(table="public.school", cursor="version", drop=["version"])
    feed = plain.model_copy(update={"full_every_days": 7})
    # It was read without the key before: then the first night with it reads everything, but nothing twice.
    assert night(warehouse, plain, access, tmp_path, MONDAY).landed == 40
    first = night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=1))
    assert (first.rows_read, first.unchanged, first.closed) == (40, 40, 0)
    postgres_of(warehouse, "delete from public.school where id in ('3', '40')")
    second = night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=7))
    assert (second.rows_read, second.closed) == (0, 0)
    third = night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=8))
    assert (third.rows_read, third.unchanged, third.closed) == (38, 38, 2)
    with warehouse.connect() as connection:
        assert newest_cursor(connection, feed) == {"kind": "integer", "value": "39"}
        assert connection.execute(text("select mode from ops.load order by load_id")).scalars().all() == [
            "delta", "snapshot", "delta", "snapshot",
        ]  # fmt: skip
    postgres_of(warehouse, "delete from public.school where version > 20")
    with pytest.raises(SchoolhouseError, match="lacks 19 of the 38 current rows"):
        night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=15))
    # Nor is an empty table believed, though the database itself has said so.
    postgres_of(warehouse, "delete from public.school")
    with pytest.raises(SchoolhouseError, match="lacks 38 of the 38 current rows"):
        night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=16))
    accepted = feed.model_copy(update={"max_disappearing_share": 1.0})
    assert night(warehouse, accepted, access, tmp_path, MONDAY + dt.timedelta(days=17)).closed == 38
    with warehouse.connect() as connection:
        assert newest_cursor(connection, feed) == {"kind": "integer", "value": "39"}


def test_an_emptied_cursor_keeps_its_place(warehouse: Engine, tmp_path: Path) -> None:
    access = postgres_of(
        warehouse,
        "create table public.school (id text, name text, version bigint)",
        "insert into public.school values ('1', 'A', 7)",
    )
    feed = feed_of(query="select * from public.school", cursor="version", drop=["version"])
    night(warehouse, feed, access, tmp_path, MONDAY)
    postgres_of(warehouse, "delete from public.school")
    assert night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=1)).rows_read == 0
    with warehouse.connect() as connection:
        assert newest_cursor(connection, feed) == {"kind": "integer", "value": "7"}


def test_a_snapshot_ends_what_the_database_no_longer_has(warehouse: Engine, tmp_path: Path) -> None:
    access = postgres_of(
        warehouse,
        "create table public.school (id text, name text)",
        "insert into public.school values ('1', 'A'), ('2', 'B')",
    )
    feed = feed_of(table="public.school")
    night(warehouse, feed, access, tmp_path, MONDAY)
    postgres_of(warehouse, "delete from public.school where id = '2'")
    assert night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=1)).closed == 1
    postgres_of(warehouse, "delete from public.school")
    assert night(warehouse, feed, access, tmp_path, MONDAY + dt.timedelta(days=2)).closed == 1


def test_what_a_cell_holds_is_never_taken_for_rows(warehouse: Engine, tmp_path: Path) -> None:
    """A note with lines that look like rows of the file: it is ours, so its quotes are right."""
    access = postgres_of(
        warehouse,
        "create table public.school (id text, name text, note text)",
        "insert into public.school values ('1', E'x\\n2,B,c\\n3,C,d\\ny', 'n'), ('4', 'D', null)",
    )
    result = night(warehouse, feed_of(table="public.school"), access, tmp_path, MONDAY)
    assert (result.rows_read, result.landed) == (2, 2)


def test_rows_are_streamed(warehouse: Engine, tmp_path: Path) -> None:
    """200,000 rows of 100 bytes are written; of the 20 MB that they are, Python holds a small part at any time."""
    access = postgres_of(warehouse)
    query = "select n as id, repeat('x', 90) as name from generate_series(1, 200000) n"
    tracemalloc.start()
    for delivery in deliveries(feed_of(query=query), access, None, tmp_path):
        assert delivery.path.stat().st_size > 19_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000
    assert list(tmp_path.iterdir()) == []


def test_errors_say_what_to_look_at(warehouse: Engine, tmp_path: Path) -> None:
    access = sqlite_of(tmp_path, "create table school (id integer, name text)")
    for given, where, message in (
        ({"table": "nowhere"}, access, "the database of 'erp' answered: no such table: nowhere"),
        ({"table": "school", "cursor": "changed"}, access, "no such column: school.changed|no column 'changed'"),
        ({"table": "school"}, Access("sqlite:////nowhere/x.db"), "there is no database file /nowhere/x.db"),
        ({"table": "school"}, Access("oracle+cx://h/d"), "whose driver is installed"),
        ({"table": "school"}, Access("not a url"), "is no SQLAlchemy URL"),
        ({"table": "school"}, None, "nothing is known of the connection 'erp'"),
    ):
        with pytest.raises(SchoolhouseError, match=message):
            list(deliveries(feed_of(**given), where, None, tmp_path))
    wrong = Access(warehouse.url.set(username=None, password=None).render_as_string(), "nobody", "s3cret")
    with pytest.raises(SchoolhouseError, match="the database of 'erp' answered") as caught:
        list(deliveries(feed_of(table="school"), wrong, None, tmp_path))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give one of `query` or `table`"),
        ({"query": "select 1", "table": "t"}, "give one of `query` or `table`"),
        ({"table": "t", "cursor": "c", "mode": "snapshot"}, "which is no snapshot"),
    ],
)
def test_what_an_sql_feed_may_not_say(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        feed_of(**given)
