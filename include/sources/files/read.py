"""Read a file of any kind as rows of text, damage included.

Knows nothing of contracts, of the warehouse or of Airflow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.sources.files.block import Block
from include.sources.files.decode import Lines, open_text
from include.sources.files.delimited import delimited
from include.sources.files.fixed_width import fixed_width
from include.sources.files.json_lines import json_lines
from include.sources.files.layout import Layout
from include.sources.files.row import Row
from include.sources.files.unpack import unpacked
from include.sources.files.workbook import workbook

__all__ = ["Block", "Layout", "Row", "open_blocks", "open_table"]


@contextmanager
def open_table(path: Path, layout: Layout) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The header and the rows of one file, one by one. Raises what `open_blocks` raises."""
    with open_blocks(path, layout) as (header, items):
        yield header, (row for item in items for row in (item.rows() if isinstance(item, Block) else [item]))


@contextmanager
def open_blocks(path: Path, layout: Layout) -> Iterator[tuple[list[str], Iterator[Row | Block]]]:
    """The header and the rows of one file, plain ones many at a time.

    A file is csv, fixed width or jsonl, any of them as .gz or within a .zip, or a sheet of an xlsx.
    Raises SchoolhouseError for a file that is empty, damaged as a whole, too large for the memory, or lacks the
    member or sheet; also while the rows are read.
    """
    with unpacked(path, layout.member) as (member, raw):
        suffixes = Path(member.lower()).suffixes
        if suffixes[-1:] == [".xlsx"]:
            with workbook(path.name, raw, layout) as table:
                yield table
        elif ".jsonl" in suffixes:
            # The names that occur are known only at the end, so the records are read twice.
            with unpacked(path, layout.member) as (_, again):
                yield json_lines(path.name, raw, again, layout.columns, layout.each)
        else:
            text = open_text(path.name, raw, layout.encoding)
            lines = Lines(text, layout)
            if layout.widths:
                yield fixed_width(lines, layout, text.encoding)
            else:
                yield delimited(path.name, lines, layout, text.encoding)
