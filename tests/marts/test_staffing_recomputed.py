"""Staffing worked out again from the exported files with pandas alone, for every school and group."""

import itertools
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jinja2 import Environment
from scipy.stats import fisher_exact

from include.transform.dbt import PROJECT
from tests.marts import equity_frames as frames
from tests.marts.lakeside import AS_OF, Lakeside

TODAY = pd.Timestamp(AS_OF)
# The records of the generated district begin in summer 2021: who had left before is in no file.
BASE_YEARS = range(2022, 2027)
GROUPS = ("hispanic", "two_or_more", "american_indian", "asian", "black", "pacific_islander", "white")
RACE = {"W": "white", "B": "black", "A": "asian", "M": "two_or_more", "I": "american_indian", "P": "pacific_islander"}
JOB = {
    "DLD": "district_leader", "SLD": "school_leader", "TCH": "teacher", "SSP": "student_support",
    "RLS": "related_services", "PAR": "paraprofessional", "HLT": "health", "ADM": "administrative_support",
    "OPS": "operations",
}  # fmt: skip
STAGES = ("applied", "screened", "interviewed", "offered", "accepted", "started")


def base_date(year: int) -> pd.Timestamp:
    return pd.Timestamp(year - 1, 10, 1)


def school_year(days: pd.Series) -> pd.Series:
    return days.dt.year + (days.dt.month >= 7)


def group_of(hispanic: str, code: str) -> str:
    return "hispanic" if hispanic == "Y" else RACE.get(code, "unknown")


@dataclass(frozen=True)
class Files:
    """The files of the district, read."""

    folder: Path
    network: dict[tuple[str, int], str]
    staff: pd.DataFrame
    posts: pd.DataFrame
    positions: pd.DataFrame
    searches: pd.DataFrame
    applications: pd.DataFrame
    retired: pd.DataFrame

    def organisations(self, school: str, year: int) -> list[tuple[str, str]]:
        """What a school or an office counts in, in the school year."""
        found = [("school", school), ("district", "district")]
        return [*found, ("network", self.network[school, year])] if (school, year) in self.network else found

    def in_post(self, day: pd.Timestamp) -> pd.DataFrame:
        return self.posts[(self.posts["begins"] <= day) & ~(self.posts["ends"] < day)]


def read(path: Path, **options: Any) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, **options)


def member(folder: Path, name: str) -> pd.DataFrame:
    with zipfile.ZipFile(folder / "sis" / "oneroster.zip") as archive, archive.open(name) as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def files(lakeside: Lakeside) -> Files:
    folder = lakeside.files
    networks = frames.network_of(folder, TODAY)
    staff = read(folder / "hr" / "staff.csv", sep=";", encoding="latin-1")
    staff["race"] = [group_of(*pair) for pair in zip(staff["Hispanic"], staff["Race"], strict=True)]
    posts = read(folder / "hr" / "assignments.csv").merge(staff[["Emp ID", "race"]], on="Emp ID")
    posts["job"] = posts["Job Group"].map(JOB)
    posts["begins"] = pd.to_datetime(posts["Begin Date"], format="%m/%d/%Y")
    posts["ends"] = pd.to_datetime(posts["End Date"], format="%m/%d/%Y")
    posts["fte"] = posts["FTE"].astype(float)
    positions = pd.read_excel(folder / "hr" / "positions.xlsx", dtype=str)
    positions["job"] = positions["Job Group"].map(JOB)
    positions["fte"] = positions["Budgeted FTE"].astype(float)
    positions["opened"], positions["closed"] = (pd.to_datetime(positions[name]) for name in ("Opened", "Closed"))
    searches = read(folder / "hr" / "requisitions.csv")
    searches["job"] = searches["Job Group"].map(JOB)
    for name in ("Date Posted", "Date Closed"):
        searches[name] = pd.to_datetime(searches[name])
    searches["year"] = school_year(searches["Date Posted"])
    applications = read(folder / "hr" / "applications.csv")
    applications["race"] = [
        group_of(*pair) for pair in zip(applications["Hispanic"], applications["Race"], strict=True)
    ]
    for name in STAGES:
        applications[name] = pd.to_datetime(applications[name.title()])
    applications = applications.merge(searches[["Requisition", "Location", "job", "year"]], on="Requisition")
    left = read(folder / "hr" / "separations.csv")
    left["last"] = pd.to_datetime(left["Last Day"], format="%m/%d/%Y")
    return Files(folder, networks, staff, posts, positions, searches, applications, left[left["Reason"] == "RET"])


def jobs_of(job: str) -> tuple[str, str]:
    return job, "all_staff"


def students_on(files: Files, day: pd.Timestamp, year: int) -> dict[tuple[str, str], dict[str, int]]:
    """Students of known race by organisation; of two schools on a day the one entered last counts."""
    people = member(files.folder, "demographics.csv").set_index("sourcedId")
    columns = {
        "american_indian": "americanIndianOrAlaskaNative", "asian": "asian", "black": "blackOrAfricanAmerican",
        "pacific_islander": "nativeHawaiianOrOtherPacificIslander", "white": "white",
    }  # fmt: skip
    spells = read(files.folder / "sis" / "entry_exit.csv")
    spells["entry"] = pd.to_datetime(spells["Entry Date"], format="%m/%d/%Y")
    spells["exit"] = pd.to_datetime(spells["Exit Date"], format="%m/%d/%Y")
    here = spells[(spells["entry"] <= day) & ~(spells["exit"] < day)]
    here = here.sort_values("entry").drop_duplicates("Student Number", keep="last")
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(GROUPS, 0))
    for student, school in zip(here["Student Number"], here["School Code"], strict=True):
        said = people.loc[student]
        races = [race for race, name in columns.items() if said[name] == "true"]
        if said["hispanicOrLatinoEthnicity"] == "true":
            race = "hispanic"
        elif said["demographicRaceTwoOrMoreRaces"] == "true" or len(races) > 1:
            race = "two_or_more"
        elif races:
            race = races[0]
        else:
            continue
        for organisation in files.organisations(school, year):
            counted[organisation][race] += 1
    return counted


@pytest.fixture(scope="module")
def students(files: Files) -> dict[int, dict[tuple[str, str], dict[str, int]]]:
    """Students of known race on each base date, by organisation and race."""
    return {year: students_on(files, base_date(year), year) for year in BASE_YEARS}


def staff_on(files: Files, year: int) -> dict[tuple[str, str, str], dict[str, float]]:
    """FTE in post on the base date, by organisation, job group and race."""
    staff: dict[tuple[str, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    here = files.in_post(base_date(year))
    for school, job, race, fte in zip(here["Location"], here["job"], here["race"], here["fte"], strict=True):
        for organisation in files.organisations(school, year):
            for counted in jobs_of(job):
                staff[(*organisation, counted)][race] += fte
    return staff


def test_diversity_and_parity(lakeside: Lakeside, files: Files, students: Any) -> None:
    expected: dict[tuple[Any, ...], tuple[float | None, float | None]] = {}
    for year in BASE_YEARS:
        for key, fte in staff_on(files, year).items():
            known = sum(fte[race] for race in GROUPS)
            pupils = students[year].get(key[:2], {})
            total = sum(pupils.values())
            diversity = (1 - sum((fte[race] / known) ** 2 for race in GROUPS)) * 7 / 6 if known else None
            apart = sum(abs(fte[race] / known - pupils[race] / total) for race in GROUPS) if known and total else None
            expected[(*key, year)] = (diversity, None if apart is None else 1 - apart / 2)
    found = lakeside.frame(
        f"""
        select org_kind, org_id, job_group, school_year, diversity_index, parity_index, staffing_diversity_index as pair
        from marts.msr_staffing_diversity where school_year >= {BASE_YEARS[0]}
        """
    )
    assert len(found) == len(expected) > 500
    for row in _rows(found):
        diversity, parity = expected[(row.org_kind, row.org_id, row.job_group, row.school_year)]
        assert _number(row.diversity_index) == pytest.approx(diversity, abs=1e-9)
        assert _number(row.parity_index) == pytest.approx(parity, abs=1e-9)
        if diversity is not None and parity is not None:
            assert _number(row.pair) == pytest.approx(max(diversity * parity, 0) ** 0.5, abs=1e-6)


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def test_representation_of_every_group(lakeside: Lakeside, files: Files, students: Any) -> None:
    expected: dict[tuple[Any, ...], tuple[float | None, float | None]] = {}
    for year in BASE_YEARS:
        for key, fte in staff_on(files, year).items():
            known, pupils = sum(fte[race] for race in GROUPS), students[year].get(key[:2], {})
            total = sum(pupils.values())
            for race in GROUPS:
                if not fte[race] and not pupils.get(race):
                    continue
                place = (*key, year, race)
                if not known or not total:
                    expected[place] = (None, None)
                    continue
                of_staff, of_pupils = fte[race] / known, pupils.get(race, 0) / total
                expected[place] = (of_pupils - of_staff, of_staff / of_pupils if of_pupils else None)
    found = lakeside.frame(f"select * from marts.msr_representation where school_year >= {BASE_YEARS[0]}")
    assert len(found) == len(expected) > 1_000
    for row in _rows(found):
        gap, parity = expected[(row.org_kind, row.org_id, row.job_group, row.school_year, row.race_group)]
        assert _number(row.representation_gap) == (None if gap is None else pytest.approx(gap, abs=1e-9)), row
        assert _number(row.parity) == (None if parity is None else pytest.approx(parity, abs=1e-9)), row
        assert (row.status == "ok", row.parity_status == "ok") == (gap is not None, parity is not None), row
    assert sum(gap is not None for gap, _ in expected.values()) > 1_000
    assert any(gap is not None and parity is None for gap, parity in expected.values()), "staff of a group, no students"


def test_staff_pipeline(lakeside: Lakeside, files: Files) -> None:
    ladder: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys((*GROUPS, "unknown"), 0))
    for search in files.searches.to_dict("records"):
        for organisation in files.organisations(search["Location"], search["year"]):
            for rung in ("applicant", "hired"):
                _ = ladder[(*organisation, search["year"], rung)]
    for came in files.applications.to_dict("records"):
        for organisation in files.organisations(came["Location"], came["year"]):
            ladder[(*organisation, came["year"], "applicant")][came["race"]] += 1
            ladder[(*organisation, came["year"], "hired")][came["race"]] += not pd.isna(came["accepted"])
    main_job = {}
    for year in BASE_YEARS:
        here = files.in_post(base_date(year))
        people: dict[tuple[Any, ...], set[tuple[str, str]]] = defaultdict(set)
        for person, school, job, race in zip(here["Emp ID"], here["Location"], here["job"], here["race"], strict=True):
            for organisation in files.organisations(school, year):
                people[(*organisation, year, "in_post")].add((person, race))
                _ = people[(*organisation, year, "leader")]
                if job in ("school_leader", "district_leader"):
                    people[(*organisation, year, "leader")].add((person, race))
        for key, those in people.items():
            for _, race in those:
                ladder[key][race] += 1
            _ = ladder[key]
        # The main post is that with most FTE; of equal ones the job group comes first that stands first.
        posts: Any = here.groupby(["Emp ID", "race", "Location", "job"], as_index=False)["fte"].sum()
        posts["place"] = posts["job"].map({job: place for place, job in enumerate(JOB.values())})
        posts = posts.sort_values(["fte", "place", "Location"], ascending=[False, True, True])
        held = posts.drop_duplicates("Emp ID")
        main_job[year] = {row["Emp ID"]: (row["job"], row["race"]) for row in held.to_dict("records")}
    expected = {
        ("ladder", *key, None, race): (count, sum(by_race.values()))
        for key, by_race in ladder.items()
        if key[0] != "school"
        for race, count in by_race.items()
    }
    feeder: dict[tuple[Any, ...], int] = defaultdict(int)
    for year in BASE_YEARS[1:]:
        for person, (job, race) in main_job[year].items():
            origin = main_job[year - 1].get(person, ("outside", ""))[0]
            if origin != job:
                for group in (race, "all_groups"):
                    feeder[year, job, origin, group] += 1
    for (year, job, origin, group), count in feeder.items():
        total = sum(n for (y, j, _, g), n in feeder.items() if (y, j, g) == (year, job, group))
        expected["feeder", "district", "district", year, job, origin, group] = (count, total)
    found = lakeside.frame("select * from marts.msr_staff_pipeline")
    assert len(found) == len(expected) > 500
    assert len(feeder) > 50 and any(origin != "outside" for _, _, origin, _ in feeder)
    for row in _rows(found):
        origin = None if pd.isna(row.from_job_group) else row.from_job_group
        key = (row.part, row.org_kind, row.org_id, row.school_year, row.rung, origin, row.race_group)
        count, total = expected[key]
        assert (row.numerator, row.denominator) == (count, total), key
        assert _number(row.value) == (pytest.approx(count / total, abs=1e-9) if total else None), key
        assert row.status == ("ok" if total else "insufficient_n"), key


def test_retention(lakeside: Lakeside, files: Files) -> None:
    counts: dict[tuple[Any, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for year in BASE_YEARS[:-1]:
        here, later = files.in_post(base_date(year)), files.in_post(base_date(year + 1))
        held_later = set(zip(later["Emp ID"], later["Location"], later["job"], strict=True))
        still_here = set(later["Emp ID"])
        between = (files.retired["last"] >= base_date(year)) & (files.retired["last"] < base_date(year + 1))
        retired = set(files.retired[between]["Emp ID"])
        for person, school, job, race in zip(here["Emp ID"], here["Location"], here["job"], here["race"], strict=True):
            for organisation in files.organisations(school, year):
                for counted in jobs_of(job):
                    for group in (race, "all_groups"):
                        row = counts[(*organisation, year, counted, group)]
                        row["people"].add(person)
                        if (person, school, job) in held_later:
                            row["stayer"].add(person)
                        if person in still_here:
                            row["here"].add(person)
                        elif person in retired:
                            row["retired"].add(person)
    found = lakeside.frame("select * from marts.msr_retention")
    to_come = found[found["school_year"] == BASE_YEARS[-1]]
    assert (to_come["status"] == "not_collected").all()
    assert to_come["value"].isna().all() and to_come["numerator"].isna().all()
    over = found[found["school_year"] < BASE_YEARS[-1]]
    seen = set()
    for row in _rows(over):
        key = (row.org_kind, row.org_id, row.school_year, row.job_group, row.race_group)
        if key not in counts:
            assert (row.n, row.status) == (0, "insufficient_n")
            continue
        seen.add(key)
        people = counts[key]
        stayers, others = len(people["stayer"]), len(people["here"] - people["stayer"])
        expected = {"stayer": stayers, "mover": others, "leaver": len(people["people"] - people["here"])}
        assert (row.n, row.numerator) == (len(people["people"]), expected[row.outcome]), key
        assert float(row.value) == pytest.approx(expected[row.outcome] / len(people["people"]), abs=1e-9)
        assert row.retirements == (len(people["retired"]) if row.outcome == "leaver" else 0)
    assert seen == set(counts)
    rated = over[over["status"] == "ok"]
    sums = rated.groupby(["org_kind", "org_id", "school_year", "job_group", "race_group"])["value"].sum()
    assert len(sums) > 500 and all(value == 1 for value in sums), "the three shares add up to exactly 1"


def test_a_person_with_two_assignments_is_one_person(lakeside: Lakeside, files: Files) -> None:
    here = files.in_post(base_date(2026))
    assert here["Emp ID"].duplicated().any()
    found = lakeside.frame(
        """
        select distinct n from marts.msr_retention
        where org_kind = 'district' and job_group = 'all_staff' and race_group = 'all_groups' and school_year = 2026
        """
    )
    assert found["n"].tolist() == [here["Emp ID"].nunique()]


def test_vacancy(lakeside: Lakeside, files: Files) -> None:
    expected: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    days = {("base_date", base_date(year), year) for year in BASE_YEARS} | {("as_of", TODAY, BASE_YEARS[-1])}
    for counted, day, year in days:
        filled = files.in_post(day).groupby("Position No")["fte"].sum()
        places = files.positions
        for place in places[(places["opened"] <= day) & ~(places["closed"] < day)].to_dict("records"):
            vacant = max(place["fte"] - filled.get(place["Position No"], 0), 0)
            for organisation in files.organisations(place["Location"], year):
                for job in jobs_of(place["job"]):
                    row = expected[(*organisation, counted, day.date(), job)]
                    row[0] += vacant
                    row[1] += place["fte"]
                    row[2] += vacant > 1e-9
    found = lakeside.frame("select * from marts.msr_vacancy")
    assert len(found) == len(expected) > 500
    assert any(row[0] for row in expected.values())
    for row in _rows(found):
        empty, budgeted, unfilled = expected[(row.org_kind, row.org_id, row.counted, row.counted_on, row.job_group)]
        assert (float(row.numerator), float(row.denominator)) == pytest.approx((empty, budgeted), abs=1e-9)
        assert float(row.value) == pytest.approx(empty / budgeted, abs=1e-9)
        assert row.vacant_positions == unfilled


def _cut(files: Files, table: pd.DataFrame) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """The rows of each organisation and job group, all_staff included."""
    rows = [
        (*organisation, counted, index)
        for index, school, job, year in zip(table.index, table["Location"], table["job"], table["year"], strict=True)
        for organisation in files.organisations(school, year)
        for counted in jobs_of(job)
    ]
    spread = pd.DataFrame(rows, columns=["org_kind", "org_id", "job_group", "index"])
    for key, part in spread.groupby(["org_kind", "org_id", "job_group"]):
        yield key, table.loc[part["index"]]


def test_hiring_funnel(lakeside: Lakeside, files: Files) -> None:
    found = lakeside.frame("select * from marts.msr_hiring_funnel").set_index(
        ["org_kind", "org_id", "job_group", "school_year", "race_group"]
    )
    checked = 0
    for key, searches in _cut(files, files.searches):
        for year, part in searches.groupby("year"):
            came = files.applications[files.applications["Requisition"].isin(part["Requisition"])]
            for race in (*GROUPS, "unknown", "all_groups"):
                group = came if race == "all_groups" else came[came["race"] == race]
                row: Any = found.loc[(*key, year, race)]
                assert row["requisitions"] == len(part)
                assert [row[stage] for stage in STAGES] == [int(group[stage].notna().sum()) for stage in STAGES]
                for before, after in itertools.pairwise(STAGES):
                    days = (group[after] - group[before]).dt.days.median()
                    assert _number(row[f"days_to_{after}"]) == (None if pd.isna(days) else pytest.approx(days))
                rate = group["accepted"].notna().mean() if len(group) else None
                assert _number(row["value"]) == (None if rate is None else pytest.approx(rate, abs=1e-9))
                assert row["status"] == ("ok" if len(group) else "insufficient_n")
                checked += 1
    assert checked == len(found) > 500


def test_a_search_without_applicants_shows_with_zeros(lakeside: Lakeside) -> None:
    name = lakeside.truth["no_applicants_requisition"]
    found = lakeside.frame(f"select * from marts.fct_requisition where requisition_id = '{name}'").iloc[0]
    assert (found["applicants"], found["state"]) == (0, "open")
    assert found["days_open"] == (AS_OF - found["posted_on"]).days
    row = lakeside.frame(
        f"""
        select requisitions, applied, accepted, status from marts.msr_hiring_funnel
        where org_id = '{found["school_id"]}' and job_group = '{found["job_group"]}'
          and school_year = {found["school_year"]} and race_group = 'all_groups'
        """
    ).iloc[0]
    assert row["requisitions"] >= 1 and row["status"] in ("ok", "insufficient_n")


def _day_by_which(part: pd.DataFrame, share: float) -> int | None:
    """The smallest day by which the share of searches is filled: each day keeps open what it does not fill."""
    still_open = 1.0
    for day in sorted(part["days"].unique()):
        at_risk = (part["days"] >= day).sum()
        still_open *= 1 - ((part["days"] == day) & part["filled"]).sum() / at_risk
        if still_open <= 1 - share + 1e-9:
            return int(day)
    return None


def test_time_to_fill(lakeside: Lakeside, files: Files) -> None:
    first = files.applications.groupby("Requisition")["accepted"].min()
    searches = files.searches.assign(accepted=files.searches["Requisition"].map(first))
    end = searches["accepted"].fillna(searches["Date Closed"]).fillna(TODAY)
    searches["days"] = (end - searches["Date Posted"]).dt.days
    searches["filled"] = searches["accepted"].notna()
    searches["open"] = ~searches["filled"] & searches["Date Closed"].isna()
    found = lakeside.frame("select * from marts.msr_time_to_fill").set_index(
        ["org_kind", "org_id", "job_group", "school_year"]
    )
    checked = 0
    for key, whole in _cut(files, searches):
        for year, part in whole.groupby("year"):
            row: Any = found.loc[(*key, year)]
            assert (row["n"], row["numerator"], row["still_open"]) == (
                len(part), part["filled"].sum(), part["open"].sum(),
            )  # fmt: skip
            assert _number(row["value"]) == _day_by_which(part, 0.5)
            assert _number(row["p90_days"]) == _day_by_which(part, 0.9)
            longest = part[part["open"]]["days"].max()
            assert _number(row["longest_open_age_days"]) == (None if pd.isna(longest) else longest)
            checked += 1
    assert checked == len(found) > 100
    assert found["still_open"].sum() > 0


def test_adverse_impact(lakeside: Lakeside) -> None:
    """Every ratio, every p and every correction, from the counts of the rows themselves."""
    found = lakeside.frame("select * from marts.msr_adverse_impact")
    families = found.groupby(["org_kind", "org_id", "job_group", "period_kind", "school_year", "stage"], dropna=False)
    tested = 0
    for _, family in families:
        assert set(family["race_group"]) == {*GROUPS, "unknown"}
        enough = family[family["denominator"] >= 5]
        assert (family[family["denominator"] < 5]["status"] == "insufficient_n").all()
        known = enough[enough["race_group"] != "unknown"]
        if known.empty or not known["numerator"].sum():
            assert (family["status"] == "insufficient_n").all()
            continue
        top: Any = known.iloc[(known["numerator"] / known["denominator"]).astype(float).argmax()]
        best = top["numerator"] / top["denominator"]
        assert sum(family["is_comparison"]) == 1
        tests: dict[str, float] = {}
        for row in _rows(enough):
            ratio = row.numerator / row.denominator / best
            assert float(row.value) == pytest.approx(ratio, abs=1e-9)
            assert float(row.comparison_rate) == pytest.approx(best, abs=1e-9)
            below = 10 * row.numerator * top["denominator"] < 8 * row.denominator * top["numerator"]
            assert row.is_flagged == below
            if row.is_comparison:
                assert ratio == pytest.approx(1) and pd.isna(row.p_value)
                continue
            other: Any = family[family["is_comparison"]].iloc[0]
            table = [[row.numerator, row.denominator - row.numerator],
                     [other["numerator"], other["denominator"] - other["numerator"]]]  # fmt: skip
            tests[row.race_group] = float(fisher_exact(table).pvalue)
            assert row.p_value == pytest.approx(tests[row.race_group], rel=1e-9)
            lifted = (row.numerator + 1) / row.denominator / best >= 0.8 - 1e-12 and row.numerator < row.denominator
            assert row.is_flipped_by_one_more == (below and lifted)
        corrected = 0.0
        held = enough.set_index("race_group")
        for place, (race, p) in enumerate(sorted(tests.items(), key=lambda pair: pair[1])):
            corrected = max(corrected, min(1.0, (len(tests) - place) * p))
            assert held.loc[race, "p_holm"] == pytest.approx(corrected, rel=1e-9)
        tested += len(tests)
    assert tested > 100


@pytest.mark.parametrize(
    ("passed", "came", "other_passed", "other_came"),
    [(12, 30, 48, 80), (0, 5, 0, 7), (5, 5, 7, 7), (0, 10, 10, 10), (3, 6, 3, 6), (300, 900, 4_000, 9_000)],
)
def test_fishers_p_is_that_of_scipy(
    lakeside: Lakeside, passed: int, came: int, other_passed: int, other_came: int
) -> None:
    """The macro itself, on the worked case, on the edges and on thousands."""
    macros = Environment(autoescape=True).from_string((PROJECT / "macros" / "hiring.sql").read_text()).module
    written = macros.fisher_exact("p", "n", "q", "m")  # type: ignore[attr-defined]
    found = lakeside.frame(
        f"select {written} as p from (values ({passed}, {came}, {other_passed}, {other_came})) as seen (p, n, q, m)"
    )["p"].item()
    expected = fisher_exact([[passed, came - passed], [other_passed, other_came - other_passed]]).pvalue
    assert found == pytest.approx(float(expected), rel=1e-8)


def test_the_unfair_stage_is_found_and_the_chance_one_is_not(lakeside: Lakeside) -> None:
    unfair, chance = lakeside.truth["unfair_stage"], lakeside.truth["chance_stage"]
    found = lakeside.frame(
        """
        select job_group, stage, race_group, finding, is_flagged, numerator, denominator, p_holm
        from marts.msr_adverse_impact
        where org_kind = 'district' and period_kind = 'all_years' and job_group <> 'all_staff'
        """
    )
    disparities = found[found["finding"] == "disparity"]
    assert set(disparities["stage"]) == {unfair["stage"]}
    assert set(disparities["race_group"]) == set(unfair["races"])
    assert set(disparities["job_group"]) <= set(unfair["job_groups"])
    looks = found[
        (found["job_group"] == chance["job_group"])
        & (found["stage"] == chance["stage"])
        & (found["race_group"] == chance["race"])
    ].iloc[0]
    assert [looks["denominator"], looks["numerator"]] == chance["passed"][chance["race"]]
    assert looks["is_flagged"] and looks["finding"] == "below_four_fifths" and looks["p_holm"] > 0.1


def test_screening_counts_are_the_planted_ones(lakeside: Lakeside) -> None:
    unfair = lakeside.truth["unfair_stage"]
    found = lakeside.frame(
        f"""
        select race_group, sum(denominator) as came, sum(numerator) as passed from marts.msr_adverse_impact
        where org_kind = 'district' and period_kind = 'all_years' and stage = '{unfair["stage"]}'
          and job_group in ('{"', '".join(unfair["job_groups"])}') and race_group <> 'unknown'
        group by race_group having sum(denominator) > 0
        """
    ).set_index("race_group")
    assert {race: [int(row["came"]), int(row["passed"])] for race, row in found.iterrows()} == unfair["passed"]


def test_payroll_differences_are_the_planted_ones_and_no_others(lakeside: Lakeside) -> None:
    planted = {entry["kind"]: entry for entry in lakeside.truth["money"]}
    found = lakeside.frame("select * from marts.fct_payroll_difference order by pay_run")
    by_kind = {kind: part for kind, part in found.groupby("kind")}
    assert set(by_kind) == {"account_differs", "fte_differs", "paid_without_assignment", "ledger_differs"}
    names = {"account_differs": "wrong_account", "fte_differs": "above_fte", "paid_without_assignment": "after_leaving"}
    for kind, name in names.items():
        rows, known = by_kind[kind], planted[name]
        assert set(rows["staff_id"]) == {known["staff_id"]} and set(rows["position_id"]) == {known["position_id"]}
        assert rows["pay_run"].tolist() == known["pay_runs"]
        assert set(rows["account_code"]) == {known["account"]}
        assert set(rows["fiscal_year"]) == {known["fiscal_year"]}
        # The pay of a period in proportion to the assignment is rounded to a cent.
        assert int(100 * rows["difference_amount"].sum()) == pytest.approx(known["cents"], abs=len(rows))
    assert set(by_kind["account_differs"]["position_account_code"]) == {planted["wrong_account"]["account_of_position"]}
    [ledger] = by_kind["ledger_differs"].to_dict("records")
    known = planted["ledger_differs"]
    assert (ledger["account_code"], f"{ledger['period_ends_on']:%Y-%m}") == (known["account"], known["month"])
    assert int(100 * (ledger["other_amount"] - ledger["payroll_amount"])) == known["cents"]


def test_payroll_is_the_exported_one_to_the_cent(lakeside: Lakeside, files: Files) -> None:
    parts = [read(path) for path in sorted((files.folder / "finance").glob("payroll_FY*.csv.gz"))]
    lines = pd.concat(parts)
    cents = lines["Gross"].str.replace(",", "").astype(float).mul(100).round().astype(int)
    expected = cents.groupby([lines["FY"].astype(int), lines["Account"]]).sum()
    found = lakeside.frame(
        "select fiscal_year, account_code, sum(amount) as amount from marts.fct_payroll group by 1, 2"
    )
    got = {(row.fiscal_year, row.account_code): int(100 * row.amount) for row in _rows(found)}
    assert got == expected.to_dict()


@pytest.mark.slow
def test_the_whole_district_shows_the_unfair_stage_in_every_season(whole_lakeside: Lakeside) -> None:
    """Seasons that are over by the day; in each, the screening of all job groups together is found unfair."""
    found = whole_lakeside.frame(
        """
        select school_year, race_group, finding from marts.msr_adverse_impact
        where org_kind = 'district' and job_group = 'all_staff' and stage = 'screened' and school_year < 2026
        """
    )
    disparities = found[found["finding"] == "disparity"]
    races = whole_lakeside.truth["unfair_stage"]["races"]
    assert set(disparities["race_group"]) == set(races)
    assert disparities.groupby("school_year")["race_group"].nunique().to_dict() == {
        year: len(races) for year in found["school_year"].unique()
    }
