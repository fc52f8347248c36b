"""A draft is pasted as it is printed, loads as a district, and is rehearsed: for every layout that the reader knows."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.demo.generate import generate
from include.districts import FileFeed, load_district
from include.landing.rehearse import rehearse_feed
from include.onboard import draft_feed
from include.settings import DEFAULT_DISTRICT

AS_OF = dt.date(2026, 3, 2)
# A zip's member, semicolons with day types, a workbook, bars, tabs, deflated commas, Latin-1, money in two columns.
FEEDS = (
    "sis.student", "sis.calendar_day", "hr.position", "programs.participation", "sis.course_grade",
    "sis.attendance_event", "hr.staff_member", "finance.ledger_line", "sis.maple_result", "sis.discipline_action",
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated district at its smallest, with the faults of real exports."""
    out = tmp_path_factory.mktemp("demo")
    generate(out, 300, 2, 7, AS_OF, dirt=True)
    return out


@pytest.mark.parametrize("name", FEEDS)
def test_a_draft_loads_and_lands_what_the_right_mapping_lands(
    module_warehouse: Engine, written: Path, tmp_path: Path, name: str
) -> None:
    right = load_district(DEFAULT_DISTRICT).feed(name)
    assert isinstance(right, FileFeed)
    right = right.model_copy(update={"folder": str(written / right.source)})
    sample = [path for path in sorted(Path(right.folder).glob(right.files)) if "resent" not in path.name][-1]
    if name == "sis.course_grade":
        # Its columns were renamed in between, and one file cannot know: the newest year alone.
        shutil.copy(sample, tmp_path)
        sample = tmp_path / sample.name
        right = right.model_copy(update={"folder": str(tmp_path), "files": sample.name})
    text = draft_feed(sample, right.contract, name)
    (tmp_path / "district.yml").write_text(f"district: drafted\ntitle: Drafted\n{text}", encoding="utf-8")
    district = load_district(tmp_path)
    rehearsed = rehearse_feed(district, name, AS_OF)
    # What the file does not hold is for a person to say; until then the feed does not land, and says why.
    constants = {column: cell for column, cell in right.columns.items() if cell.value is not None}
    open_columns = {column for column, cell in district.feed(name).columns.items() if cell.from_ == "?"}
    assert open_columns <= set(constants)
    if open_columns:
        assert rehearsed.error is not None and "the file has no column '?'" in rehearsed.error
        described = yaml.safe_load(text)
        columns = described["sources"][right.source]["feeds"][name.partition(".")[2]]["columns"]
        columns |= {column: {"value": constants[column].value} for column in open_columns}
        described |= {"district": "drafted", "title": "Drafted"}
        (tmp_path / "district.yml").write_text(yaml.safe_dump(described), encoding="utf-8")
        district = load_district(tmp_path)
        rehearsed = rehearse_feed(district, name, AS_OF)
    assert rehearsed.error is None
    expected = rehearse_feed(district.model_copy(update={"feeds": (right,)}), name, AS_OF)
    read, landed = (sum(getattr(result, count) for result in expected.results) for count in ("rows_read", "landed"))
    assert expected.error is None and landed > 0
    # The draft says nothing of `where`, so it may take more rows; of those it takes it refuses hardly more.
    drafted_read = sum(result.rows_read for result in rehearsed.results)
    drafted_landed = sum(result.landed for result in rehearsed.results)
    assert drafted_read >= read
    assert drafted_landed / drafted_read >= landed / read - 0.05, rehearsed.refusals
