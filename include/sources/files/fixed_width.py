"""Text whose columns stand at fixed places, as rows of text."""

from collections.abc import Iterator

from include.sources.files.decode import Lines, LongLine
from include.sources.files.delimited import long_row, row_of
from include.sources.files.layout import Layout
from include.sources.files.row import Row


def fixed_width(lines: Lines, layout: Layout, encoding: str) -> tuple[list[str], Iterator[Row]]:
    """The header, which the layout names, and the rows. A line that ends too soon or too late is damaged."""
    header = [name for name, _, _ in layout.widths]
    return header, _rows(lines, header, layout, encoding)


def _rows(lines: Lines, header: list[str], layout: Layout, encoding: str) -> Iterator[Row]:
    places = [slice(start, end) for _, start, end in layout.widths]
    whole = max(end for _, _, end in layout.widths)
    while block := lines.block():
        for number, line in enumerate(block, lines.number + 1):
            if isinstance(line, LongLine):
                yield long_row(number, line, len(header))
                continue
            text = line.rstrip("\r\n")
            if not text.strip():
                continue
            damage = None
            if len(text) < whole and not layout.trimmed:
                damage = f"has {len(text)} characters where the layout has {whole}"
            further = [text[whole:].strip()] if text[whole:].strip() else []
            if further:
                damage = f"goes on after the {whole} characters of the layout"
            row = row_of(number, [text[place] for place in places] + further, header, encoding, damage)
            yield row
        lines.number += len(block)
