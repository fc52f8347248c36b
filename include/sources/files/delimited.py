"""Delimited text in any dialect, as rows of text.

A quote that nothing closes would swallow the rows after it, so a record of several lines is taken only where its
quotes are well formed and it has the header's columns; else its first line is damaged and the others are read anew.
"""

import csv
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from include.errors import SchoolhouseError
from include.sources.files.block import Block, plain_block
from include.sources.files.decode import Lines, LongLine
from include.sources.files.guard import LONGEST_LINE, MEBIBYTE
from include.sources.files.layout import Layout
from include.sources.files.row import Row, is_unreadable, readable

# More than the longest note; what an open quote may swallow is bounded by it.
MOST_LINES = 1_000
# PostgreSQL's tables end at 1,600.
MOST_COLUMNS = 1_500
MOST_FURTHER_CELLS = 1_000
# Below this width a line of ordinary prose has as many columns as a row.
TELLING_WIDTH = 3


class _Unclosed(Exception):
    """A quote is open at the end of the file, or for so long that it cannot be meant."""


def delimited(name: str, lines: Lines, layout: Layout, encoding: str) -> tuple[list[str], Iterator[Row | Block]]:
    """The header and the rows. Raises SchoolhouseError where there is no header, or one too wide to land."""
    reader = _Reader(lines, layout, encoding)
    header = list(layout.header) or reader.first_record(name)
    if header is None:
        raise SchoolhouseError(f"{name} is empty: it has no header line.")
    names = column_names(name, [readable(cell) for cell in header])
    return names, reader.rows(header)


class _Reader:
    def __init__(self, lines: Lines, layout: Layout, encoding: str) -> None:
        # Of one line no cell is longer, nor the block in which it ends; of several it is the sum that is bounded.
        csv.field_size_limit(LONGEST_LINE + MEBIBYTE)
        self._lines, self._encoding, self._is_mended = lines, encoding, layout.mended
        self._signs = [sign for sign in (layout.quote, layout.escape) if sign]
        self._dialect: dict[str, Any] = {
            "delimiter": layout.delimiter,
            "quotechar": layout.quote or None,
            "escapechar": layout.escape,
            "doublequote": layout.doubled_quotes,
            "quoting": csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        }
        self._width: int | None = None

    def first_record(self, name: str) -> list[str] | None:
        """The first record that says something; what follows it is given back."""
        while block := self._lines.block():
            if isinstance(block[0], LongLine):
                raise SchoolhouseError(
                    f"{name}: its header {block[0].damage}. No header is: ask the source what it has written."
                )
            waiting = deque(block)
            for _, record, _ in self._records(waiting):
                if record:
                    self._lines.give_back(list(waiting))
                    return record
        return None

    def rows(self, header: list[str]) -> Iterator[Row | Block]:
        self._width = width = len(header)
        while block := self._lines.block():
            if isinstance(block[0], LongLine):
                self._lines.number += 1
                yield long_row(self._lines.number, block[0], width)
                continue
            joined = "".join(block)
            plain = plain_block(joined, self._lines.number + 1, self._dialect["delimiter"], self._signs, header)
            if plain is not None:
                self._lines.number += plain.count
                yield plain
                continue
            records = self._one_a_line(block, any(sign in joined for sign in self._signs))
            if records is None:
                for line, record, damage in self._records(deque(block)):
                    if record or damage:
                        yield row_of(line, record, header, self._encoding, damage)
                continue
            # What is true of the block is true of each of its records.
            is_plain = joined.isascii() and "\x00" not in joined
            first = self._lines.number + 1
            self._lines.number += len(block)
            for line, record in enumerate(records, first):
                if is_plain and len(record) == width and record != header:
                    yield Row(line, [cell.strip() or None for cell in record])
                elif record:
                    yield row_of(line, record, header, self._encoding)

    def _one_a_line(self, block: list[str], has_signs: bool) -> Iterable[list[str]] | None:
        """The block's records where each line is one, else None."""
        if not has_signs:
            return csv.reader(block, **self._dialect)
        try:
            records = list(csv.reader(block, **self._dialect))
            list(csv.reader(block[-1:], strict=True, **self._dialect))
        except csv.Error:
            return None
        return records if len(records) == len(block) else None

    def _records(self, waiting: deque[str]) -> Iterator[tuple[int, list[str], str | None]]:
        """Line number, cells and damage of each record that begins in the lines that wait."""
        while waiting:
            taken: list[str] = []
            try:
                for record in csv.reader(self._taking(waiting, taken), **self._dialect):
                    if len(taken) > 1 and self._is_mended and not self._is_whole(taken, record):
                        break
                    line = self._lines.number + 1
                    self._lines.number += len(taken)
                    taken.clear()
                    yield line, record, None
            except (csv.Error, _Unclosed):
                pass
            if taken:
                waiting.extendleft(reversed(taken[1:]))
                self._lines.number += 1
                yield self._lines.number, self._alone(taken[0]), "has a quote that nothing closes"

    def _taking(self, waiting: deque[str], taken: list[str]) -> Iterator[str]:
        """The lines that wait, and beyond them only what their last record needs."""
        while True:
            if not waiting:
                if not taken:
                    return
                self._wait_for_more(waiting)
            if not waiting or len(taken) == MOST_LINES:
                raise _Unclosed
            taken.append(waiting.popleft())
            yield taken[-1]

    def _wait_for_more(self, waiting: deque[str]) -> None:
        """The next lines, but none that is too long to belong to a record: it is a damaged row by itself."""
        block = self._lines.block()
        if block and isinstance(block[0], LongLine):
            self._lines.give_back(block)
        else:
            waiting.extend(block)

    def _is_whole(self, taken: list[str], record: list[str]) -> bool:
        """Whether a record of several lines is one record, rather than several that a stray quote has joined."""
        try:
            list(csv.reader(taken, strict=True, **self._dialect))
        except csv.Error:
            return False
        if self._width is None or self._width < TELLING_WIDTH:
            return self._width in (None, len(record))
        # The last line of a cell that has several may look like a row, with a quote in it.
        return all(len(self._alone(line)) != self._width for line in taken[1:-1])

    def _alone(self, line: str) -> list[str]:
        """The cells of one line, whatever its quotes say; a line that is beyond that is one cell."""
        try:
            return next(csv.reader([line.rstrip("\r\n")], **self._dialect), [])
        except csv.Error:
            return [line]


def long_row(line: int, text: LongLine, width: int) -> Row:
    """A row of no cells, with the beginning of the line."""
    return Row(line, [None] * width, text.damage, [readable(text)])


def row_of(line: int, record: list[str], header: list[str], encoding: str, damage: str | None = None) -> Row:
    """A row of the header's width, with whatever is wrong with the record said."""
    width = len(header)
    overflow = None
    if len(record) != width:
        damage = damage or f"has {len(record)} columns where the header has {width}"
        further = record[width:]
        overflow = [readable(cell) for cell in further[:MOST_FURTHER_CELLS]] or None
        if overflow and len(further) > MOST_FURTHER_CELLS:
            overflow.append(f"… and {len(further) - MOST_FURTHER_CELLS:,} more")
        record = record[:width] + [""] * (width - len(record))
    elif record == header:
        damage = damage or "repeats the header"
    if is_unreadable("".join(record)):
        record, before = [readable(cell) for cell in record], record
        at = next(place for place, cell in enumerate(before) if cell != record[place])
        if "\x00" in before[at]:
            damage = damage or "holds a NUL byte"
        else:
            name = readable(header[at])
            damage = f"is not {encoding} in column {name}: name the file's encoding in district.yml"
    return Row(line, [cell.strip() or None for cell in record], damage, overflow)


def column_names(file: str, header: list[str]) -> list[str]:
    """Column names stripped, with `(2)`, `(3)` after a name that comes again and a name for unnamed ones.

    Raises SchoolhouseError for more columns than can land.
    """
    if len(header) > MOST_COLUMNS:
        raise SchoolhouseError(
            f"{file} has {len(header):,} columns, more than the {MOST_COLUMNS:,} that can land. "
            "Look at its first line: it may be damaged, or need another delimiter."
        )
    names: dict[str, None] = {}
    for position, name in enumerate(header, 1):
        stripped = name.strip() or f"column {position}"
        numbered = (f"{stripped} ({number})" for number in itertools.count(2))
        names[stripped if stripped not in names else next(name for name in numbered if name not in names)] = None
    return list(names)
