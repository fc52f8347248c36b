"""Bytes to lines of text, in any encoding, with the bytes that are not of it marked and none lost."""

import codecs
import io
import sys

from include.errors import SchoolhouseError
from include.sources.files.guard import Guarded, Passed
from include.sources.files.layout import Layout

BLOCK_CHARACTERS = 1 << 20
# Of a line that is too long: enough to see what it is, and for the quarantine to keep.
KEPT_CHARACTERS = 10_000
# The longer first: the mark of UTF-16 is how that of UTF-32 begins.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BIG_ENDIAN = (codecs.BOM_UTF32_BE, codecs.BOM_UTF16_BE)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Each byte that is not of the encoding as U+DC00 and its value, which no sound text holds."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("schoolhouse", _mark)


def open_text(name: str, raw: io.BufferedReader, encoding: str) -> io.TextIOWrapper:
    """The text of a file; a byte order mark says more than `encoding`. Raises SchoolhouseError for an unknown one."""
    start = raw.peek(4)[:4]
    encoding = next((named for mark, named in BYTE_ORDER_MARKS if start.startswith(mark)), encoding)
    try:
        # The second of two: an encoding may put a mark before the first.
        ends = [(2 * sign).encode(encoding)[len(sign.encode(encoding)) :] for sign in ("\n", "\r")]
        text = io.TextIOWrapper(raw, encoding=encoding, errors="schoolhouse", newline="")
    except (LookupError, UnicodeError):
        raise SchoolhouseError(f"{name}: no encoding of text is called {encoding!r}.") from None
    if isinstance(raw.raw, Guarded):
        is_turned = sys.byteorder == "little" and start.startswith(BIG_ENDIAN)
        raw.raw.cut_lines([end[::-1] if is_turned else end for end in ends])
    return text


class LongLine(str):
    """The beginning of a line that is longer than any record. damage: what is wrong with it."""

    damage: str


class Lines:
    """Lines of a text in blocks, with the number of the last one taken. Lines may be given back."""

    def __init__(self, text: io.TextIOWrapper, layout: Layout) -> None:
        self._text, self._comment = text, layout.comment
        raw = getattr(text.buffer, "raw", None)
        self._guard = raw if isinstance(raw, Guarded) else None
        self._back: list[str] = []
        self._long: list[str] = []
        self.number = 0
        while self.number < layout.skip_lines and text.readline():
            self._passed_over()
            self.number += 1

    def block(self) -> list[str]:
        """About a million characters of lines that nobody has seen; empty at the end. A LongLine comes alone."""
        if self._back:
            block, self._back = self._back, []
            return block
        if self._long:
            block, self._long = self._long, []
            return block
        block = self._text.readlines(BLOCK_CHARACTERS)
        passed = self._passed_over()
        if passed is not None:
            # The text may have seen an end where the bytes show none, as in UTF-7: then that line is a whole one.
            is_cut = bool(block) and block[-1][-1] not in "\r\n"
            long = LongLine(block.pop()[:KEPT_CHARACTERS] if is_cut else "")
            long.damage = passed.damage
            self._long = [long]
        if self._comment:
            # An empty line in its place keeps the numbers right.
            block = ["\n" if line.startswith(self._comment) else line for line in block]
            self._long = ["\n" if line.startswith(self._comment) else line for line in self._long]
        return self.block() if self._long and not block else block

    def _passed_over(self) -> Passed | None:
        """The line that was read last where it is cut, and its rest is passed over."""
        return self._guard.pass_over() if self._guard is not None and self._guard.is_cut else None

    def give_back(self, block: list[str]) -> None:
        """Lines that the next block begins with; a LongLine, which nothing may follow, is the next one alone."""
        if block and isinstance(block[0], LongLine):
            self._long = block
        else:
            self._back = block + self._back
