"""The generated district's students: who is where, who is absent, and the planted histories."""

import datetime as dt
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.demo import population
from include.demo.days import school_year
from include.demo.layout import layout
from tests.unit.demo_files import AS_OF, SHARE_ABSENT, attendance_by_student, attendance_events, read, roster

NAMES = ("2021-22", "2022-23", "2023-24", "2024-25", "2025-26")


def test_the_student_extracts_know_the_same_people_courses_and_terms(folder: Path) -> None:
    tables = roster(folder)
    students = set(tables["demographics.csv"]["sourcedId"])
    extracts = {
        "entry_exit.csv": ("Student Number", ","),
        "discipline.csv": ("Student", ","),
        "grades_2024-25.txt": ("Student", "\t"),
        "state_2025.csv": ("STUDENT_NUMBER", ","),
    }
    for name, (column, delimiter) in extracts.items():
        assert set(read(folder / "sis" / name, delimiter)[column]) <= students, name
    marks = read(folder / "sis" / "grades_2025-26.txt", "\t")
    assert set(marks["Course"]) <= set(tables["courses.csv"]["sourcedId"])
    assert set(marks["Term"]) <= set(tables["academicSessions.csv"]["sourcedId"])
    points = marks["Percent"].astype(float)
    assert ((points < 60) == (marks["Mark"] == "F")).all()


@pytest.mark.parametrize("name", ["2022-23", "2023-24", "2024-25"])
def test_attendance_has_plausible_rates(folder: Path, name: str) -> None:
    days = attendance_by_student(folder, name)
    rated = days[days["enrolled"] >= 10]
    chronic = (10 * rated["absent"] >= rated["enrolled"]).mean()
    assert 0.15 <= chronic <= 0.30
    assert 0.04 <= rated["absent"].sum() / rated["enrolled"].sum() <= 0.11
    assert 178 <= rated["enrolled"].max() <= 185


def test_absence_lasts(folder: Path) -> None:
    """A student's absence in one half of a year tells of the other half, and one year of the next."""
    events = read(folder / "sis" / "attendance_2023-24.csv.gz")
    month = events["Att Date"].str.slice(0, 2).astype(int)
    absent = events["Att Code"].map(SHARE_ABSENT)
    halves = absent.groupby([events["Student Number"], month >= 8]).sum().unstack(fill_value=0)
    assert 0.35 <= halves[False].corr(halves[True]) <= 0.9
    years = [attendance_by_student(folder, name) for name in ("2023-24", "2024-25")]
    rates = [(days["absent"] / days["enrolled"])[days["enrolled"] > 90] for days in years]
    assert 0.2 <= rates[0].corr(rates[1]) <= 0.85


def test_planted_students_come_out_of_the_files(folder: Path, truth: dict) -> None:
    """Each verdict follows from the files alone; the first is chronic at neither school by itself."""
    days = attendance_by_student(folder, "2024-25")
    assert len(truth["planted_students"]) == 6
    for label, known in truth["planted_students"].items():
        found = days.loc[known["student_id"]]
        assert (found["enrolled"], found["absent"]) == (known["enrolled_days"], known["days_absent"]), label
        verdict = bool(10 * found["absent"] >= found["enrolled"]) if found["enrolled"] >= 10 else None
        assert verdict == known["is_chronic"], label

    across = truth["planted_students"]["chronic_only_across_schools"]
    student, schools = across["student_id"], across["schools"]
    spells = read(folder / "sis" / "entry_exit.csv")
    spells = spells[(spells["Student Number"] == student) & (spells["School Year"] == "2024-25")]
    assert list(spells["School Code"]) == schools
    submitted = read(folder / "sis" / "submissions_2024-25.txt", "|")
    events = read(folder / "sis" / "attendance_2024-25.csv.gz")
    events = events[events["Student Number"] == student]
    by_school = {}
    for _, spell in spells.iterrows():
        first, last = (
            dt.datetime.strptime(spell[side], "%m/%d/%Y").strftime("%Y%m%d") for side in ("Entry Date", "Exit Date")
        )
        own = submitted[submitted["SCHOOL"] == spell["School Code"]]["ATT_DATE"]
        absent = events[events["School"] == spell["School Code"]]["Att Code"].map(SHARE_ABSENT).sum()
        by_school[spell["School Code"]] = (int(own.between(first, last).sum()), float(absent))
    first_days, _ = by_school[schools[0]]
    second_days, second_absent = by_school[schools[1]]
    assert first_days < 10
    assert 10 * second_absent < second_days
    assert across["is_chronic"] is True


def test_a_snow_day_is_scheduled_but_never_submitted(folder: Path, truth: dict) -> None:
    """Two or three a year, in winter; the calendar still says instruction at every open school."""
    calendar = read(folder / "sis" / "calendar.csv", ";")
    for year, days in truth["snow_days"].items():
        name = f"{int(year) - 1}-{int(year) % 100:02d}"
        open_schools = calendar[calendar["School Year"] == name]["School"].nunique()
        assert len(set(days)) in (2, 3)
        for day in days:
            assert day[5:7] in ("12", "01", "02", "03")
            that_day = calendar[calendar["Calendar Date"] == day.replace("-", "")]
            assert len(that_day) == open_schools
            assert (that_day["Day Type"] == "I").all()
            assert day.replace("-", "") not in set(read(folder / "sis" / f"submissions_{name}.txt", "|")["ATT_DATE"])
            us = dt.date.fromisoformat(day).strftime("%m/%d/%Y")
            assert us not in set(attendance_events(folder, name)["Att Date"])
    instructional = calendar[calendar["Day Type"] == "I"].groupby(["School", "School Year"]).size()
    assert instructional.between(183, 186).all()


def test_levels_have_calendars_of_their_own(folder: Path) -> None:
    calendar = read(folder / "sis" / "calendar.csv", ";")
    level = roster(folder)["orgs.csv"].set_index("sourcedId")["metadata.level"]
    taught = calendar[(calendar["School Year"] == "2024-25") & (calendar["Day Type"] == "I")]
    first = taught.groupby("School")["Calendar Date"].min().groupby(level).agg(set)
    assert first["elementary"] == first["k8"] != first["middle"] == first["high"]
    days = {name: set(own["Calendar Date"]) for name, own in taught.groupby(taught["School"].map(level))}
    # A conference day of the younger and the marking days of the high schools.
    assert len(days["high"] - days["elementary"]) == 2
    assert len(days["elementary"] - days["high"]) == 2
    assert len(days["elementary"] - days["middle"]) == 1


def test_a_school_has_nothing_outside_its_life(folder: Path) -> None:
    """One school closed and one opened in the history: before and after there is no row of theirs."""
    orgs = roster(folder)["orgs.csv"].set_index("sourcedId")
    schools = orgs[orgs["type"] == "school"]
    begins = pd.to_datetime(schools["metadata.openedOn"])
    ends = pd.to_datetime(schools["metadata.closedOn"].replace("", None)).fillna(pd.Timestamp("2100-01-01"))
    assert (begins > pd.Timestamp("2020-01-01")).sum() == 1
    assert (ends < pd.Timestamp("2100-01-01")).sum() == 1
    dated = [(read(folder / "sis" / "calendar.csv", ";"), "School", "Calendar Date", "%Y%m%d")]
    dated.append((read(folder / "sis" / "entry_exit.csv"), "School Code", "Entry Date", "%m/%d/%Y"))
    for name in NAMES:
        dated.append((read(folder / "sis" / f"submissions_{name}.txt", "|"), "SCHOOL", "ATT_DATE", "%Y%m%d"))
        dated.append((attendance_events(folder, name), "School", "Att Date", "%m/%d/%Y"))
    for table, school, column, style in dated:
        day = pd.to_datetime(table[column], format=style)
        assert (day >= table[school].map(begins)).all()
        assert (day <= table[school].map(ends)).all()
    classes = roster(folder)["classes.csv"]
    assert (classes["schoolSourcedId"].map(ends) > pd.Timestamp(AS_OF)).all()
    seen = {(school, year) for school, year in dated[1][0][["School Code", "School Year"]].itertuples(index=False)}
    held = {(school, year) for school, year in dated[0][0][["School", "School Year"]].itertuples(index=False)}
    assert seen == held


def test_one_school_begins_to_teach_a_grade(folder: Path, truth: dict) -> None:
    """Its oldest pupils stayed, who went elsewhere the year before; no other school's grades change."""
    known = truth["school_changes"]["grade_added"]
    spells = read(folder / "sis" / "entry_exit.csv")
    taught = spells.groupby(["School Code", "School Year"])["Grade Level"].agg(frozenset)
    changed = {school: own for school, own in taught.groupby("School Code") if own.nunique() > 1}
    assert set(changed) == {known["school_id"]}
    by_year = changed[known["school_id"]].droplevel("School Code")
    first = f"{known['school_year'] - 1}-{known['school_year'] % 100}"
    before, after = by_year[by_year.index < first], by_year[by_year.index >= first]
    assert len(before) >= 1
    assert {grades ^ {known["grade"]} for grades in after} == set(before)
    year = spells[spells["School Year"] == first]
    own = year[(year["School Code"] == known["school_id"]) & (year["Grade Level"] == known["grade"])]
    earlier = spells[(spells["School Year"] == before.index[-1]) & (spells["School Code"] == known["school_id"])]
    assert own["Student Number"].isin(earlier["Student Number"]).mean() > 0.5


def test_one_school_closed_and_one_opened_as_truth_says(folder: Path, truth: dict) -> None:
    known = truth["school_changes"]
    spells = read(folder / "sis" / "entry_exit.csv")
    years = spells["School Year"].str.slice(0, 4).astype(int).add(1).groupby(spells["School Code"]).agg(["min", "max"])
    closed, opened = years[years["max"] < 2026], years[years["min"] > 2022]
    assert [*closed["max"].items()] == [(known["closed"]["school_id"], known["closed"]["school_year"])]
    assert [*opened["min"].items()] == [(known["opened"]["school_id"], known["opened"]["school_year"])]
    # The pupils of the closed school go on at another.
    last = spells[(spells["School Code"] == known["closed"]["school_id"]) & (spells["School Year"] == "2022-23")]
    after = spells[spells["School Year"] == "2023-24"]
    assert last["Student Number"].isin(after["Student Number"]).mean() > 0.75


def test_absence_rises_in_winter(town: Path) -> None:
    """Absences by day and submission of each month: January and February above September and October, in every year."""
    for name in ("2022-23", "2023-24", "2024-25"):
        events = attendance_events(town, name)
        absent = events["Att Code"].map(SHARE_ABSENT).groupby(events["Att Date"].str.slice(0, 2)).sum()
        submitted = read(town / "sis" / f"submissions_{name}.txt", "|")
        rate = absent / submitted.groupby(submitted["ATT_DATE"].str.slice(4, 6)).size()
        assert rate[["01", "02"]].mean() > 1.1 * rate[["09", "10"]].mean(), rate


@pytest.mark.parametrize("students", [300, 3_000, 14_500, 90_000])
def test_a_district_of_any_size_has_a_school_for_everyone(students: int) -> None:
    """Every pupil of every year is at an open school that teaches the grade, before a move and after it."""
    places = layout(students, 5)
    years = [school_year(np.random.default_rng(1), places, 2022 + index, index) for index in range(5)]
    people, rolls = population.build(np.random.default_rng(2), places, years, students)
    assert len(set(people.number)) == len(people)
    for index, roll in enumerate(rolls):
        offered = places.offered(index)
        assert 0.97 * students <= len(roll) <= 1.03 * students
        assert offered[roll.grade, roll.school].all()
        moved = roll.move >= 0
        assert offered[roll.grade[moved], roll.second[moved]].all()
        size = np.bincount(roll.school, minlength=len(places))
        assert (size[places.is_open[:, index]] > 0).all()
        assert len(set(roll.student)) == len(roll)
    # 28 of Lowell's size: the state's directory of schools of 2013-14 has 24 with enrolment, and its own programmes.
    if students == 14_500:
        assert places.is_open[:, -1].sum() == 28


# Massachusetts, Lowell 2013-14, in percent: race by school weighted by enrolment; selected populations of the district.
# Then how far the generated district may be off, in points.
PUBLISHED = {
    "hispanic": (29.4, 2.5),
    "asian": (29.9, 2.5),
    "black": (6.6, 1.5),
    "white": (31.0, 2.5),
    "ELL": (29.4, 3.5),
    "SPED": (15.1, 2.0),
    "FRL": (75.1, 3.5),
    "first language not English": (39.6, 2.5),
    "churn": (15.5, 3.0),
}


def test_the_students_are_those_of_a_city_like_lowell(town: Path) -> None:
    tables = roster(town)
    spells = read(town / "sis" / "entry_exit.csv")
    now = set(spells[(spells["School Year"] == "2025-26") & (spells["Exit Date"] == "")]["Student Number"])
    people = tables["demographics.csv"].set_index("sourcedId").loc[sorted(now)]
    is_hispanic = people["hispanicOrLatinoEthnicity"] == "true"
    shares = {
        "hispanic": is_hispanic.mean(),
        "asian": (people["asian"] == "true").mean(),
        "black": (people["blackOrAfricanAmerican"] == "true").mean(),
        "white": ((people["white"] == "true") & ~is_hispanic).mean(),
    }
    programs = read(town / "programs" / "participation.txt", "|")
    held = programs[(programs["START"] <= "20260302") & ((programs["END"] == "") | (programs["END"] >= "20260302"))]
    for code in ("ELL", "SPED", "FRL"):
        shares[code] = len(set(held[held["PROGRAM"] == code]["STUDENT_NO"]) & now) / len(now)
    languages = tables["users.csv"].set_index("sourcedId").loc[sorted(now), "metadata.homeLanguage"]
    shares["first language not English"] = (~languages.str.startswith("en")).mean()
    year = spells[spells["School Year"] == "2024-25"]
    late = pd.to_datetime(year["Entry Date"]) > pd.Timestamp("2024-09-15")
    shares["churn"] = (late | year["Exit Code"].isin(["T", "W2"])).mean()
    for name, (published, tolerance) in PUBLISHED.items():
        assert abs(100 * shares[name] - published) <= tolerance, (name, shares[name])
    assert languages.str.contains(",").sum() > 30
    assert languages.str.split(",").str[0].nunique() >= 8


def test_students_leave_and_come_back(town: Path) -> None:
    """Within a year to the same school, and a year later under the same number."""
    spells = read(town / "sis" / "entry_exit.csv")
    spells["year"] = spells["School Year"].str.slice(0, 4).astype(int)
    twice = spells[spells.duplicated(["Student Number", "School Code", "School Year"], keep=False)]
    assert twice["Student Number"].nunique() >= 20
    for _, own in twice.groupby(["Student Number", "School Year"]):
        left, back = pd.Timestamp(own["Exit Date"].iloc[0]), pd.Timestamp(own["Entry Date"].iloc[1])
        assert 15 <= (back - left).days <= 130
        assert own["Exit Code"].iloc[0] == "W2"
        assert own["Entry Code"].iloc[1] == "R"
    years = spells.drop_duplicates(["Student Number", "year"]).sort_values(["Student Number", "year"])
    gap = years["year"] - years.groupby("Student Number")["year"].shift()
    assert (gap == 2).sum() >= 20
    assert (gap.dropna() <= 2).all()
    assert (years[gap == 2]["Entry Code"] == "R").all()


def test_the_schools_of_one_level_record_every_day(folder: Path) -> None:
    """A row for each pupil and submitted day, P where present; none of these schools among the exceptions."""
    level = roster(folder)["orgs.csv"].set_index("sourcedId")["metadata.level"]
    for name in NAMES[-2:]:
        daily = read(folder / "sis" / f"daily_attendance_{name}.csv.gz")
        assert set(daily["School"].map(level)) == {"k8"}
        exceptions = read(folder / "sis" / f"attendance_{name}.csv.gz")
        assert "k8" not in set(exceptions["School"].map(level))
        assert 0.85 <= (daily["Att Code"] == "P").mean() <= 0.97
        assert not daily.duplicated(["Student Number", "School", "Att Date"]).any()
        submitted = read(folder / "sis" / f"submissions_{name}.txt", "|")
        held = set(submitted[submitted["SCHOOL"].isin(daily["School"])]["ATT_DATE"])
        dates = set(pd.to_datetime(daily["Att Date"]).dt.strftime("%Y%m%d"))
        # The last day's submission may be in before its rows are, or the other way round.
        assert len(dates ^ held) <= 2
    assert not (folder / "sis" / f"daily_attendance_{NAMES[-3]}.csv.gz").exists()


def test_the_autonomous_network_gained_what_truth_says(town: Path) -> None:
    """Difference in differences of the attendance rate, years before and after, that network against all others."""
    known = json.loads((town / "truth.json").read_text(encoding="utf-8"))["network_autonomy"]
    listed = read(town / "sis" / "autonomies.csv")
    given = listed[listed["Autonomy"].isin(["CALENDAR", "SCHEDULE"])]
    assert set(given["Network"]) == {known["network_id"]}
    assert set(given["From"]) == {known["from"]}
    rates = {}
    for name in ("2022-23", "2023-24", "2024-25"):
        spells = read(town / "sis" / "entry_exit.csv")
        own = spells[(spells["School Year"] == name) & spells["School Code"].isin(known["schools"])]
        days = attendance_by_student(town, name)
        here = days.index.isin(own["Student Number"])
        for side, chosen in ((True, days[here]), (False, days[~here])):
            rates[name, side] = 100 * (1 - chosen["absent"].sum() / chosen["enrolled"].sum())
    apart = {name: rates[name, True] - rates[name, False] for name in ("2022-23", "2023-24", "2024-25")}
    effect = apart["2024-25"] - (apart["2022-23"] + apart["2023-24"]) / 2
    assert known["from"] == "2024-07-01"
    assert abs(effect - known["points"]) <= 0.75, apart


def test_registration_is_slower_for_some_languages(town: Path) -> None:
    known = json.loads((town / "truth.json").read_text(encoding="utf-8"))["registration"]
    made = read(town / "community" / "registrations.csv")
    steps = ["Submitted", "Completed", "Placed", "Notified", "Enrolled"]
    days = made[steps].apply(lambda column: pd.to_datetime(column.replace("", None), format="%m/%d/%Y"))
    assert made["Application"].is_unique
    slow = made["Home Language"].isin(known["slow_languages"])
    assert slow.sum() > 100
    for before, step in itertools.pairwise(steps):
        assert (days[step] > days[before])[days[step].notna()].all()
        taken = (days[step] - days[before]).dt.days
        # Whoever has had half a year is done, so that nobody's open steps shorten the mean.
        taken = taken[days["Submitted"] < "2025-09-01"]
        ratio = taken[slow].mean() / taken[~slow].mean()
        if step.lower() in known["slow_steps"]:
            assert 1.6 <= ratio <= 2.2, step
        else:
            assert 0.8 <= ratio <= 1.2, step
    is_open = (made["Enrolled"] == "") & (made["Withdrawn"] == "")
    assert is_open.sum() > 30
    assert (made["Withdrawn"] != "").sum() > 30
    assert (made[made["Withdrawn"] != ""]["Enrolled"] == "").all()
    posted = pd.to_datetime(made["Updated"], format="%m/%d/%Y")
    assert (posted >= days.max(axis=1)).all()
    assert posted.max() <= pd.Timestamp(AS_OF)
    enrolled = made[made["Student No"] != ""]
    assert enrolled["Student No"].is_unique
    assert set(enrolled["Student No"]) <= set(roster(town)["demographics.csv"]["sourcedId"])
    spells = read(town / "sis" / "entry_exit.csv").drop_duplicates("Student Number").set_index("Student Number")
    begun = enrolled[enrolled["Student No"].isin(spells.index)].set_index("Student No")
    assert (spells.loc[begun.index, "School Code"] == begun["School"]).all()
