"""Real test records of three districts of a state: earlier years predict who is not proficient in the next.

What it means: with assessments alone the platform trains, compares with the baselines, and ships what wins.
When it matters: for a state, or a district whose daily records cannot be had.
How to fix: `ml/features/cohort_assessment.sql`, `ml/evaluation/backtest.py`.
"""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from ml.pipeline import score
from tests.conftest import SHARED_DATA
from tests.integration.ml_world import World, create_marts, write

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]

PROFICIENT = {"Proficient", "Advanced"}


def state_world(every: int = 1) -> tuple[World, int]:
    """The records of each `every`-th student as marts, and the newest year."""
    table = pd.read_csv(SHARED_DATA / "state_assessment" / "students_long.csv.gz", dtype=str)
    table = table[table["SCHOOL_NUMBER"].notna() & (table["ID"].astype(int) % every == 0)]
    table["year"] = table["YEAR"].str.slice(5).astype(int)
    world = World()
    for school in sorted(table["SCHOOL_NUMBER"].unique()):
        world.add("dim_school", f"k{school}", school, school, "k8", None, None, None)
    once = table.drop_duplicates(["ID", "year"])
    for row in once.to_dict("records"):
        world.add(
            "dim_student_year",
            f"{row['ID']}-{row['year']}",
            row["ID"],
            row["year"],
            row["SCHOOL_NUMBER"],
            row["GRADE"].zfill(2),
        )
        world.add("brg_student_subgroup", row["ID"], row["year"], "race", row["ETHNICITY"])
    scored = table.drop_duplicates(["ID", "year", "CONTENT_AREA"])
    for row in scored.to_dict("records"):
        value = None if pd.isna(row["SCALE_SCORE"]) else float(row["SCALE_SCORE"])
        level = None if pd.isna(row["ACHIEVEMENT_LEVEL"]) else row["ACHIEVEMENT_LEVEL"]
        world.add(
            "fct_assessment_version", row["ID"], row["SCHOOL_NUMBER"], row["DISTRICT_NUMBER"], "STATE",
            row["CONTENT_AREA"], row["year"], "spring", row["GRADE"].zfill(2), dt.date(row["year"], 3, 15), value,
            level, None if level is None else level in PROFICIENT, dt.date(row["year"], 7, 31), None,
        )  # fmt: skip
    return world, int(table["year"].max())


def test_the_table_is_in_the_card_for_each_district(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "district.yml").write_text(
        "district: state\ntitle: A state\npolicy: {ml: {evaluation: {bootstrap: 400}}}\nsources: {}\n"
    )
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
    create_marts(warehouse)
    world, newest = state_world()
    write(warehouse, world)
    result = score(dt.date(newest, 8, 15))
    card = re.sub(r"data:image/png;base64,[^\"]*", "", result.card_path.read_text(encoding="utf-8"))
    with warehouse.connect() as connection:
        rows = connection.execute(
            text(
                "select test_year, subset, method, metric, value, low, high, n from ml.evaluation "
                "where metric = 'precision' or metric like 'gain_over_%' order by 1 desc, 2, 3, 4"
            )
        ).all()
    for row in rows:
        print(*row)
    print(result.shipped, result.algorithm, result.gain, result.gain_low, result.gain_high)
    precision = [
        row for row in rows if row.metric == "precision" and row.subset.partition(":")[0] in ("all", "district")
    ]
    districts = {row.subset for row in precision} - {"all"}
    assert len(districts) == 3 and len({row.test_year for row in precision}) >= 2
    for district in districts:
        assert f"District {district.removeprefix('district:')}" in card
    # Whichever wins ships: the model only with a proven gain over the best simpler method.
    gains = [row for row in rows if row.metric != "precision" and row.subset == "all"]
    newest_gains = {row.method: row for row in gains if row.test_year == result.test_year}
    if result.shipped == "model":
        assert (newest_gains[result.algorithm].low or 0) > 0
    else:
        assert all((row.low or 0) <= 0 for row in newest_gains.values())
    assert all(row.low <= row.value <= row.high for row in precision if row.low is not None)
