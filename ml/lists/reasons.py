"""Two or three reasons per student, in plain words, each from counts that source rows can repeat."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NOTE = "associated with the risk, not the cause of it"
MOST, LEAST = 3, 2

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """One kind of reason. `weight` orders reasons: null where the reason does not apply, 1 is strong."""

    group: str
    source: str
    columns: tuple[str, ...]
    weight: Callable[[Row], float | None]
    text: Callable[[Row], str]


def number(value: float) -> str:
    """A count without a superfluous decimal: 6, 5.5."""
    return f"{value:g}"


def plural(value: float, word: str) -> str:
    """`1 mark`, `2 marks`."""
    return f"{number(value)} {word}{'' if value == 1 else 's'}"


def _is_known(row: Row, *names: str) -> bool:
    return all(row[name] is not None and not math.isnan(row[name]) for name in names)


def _recent(row: Row) -> float | None:
    if not _is_known(row, "absent_20", "days_20") or row["absent_20"] < 2:
        return None
    return row["absent_20"] / row["days_20"] / 0.25


def _this_year(row: Row) -> float | None:
    if not _is_known(row, "absent_year", "enrolled_days") or row["absent_year"] < 1:
        return None
    return row["absent_year"] / row["enrolled_days"] / 0.20


def _late(row: Row) -> float | None:
    if not _is_known(row, "tardy_20", "days_20") or row["tardy_20"] < 2:
        return None
    return row["tardy_20"] / row["days_20"] / 0.40


def _marks(row: Row) -> float | None:
    if not _is_known(row, "core_low") or row["core_low"] < 1:
        return None
    rise = row["core_low_change"] if _is_known(row, "core_low_change") else 0
    return 0.4 + 0.2 * row["core_low"] + 0.1 * max(rise, 0)


def _marks_text(row: Row) -> str:
    text = f"{plural(row['core_low'], 'mark')} of D or below in core courses"
    if not _is_known(row, "core_low_before"):
        return text
    before, now = row["core_low_before"], row["core_low"]
    if before == now:
        return f"{text}, as in the marking period before"
    return f"{text}, {'up' if now > before else 'down'} from {number(before) if before else 'none'}"


def _below(row: Row) -> float | None:
    if not _is_known(row, "below_cut", "subjects_tested") or row["below_cut"] < 1:
        return None
    return 0.45 + 0.25 * row["below_cut"] / row["subjects_tested"]


def _margin(row: Row) -> float | None:
    if not _is_known(row, "cut_margin", "below_cut") or row["below_cut"] > 0 or row["cut_margin"] > 1:
        return None
    return 0.35 - 0.3 * max(row["cut_margin"], 0)


def _fell(row: Row) -> float | None:
    if not _is_known(row, "score_z_change") or row["score_z_change"] > -0.2:
        return None
    return -row["score_z_change"] / 1.5


def _absent_before(row: Row) -> float | None:
    if not _is_known(row, "prior_absent_share") or row["prior_absent_share"] < 0.05:
        return None
    return row["prior_absent_share"] / 0.30


def _failed_before(row: Row) -> float | None:
    if not _is_known(row, "prior_core_failing") or row["prior_core_failing"] < 1:
        return None
    return 0.3 + 0.15 * row["prior_core_failing"]


def _moved(row: Row) -> float | None:
    return 0.3 if _is_known(row, "schools_two_years") and row["schools_two_years"] > 1 else None


def _score(row: Row) -> float | None:
    return 0.02 if _is_known(row, "score_z") else None


def _present(row: Row) -> float | None:
    return 0.01 if _is_known(row, "absent_year", "enrolled_days") else None


def _few_days(row: Row) -> float | None:
    return 0.2 if _is_known(row, "enrolled_days") and row["enrolled_days"] < row["min_history_days"] else None


def _score_text(row: Row) -> str:
    side = "below" if row["score_z"] < 0 else "above"
    return f"latest assessment {abs(row['score_z']):.1f} standard deviations {side} the mean of the grade"


ATTENDANCE = "marts.fct_attendance_version"
MARKS = "marts.fct_course_grade_version"
ASSESSMENT = "marts.fct_assessment_version"
ENROLLMENT = "marts.fct_enrollment_version"

TEMPLATES = (
    Template(
        "attendance",
        ATTENDANCE,
        ("absent_20", "days_20"),
        _recent,
        lambda row: f"absent {number(row['absent_20'])} of the last {number(row['days_20'])} days",
    ),
    Template(
        "attendance",
        ATTENDANCE,
        ("absent_year", "enrolled_days"),
        _this_year,
        lambda row: f"absent {number(row['absent_year'])} of {number(row['enrolled_days'])} days this year",
    ),
    Template(
        "punctuality",
        ATTENDANCE,
        ("tardy_20", "days_20"),
        _late,
        lambda row: f"late on {number(row['tardy_20'])} of the last {number(row['days_20'])} days",
    ),
    Template("courses", MARKS, ("core_low", "core_low_before", "core_low_change"), _marks, _marks_text),
    Template(
        "assessment",
        ASSESSMENT,
        ("below_cut", "subjects_tested"),
        _below,
        lambda row: (
            f"below the cut in {number(row['below_cut'])} of {plural(row['subjects_tested'], 'subject')} "
            "at the latest assessment"
        ),
    ),
    Template(
        "assessment",
        ASSESSMENT,
        ("cut_margin", "below_cut"),
        _margin,
        lambda row: f"only {max(row['cut_margin'], 0):.1f} standard deviations above the cut at the latest assessment",
    ),
    Template(
        "growth",
        ASSESSMENT,
        ("score_z_change",),
        _fell,
        lambda row: f"latest assessment {-row['score_z_change']:.1f} standard deviations lower than the one before",
    ),
    Template(
        "last year",
        ATTENDANCE,
        ("prior_absent_share",),
        _absent_before,
        lambda row: f"absent {row['prior_absent_share']:.0%} of the days last year",
    ),
    Template(
        "last year",
        MARKS,
        ("prior_core_failing",),
        _failed_before,
        lambda row: f"failing marks in {plural(row['prior_core_failing'], 'core course')} last year",
    ),
    Template(
        "moves",
        ENROLLMENT,
        ("schools_two_years",),
        _moved,
        lambda row: f"{number(row['schools_two_years'])} schools in this year and the last",
    ),
    Template(
        "history",
        ENROLLMENT,
        ("enrolled_days",),
        _few_days,
        lambda row: f"enrolled for {plural(row['enrolled_days'], 'day')} so far, too few for the model",
    ),
    # Facts that apply to anybody: they fill up where nothing stronger is known.
    Template("standing", ASSESSMENT, ("score_z",), _score, _score_text),
    Template(
        "attendance",
        ATTENDANCE,
        ("absent_year", "enrolled_days"),
        _present,
        lambda row: f"absent {number(row['absent_year'])} of {number(row['enrolled_days'])} days this year",
    ),
)
FILLER = 0.05


def reasons(row: Row) -> list[dict[str, Any]]:
    """The strongest reason of each group, at most three; weak ones only to make two.

    `row` has the columns of ml.feature_row and min_history_days, below which the rule ranks. Each reason:
    group, text, note, source (the mart whose rows repeat it) and values (the counts in the text).
    """
    best: dict[str, tuple[float, Template]] = {}
    for template in TEMPLATES:
        weight = template.weight(row)
        if weight is not None and weight > best.get(template.group, (0.0, template))[0]:
            best[template.group] = (weight, template)
    order = sorted(best.values(), key=lambda pair: -pair[0])
    strong = [template for weight, template in order if weight > FILLER][:MOST]
    weak = [template for weight, template in order if weight <= FILLER]
    picked = strong + weak[: max(LEAST - len(strong), 0)]
    return [
        {
            "group": template.group,
            "text": template.text(row),
            "note": NOTE,
            "source": template.source,
            "values": {name: row[name] for name in template.columns if _is_known(row, name)},
        }
        for template in picked
    ]
