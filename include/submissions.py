"""Figures handed to a board or a state: frozen by name, and made again to the same bytes when somebody asks."""

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, select, text

from include.errors import SchoolhouseError
from include.orchestration.watermark import landed_as_of
from include.transform import Edition, build_edition, drop_edition
from include.transform.project import definitions
from include.warehouse.engine import warehouse_engine
from models.ops import submission

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Frozen:
    """One table of a submission: its file, its rows, the hash of its bytes, and whether they are the frozen ones."""

    table: str
    path: Path
    rows: int
    sha256: str
    is_same: bool


def freeze(name: str, tables: Sequence[str], as_of: dt.date, out: Path) -> list[Frozen]:
    """Build the tables as of a day, write each to `<out>/<name>/<table>.csv`, and remember how to have them again.

    tables: marts, as msr_chronic_absence. as_of: a day before the newest that has landed, since a day that still
    goes on may learn more.

    Raises SchoolhouseError where the name is taken or cannot be one, the day is not over, or a table is none of
    the marts.
    """
    if not NAME.fullmatch(name):
        raise SchoolhouseError(f"{name!r} cannot name a submission: use small letters, digits and _, 40 at the most.")
    newest = landed_as_of()
    if as_of >= newest:
        raise SchoolhouseError(
            f"The newest day that has landed is {newest}, and it may still bring more: freeze as of "
            f"{newest - dt.timedelta(days=1)} or earlier."
        )
    with warehouse_engine().connect() as connection:
        if connection.scalar(select(submission.c.name).where(submission.c.name == name)):
            raise SchoolhouseError(f"There is a submission {name!r} already; it stays as it is. Choose another name.")
        _refuse_unknown(connection, tables)
    edition = build_edition(name, as_of, tables)
    found = _write(edition, tables, out / name)
    with warehouse_engine().begin() as connection:
        connection.execute(
            insert(submission).values(
                name=name,
                as_of=as_of,
                frozen_at=dt.datetime.now(dt.UTC),
                variables=dict(edition.given),
                definitions_sha256=definitions(),
                tables={one.table: {"rows": one.rows, "sha256": one.sha256} for one in found},
            )
        )
    drop_edition(name)
    return found


def rebuild(name: str, out: Path) -> list[Frozen]:
    """Make a submission again, from what was known on its day and by the policy of its day, and compare.

    Each table says whether its bytes are those that were frozen; the files are written either way.
    Raises SchoolhouseError where there is no submission of the name.
    """
    with warehouse_engine().connect() as connection:
        kept = connection.execute(select(submission).where(submission.c.name == name)).one_or_none()
        if kept is None:
            names = connection.scalars(select(submission.c.name).order_by(submission.c.name)).all()
            raise SchoolhouseError(f"There is no submission {name!r}. There are: {', '.join(names) or 'none'}.")
    tables = sorted(kept.tables)
    edition = build_edition(name, kept.as_of, tables, kept.variables)
    found = _write(edition, tables, out / name, {table: kept.tables[table]["sha256"] for table in tables})
    drop_edition(name)
    return found


def are_definitions_kept(name: str) -> bool:
    """Whether the dbt project is still the one that made the submission."""
    query = select(submission.c.definitions_sha256).where(submission.c.name == name)
    with warehouse_engine().connect() as connection:
        return connection.scalar(query) == definitions()


def _refuse_unknown(connection: Connection, tables: Sequence[str]) -> None:
    known = connection.scalars(
        text("select table_name from information_schema.tables where table_schema = 'marts' order by 1")
    ).all()
    unknown = [table for table in tables if table not in known]
    if unknown or not tables:
        raise SchoolhouseError(
            f"No mart is called {', '.join(unknown) or 'nothing'}. There are: {', '.join(known) or 'none yet'}."
        )


def _write(
    edition: Edition, tables: Sequence[str], folder: Path, expected: dict[str, str] | None = None
) -> list[Frozen]:
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with warehouse_engine().connect() as connection:
        cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        cursor.execute("set local datestyle to iso, ymd")
        for table in tables:
            name = f'"{edition.marts}"."{table}"'
            path, digest = folder / f"{table}.csv", hashlib.sha256()
            # Ordered by the whole row in the order of bytes, which no server's language changes.
            rows = f'select * from {name} t order by t::text collate "C"'
            with path.open("wb") as file, cursor.copy(f"copy ({rows}) to stdout (format csv, header)") as blocks:
                for block in blocks:
                    file.write(block)
                    digest.update(block)
            sha256 = digest.hexdigest()
            count = connection.scalar(text(f"select count(*) from {name}")) or 0
            found.append(Frozen(table, path, count, sha256, expected is None or expected[table] == sha256))
    return found
