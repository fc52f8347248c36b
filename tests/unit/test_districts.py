"""district.yml says what is wrong with it, and on which line."""

from pathlib import Path

import pytest

from include.districts import FileFeed, load_district
from include.errors import SchoolhouseError
from include.settings import DEFAULT_DISTRICT

HEAD = """district: test
title: Test
sources:
  sis:
    folder: .
    feeds:
      school:
        contract: sis.school
        files: schools.csv
        columns:
          school_id: id
          name: name
"""


def write(folder: Path, content: str) -> Path:
    (folder / "district.yml").write_text(content, encoding="utf-8")
    return folder


def problem(folder: Path, content: str) -> str:
    with pytest.raises(SchoolhouseError) as caught:
        load_district(write(folder, content))
    return str(caught.value).replace(f"{folder}/", "")


def test_a_feed_is_read_with_its_defaults(tmp_path: Path) -> None:
    district = load_district(write(tmp_path, HEAD))
    feed = district.feed("sis.school")
    assert isinstance(feed, FileFeed)
    assert (feed.mode, feed.encoding, feed.delimiter, feed.folder) == ("snapshot", "utf-8", ",", str(tmp_path))
    assert feed.columns["school_id"].from_ == "id"


def test_the_default_and_the_public_district_are_valid() -> None:
    assert load_district(DEFAULT_DISTRICT).name == "lakeside"
    assert load_district(Path(__file__).parents[1] / "districts" / "public").name == "public"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("sis.school", "sis.shool"), "district.yml:7: sources.sis.feeds.school: no contract 'sis.shool'"),
        (("name: name", "nam: name"), "sis.school has no column 'nam': it has "),
        (("          name: name\n", ""), "sis.school needs column 'name', which nothing fills"),
        (("school_id: id", "school_id: {debit: id}"), "district.yml:11: "),
        (("school_id: id", "school_id: {debit: id}"), "`debit` and `credit` go together"),
        (("files: schools.csv", "file: schools.csv"), "district.yml:9: sources.sis.feeds.school.file"),
        (("folder: .", "folder: ${NOT_SET_ANYWHERE}"), "names the variable NOT_SET_ANYWHERE, which is not set"),
        (("title: Test\n", ""), "district.yml:1: title: Field required"),
        (("folder: .", "protocol: fax"), "district.yml:5: protocol 'fax' is not one of: files"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert message in problem(tmp_path, HEAD.replace(*change))


@pytest.mark.parametrize(("above", "line"), [("    feeds:\n", 6), ("        columns:\n", 11)])
def test_a_key_is_at_fault_where_it_stands(tmp_path: Path, above: str, line: int) -> None:
    """What a source says for its feeds is wrong at the source's line."""
    content = HEAD.replace("folder: .", "protocol: edfi")
    content = content.replace("files: schools.csv", "resource: schools\n        connection: ods")
    indent = above[: -len(above.lstrip())]
    found = problem(tmp_path, content.replace(above, f"{indent}full_every_days: 0\n{above}"))
    assert found.startswith(f"district.yml:{line}: sources.sis.") and "full_every_days: Input should be" in found
    # Files are not asked for what changed.
    found = problem(tmp_path, HEAD.replace("    feeds:\n", "    full_every_days: 7\n    feeds:\n"))
    assert found.startswith("district.yml:6: sources.sis.full_every_days: Extra inputs")


def test_a_key_given_twice_is_an_error(tmp_path: Path) -> None:
    assert "the key 'A' is given twice" in problem(
        tmp_path, HEAD.replace("name: name", "name: {from: name, codes: {A: x, A: y}}")
    )


def test_yaml_booleans_and_numbers_are_codes(tmp_path: Path) -> None:
    content = HEAD.replace("name: name", "name: {from: name, codes: {Y: a, 1: b, true: c, yes: true}}")
    assert load_district(write(tmp_path, content)).feed("sis.school").columns["name"].codes == {
        "Y": "a",
        "1": "b",
        "true": "c",
        "yes": "true",
    }


def test_no_district_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(SchoolhouseError, match="There is no"):
        load_district(tmp_path)
    assert "is empty" in problem(tmp_path, "")
    assert "is not YAML" in problem(tmp_path, "a: [")


def test_what_one_feed_may_not_keep_no_feed_of_its_source_keeps(tmp_path: Path) -> None:
    """They may read the same file, and a copy of it would hold what must never land."""
    second = """
      term: {contract: sis.term, files: t.csv, never_land: [note],
             columns: {term_id: a, kind: b, starts_on: c, ends_on: d, school_year: e}}
"""
    district = load_district(write(tmp_path, HEAD.rstrip() + second))
    assert [feed.keeps_files for feed in district.feeds] == [False, False]
    assert load_district(write(tmp_path, HEAD)).feeds[0].keeps_files
