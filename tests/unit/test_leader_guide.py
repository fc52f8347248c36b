"""The leader's guide names the tables that there are. If it fails, the guide is what to mend."""

import re

import pytest

from include.release.released import PLAIN, PROTECTED
from include.settings import ROOT

GUIDE = (ROOT / "docs" / "leader.md").read_text(encoding="utf-8")
MARTS = {path.stem for path in (ROOT / "dbt_project" / "models" / "marts").rglob("*.sql")}
RELEASED = {table.name for table in (*PROTECTED, *PLAIN)}


def answers() -> list[list[set[str]]]:
    """The tables of each line of section 2: those of leaders, and those of analysts."""
    section = GUIDE.partition("## 2.")[2].partition("## 3.")[0]
    lines = [line.split("|")[2:4] for line in section.splitlines() if line.startswith("| ")][1:]
    return [[set(re.findall(r"`(\w+)`", cell)) for cell in cells] for cells in lines]


def test_every_released_table_answers_a_question() -> None:
    assert set().union(*(leaders for leaders, _ in answers())) == RELEASED - {"school"}


def test_every_measure_answers_a_question() -> None:
    named = set().union(*(analysts for _, analysts in answers()))
    assert named <= MARTS
    assert {name for name in MARTS if name.startswith("msr_")} <= named


@pytest.mark.parametrize("status", ["small", "beside_small", "insufficient_n", "not_collected", "incomplete_feed"])
def test_every_status_is_explained(status: str) -> None:
    assert f"`{status}`" in GUIDE
