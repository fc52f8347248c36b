"""The state's rates in the generated district: what the state has published by the day, and that it adds up."""

from pathlib import Path

import numpy as np
import pandas as pd

from include.demo.generate import generate
from tests.unit.demo_files import AS_OF, SEED, attendance_by_student, read

# Massachusetts, attendance by school, 2009-10 to 2013-14, weighted by enrolment: chronically absent, in percent.
PUBLISHED_CHRONIC = (11.9, 13.5)


def rates(folder: Path) -> pd.DataFrame:
    table = read(folder / "state" / "benchmark_rates.csv")
    return table.assign(rate=table["Rate"].astype(float), students=table["Students"].astype(int))


def test_the_states_rates_are_those_of_years_that_are_over(folder: Path, tmp_path: Path) -> None:
    table = rates(folder)
    assert (table["Released"] <= str(AS_OF)).all()
    assert (table["Released"].str.slice(2, 4) == table["Year"].str.slice(-2)).all()
    assert set(table["Year"]) == {"2020-21", "2021-22", "2022-23", "2023-24", "2024-25"}
    assert set(table["Indicator"]) == {"chronic_absence", "proficiency_ela", "proficiency_math"}
    assert not table.duplicated(["Indicator", "Year", "Group Type", "Group"]).any()
    generate(tmp_path, 300, 2, SEED, AS_OF.replace(year=2025, month=9, day=30), dirt=False)
    assert set(rates(tmp_path)["Year"]) == {"2023-24"}


def test_the_groups_of_a_rate_average_to_that_of_all(folder: Path) -> None:
    """Race groups are everybody; the rates have one decimal, and so may the average be off."""
    table = rates(folder)
    for _, own in table.groupby(["Indicator", "Year"]):
        by_group = own.set_index("Group")
        everyone = float(by_group["rate"]["all_students"])
        races = own[own["Group Type"] == "race"]
        assert abs(races["students"].sum() / by_group["students"]["all_students"] - 1) < 0.001
        assert abs(np.average(races["rate"], weights=races["students"]) - everyone) <= 0.1
        worse = 1 if own["Indicator"].iloc[0] == "chronic_absence" else -1
        assert (worse * (by_group["rate"] - everyone)[["el", "swd", "low_income", "hispanic", "black"]] > 0).all()
    overall = table[(table["Indicator"] == "chronic_absence") & (table["Group Type"] == "all")]["rate"]
    assert overall.between(*PUBLISHED_CHRONIC).all()


def test_the_district_is_absent_more_often_than_the_state(folder: Path) -> None:
    days = attendance_by_student(folder, "2024-25")
    rated = days[days["enrolled"] >= 10]
    chronic = 100 * (10 * rated["absent"] >= rated["enrolled"]).mean()
    table = rates(folder)
    everyone = table[(table["Year"] == "2024-25") & (table["Group"] == "all_students")].set_index("Indicator")["rate"]
    assert chronic > everyone["chronic_absence"] + 3
