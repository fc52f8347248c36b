"""The generated district's extended learning time: who asks, who gets a seat, who comes, and what it is worth."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.demo.generate import generate
from tests.unit.demo_files import AS_OF, SEED, YEARS, attendance_events, read, roster

WINDOW = 12.0
FULL_DAY = {"AU", "AE", "OSS"}


@dataclass(frozen=True)
class Programme:
    """The files of a district about extended learning time, read once.

    standard_error: the most that the error of the effect may be, for as many students.
    """

    folder: Path
    standard_error: float

    @cached_property
    def truth(self) -> dict[str, Any]:
        return json.loads((self.folder / "truth.json").read_text(encoding="utf-8"))

    @cached_property
    def requests(self) -> pd.DataFrame:
        return read(self.folder / "programs" / "elt_requests.csv")

    @cached_property
    def screened(self) -> pd.DataFrame:
        """Decided recommendations: gap to the lowest score of those whom the site offered a seat at once, and seat."""
        made = self.requests[(self.requests["Origin"] == "screening") & (self.requests["Decision"] != "")]
        made = made.assign(
            score=made["Screening Score"].astype(float), seat=(made["Answer"] == "accepted").astype(float)
        )
        first = made.groupby(["School", "Term"])["Decided"].transform("min")
        at_once = made[(made["Decision"] == "offered") & (made["Decided"] == first)]
        cut = at_once.groupby(["School", "Term"])["score"].min().rename("cut")
        made = made.join(cut, on=["School", "Term"])
        return made.assign(gap=made["score"] - made["cut"])

    @cached_property
    def scores(self) -> pd.DataFrame:
        """MAPLE by student and term: the mean of both subjects in each window."""
        files = sorted((self.folder / "sis").glob("maple_*.csv"))
        results = pd.concat([read(file) for file in files], ignore_index=True)
        results["Term"] = "20" + results["Year"].str.slice(-2) + "-spring"
        results["score"] = results["ScaleScore"].astype(float)
        means = results.groupby(["StudentID", "Term", "Grade", "Window"])["score"].mean().unstack()
        return means.reset_index().rename(columns={"StudentID": "Student"})


@pytest.fixture(scope="module", params=["town", pytest.param("city", marks=pytest.mark.slow)])
def programme(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Programme:
    """Three terms that are over in a town; and, slowly, four in a city, where the effect is measured closer."""
    if request.param == "town":
        return Programme(request.getfixturevalue("town"), 0.75)
    out = tmp_path_factory.mktemp("city")
    generate(out, 14_500, YEARS, SEED, AS_OF, dirt=False)
    return Programme(out, 0.35)


def jump(table: pd.DataFrame, outcome: str, *others: str) -> tuple[float, float]:
    """What changes at the cut, and its standard error.

    A straight line on each side within WINDOW points, nearer ones counting more; grades and the columns
    `others` held equal; an error that allows for unequal spread.
    """
    near = table[table["gap"].abs() < WINDOW].dropna(subset=[outcome, *others])
    gap = near["gap"].to_numpy()
    above = (gap >= 0).astype(float)
    grades = pd.get_dummies(near["Grade"]).to_numpy(float)
    sides = np.column_stack([above, gap, gap * above, near[list(others)].to_numpy(float), grades])
    weight = np.sqrt(1 - np.abs(gap) / WINDOW)
    design, result = sides * weight[:, None], near[outcome].to_numpy(float) * weight
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ design.T @ result
    noise = design * (result - design @ found)[:, None]
    return float(found[0]), float(np.sqrt((inverse @ (noise.T @ noise) @ inverse)[0, 0]))


def test_a_seat_is_worth_what_truth_says(programme: Programme) -> None:
    """At the cut of each site only the offer differs: a regression discontinuity finds the effect.

    Tolerance: two and a half standard errors.
    """
    known = programme.truth["elt_effect"]
    over = {term: facts for term, facts in known["terms"].items() if term in set(programme.screened["Term"])}
    assert len(over) >= 3
    table = programme.screened.merge(programme.scores, on=["Student", "Term"], validate="one_to_one")
    effect, error = jump(table, "EOY", "BOY", "MOY")
    seats, _ = jump(table, "seat")
    assert error <= programme.standard_error
    wanted = np.mean([facts["intention_to_treat_points"] for facts in over.values()])
    assert abs(effect - wanted) <= 2.5 * error, (effect, error, wanted)
    assert effect > 2.5 * error
    assert abs(effect / seats - known["points_per_seat"]) <= 2.5 * error / seats, effect / seats
    shares = [facts["seated_share_above"] - facts["seated_share_below"] for facts in over.values()]
    assert abs(seats - np.mean(shares)) <= 0.12, seats
    # Nothing changes at the cut before the programme begins.
    before, error = jump(table, "MOY", "BOY")
    assert abs(before) <= 2.5 * error, before
    # And a plain comparison shows the opposite, because seats go to those in need.
    spring = table.dropna(subset=["EOY"])
    assert spring[spring["seat"] == 1]["EOY"].mean() < spring[spring["seat"] == 0]["EOY"].mean()


def test_the_cuts_are_those_of_truth(programme: Programme) -> None:
    told = programme.truth["elt_effect"]["terms"]
    cuts = programme.screened.groupby(["School", "Term"])["cut"].first()
    wanted = pd.Series({(school, term): cut for term, facts in told.items() for school, cut in facts["cut"].items()})
    assert len(cuts) > 20
    assert (cuts == wanted.reindex(cuts.index)).all()


def common_odds(chosen: pd.Series, group: pd.Series, strata: list[pd.Series]) -> tuple[float, float]:
    """Odds ratio over strata (Mantel and Haenszel) and the standard error of its logarithm (Robins and others)."""
    cells = pd.DataFrame({"a": group & chosen, "b": group & ~chosen, "c": ~group & chosen, "d": ~group & ~chosen})
    a, b, c, d = cells.groupby(strata).sum().to_numpy(float).T
    size = a + b + c + d
    p, q, r, s = (a + d) / size, (b + c) / size, a * d / size, b * c / size
    total, other = r.sum(), s.sum()
    variance = (p * r).sum() / (2 * total**2) + (p * s + q * r).sum() / (2 * total * other)
    return total / other, float(np.sqrt(variance + (q * s).sum() / (2 * other**2)))


def test_one_group_is_offered_enrichment_less_often_at_equal_merit(programme: Programme) -> None:
    """Same week of asking and same prior achievement; the fair group looks worse off only because it asks later."""
    known = programme.truth["unfair_access"]
    asked = programme.requests[programme.requests["Program"] == known["program"]].reset_index(drop=True)
    spells = read(programme.folder / "programs" / "participation.txt", "|")
    requested = asked["Requested"].str.replace("-", "")
    groups = {}
    for name, code in (("el", "ELL"), ("low_income", "FRL")):
        own = asked[["Student"]].assign(day=requested, number=asked.index)
        own = own.merge(spells[spells["PROGRAM"] == code], left_on="Student", right_on="STUDENT_NO")
        during = own[(own["START"] <= own["day"]) & ((own["END"] == "") | (own["END"] >= own["day"]))]
        groups[name] = pd.Series(asked.index.isin(during["number"]))
    fall = programme.scores.assign(
        norm=lambda table: table["BOY"] - table.groupby(["Term", "Grade"])["BOY"].transform("mean")
    )
    prior = asked.merge(fall, on=["Student", "Term"], how="left", validate="one_to_one")["norm"]
    band = pd.cut(prior, [-np.inf, -8, 0, 8, np.inf], labels=False).fillna(-1)
    week = pd.to_datetime(asked["Requested"]).dt.isocalendar().week
    offered = asked["Decision"] == "offered"
    found = {name: common_odds(offered, group, [asked["Term"], week, band]) for name, group in groups.items()}
    odds, error = found[known["group"]]
    assert abs(np.log(odds / known["odds_ratio"])) <= 2.5 * error, found
    assert odds < 0.5
    assert known["fair_group"] == "low_income"
    odds, error = common_odds(offered, groups["low_income"], [asked["Term"], week, band, groups["el"]])
    assert abs(np.log(odds)) <= 2.5 * error, odds
    counted = {term: facts["all_students"] for term, facts in known["terms"].items()}
    for term, own in asked.groupby("Term"):
        assert counted[term] == {"asked": len(own), "offered": int((own["Decision"] == "offered").sum())}


def test_no_site_takes_more_than_it_has_seats(programme: Programme) -> None:
    made = programme.requests
    assert made["Request"].is_unique
    key = ["School", "Term", "Program"]
    sites = read(programme.folder / "programs" / "elt_sites.csv").set_index(key)["Capacity"].astype(int)
    taken = made[made["Answer"] == "accepted"].groupby(key).size()
    assert (taken <= sites.reindex(taken.index)).all()
    over = taken[taken.index.get_level_values("Term") < "2026"]
    assert over.sum() >= 0.9 * sites.reindex(over.index).sum()
    assert (made["Decision"].eq("") == made["Decided"].eq("")).all()
    assert (made["Answer"].eq("") == made["Answered"].eq("")).all()
    assert set(made[made["Answer"] != ""]["Decision"]) == {"offered"}
    decided, answered = made[made["Decided"] != ""], made[made["Answered"] != ""]
    assert (decided["Requested"] < decided["Decided"]).all()
    assert (answered["Decided"] < answered["Answered"]).all()
    assert (made["Updated"] == made[["Requested", "Decided", "Answered"]].max(axis=1)).all()
    # Of the term to come the screening is known and nothing is decided; enrichment has been.
    coming = made[made["Term"] == "2026-spring"].groupby("Stream")["Decision"].agg(set)
    assert coming["intervention"] == {""}
    assert "" not in coming["enrichment"]


def test_sessions_are_held_and_attended_as_at_school(programme: Programme) -> None:
    """On days that the school teaches; with those who have a seat, and without those who were absent all day."""
    held = read(programme.folder / "programs" / "elt_sessions.csv")
    calendar = read(programme.folder / "sis" / "calendar.csv", ";")
    taught = calendar[calendar["Day Type"] == "I"]
    days = taught["School"] + taught["Calendar Date"]
    assert (held["School"] + held["Date"].str.replace("-", "")).isin(days).all()
    weekday = pd.to_datetime(held["Date"]).dt.weekday
    assert set(weekday[held["Program"] == "after_school"]) == {1, 3}
    sites = read(programme.folder / "programs" / "elt_sites.csv")
    within = held.merge(sites, on=["School", "Term", "Program"], validate="many_to_one")
    assert len(within) == len(held)
    assert within["Date"].between(within["First Session"], within["Last Session"]).all()
    assert "2026-spring" not in set(held["Term"])
    came = read(programme.folder / "programs" / "elt_attendance_2024-25.csv.gz")
    key = ["School", "Term", "Program", "Date"]
    assert len(came.merge(held, on=key, validate="many_to_one")) == len(came)
    assert not came.duplicated(["Student", *key]).any()
    seats = programme.requests[programme.requests["Answer"] == "accepted"]
    seated = came.merge(seats[["Student", "School", "Term", "Program", "Answered"]], validate="many_to_one")
    assert len(seated) == len(came)
    assert (seated["Answered"] < seated["Date"]).all()
    events = attendance_events(programme.folder, "2024-25")
    away = events[events["Att Code"].isin(FULL_DAY)]
    absent = set(away["Student Number"] + pd.to_datetime(away["Att Date"], format="%m/%d/%Y").dt.strftime("%Y-%m-%d"))
    assert not (came[came["Present"] == "P"]["Student"] + came["Date"]).isin(absent).any()
    assert 0.6 <= (came["Present"] == "P").mean() <= 0.9
    assert set(came["Student"]) <= set(roster(programme.folder)["demographics.csv"]["sourcedId"])
    assert not (programme.folder / "programs" / "elt_attendance_2025-26.csv.gz").exists()
