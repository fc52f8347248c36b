"""Copy the rows of a file into the temporary table `raw` as the text that they are."""

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from include.landing.statements import execute
from include.sources.files.block import Block
from include.sources.files.row import Row

log = logging.getLogger(__name__)

COPY_CHARACTERS = 1 << 17
LOG_ROWS = 500_000


def copy_rows(
    connection: Connection, width: int, kept: list[int], rows: Iterable[Row | Block], is_withheld: bool
) -> int:
    """Make `raw`: id, file_line, damage, overflow, and the kept cells as text columns c1, c2, … Returns the rows.

    width: columns of the file. kept: those that land, from 0. is_withheld: whether the text of damaged rows may not
    land: where cells have moved, any of them may be one that may not.
    """
    cells = [f"c{position + 1}" for position in kept]
    columns = ", ".join(f"{cell} text" for cell in cells)
    execute(
        connection,
        "create temp table raw (id bigint generated always as identity, file_line int, damage text, overflow jsonb,"
        f" {columns}) on commit drop",
    )
    driver: Any = connection.connection.driver_connection
    order = f"copy raw (file_line, damage, overflow, {', '.join(cells)}) from stdin (null '')"
    every_cell = len(kept) == width
    with driver.cursor().copy(order) as copy:
        waiting: list[str] = []
        size, count, said = 0, 0, 0
        for item in rows:
            if isinstance(item, Block):
                lines, number = item.copy_lines(None if every_cell else kept), item.count
            else:
                lines, number = _copy_line(_withheld(item) if is_withheld else item, kept, every_cell), 1
            waiting.append(lines)
            size += len(lines)
            count += number
            if size > COPY_CHARACTERS:
                copy.write("".join(waiting))
                waiting.clear()
                size = 0
                if count // LOG_ROWS > said:
                    said = count // LOG_ROWS
                    log.info("%s rows read", f"{count:,}")
        copy.write("".join(waiting))
    return count


def _withheld(row: Row) -> Row:
    """A damaged row without its text."""
    if row.damage is None:
        return row
    damage = f"{row.damage}; its text is withheld, as the feed has columns under `never_land`"
    return Row(row.line, [None] * len(row.cells), damage)


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def cells_text(cells: Sequence[str | None]) -> str:
    """Cells as COPY reads them."""
    return "\t".join(
        "" if value is None
        else value if value.isalnum()
        else value.translate(_ESCAPES)
        for value in cells
    )  # fmt: skip


def _copy_line(row: Row, kept: list[int], every_cell: bool) -> str:
    damage = "" if row.damage is None else row.damage.translate(_ESCAPES)
    overflow = "" if row.overflow is None else json.dumps(row.overflow).translate(_ESCAPES)
    values = row.cells if every_cell else [row.cells[position] for position in kept]
    return f"{row.line}\t{damage}\t{overflow}\t{cells_text(values)}\n"
