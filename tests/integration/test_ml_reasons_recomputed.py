"""Every reason of every listed student, worked out again from the source rows by other means.

What it means: what a family is told can be repeated from the records of that day.
When it matters: a wrong sentence about a child is worse than none.
How to fix: `ml/lists/reasons.py` says it, `ml/features/features.sql` counts it.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from ml.pipeline import drift, publish, score
from tests.integration.ml_world import AS_OF, attendance_world, create_marts, write, write_district

YEAR = 2026
# Thirty students changed school on this day; the old school closed their spell.
MOVED_ON = dt.date(2026, 1, 12)


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    generated = attendance_world(students=450, schools=6, years=3)
    late = dt.date(2026, 2, 23)
    for number in range(4):
        generated.add("fct_enrollment_version", f"LATE{number}", "S0", YEAR, "05", late, None, late, None)
    write(module_warehouse, generated)
    with module_warehouse.begin() as connection:
        connection.execute(
            text(
                "with moved as ("
                "update marts.fct_enrollment_version set exited_on = :before "
                "where school_year = 2026 and student_id < 'P0030' and exited_on is null returning *) "
                "insert into marts.fct_enrollment_version select student_id, "
                "case school_id when 'S1' then 'S2' else 'S1' end, school_year, grade, :day, null, :day, null "
                "from moved"
            ),
            {"day": MOVED_ON, "before": MOVED_ON - dt.timedelta(days=1)},
        )
        # Three schools never submitted one of the last days.
        connection.execute(
            text(
                "delete from marts.fct_submitted_day_version "
                "where school_id in ('S0', 'S3', 'S4') and on_date = date '2026-02-11'"
            )
        )
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", 150)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        score(AS_OF)
        drift(AS_OF)
        with module_warehouse.begin() as connection:
            connection.execute(
                text("update ml.release_decision set released_by = 'A. Person', reason = 'r' where verdict = 'hold'")
            )
        publish(AS_OF)
        yield module_warehouse


class Records:
    """The rows that were known on the day, as frames."""

    def __init__(self, engine: Engine) -> None:
        def read(table: str) -> pd.DataFrame:
            with engine.connect() as connection:
                return pd.read_sql_query(
                    text(f"select * from marts.{table} where known_on < :a"), connection, params={"a": AS_OF}
                )

        self.spells = read("fct_enrollment_version")
        days = read("fct_submitted_day_version")
        self.days = {key: sorted(own["on_date"]) for key, own in days.groupby(["school_id", "school_year"])}
        self.events = {key: own for key, own in read("fct_attendance_version").groupby("student_id")}
        self.marks = {key: own for key, own in read("fct_course_grade_version").groupby("student_id")}
        results = read("fct_assessment_version")
        group = ["assessment", "subject", "school_year", "administration", "grade"]
        results["scale_score"] = results["scale_score"].astype(float)
        by = results.groupby(group)["scale_score"]
        results["z"] = (results["scale_score"] - by.transform("mean")) / by.transform("std")
        cut = results[results["is_proficient"]].groupby(group)["scale_score"].min().rename("cut")
        results = results.join(cut, on=group)
        results["margin"] = (results["scale_score"] - results["cut"]) / by.transform("std")
        self.results = {key: own for key, own in results.groupby("student_id")}

    def enrolled(self, student: str, year: int) -> list[dt.date]:
        """Days on which the student's school of that day had submitted attendance."""
        own = self.spells[(self.spells["student_id"] == student) & (self.spells["school_year"] == year)]
        at: dict[dt.date, str] = {}
        for spell in own.sort_values("entered_on").to_dict("records"):
            for day in self.days[spell["school_id"], year]:
                if spell["entered_on"] <= day < AS_OF and (pd.isna(spell["exited_on"]) or day <= spell["exited_on"]):
                    at[day] = str(spell["school_id"])
        return sorted(day for day, school in at.items() if day in set(self.days[school, year]))

    def values(self, student: str) -> dict[str, float]:
        """Everything that a reason may quote, by its name."""
        found: dict[str, float] = {}
        now = self.spells[(self.spells["student_id"] == student) & (self.spells["school_year"] == YEAR)]
        school = now.sort_values("entered_on")["school_id"].iloc[-1]
        recent = set(self.days[school, YEAR][-20:])
        first_recent = min(recent)
        year, prior = self.enrolled(student, YEAR), self.enrolled(student, YEAR - 1) if self._was_here(student) else []
        found["enrolled_days"] = len(year)
        found["days_20"] = len([day for day in year if day >= first_recent])
        events = self.events.get(student)
        for name, days in (("year", year), ("20", [day for day in year if day >= first_recent]), ("prior", prior)):
            own = events[events["on_date"].isin(days)] if events is not None else None
            absent, late = 0.0, 0
            if own is not None:
                away = own[own["absence_kind"].isin(["excused", "unexcused"])]
                absent = float(away.groupby("on_date")["absent_fraction"].max().astype(float).sum())
                late = own[own["absence_kind"] == "tardy"]["on_date"].nunique()
            found[f"absent_{name}"], found[f"tardy_{name}"] = absent, late
        if prior:
            found["prior_absent_share"] = found["absent_prior"] / len(prior)
        if student in self.marks:
            self._marks(self.marks[student], found)
        if student in self.results:
            sat = self.results[student].sort_values("administered_on")
            dates = sat["administered_on"].unique()
            last = sat[sat["administered_on"] == dates[-1]]
            found["below_cut"], found["subjects_tested"] = int((~last["is_proficient"].astype(bool)).sum()), len(last)
            found["cut_margin"], found["score_z"] = float(last["margin"].min()), float(last["z"].mean())
            if len(dates) > 1:
                before = sat[sat["administered_on"] == dates[-2]]
                found["score_z_change"] = found["score_z"] - float(before["z"].mean())
        both = self.spells[self.spells["student_id"] == student]
        found["schools_two_years"] = both[both["school_year"] >= YEAR - 1]["school_id"].nunique()
        return found

    def _was_here(self, student: str) -> bool:
        own = self.spells[self.spells["student_id"] == student]
        return bool((own["school_year"] == YEAR - 1).any())

    @staticmethod
    def _marks(marks: pd.DataFrame, found: dict[str, float]) -> None:
        core = marks[marks["is_core"]]
        low = core["mark"].str[0].isin(["D", "F"])
        this = core[core["school_year"] == YEAR]
        periods = sorted(this["posted_on"].unique())
        if periods:
            found["core_low"] = int((low & (core["posted_on"] == periods[-1])).sum())
        if len(periods) > 1:
            found["core_low_before"] = int((low & (core["posted_on"] == periods[-2])).sum())
            found["core_low_change"] = found["core_low"] - found["core_low_before"]
        prior = core[(core["school_year"] == YEAR - 1) & (core["mark"] == "F")]
        if (core["school_year"] == YEAR - 1).any():
            found["prior_core_failing"] = prior["course_id"].nunique()


def test_every_reason_of_every_listed_student_is_true(world: Engine) -> None:
    with world.connect() as connection:
        entries = connection.execute(text("select student_id, reasons from lists.elt_list_entry")).all()
    assert len(entries) > 100
    records = Records(world)
    kinds: Counter[str] = Counter()
    for student, found in entries:
        assert 1 <= len(found) <= 3
        own = records.values(student)
        for reason in found:
            for name, value in reason["values"].items():
                assert name in own, f"{student}: nothing on record gives {name}"
                assert value == pytest.approx(own[name], abs=1e-9), (
                    f"{student}: {reason['text']}, but {name} is {own[name]}"
                )
            said = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", reason["text"])]
            quoted = {
                form
                for name in reason["values"]
                for form in (round(own[name], 9), round(abs(own[name]), 1), round(100 * own[name]))
            } | {20.0, round(own.get("core_low_before", 0.0), 9)}
            assert set(said) <= quoted, f"{student}: {reason['text']} quotes {said}, on record is {own}"
            kinds[reason["group"]] += 1
    # Each kind of sentence that this district can give rise to was met.
    assert set(kinds) >= {"attendance", "courses", "assessment", "growth", "last year", "moves"}, kinds
