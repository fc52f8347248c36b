"""Layouts that nothing else uses, landed with YAML alone."""

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing import ingest_feed
from include.sources.files.layout import Layout
from include.sources.files.read import open_table

DAY = dt.date(2026, 3, 2)

# A mainframe's nightly extract: fixed width, UTF-16, two title lines and remarks, in a zip within a zip, its date in
# American order in the name of the outer one.
DISTRICT = """
district: newcomer
title: A district that the tests had not seen before
sources:
  mainframe:
    folder: out
    feeds:
      staff:
        contract: hr.staff_member
        files: HR_{date:MMDDYYYY}.zip
        newest_only: true
        member: extract*.zip/*.DAT
        encoding: utf-16-le
        skip_lines: 2
        comment: "*"
        trimmed: true
        widths:
          Emp: [1, 6]
          Last Name: [7, 18]
          Race: [19, 20]
          Hired: [21, 28]
          Status: [29, 30]
        where: {Status: [AC, LV]}
        never_land: [Last Name]
        columns:
          staff_id: Emp
          race: {from: Race, codes: {"01": white, "02": black, "03": asian}}
          hired_on: {from: Hired, date: MMDDYYYY}
"""


def mainframe(*lines: str) -> bytes:
    content = "\r\n".join(["EMPLOYEE MASTER", "RUN 03/02/26", *lines, ""]).encode("utf-16-le")
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("EMP.DAT", content)
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr("extract_7.zip", inner.getvalue())
    return outer.getvalue()


def test_a_layout_that_nobody_had_seen_lands_by_yaml_alone(warehouse: Engine, tmp_path: Path) -> None:
    (tmp_path / "district.yml").write_text(DISTRICT, encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "HR_12312025.zip").write_bytes(mainframe("E00009Old         0101011999AC"))
    (tmp_path / "out" / "HR_03022026.zip").write_bytes(
        mainframe(
            "E00001Núñez       0203152004AC",
            "* page 2",
            "E00002Øst         0108012019LV",
            "E00003Gone        0108012019TE",
            "E00004Bad date    0113452019AC",
            "E00005Li          9908012019AC",
            "E00006Overlong    0108012019AC surplus",
        )
    )
    [result] = ingest_feed(load_district(tmp_path), "mainframe.staff", DAY)
    assert (result.file_name, result.rows_read, result.landed, result.quarantined) == ("HR_03022026.zip", 5, 2, 3)
    with warehouse.connect() as connection:
        landed = connection.execute(
            text("select staff_id, race, hired_on, _line from landing.hr_staff_member order by staff_id")
        )
        assert [tuple(row) for row in landed] == [
            ("E00001", "black", dt.date(2004, 3, 15), 3),
            ("E00002", "white", dt.date(2019, 8, 1), 5),
        ]
        refused = connection.execute(
            text("select line, column_name, value, reason, raw from ops.quarantine order by 1")
        )
        reasons = [(row.line, row.column_name, row.value) for row in refused]
        assert reasons == [(7, "Hired", "13452019"), (8, "Race", "99"), (9, None, None)]
        everything = str(connection.execute(text("select q::text from ops.quarantine q")).scalars().all())
    assert "surplus" not in everything and "Overlong" not in everything and "Bad date" not in everything


def read(
    path: Path, content: bytes | str, **layout: Any
) -> tuple[list[str], list[tuple[int, list[str | None], str | None]]]:
    """The header, and line, cells and damage of each row."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_table(path, Layout(**layout)) as (header, rows):
        return header, [(row.line, row.cells, row.damage) for row in rows]


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("id|name\n1|A, 'b' \"c\"\n", {"delimiter": "|", "quote": ""}),
        ("id;name\n1;'A, ''b'' \"c\"'\n".replace("''b''", "''b''"), {"delimiter": ";", "quote": "'"}),
        ('id,name\n1,"A, \'b\' \\"c\\""\n', {"escape": "\\", "doubled_quotes": False}),
        ("id,name\n1,A\\, 'b' \\\"c\\\"\n", {"quote": "", "escape": "\\"}),
        ('id\tname\n1\t"A, \'b\' ""c"""\n', {"delimiter": "\t"}),
        ('Report\n\nof today\nid,name\n# why\n1,"A, \'b\' ""c"""\n', {"skip_lines": 3, "comment": "#"}),
        ('1,"A, \'b\' ""c"""\n', {"header": ("id", "name")}),
        ("001A, 'b' \"c\"  \n".replace("001", "1  "), {"widths": (("id", 0, 3), ("name", 3, 15)), "trimmed": True}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp037"])
def test_dialects_and_encodings(tmp_path: Path, content: str, layout: dict[str, Any], encoding: str) -> None:
    header, rows = read(tmp_path / "a.txt", content.encode(encoding), encoding=encoding, **layout)
    assert header == ["id", "name"]
    assert [(cells, damage) for _, cells, damage in rows] == [(["1", "A, 'b' \"c\""], None)]


def test_a_byte_order_mark_says_more_than_the_configuration(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        _, rows = read(tmp_path / "a.csv", "id,name\n1,Łódź\n".encode(encoding), encoding="latin-1")
        assert rows == [(2, ["1", "Łódź"], None)]


def test_bytes_that_are_not_of_the_encoding_spoil_their_row_only(tmp_path: Path) -> None:
    content = "id,name\n1,Ł\n2,X\n3,Z\n".encode("utf-16-le").replace(b"X\x00", b"\x00\xdc")
    _, rows = read(tmp_path / "a.csv", content, encoding="utf-16-le")
    assert [(cells[0], damage is None) for _, cells, damage in rows] == [("1", True), ("2", False), ("3", True)]
    _, rows = read(tmp_path / "b.csv", b"id,name\n1,\x81\n2,\xe9\n", encoding="cp1252")
    assert [(cells, damage is None) for _, cells, damage in rows] == [(["1", "\\x81"], False), (["2", "é"], True)]


def test_fixed_width_lines_that_are_cut_or_too_long(tmp_path: Path) -> None:
    layout = {"widths": (("id", 0, 3), ("name", 3, 8))}
    content = "001Smith\n002Li\n\n003Smithers\n004Jones   \n"
    _, rows = read(tmp_path / "a.txt", content, **layout)
    assert rows == [
        (1, ["001", "Smith"], None),
        (2, ["002", "Li"], "has 5 characters where the layout has 8"),
        (4, ["003", "Smith"], "goes on after the 8 characters of the layout"),
        (5, ["004", "Jones"], None),
    ]
    assert read(tmp_path / "a.txt", content, trimmed=True, **layout)[1][1] == (2, ["002", "Li"], None)


def test_a_footer_is_a_damaged_row(tmp_path: Path) -> None:
    _, rows = read(tmp_path / "a.csv", "id,name\n1,A\nTotal: 1\n")
    assert rows[-1] == (3, ["Total: 1", None], "has 1 columns where the header has 2")


def test_members_of_zips(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/orgs_2026.csv", "id,name\n1,A\n")
        archive.writestr("x/users_2026.csv", "id,name\n2,B\n")
        archive.writestr("x/rows.jsonl", '{"id":3,"name":"C"}\n')
    for member, expected in (("x/orgs_2026.csv", "1"), ("*/users*.csv", "2"), ("*.jsonl", "3")):
        with open_table(tmp_path / "a.zip", Layout(member=member)) as (_, rows):
            assert [row.cells[0] for row in rows] == [expected]
    for wrong, message in (
        ("*.csv", r"holds 2 \*\.csv"),
        ("z.csv", r"holds no z\.csv"),
        (None, "holds no single file"),
    ):
        with (
            pytest.raises(SchoolhouseError, match=message),
            open_table(tmp_path / "a.zip", Layout(member=wrong)) as (_, rows),
        ):
            list(rows)


def test_too_many_columns_are_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(SchoolhouseError, match=r"a\.csv has 2,000 columns, more than the 1,500 that can land"):
        read(tmp_path / "a.csv", ",".join(f"c{n}" for n in range(2_000)) + "\n")
    lines = "".join(f'{{"k{n}":1}}\n' for n in range(2_000))
    with pytest.raises(SchoolhouseError, match=r"a\.jsonl has more than 1,500 names by line 1501"):
        read(tmp_path / "a.jsonl", lines)


def test_json_that_no_database_could_keep(tmp_path: Path) -> None:
    content = '{"id":1,"name":"\\ud800 \\u0000"}\n{"id":2,"name":"B"}\n'
    _, rows = read(tmp_path / "a.jsonl", content)
    assert rows == [(1, ["1", "\\ud800 \\x00"], None), (2, ["2", "B"], None)]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "a,a,a (2),,\n1,2,3,4,5\n")[0] == [
        "a",
        "a (2)",
        "a (2) (2)",
        "column 4",
        "column 5",
    ]
