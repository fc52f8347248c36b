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
from include.orchestration.watermark import built_as_of


def show_metrics() -> None:
    """Print every metric with its dimensions."""
    from include.semantic import list_metrics

    console = Console(highlight=False)
    for name, label, description, dimensions in list_metrics():
        console.print(f"[bold]{escape(name)}[/bold]  {escape(label)}")
        if description:
            console.print(Padding(escape(description), (0, 4)))
        console.print(Padding(f"[dim]by {escape(', '.join(dimensions))}[/dim]", (0, 4)))


def show_query(
    names: list[str],
    by: list[str],
    where: list[str],
    order: list[str],
    limit: int | None,
    as_of: dt.date | None,
    as_csv: bool,
) -> None:
    """Print the metrics by the dimensions, as a table or as CSV.

    Raises SchoolhouseError where the semantic layer does not know a name, or there are no marts to ask.
    """
    from include.semantic import query

    with warehouse_server():
        built_as_of()
        frame = query(names, by, where, order, limit, as_of)
    if as_csv:
        frame.to_csv(sys.stdout, index=False)
        return
    table = Table()
    for column in frame.columns:
        table.add_column(str(column), justify="right" if pd.api.types.is_numeric_dtype(frame[column]) else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False).print(table)


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)
