"""A second district by YAML alone: public records, held against what was published about them."""

import csv
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from include.settings import ROOT
from tests.e2e.world import World

pytestmark = pytest.mark.shared_data

PUBLIC = ROOT / "tests" / "districts" / "public"
DATA = ROOT.parent / "shared" / "data"

# Published for the schools of the directory: see the README of the data.
STAFF_NOT_WHITE_PERCENT = {2010: 7.84, 2011: 7.86, 2012: 8.01, 2013: 8.16, 2014: 7.92}
CORRELATION = {2010: 0.7772, 2011: 0.7794, 2012: 0.7550, 2013: 0.7465, 2014: 0.7163}


@pytest.fixture(scope="module")
def public(world: World) -> Iterator[tuple[Engine, str]]:
    """The public district after one run: its warehouse, and what the run printed."""
    code, output = world.command("run", "--district", str(PUBLIC))
    assert code == 0, output
    with world.database("public") as engine:
        yield engine, output


def frame(engine: Engine, query: str) -> pd.DataFrame:
    with engine.connect() as connection:
        # Money stays exact: by default pandas makes floats of decimals.
        return pd.read_sql(text(query), connection, coerce_float=False)


def test_the_published_massachusetts_figures(public: tuple[Engine, str]) -> None:
    engine, _ = public
    found = frame(
        engine,
        """
        select school_year, 100 * (1 - sum(white_fte) / sum(fte)) as percent,
               corr(students_of_colour::float8 / nullif(students, 0), (1 - white_fte / nullif(fte, 0))::float8) as r
        from marts.msr_staffing_diversity
        where org_kind = 'school' and job_group = 'all_staff' and is_in_directory
        group by school_year order by school_year
        """,
    ).set_index("school_year")
    assert found["percent"].astype(float).to_dict() == pytest.approx(STAFF_NOT_WHITE_PERCENT, abs=0.01)
    assert found["r"].to_dict() == pytest.approx(CORRELATION, abs=0.0001)


def test_every_massachusetts_school_has_its_index(public: tuple[Engine, str]) -> None:
    engine, _ = public
    with (DATA / "massachusetts" / "staff_race_by_job_2014.csv").open() as file:
        expected = {row["Org Code"] for row in csv.DictReader(file) if float(row["FTE Count"]) > 0}
    found = frame(
        engine,
        """
        select org_id from marts.msr_staffing_diversity
        where org_kind = 'school' and job_group = 'all_staff' and school_year = 2014 and diversity_index is not null
        """,
    )
    assert set(found["org_id"]) == expected


JOB_GROUPS = {
    11: "all_staff", 12: "district_leader", 13: "school_leader", 23: "teacher", 33: "student_support",
    34: "related_services", 41: "paraprofessional", 50: "health", 61: "administrative_support",
}  # fmt: skip
# The state counts staff in these groups only, and students in more: the small ones are pooled likewise.
STAFF_COLUMNS = {
    "African American (# )": "black", "Asian (# )": "asian", "Hispanic (# )": "hispanic", "White (# )": "white",
    "Other (# )": "other",
}  # fmt: skip
STUDENT_COLUMNS = {
    "African American": "black", "Asian": "asian", "Hispanic": "hispanic", "White": "white",
    "Native American": "other", "Native Hawaiian, Pacific Islander": "other", "Multi-Race, Non-Hispanic": "other",
}  # fmt: skip


def _lowell(name: str) -> pd.DataFrame:
    """A Massachusetts file's rows of Lowell, whose schools' codes begin with the district's, all of them as written."""
    rows = pd.read_csv(DATA / "massachusetts" / name, dtype=str, encoding="latin-1")
    return rows[rows["Org Code"].str.startswith("0160")]


def _lowell_students() -> dict[tuple[str, int], dict[str, Decimal]]:
    """Students by school, year and group: the published share of the published total, in whole students."""
    totals = {(row["Org Code"], row["Year"]): row["TOTAL"] for _, row in _lowell("student_enrollment.csv").iterrows()}
    counted: dict[tuple[str, int], dict[str, Decimal]] = {}
    for _, row in _lowell("student_raceeth.csv").iterrows():
        groups = dict.fromkeys(STAFF_COLUMNS.values(), Decimal(0))
        for column, group in STUDENT_COLUMNS.items():
            students = Decimal(row[column]) / 100 * Decimal(totals[row["Org Code"], row["Year"]])
            groups[group] += students.quantize(Decimal(1), ROUND_HALF_UP)
        counted[row["Org Code"], int(row["Year"])] = groups
    return counted


def _pair(staff: dict[str, Decimal], students: dict[str, Decimal]) -> tuple[float, float, dict[str, float]]:
    """Diversity, parity and the gap of each group; diversity over the seven groups of the federal roll-up."""
    fte, pupils = sum(staff.values()), sum(students.values())
    of_staff = {group: float(value / fte) for group, value in staff.items()}
    of_students = {group: float(value / pupils) for group, value in students.items()}
    gaps = {group: of_students[group] - of_staff[group] for group in staff}
    diversity = (1 - sum(share**2 for share in of_staff.values())) * 7 / 6
    return diversity, 1 - sum(abs(gap) for gap in gaps.values()) / 2, gaps


def test_lowell_by_school_and_job_group(public: tuple[Engine, str]) -> None:
    """Diversity, parity and gaps of Lowell, 2010 to 2014, worked out again from the state's files alone."""
    engine, _ = public
    students = _lowell_students()
    staff: dict[tuple[str, str, str, int], dict[str, Decimal]] = {}
    pupils: dict[tuple[str, str, str, int], dict[str, Decimal]] = {}
    listed = set(_lowell("schools.csv")["Org Code"])
    for year in range(2010, 2015):
        for _, row in _lowell(f"staff_race_by_job_{year}.csv").iterrows():
            school, job = row["Org Code"], JOB_GROUPS[int(row["Job Group"])]
            whole = [("network", "0160")] if school in listed else []
            for kind, name in [("school", school), *whole]:
                key = (kind, name, job, year)
                held = staff.setdefault(key, dict.fromkeys(STAFF_COLUMNS.values(), Decimal(0)))
                there = pupils.setdefault(key, dict.fromkeys(STAFF_COLUMNS.values(), Decimal(0)))
                for column, group in STAFF_COLUMNS.items():
                    held[group] += Decimal(row[column])
                for group, count in students.get((school, year), {}).items():
                    there[group] += count
    chosen = "(org_kind = 'school' and org_id like '0160%' or org_kind = 'network' and org_id = '0160')"
    index = frame(
        engine,
        f"""
        select org_kind, org_id, job_group, school_year, diversity_index, parity_index
        from marts.msr_staffing_diversity where {chosen} and school_year between 2010 and 2014
        """,
    ).set_index(["org_kind", "org_id", "job_group", "school_year"])
    gap = frame(
        engine,
        f"""
        select org_kind, org_id, job_group, school_year, race_group, representation_gap
        from marts.msr_representation where {chosen} and school_year between 2010 and 2014
        """,
    ).set_index(["org_kind", "org_id", "job_group", "school_year", "race_group"])["representation_gap"]
    assert set(staff) == set(index.index) and len(staff) > 1000
    compared = 0
    for key, held in staff.items():
        found: Any = index.loc[key, :]
        if not sum(held.values()):
            assert found["diversity_index"] is None and found["parity_index"] is None
            continue
        diversity, parity, gaps = _pair(held, pupils[key])
        assert float(found["diversity_index"]) == pytest.approx(diversity, abs=1e-9)
        assert float(found["parity_index"]) == pytest.approx(parity, abs=1e-9)
        for group, expected in gaps.items():
            assert float(gap[(*key, group)]) == pytest.approx(expected, abs=1e-9)
        compared += 1
    assert compared > 500


def _landed_and_quarantined(engine: Engine, feed: str) -> tuple[Decimal, int, int]:
    row = frame(
        engine,
        f"""
        select (select sum(amount) from landing.finance_ledger_line where _feed = '{feed}') as amount,
               (select count(*) from landing.finance_ledger_line where _feed = '{feed}') as landed,
               (select count(*) from ops.quarantine where feed = '{feed}') as quarantined
        """,
    ).iloc[0]
    return row["amount"], row["landed"], row["quarantined"]


def _money(cell: str) -> Decimal:
    return Decimal(cell.replace(",", "")) if cell.strip() else Decimal(0)


def _ledger(name: str) -> list[dict[str, str]]:
    with (DATA / "alaska_ledger" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_ledger_of_signed_amounts_agrees_to_the_cent(public: tuple[Engine, str]) -> None:
    lines = _ledger("ARSD19.csv")
    amount, landed, quarantined = _landed_and_quarantined(public[0], "alaska.aleutian_ledger")
    assert landed + quarantined == len(lines) == 3098
    assert amount == sum(_money(line["amount"]) for line in lines) == Decimal("1939316.62")


def test_a_ledger_of_debits_and_credits_agrees_to_the_cent(public: tuple[Engine, str]) -> None:
    lines = _ledger("CSD19.csv")
    # Lines without a posting type are the report's own sub-totals; the others need an amount.
    actual = [line for line in lines if line["Post_Type"] == "Actual" and (line["Debit"] or line["Credit"])]
    amount, landed, quarantined = _landed_and_quarantined(public[0], "alaska.chugach_ledger")
    assert landed + quarantined == len(lines) == 33304
    assert landed == len(actual)
    assert amount == sum(_money(line["Debit"]) - _money(line["Credit"]) for line in actual)
    reasons = frame(
        public[0], "select column_name, reason, count(*) from ops.quarantine where feed like 'alaska%' group by 1, 2"
    )
    assert reasons["reason"].notna().all()


def test_the_marts_hold_the_ledgers_to_the_cent(public: tuple[Engine, str]) -> None:
    totals = frame(
        public[0],
        """
        select fund, sum(amount) filter (where place = 'mart') as mart,
               sum(amount) filter (where place = 'landed') as landed
        from (select fund, amount, 'mart' as place from marts.fct_ledger
              union all select fund, amount, 'landed' from landing.finance_ledger_line) both_places
        group by fund
        """,
    )
    assert len(totals) > 20
    assert totals["mart"].tolist() == totals["landed"].tolist()


def test_the_state_assessment_lands_and_gives_gaps(public: tuple[Engine, str]) -> None:
    engine, _ = public
    landed = frame(engine, "select count(*) as n from landing.sis_assessment_result")["n"].item()
    assert landed >= 350_000
    # An independent computation of one standardised gap, from the file alone.
    results = pd.read_csv(DATA / "state_assessment" / "students_long.csv.gz")
    # 24 students have two races in one year: the last line of the file stands, the other is refused.
    results["ETHNICITY"] = results.groupby(["ID", "YEAR"])["ETHNICITY"].transform("last")
    cut = results.query("YEAR == '2024_2025' and CONTENT_AREA == 'MATHEMATICS' and GRADE == 5").dropna(
        subset="SCALE_SCORE"
    )
    a = cut.loc[cut["ETHNICITY"] == "Hispanic", "SCALE_SCORE"]
    b = cut.loc[cut["ETHNICITY"] == "White", "SCALE_SCORE"]
    pooled = ((len(a) - 1) * a.var() + (len(b) - 1) * b.var()) / (len(a) + len(b) - 2)
    expected = (a.mean() - b.mean()) / pooled**0.5 * (1 - 3 / (4 * (len(a) + len(b)) - 9))
    found = frame(
        engine,
        """
        select value from marts.msr_achievement_gap
        where org_kind = 'district' and subject = 'math' and grade = '05' and school_year = 2025
          and subgroup_kind = 'race' and subgroup = 'hispanic'
        """,
    )["value"]
    assert float(found.item()) == pytest.approx(expected, abs=1e-6)


def test_students_are_listed_from_their_assessment_history(public: tuple[Engine, str]) -> None:
    engine, output = public
    seats = frame(engine, "select count(*) as n from lists.elt_list_entry where place = 'seat'")["n"].item()
    kept_for_people = frame(engine, "select sum(open_nomination_seats) as n from lists.elt_list_school")["n"].item()
    assert seats + kept_for_people == 6000
    [card] = [Path(line.split("model card")[1].strip()) for line in output.splitlines() if "model card" in line]
    assert "This district has no daily attendance" in card.read_text()
