"""The bytes of a file, out of whatever it is packed in, within bounds that keep a bomb from going off."""

import fnmatch
import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from include.errors import SchoolhouseError
from include.sources.files.guard import DAMAGED, MEBIBYTE, Guarded, bomb, damaged

# Deflate reaches a thousandfold on nothing but zeros; exports that repeat themselves reach a hundredfold.
MOST_EXPANSION = 200
ALWAYS_ALLOWED = 64 * MEBIBYTE
NEVER_ALLOWED = 64 * 1024 * MEBIBYTE


@contextmanager
def unpacked(path: Path, member: str | None) -> Iterator[tuple[str, io.BufferedReader]]:
    """Name and bytes of a file: itself, what a .gz holds, or a member of a .zip.

    member: its name or a pattern that one name matches; `inner.zip/name` for a zip within the zip. It may be left
    out where a zip holds one file. Raises SchoolhouseError for whatever cannot be unpacked, and for a file that
    would expand too far.
    """
    with ExitStack() as stack:
        name, suffix = path.name, path.suffix.lower()
        allowed = min(NEVER_ALLOWED, max(ALWAYS_ALLOWED, MOST_EXPANSION * path.stat().st_size))
        file: IO[bytes] = stack.enter_context(path.open("rb", buffering=0))
        if suffix == ".zip":
            name, file = _member(stack, file, name, member, allowed, depth=1)
        if name.lower().endswith(".gz"):
            file = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
        guarded = Guarded(file, path.name, allowed if suffix in (".zip", ".gz") else None)
        yield name, stack.enter_context(io.BufferedReader(guarded, MEBIBYTE))


def _member(
    stack: ExitStack, file: IO[bytes], name: str, member: str | None, allowed: int, depth: int
) -> tuple[str, IO[bytes]]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        info, inner = _chosen(archive, name, member)
        if info.file_size > allowed:
            raise bomb(name, allowed)
        opened = stack.enter_context(archive.open(info))
        if not info.filename.lower().endswith(".zip"):
            return info.filename, opened
        if depth > 1:
            raise SchoolhouseError(f"{name}: a zip within a zip within a zip is not read.")
        # A zip is read from its end, and going back within a packed one would unpack it again and again.
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the stack
        shutil.copyfileobj(opened, copy, MEBIBYTE)
        return _member(stack, copy, f"{name}/{info.filename}", inner, allowed, depth + 1)
    except DAMAGED as error:
        raise damaged(name, error) from error


def _chosen(archive: zipfile.ZipFile, name: str, member: str | None) -> tuple[zipfile.ZipInfo, str | None]:
    """The member that is meant, and what is meant within it where it is a zip itself."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    wanted, inner = member, None
    if member is not None and ".zip/" in member.lower():
        at = member.lower().index(".zip/") + len(".zip")
        wanted, inner = member[:at], member[at + 1 :]
    found = [info for info in files if wanted in (None, info.filename)]
    found = found or [info for info in files if fnmatch.fnmatchcase(info.filename, str(wanted))]
    if len(found) != 1:
        # Two of the same name are one to a reader of names only: the later would hide the earlier.
        held = ", ".join(info.filename for info in files[:20]) or "nothing"
        raise SchoolhouseError(
            f"{name} holds {'no' if not found or wanted is None else len(found)} {wanted or 'single file'}: "
            f"it holds {held}."
        )
    return found[0], inner
