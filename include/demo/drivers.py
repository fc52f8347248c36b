"""What drives the three outcomes, and how strongly, as truth.json says it."""

from include.demo import elt, learning, trajectory
from include.demo.vocabulary import GRADES

ABILITY = {
    "low_income": trajectory.LOW_INCOME_ABILITY,
    "el": trajectory.EL_ABILITY,
    "swd": trajectory.SWD_ABILITY,
    "gifted": trajectory.GIFTED_ABILITY,
}
ABSENCE = {
    "low_income": trajectory.LOW_INCOME_ABSENCE,
    "homeless": trajectory.HOMELESS_ABSENCE,
    "foster": trajectory.FOSTER_ABSENCE,
}
DISENGAGED = "disengagement"
WHY_DISENGAGED = (
    "A hidden state that comes when strain meets weak course work, weak growth absence, or a bad year a new school. "
    "Late arrivals tell of the strain first; absence climbs within weeks; course work and learning follow."
)


def _driver(outcome: str, driver: str, strength: float, unit: str, why: str = "") -> dict[str, object]:
    sign = "+" if strength > 0 else "-"
    return {
        "outcome": outcome,
        "driver": driver,
        "sign": sign,
        "strength": round(strength, 4),
        "unit": unit,
        "why": why,
    }


def truth() -> list[dict[str, object]]:
    """One entry per outcome and driver, all others held equal.

    absence: log-odds of being absent on a day. course_failure: points of a core course mark of 100, failing under
    60. benchmark: points of the interim assessment's scale.
    """
    direct = {name: ABSENCE.get(name, 0.0) for name in {**ABILITY, **ABSENCE}}
    odds = "log-odds of an absence on a day"
    points = "points of a core course mark; more of them, fewer failures"
    score = "points of the MAPLE scale score; more of them, fewer below the benchmark"
    told = [
        _driver("absence", name, value + trajectory.ABILITY_ABSENCE * ABILITY.get(name, 0.0), odds,
                "With what lower ability adds to it." if name in ABILITY else "")
        for name, value in direct.items()
    ]  # fmt: skip
    first = trajectory.GRADE_ABSENCE[0]
    told += [
        _driver("absence", f"grade {name}", float(value - first), odds, "Against kindergarten.")
        for name, value in zip(GRADES[1:], trajectory.GRADE_ABSENCE[1:], strict=True)
        if value != first
    ]
    told.append(_driver("absence", DISENGAGED, trajectory.DISENGAGED_ABSENCE, odds, WHY_DISENGAGED))
    told += [_driver("course_failure", name, learning.MARK_POINTS * value, points) for name, value in ABILITY.items()]
    disengaged = trajectory.DISENGAGED_PERFORMANCE * (trajectory.DISENGAGED_ABSENCE - 0.3)
    told.append(_driver("course_failure", DISENGAGED, learning.MARK_POINTS * disengaged, points, WHY_DISENGAGED))
    told += [_driver("benchmark", name, learning.MAPLE_POINTS * value, score) for name, value in ABILITY.items()]
    growth, absence = learning.GROWTH_BY_WINDOW[-1], learning.ABSENCE_BY_WINDOW[-1]
    told += [
        _driver("benchmark", "growth", learning.MAPLE_POINTS * growth, score,
                "In spring, for a standard deviation of the year's hidden growth."),
        _driver("benchmark", "absence", -learning.MAPLE_POINTS * absence / 10, score,
                f"In spring, for 10 % of days absent beyond {learning.ORDINARY_ABSENCE:.0%}."),
        _driver("benchmark", "seat in the intervention", elt.SPRING_POINTS, score, "In the spring of the term."),
    ]  # fmt: skip
    return told
