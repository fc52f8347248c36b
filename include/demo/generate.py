"""Write the generated district's exports: the one entry to this package."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from include.demo import (
    attendance,
    days,
    discipline,
    finance,
    finance_files,
    hr_files,
    learning,
    ledger,
    planted,
    population,
    program_files,
    programs,
    sis_files,
    staff,
    trajectory,
)
from include.demo.hiring import SCREENING_PASS, UNFAIR_RACES, UNFAIR_SCREENING_PASS
from include.demo.vocabulary import SCHOOL_IDS
from include.demo.writers import Writer
from include.errors import SchoolhouseError

SMALLEST = 300
TRUTH = "truth.json"
# One stream of random numbers each, so that a change in one leaves the others' files as they are.
DOMAINS = (
    "calendar", "population", "enrollment", "programs", "trajectory", "discipline", "attendance",
    "submission", "marks", "interim", "statewide", "staff", "assignments", "budget", "transfers", "ledger",
    "commitments",
)  # fmt: skip

Progress = Callable[[str], None]


def generate(
    out: Path,
    students: int,
    years: int,
    seed: int,
    as_of: datetime.date,
    progress: Progress | None = None,
) -> None:
    """Write the files that the district's systems would export on the morning after `as_of`.

    out: folder that receives one folder per source (sis, programs, hr, finance) and truth.json, which
        lists every planted fault and known answer. students: about how many in each year, 300 or more.
    years: school years, the one of `as_of` included, 2 or more. progress: told what is being made.

    The same arguments give the same bytes. Within one school year a later `as_of` only adds to what an
    earlier one gave: the whole year is drawn and then cut at what was posted by the day.
    Raises SchoolhouseError for a district too small or a history too short.
    """
    if students < SMALLEST:
        raise SchoolhouseError(f"generate: students is {students}; the smallest district has {SMALLEST}.")
    if years < 2:
        raise SchoolhouseError(f"generate: years is {years}; give 2 or more, so that one of them is over.")
    tell = progress or (lambda _: None)
    today = np.datetime64(as_of)
    streams = np.random.SeedSequence(seed).spawn(len(DOMAINS))
    rng = {name: np.random.default_rng(stream) for name, stream in zip(DOMAINS, streams, strict=True)}
    last = days.school_year_of(as_of)
    writer = Writer(out)

    tell(f"{students:,} students over {years} school years")
    calendar = [days.school_year(rng["calendar"], year) for year in range(last - years + 1, last + 1)]
    people, rolls = population.build(rng["population"], calendar, students)
    plants = planted.plant(people, rolls[-2], calendar[-2])
    pupils = [np.bincount(roll.school, minlength=len(SCHOOL_IDS)) for roll in rolls]

    tell("staff and hiring")
    workforce = staff.build(rng["staff"], pupils[0], [year.year for year in calendar])
    _write_staff(rng, writer, workforce, today)

    tell("attendance, marks and assessments")
    _write_students(rng, writer, people, calendar, rolls, plants, today)
    sis_files.oneroster(writer, people, calendar, rolls, hr_files.teachers(workforce, today), today)
    drawn = programs.participation(rng["programs"], people, calendar, rolls)
    program_files.participation(writer, people, drawn, today)
    program_files.sites(writer, programs.sites(calendar, rolls))

    tell("budgets and ledgers")
    _write_finance(rng, writer, workforce, pupils, calendar, today)

    truth = {
        "seed": seed,
        "students": students,
        "as_of": as_of.isoformat(),
        "school_years": [year.year for year in calendar],
        "snow_days": {str(year.year): str(year.days[year.snow]) for year in calendar},
        "planted_students": {plant.label: {**plant.facts, "why": plant.why} for plant in plants},
        "unfair_stage": {
            "stage": "screened",
            "races": list(UNFAIR_RACES),
            "pass_share": UNFAIR_SCREENING_PASS,
            "pass_share_of_others": SCREENING_PASS,
        },
        "no_applicants_requisition": f"R{10_001 + workforce.no_applicants}",
        "dirty": writer.ledger.dirty,
        "feeds": dict(sorted(writer.ledger.feeds.items())),
    }
    _finish(writer, truth)
    tell(f"{len(writer.ledger.files)} files in {out}")


def _write_students(
    rng: dict[str, np.random.Generator],
    writer: Writer,
    people: population.Students,
    calendar: list[days.SchoolYear],
    rolls: list[population.YearRoll],
    plants: list[planted.Planted],
    today: np.datetime64,
) -> None:
    states = trajectory.simulate(rng["trajectory"], people, rolls, [len(year.days) for year in calendar])
    places = [roll.place(len(year.days)) for year, roll in zip(calendar, rolls, strict=True)]
    sis_files.calendar(writer, calendar)
    sis_files.enrollment(rng["enrollment"], writer, people, calendar, rolls, today)
    actions = []
    begun = max(index for index, year in enumerate(calendar) if index == 0 or year.first + 14 <= today)
    for index, (year, roll, state, place) in enumerate(zip(calendar, rolls, states, places, strict=True)):
        given = {plant.row: plant.codes for plant in plants} if index == len(calendar) - 2 else {}
        latest, before = index == begun, index == begun - 1
        actions.append(discipline.draw(rng["discipline"], roll, state, place, list(given)))
        out_of_school = discipline.suspended(actions[-1], place, year.open_)
        events = attendance.draw(rng["attendance"], year, state, place, out_of_school, given)
        fault = "date" if latest else "student" if before else None
        sis_files.attendance(writer, people, year, roll, events, today, fault)
        submitted = attendance.submissions(rng["submission"], year)
        sis_files.submission(writer, year, submitted, today, before)
        marks = learning.marks(rng["marks"], year, roll, state, place)
        sis_files.marks(writer, people, year, roll, marks, today, before)
        interim = learning.interim(rng["interim"], year, roll, state, place)
        sis_files.maple(writer, people, year, roll, interim, today, before)
        state_results = learning.statewide(rng["statewide"], year, roll, state, place)
        sis_files.statewide(writer, people, year, roll, state_results, today)
    sis_files.discipline(writer, people, calendar, rolls, places, actions, today)


def _write_staff(
    rng: dict[str, np.random.Generator], writer: Writer, workforce: staff.Workforce, today: np.datetime64
) -> None:
    hr_files.members(writer, workforce, today)
    hr_files.positions(writer, workforce, today)
    hr_files.assignments(rng["assignments"], writer, workforce, today)
    hr_files.requisitions(writer, workforce, today)
    hr_files.applications(writer, workforce, today)


def _write_finance(
    rng: dict[str, np.random.Generator],
    writer: Writer,
    workforce: staff.Workforce,
    pupils: list[np.ndarray],
    calendar: list[days.SchoolYear],
    today: np.datetime64,
) -> None:
    chart = finance.chart(workforce.places)
    finance_files.accounts(writer, chart)
    budgets: dict[int, np.ndarray] = {}
    moved: dict[int, finance.Transfers] = {}
    first = calendar[0].year
    for year, count in zip((entry.year for entry in calendar), pupils, strict=True):
        budgets[year] = finance.adopted(rng["budget"], chart, workforce.places, count, year, first)
        moved[year] = finance.transfers(rng["transfers"], chart, budgets[year], year)
        spendable = budgets[year].copy()
        np.add.at(spendable, moved[year].account, moved[year].cents)
        drawn = ledger.lines(rng["ledger"], chart, spendable, year)
        finance_files.ledger(writer, chart, drawn, year, today, spoiled=year == calendar[-2].year)
    finance_files.budgets(writer, chart, budgets, today)
    finance_files.transfers(writer, chart, moved, today)
    year = calendar[-1].year
    open_now = finance.commitments(rng["commitments"], chart, budgets[year], year, today)
    finance_files.encumbrances(writer, chart, open_now, year)


def _finish(writer: Writer, truth: dict[str, Any]) -> None:
    """Write truth.json and remove what an earlier run wrote into the folder and this one did not."""
    path = writer.out / TRUTH
    files = sorted(writer.ledger.files)
    if path.is_file():
        for name in json.loads(path.read_text(encoding="utf-8")).get("files", []):
            if name not in writer.ledger.files:
                (writer.out / name).unlink(missing_ok=True)
    writer.text(TRUTH, json.dumps({**truth, "files": files}, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
