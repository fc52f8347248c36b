"""The generated district's marks, results and programmes."""

from pathlib import Path

from tests.unit.demo_files import read


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
    assert set(sites["Stream"]) == {"intervention", "enrichment"}
