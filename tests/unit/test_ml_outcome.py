"""What a challenger must show before it may rank.

What it means: better at the seats beyond chance, as well calibrated, and no group reached less.
When it matters: at every promotion.
How to fix: `ml/outcome/figures.py`.
"""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.config import experiment_from
from ml.outcome.figures import against_champion, against_rule
from ml.outcome.students import Seen

EXPERIMENT = experiment_from({"ml": {"evaluation": {"bootstrap": 300}}})


def _seen(**changes: Any) -> tuple[Seen, pd.DataFrame]:
    """Twenty schools of twenty students: ten have an outcome. The list takes four of them and four others, the
    challenger six of them and two others; the rule as the list. Students of even number are of group a.

    Both risks are 0.5, the rate itself.
    """
    number = np.tile(np.arange(20), 20)
    rows = pd.DataFrame(
        {
            "student_id": [f"P{place}" for place in range(400)],
            "school": np.repeat([f"S{place:02d}" for place in range(20)], 20),
            "outcome": (number < 10).astype(float),
            "risk": 0.5,
            "shadow_risk": 0.5,
            "chosen": np.isin(number, [0, 1, 2, 3, 10, 11, 12, 13]),
            "by_rule": np.isin(number, [0, 1, 2, 3, 10, 11, 12, 13]),
            "by_shadow": np.isin(number, [0, 1, 2, 3, 4, 5, 10, 11]),
        }
    ).assign(**changes)
    groups = pd.DataFrame(
        {"student_id": rows["student_id"], "kind": "race", "subgroup": np.where(number % 2 == 0, "a", "b")}
    )
    seen = Seen("v", dt.date(2025, 3, 3), "spring", "m", "model", EXPERIMENT, "c", rows)
    return seen, groups


def test_a_better_challenger_meets_every_condition() -> None:
    seen, groups = _seen()
    evidence, failing = against_champion([seen], {"v": groups})
    assert failing == []
    assert (evidence["precision"], evidence["precision_of_champion"], evidence["gain"]) == (0.75, 0.5, 0.25)
    # Two of ten with an outcome before, three of ten after, in each group.
    assert evidence["true_positive_rate_lost"] == {"race:a": pytest.approx(-0.2), "race:b": pytest.approx(-0.2)}


def test_a_gain_of_one_school_is_not_proven() -> None:
    seen, groups = _seen()
    only = seen.rows["school"] == "S00"
    rows = seen.rows.assign(by_shadow=seen.rows["by_shadow"].where(only, seen.rows["chosen"]))
    lone, _ = _seen(by_shadow=rows["by_shadow"])
    assert against_champion([lone], {"v": groups})[1] == ["its gain in precision at the seats is not proven"]


def test_worse_calibration_is_no_promotion() -> None:
    seen, groups = _seen(shadow_risk=0.6)
    assert against_champion([seen], {"v": groups})[1] == ["it is worse calibrated (0.100 against 0.000)"]


def test_a_group_that_is_reached_less_is_no_promotion() -> None:
    number = np.tile(np.arange(20), 20)
    # All of group b's two with a seat are lost, and eight of group a's taken.
    seen, groups = _seen(by_shadow=np.isin(number, [0, 2, 4, 6, 8, 10, 12, 14]))
    evidence, failing = against_champion([seen], {"v": groups})
    assert evidence["true_positive_rate_lost"] == {"race:a": pytest.approx(-0.6), "race:b": pytest.approx(0.4)}
    assert failing == ["of race b with an outcome, 40.0% fewer would have had a seat"]


def test_a_group_too_small_to_tell_is_no_pass() -> None:
    seen, groups = _seen()
    few = groups.assign(subgroup=np.where(np.arange(400) < 12, "few", "many"))
    evidence, failing = against_champion([seen], {"v": few})
    # Of the first twelve students ten have an outcome, which is just enough; of the first eight, eight.
    assert failing == [] and evidence["true_positive_rate_lost"]["race:few"] is not None
    fewer = groups.assign(subgroup=np.where(np.arange(400) < 8, "few", "many"))
    assert against_champion([seen], {"v": fewer})[0]["true_positive_rate_lost"]["race:few"] is None


def test_a_model_is_held_against_the_rule_over_all_its_lists() -> None:
    number = np.tile(np.arange(20), 20)
    good, _ = _seen(chosen=np.isin(number, range(8)))
    bad, _ = _seen(chosen=np.isin(number, range(10, 18)))
    assert against_rule([good])["gain"] == 0.5 and against_rule([bad])["gain"] == -0.5
    both = against_rule([good, bad])
    assert (both["precision"], both["precision_of_rule"], both["gain"]) == (0.5, 0.5, 0.0)
