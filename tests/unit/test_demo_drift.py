"""What goes wrong in three weeks of the latest school year, found from the files of a later day by other means.

Each search looks over the whole year, knows nothing of truth.json, and has to come back with that week alone.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.unit.demo_files import AS_OF, IN_SUMMER, attendance_events, read

NAME = "2025-26"


@pytest.fixture(scope="module")
def told(in_summer: Path) -> dict[str, dict[str, Any]]:
    """What truth.json says, by kind."""
    truth = json.loads((in_summer / "truth.json").read_text(encoding="utf-8"))
    return {entry["kind"]: entry for entry in truth["drift"]}


def monday(days: pd.Series) -> pd.Series:
    """The Monday of each day's week, written as truth.json writes days."""
    return (days - pd.to_timedelta(days.dt.weekday, unit="D")).dt.strftime("%Y-%m-%d")


def events(folder: Path) -> pd.DataFrame:
    found = attendance_events(folder, NAME)
    return found.assign(week=monday(pd.to_datetime(found["Att Date"], format="%m/%d/%Y")))


def submissions(folder: Path) -> pd.DataFrame:
    found = read(folder / "sis" / f"submissions_{NAME}.txt", "|")
    return found.assign(week=monday(pd.to_datetime(found["ATT_DATE"], format="%Y%m%d")))


def marks(folder: Path) -> pd.DataFrame:
    found = read(folder / "sis" / f"grades_{NAME}.txt", "\t")
    stored = pd.to_datetime(found["Stored"], format="%m/%d/%Y")
    return found.assign(week=monday(stored), points=found["Percent"].astype(float))


def test_none_of_it_has_begun_by_the_default_day(folder: Path, truth: dict, told: dict[str, dict[str, Any]]) -> None:
    assert [entry["has_begun"] for entry in truth["drift"]] == [False] * 3
    assert all(entry["first_day"] > str(AS_OF) for entry in truth["drift"])
    assert all(entry["has_begun"] and entry["last_day"] <= str(IN_SUMMER) for entry in told.values())
    fixed = [{name: value for name, value in entry.items() if name != "has_begun"} for entry in truth["drift"]]
    later = [{name: value for name, value in entry.items() if name != "has_begun"} for entry in told.values()]
    assert fixed == later
    assert len({entry["first_day"] for entry in fixed}) == 3


def test_late_arrivals_drift_in_one_week(in_summer: Path, told: dict[str, dict[str, Any]]) -> None:
    """Late arrivals by school, day and pupil of each week: outliers of their own school's weeks."""
    found = events(in_summer)
    late = found[found["Att Code"] == "TD"].groupby(["School", "week"]).size()
    days = submissions(in_summer).groupby(["SCHOOL", "week"]).size().rename_axis(["School", "week"])
    rate = pd.DataFrame((late.reindex(days.index, fill_value=0) / days).unstack())
    usual = rate.median(axis=1)
    # Weeks of one or two days are too few to tell, and so are schools with hardly anybody late.
    spread = 1.4826 * rate.sub(usual, axis=0).abs().median(axis=1)
    outlying = rate.sub(usual, axis=0).div(spread, axis=0).where(days.unstack() >= 3) > 6
    entry = told["feature drift"]
    weeks = {(outlying.index[row], outlying.columns[week]) for row, week in np.argwhere(outlying.to_numpy()).tolist()}
    assert weeks == {(school, entry["first_day"]) for school in entry["schools"]}
    ratio = (rate.loc[entry["schools"], entry["first_day"]] / usual[entry["schools"]]).mean()
    assert 0.6 * entry["factor"] <= ratio <= 1.6 * entry["factor"]


def test_marks_change_their_unit_in_one_week(in_summer: Path, told: dict[str, dict[str, Any]]) -> None:
    """The points by letter of each week of storage; a change of unit moves all letters by one factor."""
    stored = marks(in_summer)
    by_letter = stored.groupby(["week", "Mark"])["points"].median().unstack()
    ratio = by_letter.div(by_letter.median(), axis=1).median(axis=1)
    entry = told["unit change"]
    changed = ratio[(ratio < 0.5) | (ratio > 2)]
    assert list(changed.index) == [entry["first_day"]]
    assert abs(changed.iloc[0] / entry["factor"] - 1) <= 0.05
    own = stored[stored["week"] == entry["first_day"]]
    assert set(own["School"]) <= set(entry["schools"])
    assert len(own) > 300
    assert own["points"].between(0, 4).all()
    assert stored[stored["week"] != entry["first_day"]]["points"].min() >= 35


def test_one_school_stops_reporting_in_one_week(in_summer: Path, told: dict[str, dict[str, Any]]) -> None:
    """Scheduled days without a submission: a whole week of them only there; then it reports again."""
    calendar = read(in_summer / "sis" / "calendar.csv", ";")
    taught = calendar[(calendar["School Year"] == NAME) & (calendar["Day Type"] == "I")]
    scheduled = taught.assign(week=monday(pd.to_datetime(taught["Calendar Date"], format="%Y%m%d")))
    counts = scheduled.groupby(["School", "week"]).size()
    sent = submissions(in_summer).groupby(["SCHOOL", "week"]).size().reindex(counts.index, fill_value=0)
    silent = counts[(sent == 0) & (counts >= 3)]
    entry = told["silent school"]
    assert list(silent.index) == [(entry["schools"][0], entry["first_day"])]
    own = events(in_summer)
    own = own[own["School"] == entry["schools"][0]].groupby("week").size()
    assert entry["first_day"] not in own.index
    assert {week for week in own.index if week > entry["first_day"]}


def test_before_those_weeks_nothing_is_different(folder: Path, in_summer: Path) -> None:
    """What was known in March stands in the files of summer, corrections aside."""
    early, late = events(folder), events(in_summer)
    key = ["Student Number", "School", "Att Date"]
    both = early.merge(late, on=key, suffixes=("", " then"))
    assert len(both) == len(early)
    assert (both["Att Code"] != both["Att Code then"]).mean() < 0.01
    early, late = marks(folder), marks(in_summer)
    assert len(early.merge(late, on=["Student", "Course", "Term", "points", "Mark"])) == len(early)
    assert np.array_equal(np.sort(early["week"].unique()), np.sort(late["week"].unique())[: early["week"].nunique()])
