"""The bytes of a file as they come out of what it is packed in: not too many of them, and no line without an end."""

import io
import lzma
import zipfile
import zlib
from typing import IO, NamedTuple

from include.errors import SchoolhouseError

MEBIBYTE = 1 << 20
LONGEST_LINE = 16 * MEBIBYTE
# What the libraries raise for bytes that are not what they should be, a password or an unknown way of packing.
DAMAGED = (
    EOFError, OSError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError,
    UnicodeDecodeError, RuntimeError, NotImplementedError,
)  # fmt: skip


class Passed(NamedTuple):
    """A line that was too long. begin: its first byte, counted from 1. length: its bytes without the end."""

    begin: int
    length: int

    @property
    def damage(self) -> str:
        """What is wrong with such a line."""
        return (
            f"is longer than {LONGEST_LINE // MEBIBYTE} MiB: it has {self.length:,} bytes, from byte {self.begin:,} of "
            "the file on, of which the beginning is kept"
        )


class Guarded(io.RawIOBase):
    """The bytes of a file, until there are too many of them or a line gets too long for the memory.

    Such a line is an error, but not for a reader that has said by `cut_lines` that it will ask: to it the file seems to
    end in the middle of the line, `is_cut` says that it does not, and after `pass_over` the next line follows.
    Every fault of the packing becomes a SchoolhouseError here, where only reading can have caused it.
    """

    def __init__(self, file: IO[bytes], name: str, allowed: int | None) -> None:
        self._file, self._name, self._allowed = file, name, allowed
        # Bytes that were read, those of them that wait to be handed on, and those of the line that is not over yet.
        self._seen, self._held, self._line = 0, b"", 0
        self._ends = [b"\n", b"\r"]
        self._first = b""
        self._is_cutting = self.is_cut = False

    def readable(self) -> bool:
        return True

    def cut_lines(self, ends: list[bytes]) -> None:
        """Lines end with one of `ends`, which are as long as a character; whoever reads them asks for `is_cut`.

        Said before more than the first block is read, by which the encoding is told.
        """
        self._ends, self._is_cutting = ends, True
        self._line = self._line_after(self._first, 0)
        self._first = b""

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._line > LONGEST_LINE:
            self.is_cut = True
            return 0
        offset = self._handed_on
        block = self._next(len(buffer))
        buffer[: len(block)] = block
        if offset == 0 and not self._is_cutting:
            self._first = block
        self._line = self._line_after(block, offset)
        if self._line > LONGEST_LINE and not self._is_cutting:
            raise SchoolhouseError(
                f"{self._name}: a line, which goes on at byte {self._seen:,}, is longer than "
                f"{LONGEST_LINE // MEBIBYTE} MiB. No record is: ask the source what it has written."
            )
        return len(block)

    def pass_over(self) -> Passed:
        """Read on to the end of the line that is cut, and past it."""
        offset, block = self._handed_on, b""
        begin = offset - self._line
        while True:
            more = self._next(MEBIBYTE)
            block += more
            ends = self._ends_in(block, offset, is_last=False)
            # The second half of an end of two may be among what comes next.
            if not more or (ends and min(ends) + 2 * self._size <= len(block)):
                break
            if not ends:
                done = max(0, len(block) - (offset + len(block)) % self._size)
                block, offset = block[done:], offset + done
        at = min(ends, default=len(block))
        end = [block[at : at + self._size], block[at + self._size : at + 2 * self._size]]
        # In the middle of a pair the next line would begin with half of an end.
        is_pair = end == self._ends[::-1]
        self._held = block[at + self._size * (2 if is_pair else 1) :] + self._held
        self._line, self.is_cut = 0, False
        return Passed(begin + 1, offset + at - begin)

    @property
    def _size(self) -> int:
        return len(self._ends[0])

    @property
    def _handed_on(self) -> int:
        return self._seen - len(self._held)

    def _line_after(self, block: bytes, offset: int) -> int:
        """Bytes of the line that is not over at the end of a block."""
        ends = self._ends_in(block, offset, is_last=True)
        before = 0 if offset == 0 else self._line
        return len(block) - max(ends) - self._size if ends else before + len(block)

    def _ends_in(self, block: bytes, offset: int, is_last: bool) -> list[int]:
        """Places of the first or the last of each line end in a block, which begins at `offset` of the file."""
        found = []
        for end in self._ends:
            at = block.rfind(end) if is_last else block.find(end)
            # Half of one character and half of the next may look like an end.
            while at >= 0 and (offset + at) % self._size:
                at = block.rfind(end, 0, at + self._size - 1) if is_last else block.find(end, at + 1)
            if at >= 0:
                found.append(at)
        return found

    def _next(self, size: int) -> bytes:
        if self._held:
            block, self._held = self._held[:size], self._held[size:]
            return block
        try:
            block = self._file.read(size)
        except DAMAGED as error:
            raise damaged(self._name, error) from error
        self._seen += len(block)
        if self._allowed is not None and self._seen > self._allowed:
            raise bomb(self._name, self._allowed)
        return block


def damaged(name: str, error: Exception) -> SchoolhouseError:
    """What to say of a file whose bytes cannot be unpacked."""
    return SchoolhouseError(f"{name} is cut short or not what its name says: {error}")


def bomb(name: str, allowed: int) -> SchoolhouseError:
    """What to say of a file with more bytes than are allowed."""
    return SchoolhouseError(
        f"{name} expands to more than {allowed // MEBIBYTE:,} MiB, which no export of its size does, so it is not "
        "read. If it is genuine, ask the source to send it unpacked or in parts."
    )
