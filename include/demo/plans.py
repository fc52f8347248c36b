"""Schools' Quality Improvement Plans: targets for three years, and the dollars that each priority is to get."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from include.demo.layout import Layout
from include.demo.learning import Scores
from include.demo.services import SERVICES
from include.demo.writers import Writer, dates, frame, money

# A plan starts from the year two before the history's last and wants to be there the year after the last.
STARTS_BEFORE, ENDS_AFTER = 2, 1
# Every so-manieth school has no plan yet, so that a school without a target is to be seen.
WITHOUT_EVERY, WITHOUT_AT = 7, 3
APPROVED = "10-06"
# Percent of the baseline, drawn between two bounds, and how far the plan wants to move it in points (an assumption:
# plans of districts ask for two to six points over three years).
INDICATORS = {
    "Chronic absence": ((22.0, 32.0), (-6.0, -2.0)),
    "Attendance rate": ((90.5, 92.5), (0.3, 1.5)),
    "Proficiency in math": ((35.0, 60.0), (2.0, 6.0)),
    "Out-of-school suspension": ((1.0, 6.0), (-2.0, -0.4)),
    "Parity of staff": ((34.0, 44.0), (1.0, 5.0)),
}
PLANTED = "Proficiency in ELA"
PROFICIENT_FROM = 2
FEWEST_TESTED = 10
VERDICTS = ("met", "on_track", "off_track")
# Points of baseline and target from what the planted year brought. One year of three has gone: the straight line then
# stands a third of the way from the first to the second.
LAID = {"met": (-7.0, -1.0), "on_track": (-6.0, 6.0), "off_track": (3.0, 9.0)}
# Only where the figure leaves room for the target on either side.
ROOM = (10.0, 88.0)
# Priority, what it is meant to move, and how much of what its services usually get.
PRIORITIES = (
    ("Extended learning time for every recommended student", "service", ("extended_learning_time",)),
    ("Families as partners", "function", ("2440",)),
    ("Teachers learn together", "service", ("professional_development", "instructional_technology")),
    ("Reading by grade 3", "service", ("library", "textbooks")),
    ("Arts for everyone", "service", ("arts_and_enrichment",)),
)
PRIORITIES_OF_A_SCHOOL = 2
PLANNED = (0.7, 1.2)


@dataclass(frozen=True)
class Plans:
    """targets: school index, indicator, years, percents. priorities: school index, year and what the money is for.

    planted: what truth.json says, by school identifier.
    """

    targets: list[tuple[int, str, int, int, float, float]]
    priorities: list[tuple[int, int, str, str, str, int]]
    planted: dict[str, dict[str, Any]]
    without: list[str]
    school_year: int


def _proficient(drawn: Scores, school: int) -> tuple[int, int]:
    """Students of the school at or above the level, and tested, in ELA."""
    level = drawn.level[(drawn.school == school) & (drawn.subject == 0)]
    return int((level >= PROFICIENT_FROM).sum()), int((level >= 0).sum())


def draw(
    rng: np.random.Generator, layout: Layout, years: list[int], pupils: list[np.ndarray], statewide: Scores
) -> Plans:
    """Draw the plans of the schools that are open in the last year.

    statewide: results of the state's test of the year before the last. The targets in ELA are laid around them, so
    that a known third of the schools has met them, is on track or off track in that year.
    """
    last = years[-1]
    begins, by, planted_in = last - STARTS_BEFORE, last + ENDS_AFTER, last - 1
    targets: list[tuple[int, str, int, int, float, float]] = []
    priorities: list[tuple[int, int, str, str, str, int]] = []
    planted: dict[str, dict[str, Any]] = {}
    without = []
    for school in np.flatnonzero(layout.is_open[:, -1]).tolist():
        shift = rng.random((len(INDICATORS), 2))
        asked = rng.permutation(len(PRIORITIES))[:PRIORITIES_OF_A_SCHOOL]
        factor = rng.uniform(*PLANNED, (2, len(PRIORITIES), 2))
        if school % WITHOUT_EVERY == WITHOUT_AT:
            without.append(str(layout.ids[school]))
            continue
        proficient, tested = _proficient(statewide, school)
        percent = 100 * proficient / max(tested, 1)
        if tested >= FEWEST_TESTED and ROOM[0] <= percent <= ROOM[1]:
            verdict = VERDICTS[len(planted) % len(VERDICTS)]
            baseline, target = (round(percent + points, 1) for points in LAID[verdict])
            targets.append((school, PLANTED, begins, by, baseline, target))
            planted[str(layout.ids[school])] = {"verdict": verdict, "proficient": proficient, "tested": tested}
        for (name, (level, move)), (one, two) in zip(INDICATORS.items(), shift.tolist(), strict=True):
            baseline = round(level[0] + one * (level[1] - level[0]), 1)
            target = round(baseline + move[0] + two * (move[1] - move[0]), 1)
            targets.append((school, name, begins, by, baseline, target))
        for index, (year, count) in enumerate(zip(years[-2:], pupils[-2:], strict=True)):
            for number in sorted(asked.tolist()):
                title, kind, moves = PRIORITIES[number]
                for part, what in enumerate(moves):
                    usual = sum(service.share for service in SERVICES if what in (service.name, service.function))
                    dollars = round(count[school] * usual * factor[index, number, part] / 100) * 100
                    priorities.append((school, year, title, kind, what, dollars * 100))
    return Plans(targets, priorities, planted, without, planted_in)


def _approved(school_year: int) -> np.datetime64:
    """The day in autumn on which the plan of a school year is approved."""
    return np.datetime64(f"{school_year - 1}-{APPROVED}")


def _name(school_year: int) -> str:
    return f"{school_year - 1}-{school_year % 100:02d}"


def write(writer: Writer, layout: Layout, plans: Plans, as_of: np.datetime64) -> None:
    """The plans that were approved by the day: targets in percent, dollars with thousands."""
    targets = [row for row in plans.targets if _approved(row[2] + 1) <= as_of]
    school, indicator, begins, by, baseline, target = zip(*targets, strict=True) if targets else ((),) * 6
    table = frame(
        {
            "School": layout.ids[list(school)],
            "Indicator": indicator,
            "From Year": [_name(year) for year in begins],
            "By Year": [_name(year) for year in by],
            "Baseline": [f"{value:.1f}" for value in baseline],
            "Target": [f"{value:.1f}" for value in target],
            "Approved": dates(np.array([_approved(year + 1) for year in begins], "datetime64[D]"), "us"),
        }
    )
    writer.csv("plans.school_target", "plans/targets.csv", table)
    priorities = [row for row in plans.priorities if _approved(row[1]) <= as_of]
    school, year, title, kind, what, cents = zip(*priorities, strict=True) if priorities else ((),) * 6
    table = frame(
        {
            "School": layout.ids[list(school)],
            "Fiscal Year": [f"FY{value}" for value in year],
            "Priority": title,
            "Budget Level": [value.upper() for value in kind],
            "Budget Code": what,
            "Planned": money(cents, thousands=True),
            "Approved": dates(np.array([_approved(value) for value in year], "datetime64[D]"), "us"),
        }
    )
    writer.csv("plans.school_priority", "plans/priorities.csv", table)


def truth(plans: Plans) -> dict[str, Any]:
    """What truth.json says about the plans."""
    return {
        "indicator": "proficiency_ela",
        "school_year": plans.school_year,
        "schools": plans.planted,
        "without_a_plan": plans.without,
        "why": "The targets were laid around what the year then brought; the other indicators' were drawn.",
    }
