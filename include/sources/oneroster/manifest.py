"""What a OneRoster zip says of itself: its manifest, held against what is in it."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from include.errors import SchoolhouseError

VERSIONS = ("1.1", "1.2")
MANIFEST = "manifest.csv"
KINDS = ("bulk", "delta")


@dataclass(frozen=True)
class Held:
    """A resource in a zip. kind: bulk for every current row, delta for what changed. member: its file in the zip."""

    kind: str
    member: str


def held(path: Path, resource: str) -> Held | None:
    """What the zip holds of the resource; None where its manifest says that this is absent.

    Raises SchoolhouseError for what is no zip, has no manifest, is of another version than 1.1 and 1.2, or has a
    manifest that its members contradict.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            said = _manifest(path, archive)
            member = _member(path, archive, f"{resource}.csv")
    except (zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise SchoolhouseError(f"{path.name} is cut short or no zip: {error}") from error
    version = said.get("oneroster.version", "nothing")
    if version not in VERSIONS:
        raise SchoolhouseError(f"{path.name}: oneroster.version is {version}; {' and '.join(VERSIONS)} can be read.")
    # A property that is not there is one that this version, or this source, does not know.
    kind = said.get(f"file.{resource}".casefold(), "absent").casefold()
    if kind == "absent" and member is None:
        return None
    if kind == "absent":
        raise SchoolhouseError(f"{path.name} holds {member}, which its manifest does not: ask the source which is so.")
    if member is None:
        raise SchoolhouseError(f"{path.name} holds no {resource}.csv, and its manifest says {kind}: ask for it again.")
    if kind in KINDS:
        return Held(kind, member)
    raise SchoolhouseError(
        f"{path.name}: the manifest says {kind!r} of {resource}, which is not bulk, delta or absent."
    )


def _manifest(path: Path, archive: zipfile.ZipFile) -> dict[str, str]:
    """The manifest's values by property, in small letters."""
    name = _member(path, archive, MANIFEST)
    if name is None:
        raise SchoolhouseError(
            f"{path.name} has no {MANIFEST}, so nothing says whether it holds everything or what changed: "
            "ask the source for OneRoster 1.1 or 1.2."
        )
    with archive.open(name) as member, io.TextIOWrapper(member, "utf-8-sig", errors="replace", newline="") as text:
        return {row[0].strip().casefold(): row[1].strip() for row in csv.reader(text) if len(row) > 1}


def _member(path: Path, archive: zipfile.ZipFile, wanted: str) -> str | None:
    """The member's own name, however it is capitalised, at the top or in the one folder that was zipped."""
    found = [
        info
        for info in archive.infolist()
        if len(place := PurePosixPath(info.filename).parts) in (1, 2)
        and place[0] != "__MACOSX"
        and place[-1].casefold() == wanted.casefold()
    ]
    if len(found) > 1:
        raise SchoolhouseError(f"{path.name} holds {wanted} more than once: {', '.join(i.filename for i in found)}.")
    if found and found[0].flag_bits & 1:
        raise SchoolhouseError(f"{path.name} is encrypted: ask the source for one that is not.")
    return found[0].filename if found else None
