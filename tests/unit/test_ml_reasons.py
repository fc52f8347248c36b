"""Reasons in plain words.

What it means: each student's reasons are counts that anybody can repeat from the source rows.
When it matters: a reason that cannot be checked cannot be contested either.
How to fix: `ml/lists/reasons.py` holds every sentence.
"""

import math

from ml.lists.reasons import NOTE, reasons
from models.ml import COUNTS, FEATURES


def _row(**known: float) -> dict[str, float]:
    return {**dict.fromkeys([*FEATURES, *COUNTS], math.nan), "min_history_days": 10, **known}


def test_the_strongest_of_each_group_at_most_three() -> None:
    found = reasons(
        _row(
            absent_20=6,
            days_20=20,
            absent_year=14,
            enrolled_days=118,
            core_low=2,
            core_low_before=0,
            core_low_change=2,
            below_cut=1,
            subjects_tested=2,
            prior_absent_share=0.06,
        )
    )
    assert [reason["text"] for reason in found] == [
        "absent 6 of the last 20 days",
        "2 marks of D or below in core courses, up from none",
        "below the cut in 1 of 2 subjects at the latest assessment",
    ]
    assert {reason["note"] for reason in found} == {NOTE}
    assert found[0]["values"] == {"absent_20": 6, "days_20": 20}


def test_half_days_and_single_marks_read_well() -> None:
    found = reasons(_row(absent_20=2.5, days_20=19, core_low=1, core_low_before=1, core_low_change=0))
    assert [reason["text"] for reason in found] == [
        "1 mark of D or below in core courses, as in the marking period before",
        "absent 2.5 of the last 19 days",
    ]


def test_weak_facts_fill_up_to_two() -> None:
    found = reasons(_row(absent_year=0, enrolled_days=80, days_20=20, absent_20=0, score_z=-0.4))
    assert len(found) == 2
    assert reasons(_row()) == []


def test_only_who_the_rule_ranks_for_want_of_days_is_told_so() -> None:
    told = [reason["text"] for reason in reasons(_row(enrolled_days=9))]
    assert told == ["enrolled for 9 days so far, too few for the model"]
    assert reasons(_row(enrolled_days=10)) == []
