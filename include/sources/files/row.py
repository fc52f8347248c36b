"""One record of any file, as text."""

import re
from typing import NamedTuple

_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


class Row(NamedTuple):
    """One record. cells: as many as the header has. damage: why the record cannot be trusted, or None.

    overflow: cells beyond the header's last column, or the text of a record that has no cells.
    """

    line: int
    cells: list[str | None]
    damage: str | None = None
    overflow: list[str] | None = None


def is_unreadable(text: str) -> bool:
    """Whether a database could not keep the text as it is."""
    return _UNREADABLE.search(text) is not None


def readable(cell: str) -> str:
    """Text that a database can keep: bytes that are not of the encoding, and NUL, as \\x escapes.

    A byte that could not be decoded stands in the text as U+DC00 and its value.
    """
    return _UNREADABLE.sub(_escape, cell)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0 or 0xDC00 <= code <= 0xDCFF:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}"
