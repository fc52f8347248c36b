"""One record of any file, as text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One record. cells: as many as the header has. damage: why the record cannot be trusted, or None.

    overflow: cells beyond the header's last column.
    """

    line: int
    cells: list[str | None]
    damage: str | None = None
    overflow: list[str] | None = None


def readable(cell: str) -> str:
    """Text that a database can keep: bytes that are not of the encoding, and NUL, as \\x escapes."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
