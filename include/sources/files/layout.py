"""How a file is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """How a file is written.

    member: of a zip. sheet: of a workbook. columns: names that the rows of a file without a header (JSON lines) may
    have although none of them does. each: of JSON lines, the path of a list whose elements are the rows.
    quote: empty for none. escape: sign that takes the meaning from the next one. comment: how a line begins that is
    none of the data. skip_lines: how many stand before the header. header: names of the columns of a file that does
    not begin with them. widths: of a fixed-width file, (name, start, end) from 0, the end not included; trimmed:
    its lines may end where their last text does. mended: a quote that swallows whole rows is taken for damage.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    member: str | None = None
    sheet: str | None = None
    columns: tuple[str, ...] = ()
    each: str | None = None
    quote: str = '"'
    escape: str | None = None
    doubled_quotes: bool = True
    comment: str | None = None
    skip_lines: int = 0
    header: tuple[str, ...] = ()
    widths: tuple[tuple[str, int, int], ...] = ()
    trimmed: bool = False
    mended: bool = True
