"""`build` and `submission`: the marts as of another day, and figures frozen by name."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from include.commands.serving import warehouse_server
from include.errors import SchoolhouseError
from include.orchestration.watermark import landed_as_of
from include.submissions import Frozen
from include.warehouse.engine import warehouse_engine
from models.ops import submission


def build_marts(as_of: dt.date | None, tables: Sequence[str], is_full: bool, console: Console) -> None:
    """Build today's marts, or an edition of them as of an earlier day beside them; say where they are.

    is_full: make today's facts that grow anew too.
    """
    from include.transform import build, build_edition

    with warehouse_server():
        newest = landed_as_of()
        if as_of is None or as_of == newest:
            if tables:
                raise SchoolhouseError("Today's marts are built together: name tables only with an earlier --as-of.")
            done, schema = build(newest, is_full=is_full), "marts"
        elif as_of > newest:
            raise SchoolhouseError(f"Nothing has landed as of {as_of}; the newest day is {newest}.")
        else:
            edition = build_edition(f"{as_of:%Y%m%d}", as_of, tables)
            done, schema = edition.result, edition.marts
    console.print(f"{done.models} models as of {as_of or newest}, {done.tests} tests passed, in the schema {schema}")


def freeze_submission(name: str, tables: Sequence[str], as_of: dt.date, out: Path, console: Console) -> None:
    """Freeze a submission and print its files."""
    from include.submissions import freeze

    with warehouse_server():
        _print(freeze(name, tables, as_of, out), console)


def rebuild_submission(name: str, out: Path, console: Console) -> None:
    """Make a submission again. Raises SchoolhouseError where its bytes are not those that were frozen."""
    from include.submissions import are_definitions_kept, rebuild

    with warehouse_server():
        found = rebuild(name, out)
        _print(found, console)
        different = [one.table for one in found if not one.is_same]
        if different:
            why = (
                "the definitions are the same, so landed history was changed by hand"
                if are_definitions_kept(name)
                else "the definitions in dbt_project have changed since; check out the commit that froze it"
            )
            raise SchoolhouseError(f"Not the bytes that were frozen: {', '.join(different)}. Why: {why}.")


def list_submissions(console: Console) -> None:
    """Print every submission with its day and its tables."""
    with warehouse_server(), warehouse_engine().connect() as connection:
        rows = connection.execute(select(submission).order_by(submission.c.frozen_at)).all()
    table = Table("name", "as of", "frozen at", "tables")
    for row in rows:
        table.add_row(row.name, f"{row.as_of}", f"{row.frozen_at:%Y-%m-%d %H:%M}", ", ".join(row.tables))
    console.print(table)


def _print(found: Sequence[Frozen], console: Console) -> None:
    for one in found:
        mark = "[green]✓[/green]" if one.is_same else "[red]✗[/red]"
        console.print(f"{mark} {one.table}  {one.rows:,} rows  sha256 {one.sha256[:12]}  {one.path}", soft_wrap=True)
