"""Write the generated district's exports: the one entry to this package."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from include.demo import (
    advanced,
    attendance,
    benchmarks,
    community_files,
    days,
    discipline,
    drift,
    drivers,
    elt,
    elt_files,
    elt_sessions,
    finance,
    finance_files,
    formula,
    hr_files,
    learning,
    leave,
    ledger,
    nights,
    payroll,
    plans,
    planted,
    population,
    program_files,
    programs,
    registration,
    sis_files,
    staff,
    trajectory,
)
from include.demo.dirt import Dirt
from include.demo.layout import Layout, changes, layout
from include.demo.writers import Writer
from include.errors import SchoolhouseError

SMALLEST = 300
TRUTH = "truth.json"
# One stream of random numbers each, so that a change in one leaves the others' files as they are.
DOMAINS = (
    "calendar", "population", "enrollment", "programs", "trajectory", "discipline", "attendance",
    "submission", "marks", "interim", "statewide", "staff", "assignments", "budget", "transfers", "ledger",
    "commitments", "registration", "leave", "payroll", "proposal", "formula",
    "elt", "elt_sessions", "drift", "plans", "advanced",
)  # fmt: skip

Progress = Callable[[str], None]


def generate(
    out: Path,
    students: int,
    years: int,
    seed: int,
    as_of: datetime.date,
    progress: Progress | None = None,
    dirt: bool = True,
    night: int | None = None,
) -> None:
    """Write the files that the district's systems would export on the morning after `as_of`.

    out: folder that receives one folder per source (sis, programs, community, state, hr, finance, plans) and
        truth.json, which lists every planted fault and known answer. students: about how many in each year, 300 or
        more.
    years: school years, the one of `as_of` included, 2 or more. progress: told what is being made.
    dirt: whether to plant the faults that real exports have; nothing else changes with it.
    night: write only what the night-th following night would bring, compared with the one before: of feeds that
        send changes the new and changed rows, of others the whole file if it changed, all without dirt.

    The same arguments give the same bytes. Within one school year a later `as_of` only adds to what an
    earlier one gave: the whole year is drawn and then cut at what was posted by the day.
    Raises SchoolhouseError for a district too small, a history too short or a night of the next school year.
    """
    if students < SMALLEST:
        raise SchoolhouseError(f"generate: students is {students}; the smallest district has {SMALLEST}.")
    if years < 2:
        raise SchoolhouseError(f"generate: years is {years}; give 2 or more, so that one of them is over.")
    tell = progress or (lambda _: None)
    last = days.school_year_of(as_of)
    if night is None:
        writer = Writer(out, Dirt(seed, last) if dirt else None)
        _finish(writer, _export(writer, students, years, seed, as_of, tell))
    else:
        eve, day = (as_of + datetime.timedelta(days=number) for number in (night - 1, night))
        if night < 1 or days.school_year_of(day) != last:
            raise SchoolhouseError(f"generate: night is {night}; give 1 or more, in the school year of {as_of}.")
        before = nights.Memory()
        _export(before, students, years, seed, eve, tell)
        writer = nights.Night(out, before, np.datetime64(day))
        _finish(writer, {**_export(writer, students, years, seed, day, tell), "night": night})
    tell(f"{len(writer.ledger.files)} files in {out}")


def _export(
    writer: Writer, students: int, years: int, seed: int, as_of: datetime.date, tell: Progress
) -> dict[str, Any]:
    """Draw the whole district and hand over to the writer what was known on the day; returns the truth."""
    today = np.datetime64(as_of)
    streams = np.random.SeedSequence(seed).spawn(len(DOMAINS))
    rng = {name: np.random.default_rng(stream) for name, stream in zip(DOMAINS, streams, strict=True)}
    last = days.school_year_of(as_of)

    tell(f"{students:,} students over {years} school years")
    places = layout(students, years)
    calendar = [
        days.school_year(rng["calendar"], places, year, index)
        for index, year in enumerate(range(last - years + 1, last + 1))
    ]
    people, rolls = population.build(rng["population"], places, calendar, students)
    plants = planted.plant(places, people, rolls[-2], calendar[-2])
    pupils = [np.bincount(roll.school, minlength=len(places)) for roll in rolls]

    tell("staff and hiring")
    workforce = staff.build(rng["staff"], places, np.column_stack(pupils), [year.year for year in calendar])
    absences = leave.draw(rng["leave"], workforce, [year.year for year in calendar])
    _write_staff(rng, writer, workforce, absences, today)

    tell("attendance, marks and assessments")
    drawn = programs.participation(rng["programs"], people, calendar, rolls)
    found, tested, taking = _write_students(rng, writer, places, people, calendar, rolls, plants, drawn, today)
    teachers = hr_files.teachers(workforce, calendar, today)
    sis_files.oneroster(writer, places, people, calendar, rolls, taking, teachers, today)
    program_files.participation(writer, people, drawn, today)
    program_files.sites(writer, programs.sites(places, calendar, rolls))

    applied = registration.draw(rng["registration"], places, people, calendar, rolls)
    community_files.registrations(writer, places, people, applied, today)
    benchmarks.write(writer, [year.year for year in calendar], today)

    tell("budgets and ledgers")
    money = _write_finance(rng, writer, workforce, absences, pupils, calendar, today)
    given, misfunded = formula.allocate(rng["formula"], places, people, rolls, [year.year for year in calendar])
    finance_files.formula(writer, places, given, today)
    improving = plans.draw(rng["plans"], places, [year.year for year in calendar], pupils, tested)
    plans.write(writer, places, improving, today)

    return {
        "seed": seed,
        "students": students,
        "as_of": as_of.isoformat(),
        "school_years": [year.year for year in calendar],
        "school_changes": changes(places, [year.year for year in calendar]),
        "snow_days": {str(year.year): [str(day) for day in year.days[year.snow]] for year in calendar},
        "planted_students": {plant.label: {**plant.facts, "why": plant.why} for plant in plants},
        **found,
        "outcome_drivers": drivers.truth(),
        "registration": registration.truth(),
        "plans": plans.truth(improving),
        **staff.truth(workforce, today),
        "money": money,
        "misfunded_schools": misfunded,
        "dirt": writer.dirt.truth() if writer.dirt else None,
        "feeds": dict(sorted(writer.ledger.feeds.items())),
    }


def _write_students(
    rng: dict[str, np.random.Generator],
    writer: Writer,
    layout: Layout,
    people: population.Students,
    calendar: list[days.SchoolYear],
    rolls: list[population.YearRoll],
    plants: list[planted.Planted],
    spells: programs.Participation,
    today: np.datetime64,
) -> tuple[dict[str, Any], learning.Scores, list[np.ndarray]]:
    """Write the files of the student system and of extended learning time.

    Returns what truth.json says of them, the state's results of the last year that is over, and who takes an advanced
    course in each year.
    """
    raised: dict[str, attendance.Raised] = {}
    states = trajectory.simulate(rng["trajectory"], people, rolls, [len(year.days) for year in calendar])
    places = [roll.place(len(year.days)) for year, roll in zip(calendar, rolls, strict=True)]
    sis_files.calendar(writer, layout, calendar)
    sis_files.autonomies(writer, layout, calendar)
    sis_files.enrollment(rng["enrollment"], writer, layout, people, calendar, rolls, today)
    actions, terms, held, tested, taking, upper = [], [], [], [], [], []
    drifts = drift.plan(layout, calendar[-1])
    for index, (year, roll, state, place) in enumerate(zip(calendar, rolls, states, places, strict=True)):
        is_last = index == len(calendar) - 1
        given = {plant.row: plant.codes for plant in plants} if index == len(calendar) - 2 else {}
        actions.append(discipline.draw(rng["discipline"], roll, state, place, list(given)))
        out_of_school = discipline.suspended(actions[-1], place, year.open_)
        autonomous = layout.autonomous("schedule", index)
        events, lifted = attendance.draw(rng["attendance"], year, state, place, out_of_school, given, autonomous)
        raised[str(year.year)] = lifted
        submitted = attendance.submissions(rng["submission"], year)
        if is_last:
            drifts, events = drift.attendance(rng["drift"], drifts, year, place, events)
            submitted = drift.submissions(drifts, year, submitted)
        daily = layout.daily(index)
        sis_files.attendance_records(writer, layout, people, year, roll, place, events, daily, today)
        sis_files.submission(writer, layout, year, submitted, today)
        marks = learning.marks(rng["marks"], year, roll, state, place)
        terms.append(_term(rng["elt"], people, year, roll, state, place, spells, len(layout)))
        held.append(elt_sessions.sessions(rng["elt_sessions"], year))
        came = elt_sessions.seats(rng["elt_sessions"], year, state, place, events, terms[-1].requests, held[-1])
        elt_files.attendance(writer, layout, people, year, roll, held[-1], came, today)
        interim = learning.interim(rng["interim"], year, roll, state, place, terms[-1].lift(len(roll)))
        sis_files.maple(writer, layout, people, year, roll, interim, today)
        groups = _in_january(people, year, roll, spells, (advanced.UNFAIR_GROUP, advanced.FAIR_GROUP))
        taking.append(advanced.taken(rng["advanced"], roll, interim, groups[advanced.UNFAIR_GROUP]))
        upper.append(advanced.counted(year.year, roll, taking[-1], groups))
        marks = advanced.together(marks, advanced.marks(rng["advanced"], year, roll, place, taking[-1]))
        scale = drift.scale(drifts, marks) if is_last else np.ones(len(marks.row))
        sis_files.marks(writer, layout, people, year, roll, marks, scale, today)
        tested.append(learning.statewide(rng["statewide"], year, roll, state, place))
        sis_files.statewide(writer, layout, people, year, roll, tested[-1], today)
    sis_files.discipline(writer, layout, people, calendar, rolls, places, actions, today)
    elt_files.requests(writer, layout, people, rolls, terms, today)
    elt_files.sessions(writer, layout, calendar, held, today)
    told = {
        "network_autonomy": attendance.truth(layout, calendar, raised),
        "drift": drift.truth(drifts, layout, today),
        **elt.truth(terms, layout.ids),
        **advanced.truth(upper),
    }
    return told, tested[-2], taking


def _term(
    rng: np.random.Generator,
    people: population.Students,
    year: days.SchoolYear,
    roll: population.YearRoll,
    state: trajectory.YearState,
    place: np.ndarray,
    spells: programs.Participation,
    schools: int,
) -> elt.Term:
    """Draw the requests for extended learning time of one year, with the groups as they were in January."""
    groups = _in_january(people, year, roll, spells, ("el", "low_income"))
    pupils = np.bincount(roll.school, minlength=schools)
    return elt.draw(rng, year, roll, state, place, pupils, (groups["el"], groups["low_income"]))


def _in_january(
    people: population.Students,
    year: days.SchoolYear,
    roll: population.YearRoll,
    spells: programs.Participation,
    names: tuple[str, ...],
) -> dict[str, np.ndarray]:
    """Who is in each programme in the middle of the year: bool [students] by name."""
    january = np.datetime64(f"{year.year}-01-15")
    return {name: spells.covers(name, january, len(people))[roll.student] for name in names}


def _write_staff(
    rng: dict[str, np.random.Generator],
    writer: Writer,
    workforce: staff.Workforce,
    absences: leave.Leaves,
    today: np.datetime64,
) -> None:
    hr_files.members(writer, workforce, today)
    hr_files.positions(writer, workforce, today)
    hr_files.assignments(rng["assignments"], writer, workforce, today)
    hr_files.separations(rng["assignments"], writer, workforce, today)
    hr_files.leaves(writer, workforce, absences, today)
    hr_files.requisitions(writer, workforce, today)
    hr_files.applications(writer, workforce, today)


def _write_finance(
    rng: dict[str, np.random.Generator],
    writer: Writer,
    workforce: staff.Workforce,
    absences: leave.Leaves,
    pupils: list[np.ndarray],
    calendar: list[days.SchoolYear],
    today: np.datetime64,
) -> list[dict[str, Any]]:
    """Write the finance system's files; returns where payroll, positions and ledger differ."""
    chart = finance.chart(workforce.places)
    finance_files.accounts(writer, chart)
    versions: list[finance_files.Version] = []
    moved: dict[int, finance.Transfers] = {}
    paid: dict[int, payroll.Pay] = {}
    first, last = calendar[0].year, calendar[-1].year
    for year, count in zip((entry.year for entry in calendar), pupils, strict=True):
        budget = finance.adopted(rng["budget"], chart, workforce.places, count, year, first)
        moved[year] = finance.transfers(rng["transfers"], chart, budget, year)
        versions += finance_files.versions(rng["proposal"], chart, budget, moved[year], year)
        spendable = finance.revised(budget, moved[year], np.datetime64(f"{year}-07-01"))
        paid[year] = payroll.pay(rng["payroll"], workforce, absences, chart, year, first)
        if year == last - 1:
            paid[year] = payroll.plant(paid[year], paid.get(year - 1), workforce, chart)
        drawn = payroll.lines(paid[year], chart)
        if year == last - 1:
            payroll.plant_in_ledger(paid[year], drawn, chart)
        if year > last - payroll.EXPORTED_YEARS:
            finance_files.payroll(writer, chart, workforce, paid[year], today)
        drawn = ledger.together(drawn, ledger.purchases(rng["ledger"], chart, spendable, year))
        finance_files.ledger(writer, chart, drawn, year, today)
    finance_files.budgets(writer, chart, versions, today)
    finance_files.transfers(writer, chart, moved, today)
    open_now = finance.commitments(rng["commitments"], chart, budget, last, today)
    finance_files.encumbrances(writer, chart, open_now, last)
    return payroll.truth(paid[last - 1], workforce, chart)


def _finish(writer: Writer, truth: dict[str, Any]) -> None:
    """Write truth.json and remove what an earlier run wrote into the folder and this one did not."""
    path = writer.out / TRUTH
    files = sorted(writer.ledger.files)
    if path.is_file():
        for name in json.loads(path.read_text(encoding="utf-8")).get("files", []):
            if name not in writer.ledger.files:
                (writer.out / name).unlink(missing_ok=True)
    writer.text(TRUTH, json.dumps({**truth, "files": files}, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
