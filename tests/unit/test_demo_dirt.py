"""The faults of the generated district's files: each where truth.json says, and nothing else changed."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from include.demo.generate import generate
from tests.unit.demo_files import AS_OF, SEED, STUDENTS, YEARS, checksums, text_of

DELIMITERS = {
    "sis/grades": "\t", "sis/submissions": "|", "sis/calendar": ";", "programs/participation": "|", "hr/staff": ";",
}  # fmt: skip
# The whole row is at fault, and no cell of it.
ROW_FAULTS = {"duplicate", "repeated header", "too many cells", "cut short"}

# Good rows, written in another way.
RESTYLED = {("landed", "date layout"), ("landed", "negative")}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district of the other tests, with its faults."""
    out = tmp_path_factory.mktemp("dirty")
    generate(out, STUDENTS, YEARS, SEED, AS_OF, dirt=True)
    return out


@pytest.fixture(scope="module")
def planted(dirty: Path) -> dict[str, Any]:
    return json.loads((dirty / "truth.json").read_text(encoding="utf-8"))["dirt"]


def lines_of(folder: Path, file: str) -> list[list[str]]:
    """The cells of every line of a file, of a sheet, or of a member of a zip (`archive!member`)."""
    name, _, member = file.partition("!")
    path = folder / name
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]
    if member:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(member).decode("utf-8", "backslashreplace")
    else:
        text = text_of(path)
    sign = next((sign for start, sign in DELIMITERS.items() if file.startswith(start)), ",")
    return list(csv.reader(io.StringIO(text), delimiter=sign))


def test_each_fault_stands_where_truth_says(dirty: Path, planted: dict[str, Any]) -> None:
    lines = {file: lines_of(dirty, file) for file in {row["file"] for row in planted["rows"]}}
    for row in planted["rows"]:
        header, cells = lines[row["file"]][0], lines[row["file"]][row["line"] - 1]
        if row["kind"] in ("latin-1", "utf-8"):
            assert cells[header.index(row["column"])] in ("Zo\\xeb", "ZoÃ«"), row
        elif row["kind"] not in ROW_FAULTS:
            assert cells[header.index(row["column"])] == (row["value"] or ""), row
        elif row["kind"] == "repeated header":
            assert cells == header, row
        elif row["kind"] == "duplicate":
            assert cells == lines[row["file"]][row["line"] - 2], row
        else:
            assert len(cells) == len(header) + (1 if row["kind"] == "too many cells" else -1), row


def test_without_the_faults_the_files_are_those_of_the_clean_district(
    folder: Path, dirty: Path, planted: dict[str, Any]
) -> None:
    """Take the planted rows out, restyled ones aside, and every line of every file is as it was."""
    clean, spoiled = checksums(folder), checksums(dirty)
    resent = {entry["file"] for entry in planted["files"] if "of" in entry}
    assert set(spoiled) - set(clean) == resent
    named = {row["file"] for row in planted["rows"]} | {entry["file"] for entry in planted["files"]}
    differ = {name for name in clean if clean[name] != spoiled[name]} - {"truth.json"}
    assert differ == {name.split("!")[0] for name in named} - resent
    renamed = {entry["file"] for entry in planted["files"] if entry["kind"] == "renamed columns"}
    for file in named - resent:
        rows = [row for row in planted["rows"] if row["file"] == file]
        restyled = {
            row["line"] for row in rows if row["outcome"] == "landed" and row["kind"] in ("date layout", "negative")
        }
        added = {row["line"] for row in rows} - restyled
        before, after = lines_of(folder, file), lines_of(dirty, file)
        kept = [(line, cells) for line, cells in enumerate(after, 1) if line not in added]
        assert len(kept) == len(before), file
        for (line, cells), wanted in zip(kept, before, strict=True):
            assert cells == wanted or line in restyled or (line == 1 and file in renamed), (file, line)


def test_the_faults_are_counted_and_few(dirty: Path, planted: dict[str, Any]) -> None:
    feeds = json.loads((dirty / "truth.json").read_text(encoding="utf-8"))["feeds"]
    for feed, known in feeds.items():
        refused = sum(row["feed"] == feed and row["outcome"] == "refused" for row in planted["rows"])
        assert known["refused"] == refused, feed
    assert sum(planted["by_kind"].values()) == len(planted["rows"])
    assert sum(planted["refused_by_reason"].values()) == sum(known["refused"] for known in feeds.values())
    assert len(planted["rows"]) <= 0.001 * sum(known["rows"] for known in feeds.values())


def test_the_same_seed_gives_the_same_faults(dirty: Path, tmp_path: Path) -> None:
    generate(tmp_path, STUDENTS, YEARS, SEED, AS_OF)
    assert checksums(tmp_path) == checksums(dirty)
