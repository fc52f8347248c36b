"""Files damaged at random crash nothing, stay within the memory, and lose no row that can be read."""

import datetime as dt
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.landing.load import load_file
from include.settings import settings
from include.sources import deliveries
from include.sources.files.layout import Layout
from include.sources.files.read import open_table
from tests.integration.damage import bomb, damaged_file

DAY = dt.date(2026, 3, 2)
LEDGER = {
    "source": "test",
    "contract": "finance.ledger_line",
    "columns": {
        "fiscal_year": "year",
        "fund": "fund",
        "entry_kind": {"from": "kind", "codes": {"A": "actual", "B": "budget"}},
        "amount": "amount",
        "posted_on": {"from": "date", "date": "M/D/YYYY"},
        "reference": "memo",
    },
}
MOST_MEMORY_MB = 1_000


def land_damaged(engine: Engine, folder: Path, seed: int) -> tuple[str, str]:
    """Land the file of a seed and hold it against what a reading by lines says.

    Returns `landed` or `refused`, and what is wrong with that; nothing where all is well.
    """
    damaged = damaged_file(seed)
    folder.mkdir()
    (folder / damaged.name).write_bytes(damaged.content)
    feed = FileFeed.model_validate({**LEDGER, "name": f"test.f{seed}", "folder": str(folder), "files": damaged.name})
    said = f"seed {seed}: {damaged.name}, {', '.join(damaged.faults)}: "
    try:
        [delivery] = deliveries(feed, None, None, folder)
        result = load_file(engine, feed, delivery, DAY)
    except SchoolhouseError as error:
        readable = sum(damaged.untouched.values())
        return "refused", f"{said}{readable} readable rows refused, as {error}" if readable else ""
    assert result.rows_read == result.landed + result.unchanged + result.quarantined, said
    with engine.connect() as connection:
        landed = Counter(
            (str(amount), memo or "")
            for amount, memo in connection.execute(
                text("select amount, reference from landing.finance_ledger_line where _feed = :feed"),
                {"feed": feed.name},
            )
        )
    lost = damaged.untouched - landed
    return "landed", f"{said}lost {dict(lost)}" if lost else ""


@pytest.mark.parametrize("count", [30, pytest.param(2_000, marks=[pytest.mark.slow, pytest.mark.timeout(3_600)])])
def test_random_damage_crashes_nothing_and_loses_no_readable_row(warehouse: Engine, tmp_path: Path, count: int) -> None:
    fates: Counter[str] = Counter()
    problems = []
    for seed in range(count):
        fate, problem = land_damaged(warehouse, tmp_path / str(seed), seed)
        fates[fate] += 1
        problems += [problem] if problem else []
    assert problems == []
    # Most faults are of single lines, so most files land.
    assert fates["landed"] > 0.6 * count and fates["refused"] > 0


# The most memory in MB that a process has had. What `getrusage` says begins with the parent's, where there is better.
PEAK = """
def peak():
    import pathlib, resource, sys
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
"""

# Reads a file and says how much memory that took.
MEASURED = (
    PEAK
    + """
import json, sys
from pathlib import Path
from include.errors import SchoolhouseError
from include.sources.files.layout import Layout
from include.sources.files.read import open_table
rows = damaged = 0
error = ""
try:
    with open_table(Path(sys.argv[1]), Layout(**json.loads(sys.argv[2]))) as (header, found):
        for row in found:
            rows += 1
            damaged += row.damage is not None
except SchoolhouseError as refused:
    error = str(refused)
print(json.dumps({"rows": rows, "damaged": damaged, "error": error, "peak": peak()}))
"""
)


def measured(path: Path, layout: dict[str, Any] | None = None) -> dict[str, Any]:
    """Rows, damaged rows, the error and the peak in MB of reading a file in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(settings().root)}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path), json.dumps(layout or {})],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


SOUND = b"id,name\n1,A\n2,B\n"
MEBIBYTE = 1 << 20


def write_blocks(path: Path, start: bytes, block: bytes, count: int, end: bytes = b"\n") -> Path:
    with path.open("wb") as file:
        file.write(start)
        for _ in range(count):
            file.write(block)
        file.write(end)
    return path


def gzipped(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    with path.open("rb") as plain, gzip.open(packed, "wb", 1) as file:
        shutil.copyfileobj(plain, file)
    return packed


@pytest.mark.parametrize("size_mib", [24, pytest.param(1_024, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["csv", "header", "quoted", "nul", "utf-16", "jsonl", "fixed", "gz"])
def test_a_line_without_end_is_one_damaged_row_in_little_memory(tmp_path: Path, kind: str, size_mib: int) -> None:
    """Without a header there is nothing to go by; else what stands before the line is read."""
    layout: dict[str, Any] = {}
    block = os.urandom(MEBIBYTE // 2).hex().encode() if kind == "gz" else b"x" * MEBIBYTE
    start = SOUND + b"3,"
    if kind == "header":
        start = b""
    elif kind == "quoted":
        start += b'"'
    elif kind == "nul":
        block = bytes(MEBIBYTE)
    elif kind == "utf-16":
        start, block = start.decode().encode("utf-16"), "x".encode("utf-16-le") * (MEBIBYTE // 2)
    elif kind == "jsonl":
        start = b'{"id": 1, "name": "A"}\n{"id": "'
    elif kind == "fixed":
        layout = {"widths": [["id", 0, 4], ["name", 4, 9]]}
    path = write_blocks(tmp_path / ("a.jsonl" if kind == "jsonl" else "a.csv"), start, block, size_mib)
    found = measured(gzipped(path) if kind == "gz" else path, layout)
    if kind == "header":
        assert "a.csv: its header is longer than 16 MiB" in found["error"]
    else:
        before = {"jsonl": 1, "fixed": 3}.get(kind, 2)
        assert (found["error"], found["rows"], found["damaged"]) == ("", before + 1, 1 if kind != "fixed" else 4)
    assert found["peak"] < MOST_MEMORY_MB


LONG = 24 * MEBIBYTE


def read(path: Path, content: bytes, **layout: Any) -> list[tuple[int, str | None, str | None]]:
    """Line, first cell and damage of each row of a file with this content."""
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    with open_table(path, Layout(**layout)) as (_, rows):
        return [(row.line, row.cells[0], row.damage) for row in rows]


@pytest.mark.parametrize(
    ("name", "encoding", "end"),
    [
        ("a.csv", "utf-8", "\r\n"), ("a.csv", "utf-16", "\r\n"), ("a.csv.gz", "utf-16-be", "\n"),
        ("a.csv", "utf-32", "\r"), ("a.csv", "cp037", "\n"),
    ],
)  # fmt: skip
def test_what_stands_around_a_long_line_is_read(tmp_path: Path, name: str, encoding: str, end: str) -> None:
    """By number; the damage says where the bytes are. The first letter and NUL together look like an end in UTF-16."""
    mark = len("".encode(encoding))
    width = len("x".encode(encoding)) - mark
    letters = "\u0a0aĀ" if encoding.startswith("utf") else "xy"
    long = f'3,"{letters * (LONG // (len(letters.encode(encoding)) - mark))}"'
    content = "".join(line + end for line in ("id,name", "1,A", long, "4,D", long[:-1], "6,F")).encode(encoding)
    before = mark + sum(len(line + end) for line in ("id,name", "1,A")) * width
    length = len(long.encode(encoding)) - mark
    rows = read(tmp_path / name, content, encoding=encoding)
    assert [(line, cell) for line, cell, _ in rows] == [(2, "1"), (3, None), (4, "4"), (5, None), (6, "6")]
    assert rows[1][2] == (
        f"is longer than 16 MiB: it has {length:,} bytes, from byte {before + 1:,} of the file on, of which the "
        "beginning is kept"
    )
    again = before + length + (len(end) * 2 + len("4,D")) * width
    assert f"it has {length - width:,} bytes, from byte {again + 1:,} of" in str(rows[3][2])


@pytest.mark.parametrize("shift", [-2, -1, 0, 1])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_long_line_may_end_anywhere(tmp_path: Path, end: bytes, shift: int) -> None:
    """Where the blocks in which the file is read meet, and at the end of the file."""
    start = b"id,name" + end
    long = b"x" * (20 * MEBIBYTE - len(start) + shift)
    assert [row[:2] for row in read(tmp_path / "a.csv", start + long + end + b"3,C" + end)] == [(2, None), (3, "3")]
    assert [row[:2] for row in read(tmp_path / "a.csv", start + long + end + long)] == [(2, None), (3, None)]
    # A little over the bound, and over before the block ends.
    short = b"2," + b"x" * (16 * MEBIBYTE + shift)
    assert [row[:2] for row in read(tmp_path / "a.csv", start + short + end + b"3,C")][-1] == (3, "3")


def test_a_long_line_among_what_is_special(tmp_path: Path) -> None:
    long = b"x" * LONG
    # Before the header and as a comment it is none of the data.
    content = long + b"\n#" + long + b"\nid,name\n1,A\n#" + long + b"\n2,B\n"
    assert read(tmp_path / "a.csv", content, skip_lines=1, comment="#") == [(4, "1", None), (6, "2", None)]
    # A quote that is open when it comes is not closed by it, nor by what follows.
    found = read(tmp_path / "a.csv", b'id,name\n1,"A\n' + long + b'\n2,B"\n3,C\n')
    assert [row[:2] for row in found] == [(2, "1"), (3, None), (4, "2"), (5, "3")]
    assert str(found[0][2]) == "has a quote that nothing closes"
    # JSON lines end with a line feed only.
    content = b'{"id": 1}\n{"id": "' + long + b"\r" + long + b'"}\r\n{"id": 3}\n' + long
    found = read(tmp_path / "a.jsonl", content)
    assert [row[:2] for row in found] == [(1, "1"), (2, None), (3, "3"), (4, None)]
    assert f"it has {2 * LONG + 12:,} bytes, from byte 11 of the file" in str(found[1][2])
    found = read(tmp_path / "a.txt", b"1 A\n" + long + b"\n2 B\n", widths=(("id", 0, 1), ("name", 2, 3)))
    assert [row[:2] for row in found] == [(1, "1"), (2, None), (3, "2")]


# The same through the landing, which also hashes and keeps the file.
LANDED = (
    PEAK
    + """
import datetime as dt, json, sys
from pathlib import Path
from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.landing.load import load_file
from include.sources import deliveries
from include.warehouse.engine import warehouse_engine
feed = FileFeed.model_validate(json.loads(sys.argv[1]))
said = ""
try:
    [delivery] = deliveries(feed, None, None, Path())
    result = load_file(warehouse_engine(), feed, delivery, dt.date(2026, 3, 2))
    said = f"{result.landed} landed, {result.quarantined} quarantined"
except SchoolhouseError as refused:
    said = str(refused)
print(json.dumps([said, peak()]))
"""
)


@pytest.mark.parametrize("size_mib", [24, pytest.param(1_024, marks=pytest.mark.slow)])
def test_the_landing_of_a_line_without_end_takes_little_memory(
    warehouse: Engine, tmp_path: Path, size_mib: int
) -> None:
    given = {"contract": "sis.school", "columns": {"school_id": "id", "name": "name"}, "drop": ["*"]}
    given |= {"name": "test.feed", "source": "test", "folder": str(tmp_path), "files": "a.csv"}

    def landed() -> tuple[str, float]:
        environment = {**os.environ, "PYTHONPATH": str(settings().root)}
        call = [sys.executable, "-c", LANDED, json.dumps(given)]
        return tuple(
            json.loads(subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout)
        )

    write_blocks(tmp_path / "a.csv", SOUND, b"x" * MEBIBYTE, size_mib)
    said, peak = landed()
    assert said == "2 landed, 1 quarantined" and peak < MOST_MEMORY_MB
    with warehouse.connect() as connection:
        assert connection.scalar(text("select count(*) from ops.source_file")) == 1
        reason, raw = connection.execute(text("select reason, raw from ops.quarantine")).one()
    assert f"is longer than 16 MiB: it has {size_mib * MEBIBYTE:,} bytes, from byte 17 of the file" in reason
    assert raw["(further cells)"] == ["x" * 10_000]
    # Within the bound a line is quarantined, or lands where it is a row; its neighbours land.
    cells = b",".join([b"ab"] * 4_000_000)
    write_blocks(tmp_path / "a.csv", SOUND + b"3," + b"x" * 15 * MEBIBYTE + b"\n" + cells + b"\n", b"", 0, b"4,D\n")
    said, peak = landed()
    assert said == "2 landed, 1 quarantined" and peak < MOST_MEMORY_MB


@pytest.mark.slow
def test_a_gigabyte_of_nothing_in_a_small_archive_is_refused(tmp_path: Path) -> None:
    # A gzip file may have several parts, one after the other.
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(SOUND) + gzip.compress((b" " * 1_023 + b"\n") * 16_384) * 64)
    found = measured(tmp_path / "a.csv.gz")
    assert "expands to more than" in found["error"] and found["peak"] < MOST_MEMORY_MB
    (tmp_path / "b.zip").write_bytes(bomb(1))
    assert "b.zip expands to more than 64 MiB" in measured(tmp_path / "b.zip")["error"]
    (tmp_path / "c.zip").write_bytes(bomb(2))
    assert "expands to more than 64 MiB" in measured(tmp_path / "c.zip", {"member": "inner.zip/a.csv"})["error"]
    (tmp_path / "d.zip").write_bytes(bomb(3))
    assert "a zip within a zip within a zip is not read" in measured(tmp_path / "d.zip")["error"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start", "block", "count", "end"),
    [
        ("commas.csv", SOUND, b"," * MEBIBYTE, 15, b"\n3,C\n"),
        ("cells.csv", SOUND, b"ab," * (MEBIBYTE // 3), 15, b"\n3,C\n"),
        ("quotes.csv", SOUND, b'"",' * (MEBIBYTE // 3), 15, b"\n3,C\n"),
        ("open.csv", SOUND, b'3,"x' + b"y\n" * 400, 1_000, b"\n3,C\n"),
        ("lists.jsonl", b'{"id":1,"name":"A"}\n{"id":2,"name":[', b"[]," * (MEBIBYTE // 3), 15, b'[]]}\n{"id":3}\n'),
        ("deep.jsonl", b'{"id":1,"name":"A"}\n{"id":2,"name":', b"[" * MEBIBYTE, 8, b"\n" + b'{"id":3}\n'),
        ("objects.jsonl", b'{"id":1,"name":"A"}\n', b'{"a":' * 900 + b"1" + b"}" * 900 + b"\n", 2, b'{"id":3}\n'),
    ],
)
def test_what_grows_in_memory_stays_within_it(
    tmp_path: Path, name: str, start: bytes, block: bytes, count: int, end: bytes
) -> None:
    found = measured(write_blocks(tmp_path / name, start, block, count, end))
    assert found["error"] == ""
    # The first and the last rows are sound, whatever is between them.
    assert found["rows"] - found["damaged"] >= 2
    assert found["peak"] < MOST_MEMORY_MB


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "name"])
    book.active.append([1, "A"])
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as plain, zipfile.ZipFile(tmp_path / "b.xlsx", "w", 8) as archive:
        for part in plain.namelist():
            if part != "xl/sharedStrings.xml":
                archive.writestr(part, plain.read(part))
        with archive.open("xl/sharedStrings.xml", "w") as member:
            member.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
            for _ in range(100):
                member.write(b"<si><t>x</t></si>" * 60_000)
    found = measured(tmp_path / "b.xlsx")
    assert "its part xl/sharedStrings.xml expands to" in found["error"] and found["peak"] < 300
    data = (tmp_path / "a.xlsx").read_bytes()
    for seed in range(150):
        chance = random.Random(seed)
        cut = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)
        for _ in range(chance.randint(1, 20)):
            if cut:
                cut[chance.randrange(len(cut))] = chance.randrange(256)
        (tmp_path / "c.xlsx").write_bytes(bytes(cut))
        try:
            with open_table(tmp_path / "c.xlsx", Layout()) as (_, rows):
                list(rows)
        except SchoolhouseError as error:
            assert "c.xlsx" in str(error)


def read_all(path: Path, content: bytes, **layout: Any) -> tuple[list[str], list[tuple[int, list[str | None], bool]]]:
    """The header, and line, cells and soundness of each row."""
    path.write_bytes(content)
    with open_table(path, Layout(**layout)) as (header, rows):
        return header, [(row.line, row.cells, row.damage is None) for row in rows]


def test_a_stray_quote_takes_no_row_with_it(tmp_path: Path) -> None:
    content = b'id,name,note\n1,"A,x\n2,B,y\n3,"C, D",z\n4,"E\nF",w\n5,G,"open\n6,H,v\n'
    assert read_all(tmp_path / "a.csv", content)[1] == [
        (2, ["1", "A,x", None], False),
        (3, ["2", "B", "y"], True),
        (4, ["3", "C, D", "z"], True),
        # A cell of two lines, as it should be.
        (5, ["4", "E\nF", "w"], True),
        (7, ["5", "G", "open"], False),
        (8, ["6", "H", "v"], True),
    ]


def test_a_quote_that_closes_by_chance_swallows_no_row(tmp_path: Path) -> None:
    content = b'id,name,note\n1,"A,x\n2,B,y\n3,C,z\n4,5\' 6",w\n5,D,v\n'
    rows = read_all(tmp_path / "a.csv", content)[1]
    assert [cells[0] for _, cells, is_sound in rows if is_sound] == ["2", "3", "4", "5"]
    assert [line for line, _, is_sound in rows if not is_sound] == [2]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r"])
def test_a_record_may_cross_blocks(tmp_path: Path, separator: str) -> None:
    """Cells of two lines all along a file of several blocks: each begins where the one before ends."""
    records = [f'{n},"a{separator}b{n}",{"x" * 70}' for n in range(40_000)]
    content = separator.join(["id,name,note", *records, ""]).encode()
    assert len(content) > 3 * MEBIBYTE
    _, rows = read_all(tmp_path / "a.csv", content)
    assert len(rows) == 40_000 and all(is_sound for *_, is_sound in rows)
    assert [line for line, *_ in rows] == list(range(2, 80_002, 2))
    assert rows[-1][1][:2] == ["39999", f"a{separator}b39999"]
