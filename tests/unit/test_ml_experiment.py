"""The experiment and what a district may change in it.

What it means: a district overrides keys that exist, and answers for what it adds.
When it matters: a misspelt key would leave the default in place unseen.
How to fix: `ml/experiment.yml` lists every key with its meaning.
"""

import datetime as dt

import pytest

from include.errors import SchoolhouseError
from ml.config import experiment_from
from models.ml import FEATURES


def test_the_district_sets_seats_and_weights() -> None:
    experiment = experiment_from(
        {"elt": {"elt_term": "2026-spring", "program": "summer", "seats": 240, "floor": 3, "weights": {"absence": 2}}}
    )
    assert experiment.seats["total"] == 240 and experiment.seats["floor"] == 3
    assert experiment.elt_term(dt.date(2026, 3, 2)) == "2026-spring"
    assert experiment.weights == {"absence": 2.0, "course_failure": 1.0, "benchmark": 1.0}


def test_a_weight_of_zero_leaves_an_outcome_out() -> None:
    assert "benchmark" not in experiment_from({"elt": {"weights": {"benchmark": 0}}}).weights


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ({"elt": {"saets": 3}}, "saets"),
        ({"ml": {"label": {"end": "06-30"}}}, "end"),
        ({"ml": {"features": {"without": ["race"]}}}, "race"),
        ({"elt": {"weights": {"placed_in_elt": 1}}}, "placed_in_elt"),
    ],
)
def test_unknown_keys_are_named(policy: dict[str, object], named: str) -> None:
    with pytest.raises(SchoolhouseError, match=named):
        experiment_from(policy)


def test_discretionary_discipline_needs_a_name_and_a_reason() -> None:
    assert "discretionary_actions" not in experiment_from({}).feature_names
    use: dict[str, object] = {"use": True}
    with pytest.raises(SchoolhouseError, match="decided_by"):
        experiment_from({"ml": {"features": {"discretionary_discipline": use}}})
    use |= {"decided_by": "A. Person", "reason": "Reviewed on a day"}
    given = experiment_from({"ml": {"features": {"discretionary_discipline": use}}})
    assert "discretionary_actions" in given.feature_names


def test_a_grade_has_one_band() -> None:
    assert experiment_from({}).band_of_grade["06"] == "middle"
    given = [{"band": "lower", "grades": ["KG", "01"]}, {"band": "upper", "grades": ["02"]}]
    experiment = experiment_from({"ml": {"training": {"grade_bands": given}}})
    assert experiment.bands == ["lower", "upper"] and "06" not in experiment.band_of_grade


@pytest.mark.parametrize(
    ("bands", "named"),
    [
        ([{"band": "lower", "grades": ["01"]}, {"band": "upper", "grades": ["02", "01"]}], "01 is in 'lower' and in"),
        ([{"band": "lower", "grades": [1]}], "1 of 'lower' is no grade: write PK, KG, '01'"),
        ([{"band": "lower", "grades": ["01"]}, {"band": "lower", "grades": ["02"]}], "'lower' is taken"),
        ([{"band": "all grades", "grades": ["01"]}], "'all grades' is taken"),
        ([{"lower": ["01"]}], "write each as"),
        ([{"band": "lower", "grades": []}], "write each as"),
    ],
)
def test_bands_that_say_two_things_are_refused(bands: list[object], named: str) -> None:
    with pytest.raises(SchoolhouseError, match=named):
        experiment_from({"ml": {"training": {"grade_bands": bands}}})


def test_no_feature_tells_what_may_not_be_one() -> None:
    barred = ("race", "sex", "hispanic", "birth", "religion", "name", "address", "language", "low_income", "meal")
    assert not [name for name in FEATURES if any(word in name for word in barred)]


def test_windows_end_before_the_next_as_of_date() -> None:
    experiment = experiment_from({})
    for as_of in (dt.date(2025, 8, 1), dt.date(2026, 3, 2), dt.date(2026, 7, 15), dt.date(2024, 2, 29)):
        year = experiment.school_year(as_of)
        assert as_of < experiment.window_ends_on(as_of) < experiment.as_of_in(as_of, year + 1)
    assert experiment.school_year(dt.date(2025, 6, 30)) == 2025
    assert experiment.school_year(dt.date(2025, 7, 1)) == 2026
    assert experiment.as_of_in(dt.date(2024, 2, 29), 2023) == dt.date(2023, 2, 28)
