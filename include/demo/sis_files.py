"""The student system's exports: OneRoster, calendars, enrolment, attendance, marks, results, discipline."""

import numpy as np

from include.demo import attendance, learning, rosters
from include.demo.attendance import Exceptions
from include.demo.days import SchoolYear
from include.demo.discipline import CODES, Actions
from include.demo.layout import FOUNDED, Layout
from include.demo.learning import MarksDrawn, Scores
from include.demo.population import Students, YearRoll, spells
from include.demo.vocabulary import (
    ATTENDANCE_CODES,
    CATALOGUE,
    GRADES,
    SIS_GRADES,
    STATE_LEVELS,
)
from include.demo.writers import Writer, dates, frame

WINDOW_CODES = np.array(["BOY", "MOY", "EOY"], dtype=object)
MAPLE_SUBJECTS = np.array(["ELA", "MATH"], dtype=object)
NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


def oneroster(
    writer: Writer,
    layout: Layout,
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    advanced: list[np.ndarray],
    teachers: rosters.Teachers,
    as_of: np.datetime64,
) -> None:
    """Rosters of the latest year that has begun; students who left are still there, not enabled.

    advanced: who takes an advanced course, bool [students] for each year.
    """
    now = max(index for index, year in enumerate(years) if index == 0 or year.first <= as_of)
    year, roll = years[now], rolls[now]
    grade, school = np.full(len(people), -1), np.full(len(people), -1)
    for past_year, past in zip(years[: now + 1], rolls[: now + 1], strict=True):
        begun = past_year.days[past.entry] <= as_of
        moved = (past.move >= 0) & (past_year.days[past.move] <= as_of)
        grade[past.student[begun]] = past.grade[begun]
        school[past.student[begun]] = np.where(moved, past.second, past.school)[begun]
    known = np.flatnonzero(grade >= 0)
    here = (year.days[roll.entry] <= as_of) & ((roll.exit_ == len(year.days) - 1) | (year.days[roll.exit_] > as_of))
    enabled = np.isin(known, roll.student[here])
    classes, enrollments = rosters.classes_and_enrollments(layout, year, people, roll, advanced[now], teachers, as_of)
    members = {
        "orgs": ("sis.school", rosters.orgs(layout, years)),
        "academicSessions": ("sis.term", rosters.sessions(years)),
        "users": (
            "sis.student", rosters.users(people, known, enabled, grade[known], school[known], teachers, layout.ids)
        ),
        "roles": (None, rosters.roles(people, known, school[known], teachers, layout.ids)),
        "demographics": ("sis.student_demographic", rosters.demographics(people, known)),
        "courses": ("sis.course", rosters.courses(year)),
        "classes": ("sis.section", classes),
        "enrollments": ("sis.section_enrollment", enrollments),
    }  # fmt: skip
    tables = {f"{name}.csv": entry for name, entry in members.items()}
    tables["manifest.csv"] = (None, rosters.manifest(set(tables)))
    taken = {
        "orgs.csv": (tables["orgs.csv"][1]["type"] == "school").to_numpy(),
        "users.csv": (tables["users.csv"][1]["grades"] != "").to_numpy(),
    }
    writer.zip("sis/oneroster.zip", tables, taken)


def calendar(writer: Writer, layout: Layout, years: list[SchoolYear]) -> None:
    """Every weekday of every open school, instructional or not; semicolons and compact dates."""
    parts = []
    for index, year in enumerate(years):
        at = np.searchsorted(year.days, year.weekdays)
        within = np.clip(at, 0, len(year.days) - 1)
        own = np.flatnonzero(layout.is_open[:, index])
        taught = (year.days[within] == year.weekdays) & year.open_[np.ix_(own, within)]
        school, day = np.divmod(np.arange(taught.size), len(year.weekdays))
        parts.append((layout.ids[own[school]], dates(year.weekdays, "compact")[day],
                      np.full(taught.size, year.name, object), np.where(taught.ravel(), "I", "H")))  # fmt: skip
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    names = ("School", "Calendar Date", "School Year", "Day Type")
    writer.csv("sis.calendar_day", "sis/calendar.csv", frame(dict(zip(names, columns, strict=True))), delimiter=";")


def enrollment(
    rng: np.random.Generator,
    writer: Writer,
    layout: Layout,
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    as_of: np.datetime64,
) -> None:
    """Entries and exits of all years; an exit after `as_of` is not known yet."""
    parts = []
    seen = np.full(len(people), -1)
    for index, (year, roll) in enumerate(zip(years, rolls, strict=True)):
        spell = spells(roll)
        entered, exited = year.days[spell.entered], year.days[spell.exited]
        start = spell.entered == 0
        lag = np.where(start, -rng.integers(3, 20, len(start)), rng.integers(0, 3, len(start)))
        student = roll.student[spell.row]
        is_new = (people.first_year[student] > 0) & (years[0].year + people.first_year[student] == year.year)
        came_back = (seen[student] >= 0) & (seen[student] < index - 1)
        seen[roll.student] = index
        within = roll.second[spell.row] == roll.school[spell.row]
        entry = np.where(start & ~is_new, "E1", "E2")
        entry = np.where(spell.is_second & ~within, "T", entry)
        entry = np.where(came_back | (spell.is_second & within), "R", entry)
        transferred = ~spell.is_second & (roll.move[spell.row] >= 0) & ~within
        ended = np.where(transferred, "T", np.where(spell.exited == len(year.days) - 1, "W1", "W2"))
        known = exited <= as_of
        row = (
            people.number[student], layout.ids[spell.school], dates(entered, "us"),
            dates(np.where(known, exited, NEVER), "us"),
            np.array(SIS_GRADES, dtype=object)[roll.grade[spell.row]],
            np.full(len(entered), year.name, object), entry, np.where(known, ended, ""),
            dates(entered + lag.astype("timedelta64[D]"), "us"),
        )  # fmt: skip
        here = (entered <= as_of) & (entered + lag.astype("timedelta64[D]") <= as_of)
        parts.append(tuple(column[here] for column in row))
    names = ("Student Number", "School Code", "Entry Date", "Exit Date", "Grade Level", "School Year",
             "Entry Code", "Exit Code", "Entered On")  # fmt: skip
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("sis.school_enrollment", "sis/entry_exit.csv", frame(dict(zip(names, columns, strict=True))))


def attendance_records(
    writer: Writer,
    layout: Layout,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    place: np.ndarray,
    drawn: Exceptions,
    daily: np.ndarray,
    as_of: np.datetime64,
) -> None:
    """One year's exceptions, and every pupil's day of the schools `daily` (bool [schools]), gzipped."""
    known = drawn.known(as_of)
    exceptions = ~daily[known.school]
    every = attendance.every_day(year, place, drawn, daily, as_of)
    parts = (
        ("sis.attendance_event", "attendance", known, np.flatnonzero(exceptions)),
        ("sis.attendance_daily", "daily_attendance", every, np.arange(len(every.row))),
    )
    for feed, name, events, kept in parts:
        if not len(kept):
            continue
        table = frame(
            {
                "Student Number": people.number[roll.student[events.row[kept]]],
                "School": layout.ids[events.school[kept]],
                "Att Date": dates(year.days, "us")[events.day[kept]],
                "Att Code": np.array(ATTENDANCE_CODES, dtype=object)[events.code[kept]],
                "Posted": dates(events.posted[kept], "us"),
            }
        )
        writer.csv(feed, f"sis/{name}_{year.name}.csv.gz", table)


def autonomies(writer: Writer, layout: Layout, years: list[SchoolYear]) -> None:
    """What each school may decide, one row per school, network that it was in, and autonomy."""
    rows = []
    for school in layout.schools:
        last = len(years) - 1 if school.closed is None else school.closed
        spells = [(school.network, max(school.opened, school.moved), last)]
        if school.moved >= 0:
            spells.insert(0, (school.earlier_network, school.opened, school.moved - 1))
        for network, begins, ends in spells:
            for item in layout.autonomies:
                since = max(item.since, begins)
                if item.network == network and since <= ends:
                    rows.append(
                        (school.school_id, network, item.autonomy.upper(),
                         FOUNDED if since < 0 else f"{years[since].year - 1}-07-01",
                         "" if ends == len(years) - 1 else f"{years[ends].year}-06-30")
                    )  # fmt: skip
    names = ("School", "Network", "Autonomy", "From", "To")
    table = frame(dict(zip(names, zip(*rows, strict=True), strict=True)))
    writer.csv("sis.school_autonomy", "sis/autonomies.csv", table)


def submission(
    writer: Writer,
    layout: Layout,
    year: SchoolYear,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    as_of: np.datetime64,
) -> None:
    """Which schools submitted attendance on which days; bars and compact dates."""
    school, day, posted = drawn
    kept = posted <= as_of
    if not kept.any():
        return
    table = frame(
        {
            "SCHOOL": layout.ids[school[kept]],
            "ATT_DATE": dates(year.days[day[kept]], "compact"),
            "SUBMITTED": dates(posted[kept], "compact"),
        }
    )
    writer.csv("sis.attendance_submission", f"sis/submissions_{year.name}.txt", table, delimiter="|")


def marks(
    writer: Writer,
    layout: Layout,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: MarksDrawn,
    scale: np.ndarray,
    as_of: np.datetime64,
) -> None:
    """Quarter marks of one year, tab-separated. scale: what the written points are multiplied by [marks]."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    table = frame(
        {
            "Student": people.number[roll.student[drawn.row[kept]]],
            "School": layout.ids[drawn.school[kept]],
            "Course": np.array([item.course_id for item in CATALOGUE], dtype=object)[drawn.course[kept]],
            "Term": [rosters.term_id(year.year, quarter) for quarter in drawn.quarter[kept].tolist()],
            "Year": np.full(int(kept.sum()), year.name, dtype=object),
            "Mark": learning.letters(drawn.points[kept]),
            "Percent": [f"{value:.1f}" for value in (drawn.points * scale)[kept].tolist()],
            "Stored": dates(drawn.posted[kept], "us"),
        }
    )
    writer.csv("sis.course_grade", f"sis/grades_{year.name}.txt", table, delimiter="\t")


def maple(
    writer: Writer,
    layout: Layout,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: Scores,
    as_of: np.datetime64,
) -> None:
    """The interim assessment's results of one year."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    row = drawn.row[kept]
    table = frame(
        {
            "StudentID": people.number[roll.student[row]],
            "SchoolID": layout.ids[drawn.school[kept]],
            "Grade": np.array(GRADES, dtype=object)[roll.grade[row]],
            "Year": np.full(len(row), year.name, dtype=object),
            "Window": WINDOW_CODES[drawn.window[kept]],
            "Subject": MAPLE_SUBJECTS[drawn.subject[kept]],
            "TestDate": dates(drawn.taken[kept], "us"),
            "ScaleScore": drawn.score[kept].astype(int).astype(str),
            "PerfLevel": (drawn.level[kept] + 1).astype(str),
            "LoadedOn": dates(drawn.posted[kept], "us"),
        }
    )
    writer.csv("sis.maple_result", f"sis/maple_{year.name}.csv", table)


def statewide(
    writer: Writer,
    layout: Layout,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: Scores,
    as_of: np.datetime64,
) -> None:
    """The state assessment's results of one year, once they are out."""
    if not len(drawn.row) or drawn.posted[0] > as_of:
        return
    level = np.array([*STATE_LEVELS, ""], dtype=object)[drawn.level]
    score = ["" if np.isnan(value) else str(int(value)) for value in drawn.score.tolist()]
    table = frame(
        {
            "STUDENT_NUMBER": people.number[roll.student[drawn.row]],
            "SCHOOL_CODE": layout.ids[drawn.school],
            "GRADE": np.array(GRADES, dtype=object)[roll.grade[drawn.row]],
            "TEST_YEAR": np.full(len(level), str(year.year), dtype=object),
            "SUBJECT": MAPLE_SUBJECTS[drawn.subject],
            "TEST_DATE": dates(drawn.taken),
            "SCALED_SCORE": score,
            "ACHIEVEMENT_LEVEL": level,
            "RELEASED": dates(drawn.posted),
        }
    )
    writer.csv("sis.state_result", f"sis/state_{year.year}.csv", table)


def discipline(
    writer: Writer,
    layout: Layout,
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    places: list[np.ndarray],
    drawn: list[Actions],
    as_of: np.datetime64,
) -> None:
    """Actions of all years."""
    parts = []
    for year, roll, place, actions in zip(years, rolls, places, drawn, strict=True):
        order = np.lexsort((actions.row, actions.day))
        row, day = actions.row[order], actions.day[order]
        posted = year.days[day] + actions.lag[order].astype("timedelta64[D]")
        identifier = np.array([f"D{year.year}-{number:04d}" for number in range(1, len(row) + 1)], dtype=object)
        columns = (
            identifier, people.number[roll.student[row]], layout.ids[place[row, day].astype(int)],
            dates(year.days[day], "us"), np.array(CODES, dtype=object)[actions.code[order]],
            np.array([f"{value:g}" for value in actions.length[order].tolist()], dtype=object),
            np.where(actions.is_discretionary[order], "Y", "N"), dates(posted, "us"),
        )  # fmt: skip
        parts.append(tuple(column[posted <= as_of] for column in columns))
    names = ("Incident", "Student", "School", "Incident Date", "Action", "Days", "Discretionary", "Posted")
    merged = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("sis.discipline_action", "sis/discipline.csv", frame(dict(zip(names, merged, strict=True))))
