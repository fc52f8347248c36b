"""Bytes to lines of text, in any encoding, with the bytes that are not of it marked and none lost."""

import codecs
import io
import sys

from include.errors import SchoolhouseError
from include.sources.files.layout import Layout
from include.sources.files.unpack import Guarded

BLOCK_CHARACTERS = 1 << 20
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
        raw.raw.line_ends = [end[::-1] if is_turned else end for end in ends]
    return text


class Lines:
    """Lines of a text in blocks, with the number of the last one taken. Lines may be given back."""

    def __init__(self, text: io.TextIOWrapper, layout: Layout) -> None:
        self._text, self._comment = text, layout.comment
        self._back: list[str] = []
        self.number = 0
        while self.number < layout.skip_lines and text.readline():
            self.number += 1

    def block(self) -> list[str]:
        """About a million characters of lines that nobody has seen; empty at the end."""
        if self._back:
            block, self._back = self._back, []
            return block
        block = self._text.readlines(BLOCK_CHARACTERS)
        if self._comment:
            # An empty line in its place keeps the numbers right.
            block = ["\n" if line.startswith(self._comment) else line for line in block]
        return block

    def give_back(self, block: list[str]) -> None:
        """Lines that the next block begins with."""
        self._back = block + self._back
