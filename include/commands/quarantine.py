"""`quarantine`: what waits there, row by row where somebody asks, and a second try."""

import datetime as dt
import json

from rich.console import Console
from rich.markup import escape

from include.commands.serving import warehouse_server
from include.districts import load_district
from include.landing.ingest import refuse_other_district
from include.landing.quarantine import open_by_reason, replay, rows_in_quarantine
from include.orchestration.watermark import landed_as_of
from include.summary import plain_table
from include.warehouse.engine import warehouse_engine


def list_reasons(feed: str | None) -> None:
    """Print how many rows wait, by feed, reason and column. Raises SchoolhouseError for an unknown feed."""
    console = Console(highlight=False)
    if feed is not None:
        load_district().feed(feed)
    with warehouse_server(), warehouse_engine().connect() as connection:
        found = open_by_reason(connection, feed)
    if not found:
        console.print("Nothing waits in quarantine.")
        return
    table = plain_table(
        "In quarantine",
        ("feed", "left"), ("rows", "right"), ("column", "left"), ("reason", "left"), ("first", "right"),
        ("last", "right"),
    )  # fmt: skip
    for row in found:
        table.add_row(
            row.feed, f"{row.rows:,}", escape(row.column_name or "the whole row"), escape(row.reason),
            str(row.first_on), str(row.last_on),
        )  # fmt: skip
    console.print(table)


def show_rows(feed: str | None, load: int | None, limit: int) -> None:
    """Print rows with every problem and their whole text. Raises SchoolhouseError for an unknown feed."""
    console = Console(highlight=False)
    if feed is not None:
        load_district().feed(feed)
    with warehouse_server(), warehouse_engine().connect() as connection:
        found = rows_in_quarantine(connection, feed, load, limit)
    for row in found:
        resolved = f"  ({row.resolution} on {row.resolved_on})" if row.resolved_on else ""
        console.print(
            f"[bold]{escape(row.feed)}[/bold] {escape(row.file_name)}, line {row.line}, load {row.load_id}{resolved}",
            soft_wrap=True,
        )
        for problem in row.problems:
            value = "" if problem["value"] is None else f" {problem['value']!r}"
            said = f"{problem['column'] or ''}{value} {problem['reason']}".strip()
            console.print(f"  [red]{escape(said)}[/red]", soft_wrap=True)
        console.print(f"  {escape(json.dumps(row.raw, ensure_ascii=False))}", soft_wrap=True)
    if not found:
        console.print("There are no such rows.")


def replay_rows(feed_name: str, as_of: dt.date) -> None:
    """Try a feed's open rows again in one transaction, and print what became of them.

    Raises SchoolhouseError for an unknown feed, another district's warehouse, or a day before the feed's newest.
    """
    from include.transform.changes import note_start, server_time

    console = Console(highlight=False)
    district = load_district()
    feed = district.feed(feed_name)
    with warehouse_server():
        with warehouse_engine("loader").begin() as connection:
            refuse_other_district(connection, district)
            done = replay(connection, feed, as_of)
            if done.landed:
                note_start(connection, as_of, server_time(connection), "replay")
        console.print(
            f"[bold]{escape(feed.name)}[/bold] as of {as_of}: {done.tried:,} rows tried, {done.landed:,} landed, "
            f"{done.unchanged:,} already so, {done.superseded:,} superseded by something newer, "
            f"{done.left_out:,} no longer wanted by `where`, {done.contested:,} contested, "
            f"{done.refused:,} still refused.",
            soft_wrap=True,
        )
        if done.contested:
            console.print(
                "Contested: another row of the same key says something else, and only the source can know which one "
                "is right.",
                soft_wrap=True,
            )
        for misfit in done.misfits:
            console.print(f"[yellow]not tried[/yellow] {escape(misfit)}", soft_wrap=True)
        if done.damaged:
            console.print(
                f"{done.damaged:,} rows were refused as a whole (a wrong number of columns, text that cannot be read): "
                "no mapping mends them, a corrected file does.",
                soft_wrap=True,
            )
        if done.landed and landed_as_of() < as_of:
            console.print(f"The marts see them once a feed lands as of {as_of}.")
