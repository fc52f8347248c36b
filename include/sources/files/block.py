"""Lines of a delimited text that need no looking at one by one."""

import re
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter

from include.sources.files.row import Row

TAB = "\t"
# What a database or COPY would not take as it is, and what `strip` takes off a cell's ends, spaces aside.
_AWKWARD = re.compile(
    r"[\\\x00\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]"
)
_AWKWARD_ASCII = ("\\", "\x00", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f")


@dataclass(frozen=True)
class Block:
    """Sound rows: each line is one, has a cell for every column, and says what it means.

    first: number of the first line. lines: without their ends, cells divided by tabs, none with space around it.
    """

    first: int
    lines: list[str]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def rows(self) -> list[Row]:
        """The rows one by one."""
        numbered = enumerate(self.lines, self.first)
        return [Row(number, [cell or None for cell in line.split(TAB)]) for number, line in numbered]

    def copy_lines(self, kept: list[int] | None) -> str:
        """The rows as COPY reads them: line number, neither damage nor overflow, the cells.

        kept: places of the cells that are wanted, from 0; None for all of them.
        """
        lines = self.lines
        if kept is not None:
            # Of one place alone, itemgetter gives the cell itself.
            chosen = itemgetter(*kept) if len(kept) > 1 else lambda cells: [cells[place] for place in kept]
            lines = [TAB.join(chosen(line.split(TAB))) for line in lines]
        return "".join([f"{number}\t\t\t{line}\n" for number, line in enumerate(lines, self.first)])


def plain_block(joined: str, first: int, delimiter: str, signs: list[str], header: list[str]) -> Block | None:
    """The lines of a text as a block, or None where one of them is anything but plain.

    signs: quote and escape. header: as in the file. A row of one column could not be told from an empty line.
    """
    if len(header) < 2 or any(sign in joined for sign in signs):
        return None
    text = joined.replace("\r\n", "\n") if "\r" in joined else joined
    if "\r" in text or (delimiter != TAB and TAB in text) or _is_awkward(text):
        return None
    if " " in text and any(pair in text for pair in (f"{delimiter} ", f" {delimiter}", "\n ", " \n")):
        return None
    lines = text.removesuffix("\n").split("\n")
    between = len(header) - 1
    if text[:1] == " " or text[-1:] == " " or set(map(str.count, lines, repeat(delimiter))) != {between}:
        return None
    if delimiter.join(header) in lines:
        return None
    return Block(first, lines if delimiter == TAB else text.replace(delimiter, TAB).removesuffix("\n").split("\n"))


def _is_awkward(text: str) -> bool:
    if text.isascii():
        return any(sign in text for sign in _AWKWARD_ASCII)
    return _AWKWARD.search(text) is not None
