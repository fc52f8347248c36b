"""`metrics`: the semantic layer on the terminal."""

import datetime as dt
import sys
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from include.commands.serving import warehouse_server
from include.errors import SchoolhouseError
from include.orchestration.watermark import built_as_of


def show_metrics() -> None:
    """Print every metric with its dimensions."""
    from include.semantic import list_metrics

    console = Console(highlight=False)
    for name, label, description, dimensions, grain in list_metrics():
        console.print(f"[bold]{escape(name)}[/bold]  {escape(label)}")
        if description:
            console.print(Padding(escape(description), (0, 4)))
        console.print(Padding(f"[dim]by {escape(', '.join(dimensions))}[/dim]", (0, 4)))
        if grain:
            console.print(Padding(f"[dim]one figure for each {escape(', '.join(grain))}[/dim]", (0, 4)))


def show_saved() -> None:
    """Print every saved query with its metrics."""
    from include.semantic import list_saved

    console = Console(highlight=False)
    for name, label, description, shown in list_saved():
        console.print(f"[bold]{escape(name)}[/bold]  {escape(label)}")
        console.print(Padding(escape(description), (0, 4)))
        console.print(Padding(f"[dim]{escape(', '.join(shown))}[/dim]", (0, 4)))


def show_explanation(name: str) -> None:
    """Print how a metric is worked out and what stands behind it."""
    from include.semantic import explain

    told = explain(name)
    console = Console(highlight=False)
    console.print(f"[bold]{escape(told.name)}[/bold]  {escape(told.label)}")
    console.print(Padding(escape(told.description), (0, 4)))
    console.print("\nWorked out")
    for part in told.parts:
        console.print(Padding(f"{escape(part.name)} = {escape(part.formula)}", (0, 4 + 2 * part.depth)))
    for table, rules in told.rules.items():
        console.print(f"\nRules of marts.{escape(table)}")
        for rule in rules:
            console.print(Padding(f"· {escape(rule)}", (0, 4)))
    for title, names in (
        ("Landed contracts behind it", told.contracts),
        ("Can be cut by", told.dimensions),
        ("Saved queries that show it", told.saved),
    ):
        if names:
            console.print(f"\n{title}")
            console.print(Padding(escape(", ".join(names)), (0, 4)))


def show_query(
    names: list[str],
    saved: str | None,
    by: list[str],
    where: list[str],
    order: list[str],
    limit: int | None,
    as_of: dt.date | None,
    as_csv: bool,
    as_role: str | None = None,
) -> None:
    """Print the metrics by the dimensions, or a saved query, as a table or as CSV.

    as_role: a role below analyst gets what can be released to it; None is whoever is signed in to the database, who
    is below where the marts are closed to them. Raises SchoolhouseError where the semantic layer does not know a name,
    there are no marts to ask, or the question cannot be answered for the role.
    """
    from include.release.question import ask, ask_saved, is_below_analyst
    from include.semantic import query, query_saved

    if saved and (names or by or where or order or limit):
        raise SchoolhouseError("A saved query is asked for as it is: give --saved alone, or metrics without it.")
    with warehouse_server():
        built_as_of()
        if is_below_analyst(as_role):
            if as_of is not None:
                raise SchoolhouseError("What is released stands on the day of the release: leave --as-of out.")
            frame = _ordered(ask_saved(saved) if saved else ask(names, by, where), order, limit)
        else:
            frame = query_saved(saved, as_of) if saved else query(names, by, where, order, limit, as_of)
    if as_csv:
        frame.to_csv(sys.stdout, index=False)
        return
    table = Table()
    short = [str(column).rpartition("__")[2] for column in frame.columns]
    for column, name in zip(frame.columns, short, strict=True):
        title = name if short.count(name) == 1 else str(column)
        table.add_column(title, justify="right" if pd.api.types.is_numeric_dtype(frame[column]) else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False).print(table)


def _ordered(frame: pd.DataFrame, order: list[str], limit: int | None) -> pd.DataFrame:
    names = [name.removeprefix("-") for name in order]
    unknown = [name for name in names if name not in frame]
    if unknown:
        columns = ", ".join(map(str, frame))
        raise SchoolhouseError(f"The answer has no column {', '.join(unknown)} to sort by: it has {columns}.")
    if names:
        frame = frame.sort_values(names, ascending=[not name.startswith("-") for name in order])
    return frame.head(limit) if limit else frame


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)
