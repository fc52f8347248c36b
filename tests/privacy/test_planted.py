"""One child in a small district: the only Native American ninth-grader who was suspended is in no released table."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from include.privacy.attack import attack
from include.privacy.earlier import protect_beside
from include.privacy.figures import Protected as State
from include.privacy.figures import protect_release
from include.privacy.suppress import Decision
from include.privacy.tables import LinkedTables
from include.release.decide import Decided, decide
from include.release.parts import Name, Part, describe
from include.release.printed import as_printed, rounded_back
from include.release.released import DISCIPLINE
from tests.privacy.cases import POLICY

NETWORKS = {"school A": "network N", "school B": "network N"}
# Students, disciplined and suspended of each school by race; and by grade, of the same students.
RACES = {
    "A": {"american_indian": (11, 1, 1), "black": (60, 20, 14), "white": (80, 22, 15)},
    "B": {"american_indian": (12, 0, 0), "black": (70, 24, 16), "white": (90, 30, 20)},
    "C": {"american_indian": (30, 12, 11), "black": (80, 26, 18), "white": (100, 34, 22)},
}
GRADES = {
    "A": {"09": (75, 22, 16), "10": (76, 21, 14)},
    "B": {"09": (85, 26, 17), "10": (87, 28, 19)},
    "C": {"09": (100, 36, 26), "10": (110, 36, 25)},
}


def rows(change: int = 0) -> pd.DataFrame:
    """The mart's rows, with totals; `change` more Native American children were suspended at A, in grade 09."""
    counted: dict[tuple[str, str, str, str], list[int]] = {}
    for school in RACES:
        groups = [("race", name, figures) for name, figures in RACES[school].items()]
        groups += [("grade", name, figures) for name, figures in GRADES[school].items()]
        everyone = [sum(figures[at] for figures in RACES[school].values()) for at in range(3)]
        groups.append(("all", "all_students", (everyone[0], everyone[1], everyone[2])))
        orgs = [("school", school), ("district", "district")] + ([("network", "N")] if school != "C" else [])
        for kind, name, figures in groups:
            is_hit = school == "A" and name in ("american_indian", "09", "all_students")
            for org in orgs:
                cell = counted.setdefault((*org, kind, name), [0, 0, 0])
                for at in range(3):
                    cell[at] += figures[at] + (change if is_hit and at else 0)
    keys = ["org_kind", "org_id", "subgroup_kind", "subgroup"]
    frame = pd.DataFrame(
        [(*key, *figures) for key, figures in counted.items()], columns=[*keys, "students", "disciplined", "suspended"]
    )
    days = frame["suspended"] * 2.0
    return frame.assign(
        school_year=2026, suspension_days=days, days_per_100_students=100 * days / frame["students"], status="ok"
    )


def released(frame: pd.DataFrame, previous: State | None = None) -> Decided:
    part = Part(Name("students", 2026), (describe(DISCIPLINE, frame, NETWORKS),), "")
    return decide(part, POLICY, previous, previous)


def of(decided: Decided, org: str, group: str) -> pd.Series:
    table = decided.tables["discipline"]
    return table[(table["org_id"] == org) & (table["subgroup"] == group)].iloc[0]


def test_the_child_is_in_no_table() -> None:
    decided = released(rows())
    child = of(decided, "A", "american_indian")
    assert pd.isna(child["suspended"]) and child["suspended_status"] == "small"
    assert pd.isna(child["suspension_rate"]) and pd.isna(child["suspension_days"])
    # 23 of the network less 0 of B, 34 less 11 of C: what would give it away is blank too.
    others = [of(decided, org, "american_indian") for org in ("N", "district")]
    assert not all(row["suspended_status"] == "ok" for row in others)
    assert all(row["suspended_status"] in ("small", "beside_small") for row in others if pd.isna(row["suspended"]))
    assert decided.findings == ()


def test_nor_in_two_releases_together() -> None:
    """Between the releases nobody else was suspended: the difference of any two figures would be the child."""
    first = released(rows(change=-1))
    second = released(rows(), first.state)
    assert first.findings == () and second.findings == ()
    before, after = (one.tables["discipline"] for one in (first, second))
    shown = before["suspended"].notna() & after["suspended"].notna()
    differences = (after["suspended"] - before["suspended"])[shown]
    assert (differences == 0).all()


def test_what_the_attack_finds_beside_an_earlier_release_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second release is decided by one who prints whatever is not small."""

    def careless(*given: Any) -> tuple[LinkedTables, Decision]:
        both, decision = protect_beside(*given)
        asked = both.cells["is_asked"].to_numpy(bool)
        return both, replace(decision, is_shown=decision.is_shown | (asked & ~decision.is_sensitive))

    first = released(rows(change=-1))
    monkeypatch.setattr("include.privacy.figures.protect_beside", careless)
    leaking = protect_release([*describe(DISCIPLINE, rows(), NETWORKS).chains], POLICY, first.state)
    assert attack(leaking.release, POLICY.min_cell, first.state.release)
    second = released(rows(), first.state)
    assert second.findings == () and second.state.exposed
    assert second.tables["discipline"]["suspended"].notna().any()


def test_a_leak_in_what_is_printed_is_found() -> None:
    """The blank of a neighbour is filled in by hand: what the tables print is attacked, not what was decided."""
    decided = released(rows())
    frame = rows()
    open_table = decided.tables["discipline"].copy()
    at_a = (
        (open_table["org_id"] == "A") & open_table["suspended"].isna() & (open_table["subgroup"] != "american_indian")
    )
    assert at_a.any()
    open_table.loc[at_a, "suspended"] = frame.loc[at_a, "suspended"].astype("Int64")
    seen = as_printed(decided.state.release, [(DISCIPLINE, open_table)], POLICY)
    found = {one.name for one in attack(seen, 10)}
    assert "suspended, org school A, race american_indian, school_year 2026" in found


def test_days_stand_where_the_suspended_do() -> None:
    table = released(rows()).tables["discipline"]
    assert table["suspension_days"].notna().equals(table["suspended"].notna())
    assert (table["suspended"].notna() == (table["suspended_status"] == "ok")).all()
    assert set(table["suspended_status"]) <= {"ok", "small", "beside_small"}


def test_a_mart_that_says_incomplete_is_blank_and_says_so() -> None:
    table = released(rows().assign(status="incomplete_feed")).tables["discipline"]
    assert table["suspended"].isna().all() and set(table["suspended_status"]) == {"incomplete_feed"}
    assert table["students"].notna().any()


@pytest.mark.parametrize(
    ("text", "denominator", "range_"),
    [
        ("≤20 %", 25, (0, 5)),
        ("≥80 %", 25, (20, 25)),
        ("≤1 %", 1000, (0, 10)),
        # 59.5 % of 200 is 119 and rounds up; 60.5 % is 121 and does too.
        ("60 %", 200, (119, 120)),
        # 11/50 is 22 %, 12/50 is 24 %.
        ("22 %", 50, (11, 11)),
    ],
)
def test_a_percentage_is_rounded_back(text: str, denominator: int, range_: tuple[int, int]) -> None:
    assert rounded_back(text, denominator, POLICY) == range_
