"""What drives attendance and learning: persistent traits and a state that moves through the year.

The state is never written to a file. Days, marks and scores are drawn from it elsewhere, so a model
has to find it again from what it left behind.
"""

from dataclasses import dataclass

import numpy as np

from include.demo.population import Students, YearRoll

BLOCK_DAYS = 10
# Log-odds of an absence on an ordinary day of an ordinary student, such that about a quarter are chronically absent
# (Massachusetts, attendance by school, Lowell 2009-10 to 2013-14, weighted by enrolment: 22.2 to 17.5 %).
BASE_ABSENCE = -3.53
LOW_INCOME_ABILITY = -0.45
EL_ABILITY = -0.40
SWD_ABILITY = -0.55
GIFTED_ABILITY = 1.1
# Log-odds of an absence: of a standard deviation of ability, and of each group beside what its ability does.
ABILITY_ABSENCE = -0.15
LOW_INCOME_ABSENCE = 0.40
HOMELESS_ABSENCE = 0.9
FOSTER_ABSENCE = 0.3
# Where a disengaged student's log-odds of an absence end, and what each point above 0.3 takes from course work.
DISENGAGED_ABSENCE = 2.1
DISENGAGED_PERFORMANCE = -0.55
# Log-odds of an absence by grade: high at both ends of school.
GRADE_ABSENCE = np.array([0.35, 0.15, 0.0, -0.1, -0.15, -0.15, 0.05, 0.1, 0.15, 0.4, 0.35, 0.35, 0.5], dtype=float)


@dataclass
class YearState:
    """One school year by student of the roll and block of ten days.

    absence and tardy are daily probabilities [students, blocks]; performance is in standard deviations
    of the course marks [students, blocks]; growth and ability are in standard deviations of the
    assessment [students].
    """

    absence: np.ndarray
    tardy: np.ndarray
    performance: np.ndarray
    growth: np.ndarray
    ability: np.ndarray


@dataclass
class Traits:
    """What a student brings along [students]."""

    propensity: np.ndarray
    ability: np.ndarray


def traits(rng: np.random.Generator, people: Students) -> Traits:
    """Draw the persistent traits; ability falls with need, propensity to be absent rises with it."""
    size = len(people)
    ability = rng.normal(0, 0.85, size)
    ability += LOW_INCOME_ABILITY * (people.is_low_income - 0.5)
    ability += EL_ABILITY * people.is_el + SWD_ABILITY * people.is_swd + GIFTED_ABILITY * people.is_gifted
    propensity = (
        rng.normal(0, 0.42, size) + ABILITY_ABSENCE * ability + LOW_INCOME_ABSENCE * (people.is_low_income - 0.5)
    )
    propensity += HOMELESS_ABSENCE * people.is_homeless + FOSTER_ABSENCE * people.is_foster
    return Traits(propensity, ability)


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def simulate(rng: np.random.Generator, people: Students, rolls: list[YearRoll], days: list[int]) -> list[YearState]:
    """Run the state through every year.

    Strain rises and falls on its own and shows in tardiness first. A student disengages seldom without a
    reason: strain has to meet weak course work, or weak growth absence, or a bad year before a new
    school; each alone is survived. Growth decides how long it lasts. While it lasts absence climbs to a
    high level within weeks, and course work and learning follow it later.
    """
    fixed = traits(rng, people)
    size = len(people)
    slip = np.zeros(size, bool)
    last_absence = np.full(size, 0.06)
    states = []
    # The first year runs twice, so that the students do not all start it in good order.
    for lap, (roll, count) in enumerate(zip([rolls[0], *rolls], [days[0], *days], strict=True)):
        blocks = -(-count // BLOCK_DAYS)
        who = roll.student
        n = len(who)
        growth = 0.85 * rng.normal(0, 1, n) + 0.2 * fixed.ability[who]
        start = np.isin(roll.grade, (6, 9))
        prior = last_absence[who]
        disengaged = slip[who] & (rng.random(n) < 0.3)
        level = 1.2 * disengaged
        strain = rng.normal(0, 0.85, n)
        performance = fixed.ability[who] + 0.0
        absence = np.zeros((n, blocks))
        tardy = np.zeros((n, blocks))
        course = np.zeros((n, blocks))
        base = BASE_ABSENCE + fixed.propensity[who] + GRADE_ABSENCE[roll.grade]
        for block in range(blocks):
            winter = 0.22 * np.exp(-(((block - 9) / 3.5) ** 2))
            rate = np.clip(_sigmoid(base + level + winter), 0.004, 0.75)
            absence[:, block] = rate
            tardy[:, block] = np.clip(0.02 * np.exp(1.1 * strain), 0, 0.45)
            course[:, block] = performance
            struggling = (strain > 0.6) & (performance < -0.2)
            unrewarded = (growth < -0.5) & (rate > 0.06)
            unmoored = start & (prior > 0.09) & (block < 8)
            leaves = 0.006 + 0.16 * struggling + 0.06 * unrewarded + 0.10 * unmoored
            returns = 0.04 + 0.24 * (growth > 0.2) + 0.12 * (performance > 0.3)
            chance = rng.random(n)
            disengaged = np.where(disengaged, chance >= returns, chance < leaves)
            level = 0.55 * level + 0.45 * DISENGAGED_ABSENCE * disengaged + rng.normal(0, 0.12, n)
            strain = 0.84 * strain + rng.normal(0, 0.46, n)
            aim = fixed.ability[who] + 0.25 * growth + DISENGAGED_PERFORMANCE * np.maximum(level - 0.3, 0)
            performance = 0.74 * performance + 0.26 * aim + rng.normal(0, 0.13, n)
        if lap > 0:
            states.append(YearState(absence, tardy, course, growth, fixed.ability[who]))
        slip[who] = disengaged
        last_absence[who] = absence.mean(axis=1)
        # Learning carries over: a year's growth is the next year's ability, drawn towards the mean.
        fixed.ability[who] = np.clip(fixed.ability[who] + 0.15 * growth, -3.2, 3.2)
    return states
