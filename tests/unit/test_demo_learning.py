"""The generated district's marks, results and programmes, and what drives its three outcomes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.unit.demo_files import attendance_by_student, read, roster

YEAR = "2024-25"
PROGRAMS = {
    "low_income": "FRL", "el": "ELL", "swd": "SPED", "gifted": "GT", "homeless": "MKV", "foster": "FOST",
}  # fmt: skip
LEARNING = ["low_income", "el", "swd", "gifted"]
CORE = ("ELA", "MAT", "SCI", "SOC")


def test_results_are_plausible(folder: Path) -> None:
    for name in ("2022-23", "2023-24", "2024-25"):
        maple = read(folder / "sis" / f"maple_{name}.csv")
        assert set(maple["PerfLevel"]) == {"1", "2", "3", "4"}
        assert set(maple["Window"]) == {"BOY", "MOY", "EOY"}
        assert 0.6 <= (maple["PerfLevel"] >= "3").mean() <= 0.85
        assert not maple.duplicated(["StudentID", "Subject", "Window"]).any()
    state = read(folder / "sis" / "state_2025.csv")
    tested = state[state["SCALED_SCORE"] != ""]
    assert set(tested["ACHIEVEMENT_LEVEL"]) == {"Not Meeting", "Partially Meeting", "Meeting", "Exceeding"}
    assert set(state["GRADE"]) == {"03", "04", "05", "06", "07", "08", "10"}
    assert 0.45 <= tested["ACHIEVEMENT_LEVEL"].isin(["Meeting", "Exceeding"]).mean() <= 0.65
    assert (state[state["SCALED_SCORE"] == ""]["ACHIEVEMENT_LEVEL"] == "").all()
    assert not (folder / "sis" / "state_2026.csv").exists()
    marks = read(folder / "sis" / "grades_2024-25.txt", "\t")
    core = marks[marks["Course"].str.slice(0, 3).isin(["ELA", "MAT", "SCI", "SOC"])]
    assert 0.03 <= (core["Mark"] == "F").mean() <= 0.12


def test_programme_spells_are_in_order(folder: Path) -> None:
    spells = read(folder / "programs" / "participation.txt", "|")
    assert set(spells["PROGRAM"]) == {"ELL", "SPED", "FRL", "MKV", "FOST", "GT"}
    ended = spells[spells["END"] != ""]
    assert (ended["START"] <= ended["END"]).all()
    assert not spells.duplicated(["STUDENT_NO", "PROGRAM", "START"]).any()
    sites = read(folder / "programs" / "elt_sites.csv")
    assert sites.groupby("Term")["School"].nunique().eq(8).all()
    assert not sites.duplicated(["School", "Term", "Program"]).any()
    assert set(sites["Stream"]) == {"intervention", "enrichment"}


@pytest.fixture(scope="module")
def pupils(town: Path) -> pd.DataFrame:
    """Everyone with a grade in the year, by student: programmes ever recorded, days, marks and interim results."""
    spells = read(town / "sis" / "entry_exit.csv")
    own = spells[spells["School Year"] == YEAR].drop_duplicates("Student Number").set_index("Student Number")
    table = own[["Grade Level"]].join(attendance_by_student(town, YEAR))
    recorded = read(town / "programs" / "participation.txt", "|").groupby("PROGRAM")["STUDENT_NO"].agg(set)
    for name, code in PROGRAMS.items():
        table[name] = table.index.isin(recorded[code]).astype(float)
    marks = read(town / "sis" / f"grades_{YEAR}.txt", "\t")
    core = marks[marks["Course"].str.slice(0, 3).isin(CORE)]
    table["points"] = core["Percent"].astype(float).groupby(core["Student"]).mean()
    table["failed"] = (core["Mark"] == "F").groupby(core["Student"]).max().astype(float)
    maple = read(town / "sis" / f"maple_{YEAR}.csv")
    scores = maple["ScaleScore"].astype(float).groupby([maple["StudentID"], maple["Window"]]).mean().unstack()
    below = (maple["PerfLevel"] < "3").groupby([maple["StudentID"], maple["Window"]]).max().unstack()["EOY"]
    return table.join(scores).join(below.astype(float).rename("below"))


def strengths(town: Path, outcome: str) -> dict[str, float]:
    told = json.loads((town / "truth.json").read_text(encoding="utf-8"))["outcome_drivers"]
    for entry in told:
        assert (entry["sign"] == "+") == (entry["strength"] > 0), entry
    return {entry["driver"]: entry["strength"] for entry in told if entry["outcome"] == outcome}


def by_grade(table: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """The named columns and a constant by grade, kindergarten first, with the columns' names."""
    grades = pd.get_dummies(table["Grade Level"].map({"K": 0} | {str(grade): grade for grade in range(1, 13)}))
    return np.column_stack([table[names].to_numpy(float), grades.to_numpy(float)]), [*names, *map(str, grades.columns)]


def straight(table: pd.DataFrame, outcome: str, names: list[str]) -> dict[str, float]:
    """Least squares: what each of the columns adds to the outcome, grade held equal."""
    whole = table.dropna(subset=[outcome, *names])
    design, columns = by_grade(whole, names)
    found, *_ = np.linalg.lstsq(design, whole[outcome].to_numpy(float), rcond=None)
    return dict(zip(columns, found.tolist(), strict=True))


def test_absence_is_driven_by_what_truth_says(town: Path, pupils: pd.DataFrame) -> None:
    """A logistic regression of the days absent; groups that few are recorded in may be off by more."""
    known = strengths(town, "absence")
    whole = pupils[pupils["enrolled"] >= 10]
    names = list(PROGRAMS)
    design, columns = by_grade(whole, names)
    absent, days = whole["absent"].to_numpy(float), whole["enrolled"].to_numpy(float)
    found = np.zeros(design.shape[1])
    for _ in range(25):
        share = 1 / (1 + np.exp(-design @ found))
        weight = days * share * (1 - share)
        found += np.linalg.solve(design.T @ (weight[:, None] * design), design.T @ (absent - days * share))
    odds = dict(zip(columns, found.tolist(), strict=True))
    for name, tolerance in {"low_income": 0.15, "homeless": 0.35, "swd": 0.15, "el": 0.12}.items():
        assert abs(odds[name] - known[name]) <= tolerance, (name, odds[name], known[name])
    assert min(odds["low_income"], odds["homeless"]) > 0.2
    assert odds["gifted"] < 0
    ends, middle = (np.mean([odds[grade] for grade in grades]) for grades in (("0", "9", "12"), ("3", "4", "5")))
    stated = {grade: known.get(f"grade {int(grade):02d}", 0.0) for grade in ("0", "3", "4", "5", "9", "12")}
    wanted = np.mean([stated[grade] for grade in ("0", "9", "12")]) - np.mean([stated[grade] for grade in "345"])
    assert abs(ends - middle - wanted) <= 0.25, (ends - middle, wanted)


def test_course_failure_is_driven_by_what_truth_says(town: Path, pupils: pd.DataFrame) -> None:
    """The year's absence held equal, for it carries the disengagement, to which need adds in turn."""
    known = strengths(town, "course_failure")
    found = straight(pupils.assign(share=pupils["absent"] / pupils["enrolled"]), "points", [*LEARNING, "share"])
    assert found["share"] < 0 > known["disengagement"]
    for name in LEARNING:
        assert abs(found[name] - known[name]) <= 0.25 * abs(known[name]) + 0.5, (name, found[name], known[name])
    failures = straight(pupils, "failed", LEARNING)
    assert all((failures[name] < 0) == (known[name] > 0) for name in LEARNING), failures


def test_the_benchmark_is_driven_by_what_truth_says(town: Path, pupils: pd.DataFrame) -> None:
    """In fall, before the year has done anything; then the gain to spring falls with the days absent."""
    known = strengths(town, "benchmark")
    found = straight(pupils, "BOY", LEARNING)
    for name in LEARNING:
        assert abs(found[name] - known[name]) <= 0.25 * abs(known[name]) + 0.5, (name, found[name], known[name])
    below = straight(pupils, "below", LEARNING)
    assert all((below[name] < 0) == (known[name] > 0) for name in LEARNING), below
    # Weak growth brings absence, so that the slope holds more than what absence takes by itself.
    gained = pupils.assign(gain=pupils["EOY"] - pupils["BOY"], tenths=10 * pupils["absent"] / pupils["enrolled"])
    slope = straight(gained, "gain", ["tenths"])["tenths"]
    assert 2.5 * known["absence"] <= slope <= 0.5 * known["absence"] < 0


def test_disengagement_shows_first_in_late_arrivals(town: Path) -> None:
    """Late often in fall and weak in the first quarter: more absence in spring than either alone."""
    events = read(town / "sis" / f"attendance_{YEAR}.csv.gz")
    month = events["Att Date"].str.slice(0, 2).astype(int)
    spring, fall = month.between(2, 6), month >= 9
    late = events[fall & (events["Att Code"] == "TD")].groupby("Student Number").size()
    absent = events[spring & events["Att Code"].isin(["AU", "AE"])].groupby("Student Number").size()
    before = events[fall & events["Att Code"].isin(["AU", "AE"])].groupby("Student Number").size()
    marks = read(town / "sis" / f"grades_{YEAR}.txt", "\t")
    first = marks[marks["Term"] == "2025-Q1"]
    weak = first["Percent"].astype(float).groupby(first["Student"]).mean() < 77
    seen = (
        pd.DataFrame({"weak": weak})
        .join(late.rename("late"))
        .join(absent.rename("absent"))
        .join(before.rename("before"))
    )
    seen = seen.fillna({"late": 0, "absent": 0, "before": 0})
    seen = seen[seen["before"] <= 8]
    seen["often"] = seen["late"] >= 3
    mean = seen.groupby(["weak", "often"])["absent"].mean()
    assert mean[True, True] > 1.2 * max(mean[True, False], mean[False, True]), mean
    assert set(roster(town)["demographics.csv"]["sourcedId"]) >= set(seen.index)


def test_advanced_courses_go_to_the_upper_thirds_and_nobody_fails_one(town: Path) -> None:
    """Of grades 9 and 10 more take one in each third of the autumn's results; truth counts everyone who did."""
    marks = read(town / "sis" / f"grades_{YEAR}.txt", "\t")
    known = json.loads((town / "truth.json").read_text(encoding="utf-8"))["unfair_advanced_courses"]
    mine = marks[marks["Course"].isin(known["courses"])]
    assert set(mine["Mark"]) & {"A", "B"} and not mine["Mark"].str.startswith(("D", "F")).any()
    spells = read(town / "sis" / "entry_exit.csv")
    own = spells[spells["School Year"] == YEAR].drop_duplicates("Student Number").set_index("Student Number")
    grade = own["Grade Level"]
    assert set(mine["Student"].map(grade)) == {"9", "10", "11", "12"}
    assert (mine["Course"].str[3:].astype(int) == mine["Student"].map(grade).astype(int)).all()
    (told,) = (year for year in known["years"] if year["school_year"] == int(YEAR[:4]) + 1)
    assert 0.95 <= mine["Student"].nunique() / told["all_students"]["took"] <= 1.0
    maple = read(town / "sis" / f"maple_{YEAR}.csv")
    fall = maple[(maple["Window"] == "BOY") & maple["StudentID"].map(grade).isin(["9", "10"])]
    place = fall["ScaleScore"].astype(int).groupby([fall["Subject"], fall["Grade"]]).rank(pct=True)
    place = place.groupby(fall["StudentID"]).mean()
    shares = pd.Series(place.index.isin(mine["Student"]), place.index).groupby(pd.qcut(place, 3, labels=False)).mean()
    assert shares[0] + 0.1 < shares[1] < shares[2] - 0.1, shares


def test_truth_finds_each_group_of_the_advanced_courses(town: Path) -> None:
    """The programme's students of the grades, counted again, and the fewer of them who took one."""
    known = json.loads((town / "truth.json").read_text(encoding="utf-8"))["unfair_advanced_courses"]
    spells = read(town / "sis" / "entry_exit.csv")
    upper = spells[spells["Grade Level"].isin(["9", "10", "11", "12"])]
    recorded = read(town / "programs" / "participation.txt", "|")
    swd = recorded[recorded["PROGRAM"] == "SPED"]
    for year in known["years"][:-1]:
        here = upper[upper["School Year"].str[:4] == str(year["school_year"] - 1)]["Student Number"].drop_duplicates()
        day = f"{year['school_year']}0115"
        inside = swd[(swd["START"] <= day) & ((swd["END"] == "") | (swd["END"] >= day))]["STUDENT_NO"]
        assert year["all_students"]["students"] == len(here)
        assert year["swd"]["students"] == here.isin(inside).sum()
        rates = {name: year[name]["took"] / year[name]["students"] for name in ("swd", "all_students")}
        assert rates["swd"] < 0.7 * rates["all_students"], rates
