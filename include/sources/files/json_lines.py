"""Read JSON lines as rows of text: an object is spread over dotted names, a list stays one cell.

Numbers keep the digits that they are written with. A list of objects with one member each is the list of
those members' values, as JSON: `[{"raceDescriptor": "x"}]` is `["x"]`.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from include.errors import SchoolhouseError
from include.sources.files.decode import KEPT_CHARACTERS
from include.sources.files.delimited import MOST_COLUMNS
from include.sources.files.guard import Guarded
from include.sources.files.row import Row, readable

SEPARATOR = "."


def json_lines(
    name: str, first: IO[bytes], second: IO[bytes], columns: tuple[str, ...], each: str | None
) -> tuple[list[str], Iterator[Row]]:
    """The header and the rows of JSON lines.

    first and second read the same bytes: the names that occur are known only at the end. columns: names that the
    header has in any case. each: dotted path of a list whose elements are the rows, each with the members of
    the whole beside its own. A line that is no object is a damaged row. Raises SchoolhouseError for more names than
    can land.
    """
    names: dict[str, None] = dict.fromkeys(columns)
    for number, records, damage in _records(first, each):
        for record in records if damage is None else ():
            names.update(dict.fromkeys(record))
        if len(names) > MOST_COLUMNS:
            raise SchoolhouseError(
                f"{name} has more than {MOST_COLUMNS:,} names by line {number}, more than can land as columns. "
                "Names that are data, such as dates or ids, belong into values."
            )
    header = list(names)
    return header, _rows(second, header, each)


def _rows(lines: IO[bytes], header: list[str], each: str | None) -> Iterator[Row]:
    nothing: list[str | None] = [None] * len(header)
    for line, records, damage in _records(lines, each):
        if damage is not None:
            yield Row(line, nothing, damage, [readable(records[0][""])])
            continue
        for record in records:
            cells = [record.get(name) for name in header]
            yield Row(line, [cell if cell is None else cell.strip() or None for cell in cells])


def _records(lines: IO[bytes], each: str | None) -> Iterator[tuple[int, list[dict[str, str]], str | None]]:
    """Line number, the line's flat records, and what is wrong with it; then its text is the one record's ``."""
    guard = _guard_of(lines)
    for number, raw in enumerate(lines, 1):
        if guard is not None and guard.is_cut:
            beginning = raw[:KEPT_CHARACTERS].decode("utf-8", "surrogateescape")
            yield number, [{"": beginning}], guard.pass_over().damage
            continue
        if not raw.strip():
            continue
        text = raw.decode("utf-8", "surrogateescape")
        try:
            value = json.loads(raw, parse_float=str, parse_int=str)
            flat = [_flat(element) for element in _elements(value, each)] if isinstance(value, dict) else None
        except (ValueError, RecursionError) as error:
            yield number, [{"": text.strip()}], f"is not JSON: {error}"
            continue
        if flat is None:
            yield number, [{"": text.strip()}], "is not a JSON object"
        else:
            yield number, flat, None


def _guard_of(lines: IO[bytes]) -> Guarded | None:
    """What cuts lines that are too long, ended as JSON lines are."""
    raw = getattr(lines, "raw", None)
    if not isinstance(raw, Guarded):
        return None
    raw.cut_lines([b"\n"])
    return raw


def _elements(value: dict[str, Any], each: str | None) -> list[dict[str, Any]]:
    if each is None:
        return [value]
    whole, *inner = each.split(SEPARATOR, 1)
    if inner:
        parent = value.get(whole)
        parts = _elements(parent, inner[0]) if isinstance(parent, dict) else []
        return [{**value, whole: part} for part in parts]
    listed = value.get(whole)
    return [{**value, whole: element} for element in listed] if isinstance(listed, list) else []


def _flat(value: dict[str, Any], above: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, inner in value.items():
        path = f"{above}{name}"
        if isinstance(inner, dict):
            cells.update(_flat(inner, path + SEPARATOR))
        elif inner is not None and inner != []:
            cells[readable(path)] = readable(_as_text(inner))
    return cells


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        plain = [_only(element) for element in value]
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _only(element: Any) -> Any:
    """The value of an object's only member; anything else as it is."""
    return next(iter(element.values())) if isinstance(element, dict) and len(element) == 1 else element
