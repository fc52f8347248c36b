"""The scorecard, its peers and the registration times worked out a second time, from the files alone."""

import math
import zipfile
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.marts import equity_frames as frames
from tests.marts.lakeside import Lakeside

AS_OF = pd.Timestamp("2026-03-02")
YEARS = range(2022, 2027)
PEERS = 5
FEWEST = 10
ABSENT = {"AU": 2, "AE": 2, "OSS": 2, "HD": 1, "HE": 1, "TD": 0, "P": 0}
LOWER_IS_BETTER = {"chronic_absence", "suspension_rate", "vacancy_rate"}
PROPORTIONS = {"chronic_absence", "proficiency_ela", "proficiency_math", "suspension_rate", "retention"}
NAMES = {
    "Chronic absence": "chronic_absence",
    "Attendance rate": "attendance_rate",
    "Proficiency in ELA": "proficiency_ela",
    "Proficiency in math": "proficiency_math",
    "Out-of-school suspension": "suspension_rate",
    "Parity of staff": "staff_parity",
}
# What this file works out; test_funding_recomputed does the two indicators of money.
WORKED_OUT = sorted([*NAMES.values(), "retention", "vacancy_rate"])
STEPS = {
    "complete": ("Submitted", "Completed"),
    "place": ("Completed", "Placed"),
    "notify": ("Placed", "Notified"),
    "enroll": ("Notified", "Enrolled"),
    "attend": ("Enrolled", "Attended"),
    "in_all": ("Submitted", "Attended"),
}


def year_of(name: Any) -> Any:
    """2025 of 2024-25."""
    return name.str[:4].astype(int) + 1


def school_year_of(day: Any) -> Any:
    return day.dt.year + (day.dt.month >= 7)


class Files:
    """The generated files, read as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, pattern: str, sep: str = ",", encoding: str = "utf-8-sig") -> Any:
        found = sorted(self.folder.glob(pattern))
        return pd.concat(
            [pd.read_csv(path, sep=sep, dtype=str, keep_default_na=False, encoding=encoding) for path in found],
            ignore_index=True,
        )

    def roster(self, member: str) -> Any:
        with zipfile.ZipFile(self.folder / "sis" / "oneroster.zip") as archive, archive.open(member) as file:
            return pd.read_csv(file, dtype=str, keep_default_na=False)

    @cached_property
    def schools(self) -> Any:
        orgs = self.roster("orgs.csv")
        return orgs[orgs["type"] == "school"].set_index("sourcedId")

    @cached_property
    def network(self) -> dict[tuple[str, int], str]:
        """The network of each school and year."""
        return frames.network_of(self.folder, AS_OF)

    @cached_property
    def spells(self) -> Any:
        """Where each student was, and when; of overlapping spells the one entered last comes first."""
        spells = self.read("sis/entry_exit.csv")
        made = pd.DataFrame({
            "student": spells["Student Number"], "school": spells["School Code"],
            "year": year_of(spells["School Year"]),
            "begins": pd.to_datetime(spells["Entry Date"], format="%m/%d/%Y"),
            "ends": pd.to_datetime(spells["Exit Date"].replace("", None), format="%m/%d/%Y"),
        })  # fmt: skip
        ends: Any = made["ends"].fillna(AS_OF)
        made["ends"] = ends.clip(upper=AS_OF)
        made = made[(made["begins"] <= AS_OF) & (made["begins"] <= made["ends"])]
        return made.sort_values(["begins", "school"], ascending=[False, True], ignore_index=True)

    @cached_property
    def own_school(self) -> Any:
        """The last school of every student and year."""
        return self.spells.drop_duplicates(["student", "year"])[["student", "year", "school"]]

    @cached_property
    def days(self) -> Any:
        """Every student's submitted days, with the halves of a day absent."""
        calendar = self.read("sis/calendar.csv", ";")
        calendar = calendar[calendar["Day Type"] == "I"]
        day = pd.DataFrame({
            "school": calendar["School"], "date": pd.to_datetime(calendar["Calendar Date"], format="%Y%m%d"),
            "year": year_of(calendar["School Year"]),
        })  # fmt: skip
        day = day[day["date"] <= AS_OF]
        submitted = self.read("sis/submissions_*.txt", "|")
        submitted = pd.DataFrame({
            "school": submitted["SCHOOL"], "date": pd.to_datetime(submitted["ATT_DATE"], format="%Y%m%d"),
        }).drop_duplicates()  # fmt: skip
        dates = day[["year", "date"]].drop_duplicates()
        held = self.spells.merge(dates, on="year")
        held = held[(held["date"] >= held["begins"]) & (held["date"] <= held["ends"])]
        held = held.drop_duplicates(["student", "date"])[["student", "school", "year", "date"]]
        held = held.merge(day, on=["school", "year", "date"]).merge(submitted, on=["school", "date"])
        events = pd.concat([self.read("sis/attendance_*.csv.gz"), self.read("sis/daily_attendance_*.csv.gz")])
        events = pd.DataFrame({
            "student": events["Student Number"], "date": pd.to_datetime(events["Att Date"], format="%m/%d/%Y"),
            "halves": events["Att Code"].map(ABSENT),
        }).groupby(["student", "date"], as_index=False).max()  # fmt: skip
        held = held.merge(events, on=["student", "date"], how="left")
        return held.assign(halves=held["halves"].fillna(0).astype(int))

    @cached_property
    def need(self) -> dict[tuple[str, int], Fraction]:
        """Share of students with a low-income record in the year, to six decimals, by school and year."""
        spells = self.read("programs/participation.txt", "|")
        spells = spells[spells["PROGRAM"] == "FRL"]
        begins = pd.to_datetime(spells["START"], format="%Y%m%d")
        ends = pd.to_datetime(spells["END"].replace("", None), format="%Y%m%d")
        found = []
        for year in YEARS:
            within = (begins <= min(pd.Timestamp(year, 6, 30), AS_OF)) & ~(ends < pd.Timestamp(year - 1, 7, 1))
            found.append(pd.DataFrame({"student": spells["STUDENT_NO"][within].unique(), "year": year, "in_need": 1}))
        pupils = self.own_school.merge(pd.concat(found), on=["student", "year"], how="left")
        counted = pupils.groupby(["school", "year"])["in_need"].agg(["size", "count"])
        return {
            key: Fraction(math.floor(Fraction(int(row["count"]), int(row["size"])) * 10**6 + Fraction(1, 2)), 10**6)
            for key, row in counted.iterrows()
        }

    @cached_property
    def figures(self) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]]:
        """numerator, denominator, people and n by indicator, school and year."""
        found: dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]] = {}
        counted = self.days.groupby(["student", "year"])["halves"].agg(["size", "sum"]).reset_index()
        own = self.own_school.merge(counted, on=["student", "year"], how="left").fillna({"size": 0, "sum": 0})
        own["rated"] = own["size"] >= 10
        own["chronic"] = own["rated"] & (10 * own["sum"] >= 2 * own["size"])
        actions = self.read("sis/discipline.csv")
        actions = actions[actions["Action"] == "OSS"]
        day = [pd.to_datetime(actions["Incident Date"], format=style, errors="coerce")
               for style in ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d")]  # fmt: skip
        suspended = pd.DataFrame({
            "student": actions["Student"], "year": school_year_of(day[0].fillna(day[1]).fillna(day[2])),
        }).drop_duplicates().assign(suspended=1)  # fmt: skip
        own = own.merge(suspended, on=["student", "year"], how="left")
        for (school, year), rows in own.groupby(["school", "year"]):
            n, rated, enrolled = len(rows), int(rows["rated"].sum()), int(rows["size"].sum())
            if rated:
                found["chronic_absence", school, year] = Fraction(int(rows["chronic"].sum())), Fraction(rated), rated, n
            absent = Fraction(int(rows["sum"].sum()), 2)
            found["attendance_rate", school, year] = enrolled - absent, Fraction(enrolled), n, n
            found["suspension_rate", school, year] = Fraction(int(rows["suspended"].count())), Fraction(n), n, n
        tests = self.read("sis/state_*.csv")
        tests = tests[tests["ACHIEVEMENT_LEVEL"] != ""]
        good = tests["ACHIEVEMENT_LEVEL"].isin(["Meeting", "Exceeding"])
        for (school, year, subject), rows in good.groupby([tests[c] for c in ("SCHOOL_CODE", "TEST_YEAR", "SUBJECT")]):
            found[f"proficiency_{subject.lower()}", school, int(year)] = (
                Fraction(int(rows.sum())), Fraction(len(rows)), len(rows), len(rows),
            )  # fmt: skip
        return found | self._parity() | self._retention() | self._vacancy()

    @cached_property
    def posts(self) -> Any:
        """Every assignment: person, school, job, position, FTE, first and last day."""
        work = self.read("hr/assignments.csv")
        return pd.DataFrame({
            "person": work["Emp ID"], "school": work["Location"], "job": work["Job Group"],
            "position": work["Position No"], "fte": work["FTE"].map(Fraction),
            "begins": pd.to_datetime(work["Begin Date"], format="%m/%d/%Y"),
            "ends": pd.to_datetime(work["End Date"].replace("", None), format="%m/%d/%Y"),
        })  # fmt: skip

    def in_post(self, year: int) -> Any:
        """The assignments on the base date of the school year."""
        base = pd.Timestamp(year - 1, 10, 1)
        return self.posts[(self.posts["begins"] <= base) & ~(self.posts["ends"] < base)]

    def _retention(self) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]]:
        found = {}
        for year in YEARS:
            if pd.Timestamp(year, 10, 1) > AS_OF:
                continue
            later = self.in_post(year + 1)
            held = set(zip(later["person"], later["school"], later["job"], strict=True))
            for school, rows in self.in_post(year).groupby("school"):
                if school not in self.schools.index:
                    continue
                kept = {
                    person
                    for person, job in zip(rows["person"], rows["job"], strict=True)
                    if (person, school, job) in held
                }
                n = rows["person"].nunique()
                found["retention", str(school), year] = Fraction(len(kept)), Fraction(n), n, n
        return found

    def _vacancy(self) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]]:
        places = pd.read_excel(self.folder / "hr" / "positions.xlsx", dtype=str)
        opened, closed = (pd.to_datetime(places[name]) for name in ("Opened", "Closed"))
        found = {}
        for year in YEARS:
            base = pd.Timestamp(year - 1, 10, 1)
            filled = self.in_post(year).groupby("position")["fte"].sum()
            for school, rows in places[(opened <= base) & ~(closed < base)].groupby("Location"):
                if school not in self.schools.index:
                    continue
                budgeted = rows["Budgeted FTE"].map(Fraction)
                vacant: Fraction = sum(
                    (max(fte - filled.get(place, Fraction(0)), Fraction(0))
                     for place, fte in zip(rows["Position No"], budgeted, strict=True)), Fraction(0),
                )  # fmt: skip
                found["vacancy_rate", str(school), year] = vacant, sum(budgeted, Fraction(0)), len(rows), len(rows)
        return found

    def _parity(self) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]]:
        people = self.read("hr/staff.csv", ";", "latin-1").set_index("Emp ID")
        race = people["Race"].where(people["Hispanic"] != "Y", "hispanic")
        pupil = self.roster("demographics.csv").set_index("sourcedId")
        single = {
            "americanIndianOrAlaskaNative": "I", "asian": "A", "blackOrAfricanAmerican": "B",
            "nativeHawaiianOrOtherPacificIslander": "P", "white": "W",
        }  # fmt: skip
        flags = pupil[[*single]] == "true"
        several = (pupil["demographicRaceTwoOrMoreRaces"] == "true") | (flags.sum(axis=1) > 1)
        group = flags.rename(columns=single).idxmax(axis=1).where(flags.any(axis=1), "")
        group = group.mask(several, "M").mask(pupil["hispanicOrLatinoEthnicity"] == "true", "hispanic")
        found = {}
        for year in YEARS:
            base = pd.Timestamp(year - 1, 10, 1)
            here = self.in_post(year)
            enrolled = self.spells[(self.spells["begins"] <= base) & (self.spells["ends"] >= base)]
            enrolled = enrolled.drop_duplicates("student")
            for school in self.schools.index:
                staff = here[here["school"] == school]
                weight = staff["fte"].groupby(staff["person"].map(race).fillna("")).sum()
                count = enrolled[enrolled["school"] == school]["student"].map(group).value_counts()
                weight, count = weight.drop("", errors="ignore"), count.drop("", errors="ignore")
                if weight.sum() and count.sum():
                    apart = sum(
                        abs(
                            weight.get(name, Fraction(0)) / weight.sum()
                            - Fraction(int(count.get(name, 0)), int(count.sum()))
                        )
                        for name in set(weight.index) | set(count.index)
                    )
                    n = staff["person"].nunique()
                    found["staff_parity", school, year] = 1 - Fraction(apart) / 2, Fraction(1), n, n
        return found

    def value(self, indicator: str, school: str, year: int) -> Fraction | None:
        given = self.figures.get((indicator, school, year))
        return given[0] / given[1] if given else None

    def median(self, indicator: str, schools: list[str], year: int) -> float | None:
        values = [value for school in schools if (value := self.value(indicator, school, year)) is not None]
        return float(np.median([float(value) for value in values])) if values else None

    def peers(self, school: str, year: int) -> list[str]:
        """The five nearest of the level, and whoever ties with the fifth."""
        level = self.schools["metadata.level"]
        apart = {
            other: abs(self.need[school, year] - self.need[other, year])
            for other in self.schools.index
            if other != school and level[other] == level[school] and (other, year) in self.need
        }
        within = sorted(apart.values())[:PEERS]
        return [other for other, distance in apart.items() if within and distance <= within[-1]]

    @cached_property
    def targets(self) -> dict[tuple[str, str, int], tuple[Fraction, Fraction, int, int]]:
        """baseline, target and their years by indicator, school and year."""
        found = {}
        for row in self.read("plans/targets.csv").to_dict("records"):
            begins, by = (int(row[name][:4]) + 1 for name in ("From Year", "By Year"))
            baseline, target = (Fraction(row[name]) / 100 for name in ("Baseline", "Target"))
            for year in range(begins + 1, by + 1):
                found[NAMES[row["Indicator"]], row["School"], year] = baseline, target, begins, by
        return found

    def verdict(self, indicator: str, school: str, year: int) -> str | None:
        value, plan = self.value(indicator, school, year), self.targets.get((indicator, school, year))
        if value is None or plan is None:
            return None
        if self.figures[indicator, school, year][2] < FEWEST:
            return "insufficient_n"
        baseline, target, begins, by = plan
        line = baseline + (target - baseline) * Fraction(year - begins, by - begins)
        sign = -1 if indicator in LOWER_IS_BETTER else 1
        if sign * value >= sign * target:
            return "met"
        return "on_track" if sign * value >= sign * line else "off_track"


@pytest.fixture(scope="module")
def files(lakeside: Lakeside) -> Files:
    return Files(lakeside.files)


@pytest.fixture(scope="module")
def card(lakeside: Lakeside) -> Any:
    return lakeside.frame("select * from marts.msr_scorecard").set_index(["indicator", "school_id", "school_year"])


def same(found: Any, expected: float | Fraction | None, error: float = 1e-6) -> bool:
    if expected is None:
        return bool(pd.isna(found))
    return not pd.isna(found) and abs(float(found) - float(expected)) <= error


def test_every_figure_of_every_school(files: Files, card: Any) -> None:
    of_these = card[card.index.get_level_values("indicator").isin(WORKED_OUT)]
    assert {key for key, row in of_these.iterrows() if row["value"] is not None} == set(files.figures)
    for key, (numerator, denominator, _, n) in files.figures.items():
        row = card.loc[key]
        assert same(row["value"], numerator / denominator), key
        assert row["n"] == n, key
        if key[0] != "staff_parity":
            assert (Fraction(row["numerator"]), Fraction(row["denominator"])) == (numerator, denominator), key


def test_who_stayed_is_not_known_before_the_next_base_date(files: Files, card: Any) -> None:
    rows = card.xs("retention", level="indicator").xs(2026, level="school_year")
    here = files.in_post(2026).groupby("school")["person"].nunique()
    assert set(rows.index) == set(here.index) & set(files.schools.index)
    assert set(rows["status"]) == {"not_collected"} and rows["value"].isna().all() and rows["numerator"].isna().all()
    assert rows["n"].to_dict() == {school: here[school] for school in rows.index}


def test_every_verdict_and_history(files: Files, card: Any) -> None:
    counted = {"met": 0, "on_track": 0, "off_track": 0}
    for key, row in card[card.index.get_level_values("indicator").isin(WORKED_OUT)].iterrows():
        indicator, school, year = key
        expected = files.verdict(indicator, school, year)
        assert (row["verdict"] if isinstance(row["verdict"], str) else None) == expected, key
        assert (row["target_status"] == "ok") == (key in files.targets), key
        if expected in counted:
            counted[expected] += 1
        for back, name in ((1, "value_1_year_ago"), (2, "value_2_years_ago"), (3, "value_3_years_ago")):
            assert same(row[name], files.value(indicator, school, year - back)), key
    assert min(counted.values()) > 3, counted


def test_the_medians_of_peers_and_networks(files: Files, card: Any) -> None:
    network = files.network
    seen = set(card.index.droplevel("indicator"))
    for key, row in card[card.index.get_level_values("indicator").isin(WORKED_OUT)].iterrows():
        indicator, school, year = key
        assert same(row["need_share"], files.need[school, year], 0), key
        assert same(row["peer_median"], files.median(indicator, files.peers(school, year), year), 2e-6), key
        assert row["network_id"] == network[school, year], key
        together = [
            other
            for other in files.schools.index
            if network[other, year] == network[school, year] and (other, year) in seen
        ]
        assert same(row["network_median"], files.median(indicator, together, year), 2e-6), key


def test_the_intervals_of_proportions(files: Files, card: Any) -> None:
    z = 1.959964
    for key, row in card.iterrows():
        if key[0] not in PROPORTIONS or row["value"] is None:
            assert row["interval_low"] is None and row["interval_high"] is None, key
            continue
        numerator, n, *_ = (float(value) for value in files.figures[key])
        p, half = numerator / n, z * math.sqrt(numerator / n * (1 - numerator / n) / n + z * z / (4 * n * n))
        for name, side in (("interval_low", -1), ("interval_high", 1)):
            assert same(row[name], (p + z * z / (2 * n) + side * half) / (1 + z * z / n)), key


def test_the_planted_plans_are_found(lakeside: Lakeside, card: Any) -> None:
    planted = lakeside.truth["plans"]
    assert {school["verdict"] for school in planted["schools"].values()} == {"met", "on_track", "off_track"}
    for school, known in planted["schools"].items():
        row = card.loc[planted["indicator"], school, planted["school_year"]]
        assert row["verdict"] == known["verdict"], school
        assert (row["numerator"], row["denominator"]) == (known["proficient"], known["tested"]), school
    for school in planted["without_a_plan"]:
        rows = card.xs(school, level="school_id")
        assert set(rows["target_status"]) == {"not_collected"} and rows["verdict"].isna().all()
        assert (rows["status"] == "ok").any()


def test_networks_and_autonomies_against_their_matches(lakeside: Lakeside, files: Files, card: Any) -> None:
    level, network = files.schools["metadata.level"], files.network
    spells = files.read("sis/autonomies.csv")
    schools_of = set(card.index.droplevel("indicator"))
    found: Any = lakeside.frame("select * from marts.msr_network").set_index(
        ["group_kind", "group_id", "indicator", "school_year"]
    )
    compared = 0
    for (kind, group, indicator, year), row in found.iterrows():
        if indicator not in WORKED_OUT:
            continue
        here = [school for school in files.schools.index if (school, year) in schools_of]
        if kind == "network":
            inside = {school for school in here if network[school, year] == group}
        else:
            at = min(pd.Timestamp(year, 6, 30), AS_OF).date().isoformat()
            held = spells[(spells["Autonomy"].str.lower() == group) & (spells["From"] <= at)]
            inside = set(held["School"][(held["To"] == "") | (held["To"] >= at)]) & set(here)
        pairs = []
        for school in inside:
            own = files.value(indicator, school, year)
            apart = {
                other: abs(files.need[school, year] - files.need[other, year])
                for other in here
                if other not in inside
                and level[other] == level[school]
                and files.value(indicator, other, year) is not None
            }
            if own is None or not apart:
                continue
            nearest: list[Any] = [
                files.value(indicator, other, year) for other in apart if apart[other] == min(apart.values())
            ]
            pairs.append((own, sum(nearest) / len(nearest)))
        assert (row["schools"], row["matched_schools"]) == (len(inside), len(pairs)), (kind, group, indicator, year)
        if len(pairs) < 2:
            known = any(files.value(indicator, school, year) is not None for school in inside)
            assert row["status"] == ("insufficient_n" if known else "not_collected") and row["value"] is None
            continue
        own, other = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
        assert same(row["value"], own) and same(row["matched_value"], other), (kind, group, indicator, year)
        assert same(row["difference"], own - other)
        compared += 1
    assert compared > 50


def test_a_school_counts_in_the_network_that_it_was_in(lakeside: Lakeside, card: Any) -> None:
    """The planted change of a network: the figures of each year are those of the schools that it had then."""
    moved = lakeside.truth["school_changes"]["network_changed"]
    school, since = moved["school_id"], moved["school_year"]
    assert YEARS[0] < since <= YEARS[-1] and moved["from"] != moved["to"]
    spans = lakeside.frame(
        f"select network_id, valid_from, valid_to from marts.brg_school_network where school_id = '{school}' "
        "order by valid_from desc limit 2"
    ).to_dict("records")
    assert [span["network_id"] for span in spans] == [moved["to"], moved["from"]]
    assert (spans[0]["valid_from"].isoformat(), spans[0]["valid_to"]) == (f"{since - 1}-07-01", None)
    assert spans[1]["valid_to"].isoformat() == f"{since - 1}-06-30"
    then = {year: moved["from"] if year < since else moved["to"] for year in YEARS}
    own = card.xs(school, level="school_id").reset_index()
    assert (own["network_id"] == own["school_year"].map(then)).all()
    # The network that it left held a school more, and the one that it came into a school fewer.
    held = lakeside.frame(
        "select group_id, school_year, max(schools) as schools from marts.msr_network where group_kind = 'network' "
        "group by 1, 2"
    ).set_index(["group_id", "school_year"])["schools"]
    listed = card.reset_index()[["school_id", "school_year", "network_id"]].drop_duplicates()
    counted = listed.groupby(["network_id", "school_year"]).size()
    assert all(held[key] == counted[key] for key in counted.index)
    # Attendance and staff of the network in a year, from the schools that the scorecard shows in it.
    for mart, where in (
        ("msr_attendance_rate", "subgroup_kind = 'all'"),
        ("msr_staffing_diversity", "job_group = 'teacher'"),
    ):
        part = "denominator" if mart == "msr_attendance_rate" else "fte"
        rows: Any = lakeside.frame(
            f"select org_kind, org_id, school_year, {part} as part from marts.{mart} "
            f"where {where} and school_year >= {YEARS[0]}"
        )
        whole = rows[rows["org_kind"] == "network"].set_index(["org_id", "school_year"])["part"]
        schools = rows[rows["org_kind"] == "school"].merge(
            listed, left_on=["org_id", "school_year"], right_on=["school_id", "school_year"]
        )
        added = schools.groupby(["network_id", "school_year"])["part"].sum()
        assert len(added) == len(whole) > 5
        assert {key: float(value) for key, value in added.items()} == {
            key: float(value) for key, value in whole.items()
        }, mart


@pytest.fixture(scope="module")
def applications(files: Files) -> Any:
    """The applications, each with the first day that the student attended."""
    made = files.read("community/registrations.csv")
    for name in ("Submitted", "Completed", "Placed", "Notified", "Enrolled", "Withdrawn"):
        made[name] = pd.to_datetime(made[name].replace("", None), format="%m/%d/%Y")
    known = made[made["Student No"] != ""]
    here = known.merge(files.spells, left_on="Student No", right_on="student")
    here = here[here["ends"] >= here["Enrolled"]]
    first_year = here.groupby("Application")["year"].min().rename("first_year").reset_index()
    days = known.merge(first_year, on="Application")
    days = days.merge(files.days, left_on=["Student No", "first_year"], right_on=["student", "year"])
    days = days[(days["date"] >= days["Enrolled"]) & (days["halves"] < 2)]
    made["Attended"] = made["Application"].map(days.groupby("Application")["date"].min())
    return made.assign(year=school_year_of(made["Submitted"]), all="all")


def test_every_median_of_registration(lakeside: Lakeside, applications: Any) -> None:
    found: Any = lakeside.frame("select * from marts.msr_registration_timeline").set_index(
        ["group_kind", "group_name", "school_year", "step"]
    )
    columns = {"all": "all", "school": "School", "grade": "Grade", "home_language": "Home Language",
               "program": "Programme"}  # fmt: skip
    checked = 0
    for kind, column in columns.items():
        for (group, year), rows in applications.groupby([column, "year"]):
            for step, (first, last) in STEPS.items():
                begun = rows[rows[first].notna()]
                if not len(begun):
                    assert (kind, group, year, step) not in found.index
                    continue
                row = found.loc[kind, group, year, step]
                kept = begun[begun["Withdrawn"].isna()]
                done = (kept[last] - kept[first]).dt.days.dropna()
                age = (AS_OF - kept[first][kept[last].isna()]).dt.days
                assert row["n"] == len(kept) and row["withdrawn"] == len(begun) - len(kept)
                assert (row["done"], row["still_open"]) == (len(done), len(age))
                assert same(row["value"], done.quantile(0.5) if len(done) else None, 0.005)
                assert same(row["p90_days"], done.quantile(0.9) if len(done) else None, 0.005)
                assert same(row["median_open_days"], age.median() if len(age) else None, 0.005)
                both = pd.concat([done, age])
                assert same(row["median_days_so_far"], both.median() if len(both) else None, 0.005)
                assert row["status"] == ("ok" if len(done) else "insufficient_n")
                checked += 1
    assert checked == len(found) > 500


def test_nobody_is_left_out_of_registration(lakeside: Lakeside, applications: Any) -> None:
    found: Any = lakeside.frame("select * from marts.fct_registration").set_index("application_id")
    assert len(found) == len(applications)
    row = found.loc[applications["Application"]]
    attended = pd.to_datetime(row["first_attended_on"]).reset_index(drop=True)
    assert attended.equals(applications["Attended"].astype(attended.dtype).reset_index(drop=True))
    is_open = applications["Attended"].isna() & applications["Withdrawn"].isna()
    assert row["is_open"].tolist() == is_open.tolist()
    age = (AS_OF - applications["Submitted"]).dt.days[is_open]
    assert row["open_days"].dropna().astype(int).tolist() == age.tolist()


def test_the_planted_delay_by_language_is_found(lakeside: Lakeside) -> None:
    """Some steps take the families of two languages so many times the days of others."""
    known = lakeside.truth["registration"]
    steps = {"completed": "to_complete_days", "placed": "to_place_days", "notified": "to_notify_days",
             "enrolled": "to_enroll_days"}  # fmt: skip
    means: Any = lakeside.frame(
        "select home_language = any(array['" + "','".join(known["slow_languages"]) + "']) as is_slow, "
        + ", ".join(f"cast(avg({name}) as float) as {name}" for name in steps.values())
        + " from marts.fct_registration where withdrawn_on is null and submitted_on < '2025-09-01' group by 1"
    ).set_index("is_slow")  # fmt: skip
    for step, name in steps.items():
        ratio = means.loc[True, name] / means.loc[False, name]
        assert ratio > 1.3 if step in known["slow_steps"] else ratio < 1.3, (step, ratio)


def test_priorities_meet_the_ledger(lakeside: Lakeside, files: Files) -> None:
    """Planned dollars and actual spending of every priority, from the plans, the chart and the ledgers."""
    plans = files.read("plans/priorities.csv")
    plans["Planned"] = plans["Planned"].str.replace(",", "").astype(float)
    plans["year"] = plans["Fiscal Year"].str[2:].astype(int)
    chart = files.read("finance/accounts.csv")
    lines = files.read("finance/ledger_FY*.csv")
    amount = {name: pd.to_numeric(lines[name].str.replace(",", "")).fillna(0) for name in ("Debit", "Credit")}
    spent = (amount["Debit"] - amount["Credit"]).groupby([lines["Account"], lines["FY"].astype(int)]).sum()
    found: Any = lakeside.frame("select * from marts.msr_priority_spending").set_index(
        ["school_id", "fiscal_year", "priority"]
    )
    grouped = plans.groupby(["School", "year", "Priority"])
    assert len(grouped) == len(found) > 10
    for (school, year, priority), rows in grouped:
        own = chart[chart["Location"] == school]
        named = own["Service"].isin(rows["Budget Code"]) | own["Function"].isin(rows["Budget Code"])
        row = found.loc[school, year, priority]
        assert float(row["planned_amount"]) == rows["Planned"].sum()
        assert row["accounts"] == named.sum() > 0
        expected = sum(spent.get((account, year), 0.0) for account in own["Account"][named])
        assert float(row["actual_amount"]) == pytest.approx(expected, abs=0.005)
        assert row["status"] == "ok"
