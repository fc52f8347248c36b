"""The schools' plans of the generated district, worked out from the written files."""

import json
from pathlib import Path

import pandas as pd

from tests.unit.demo_files import read

PROFICIENT = {"Meeting", "Exceeding"}


def test_plans_are_laid_around_what_the_year_brought(folder: Path) -> None:
    """The line from baseline to target stands where the planted verdict says, for every school."""
    known = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["plans"]
    targets = read(folder / "plans" / "targets.csv")
    targets = targets[targets["Indicator"] == "Proficiency in ELA"].set_index("School")
    results = read(folder / "sis" / f"state_{known['school_year']}.csv")
    results = results[(results["SUBJECT"] == "ELA") & (results["ACHIEVEMENT_LEVEL"] != "")]
    rates = 100 * results["ACHIEVEMENT_LEVEL"].isin(PROFICIENT).groupby(results["SCHOOL_CODE"]).mean()
    assert set(targets.index) == set(known["schools"])
    for school, planted in known["schools"].items():
        baseline, target = (float(targets.loc[school, name]) for name in ("Baseline", "Target"))
        line = baseline + (target - baseline) / 3
        assert target > baseline
        expected = "met" if rates[school] >= target else "on_track" if rates[school] >= line else "off_track"
        assert planted["verdict"] == expected, school
    assert {planted["verdict"] for planted in known["schools"].values()} == {"met", "on_track", "off_track"}


def test_some_schools_have_no_plan(folder: Path) -> None:
    known = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["plans"]
    planned = set(read(folder / "plans" / "targets.csv")["School"])
    assert known["without_a_plan"] and not planned & set(known["without_a_plan"])
    assert planned == set(read(folder / "plans" / "priorities.csv")["School"])


def test_priorities_name_what_the_chart_has(folder: Path) -> None:
    chart = read(folder / "finance" / "accounts.csv")
    priorities = read(folder / "plans" / "priorities.csv")
    for level, column in (("SERVICE", "Service"), ("FUNCTION", "Function")):
        named = priorities[priorities["Budget Level"] == level]
        assert len(named)
        merged = named.merge(chart, left_on=["School", "Budget Code"], right_on=["Location", column], how="left")
        assert merged["Account"].notna().all()
    planned = pd.to_numeric(priorities["Planned"].str.replace(",", ""))
    assert (planned > 0).all()
