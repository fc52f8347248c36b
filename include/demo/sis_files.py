"""The student system's exports: OneRoster, calendars, enrolment, attendance, marks, results, discipline."""

import numpy as np

from include.demo import learning, rosters
from include.demo.attendance import Exceptions
from include.demo.days import SchoolYear
from include.demo.discipline import CODES, Actions
from include.demo.learning import MarksDrawn, Scores
from include.demo.population import Students, YearRoll, spells
from include.demo.vocabulary import (
    ATTENDANCE_CODES,
    COURSES,
    GRADES,
    SCHOOL_IDS,
    SIS_GRADES,
    STATE_LEVELS,
)
from include.demo.writers import DirtyRow, Writer, dates, frame

SCHOOL = np.array(SCHOOL_IDS, dtype=object)
WINDOW_CODES = np.array(["BOY", "MOY", "EOY"], dtype=object)
MAPLE_SUBJECTS = np.array(["ELA", "MATH"], dtype=object)
NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


def oneroster(
    writer: Writer,
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    teachers: rosters.Teachers,
    as_of: np.datetime64,
) -> None:
    """Rosters of the latest year that has begun; students who left are still there, not enabled."""
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
    classes, enrollments = rosters.classes_and_enrollments(year, people, roll, teachers, as_of)
    members = {
        "orgs": ("sis.school", rosters.orgs()),
        "academicSessions": ("sis.term", rosters.sessions(years)),
        "users": (
            None, rosters.users(people, known, enabled, grade[known], school[known], teachers)
        ),
        "roles": (None, rosters.roles(people, known, school[known], teachers)),
        "demographics": ("sis.student_demographic", rosters.demographics(people, known)),
        "courses": ("sis.course", rosters.courses(year)),
        "classes": ("sis.section", classes),
        "enrollments": ("sis.section_enrollment", enrollments),
    }  # fmt: skip
    tables = {f"{name}.csv": entry for name, entry in members.items()}
    tables["manifest.csv"] = (None, rosters.manifest(set(tables)))
    writer.zip("sis/oneroster.zip", tables)
    # Feeds that take only some rows of a member are counted by the rows they take.
    feeds = writer.ledger.feeds
    feeds["sis.school"] = _counted("sis/oneroster.zip!orgs.csv", len(SCHOOL_IDS))
    feeds["sis.student"] = _counted("sis/oneroster.zip!users.csv", len(known))


def _counted(file: str, rows: int) -> dict[str, object]:
    return {"rows": rows, "good": rows, "dirty": 0, "files": {file: rows}}


def calendar(writer: Writer, years: list[SchoolYear]) -> None:
    """Every weekday of every school, instructional or not; semicolons and compact dates."""
    parts = []
    for year in years:
        at = np.searchsorted(year.days, year.weekdays)
        within = np.clip(at, 0, len(year.days) - 1)
        taught = (year.days[within] == year.weekdays) & year.open_[:, within]
        school, day = np.divmod(np.arange(taught.size), len(year.weekdays))
        parts.append((SCHOOL[school], dates(year.weekdays[day], "compact"),
                      np.full(taught.size, year.name, object), np.where(taught.ravel(), "I", "H")))  # fmt: skip
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    names = ("School", "Calendar Date", "School Year", "Day Type")
    writer.csv("sis.calendar_day", "sis/calendar.csv", frame(dict(zip(names, columns, strict=True))), delimiter=";")


def enrollment(
    rng: np.random.Generator,
    writer: Writer,
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    as_of: np.datetime64,
) -> None:
    """Entries and exits of all years; an exit after `as_of` is not known yet."""
    parts = []
    for year, roll in zip(years, rolls, strict=True):
        spell = spells(roll)
        entered, exited = year.days[spell.entered], year.days[spell.exited]
        start = spell.entered == 0
        lag = np.where(start, -rng.integers(3, 20, len(start)), rng.integers(0, 3, len(start)))
        student = roll.student[spell.row]
        is_new = (people.first_year[student] > 0) & (years[0].year + people.first_year[student] == year.year)
        entry = np.where(spell.is_second, "T", np.where(start & ~is_new, "E1", "E2"))
        transferred = ~spell.is_second & (roll.move[spell.row] >= 0)
        ended = np.where(transferred, "T", np.where(spell.exited == len(year.days) - 1, "W1", "W2"))
        known = exited <= as_of
        row = (
            people.number[student], SCHOOL[spell.school], dates(entered, "us"),
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


def attendance(
    writer: Writer,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: Exceptions,
    as_of: np.datetime64,
    fault: str | None,
) -> None:
    """Exceptions of one year, gzipped. fault: "date" or "student" plants that fault."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    number = people.number[roll.student[drawn.row[kept]]]
    table = frame(
        {
            "Student Number": number,
            "School": SCHOOL[drawn.school[kept]],
            "Att Date": dates(year.days[drawn.day[kept]], "us"),
            "Att Code": np.array(ATTENDANCE_CODES, dtype=object)[drawn.code[kept]],
            "Posted": dates(drawn.posted[kept], "us"),
        }
    )
    dirty = []
    at = min(500, len(table))
    sample = tuple(table.iloc[0])
    if fault == "date":
        bad = f"02/30/{year.year}"
        dirty.append(
            DirtyRow(at, (sample[0], sample[1], bad, "AU", sample[4]), "Att Date", "on_date", bad,
                     "February has no 30th.")
        )  # fmt: skip
    if fault == "student":
        dirty.append(
            DirtyRow(at, ("", sample[1], sample[2], "AU", sample[4]), "Student Number", "student_id", None,
                     "Nobody was absent.")
        )  # fmt: skip
    writer.csv("sis.attendance_event", f"sis/attendance_{year.name}.csv.gz", table, dirty=dirty)


def submission(
    writer: Writer,
    year: SchoolYear,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    as_of: np.datetime64,
    repeat_header: bool,
) -> None:
    """Which schools submitted attendance on which days; bars and compact dates."""
    school, day, posted = drawn
    kept = posted <= as_of
    if not kept.any():
        return
    table = frame(
        {
            "SCHOOL": SCHOOL[school[kept]],
            "ATT_DATE": dates(year.days[day[kept]], "compact"),
            "SUBMITTED": dates(posted[kept], "compact"),
        }
    )
    header = DirtyRow(min(100, len(table)), tuple(table.columns), None, None, None, "The header again.")
    writer.csv("sis.attendance_submission", f"sis/submissions_{year.name}.txt", table, delimiter="|",
               dirty=[header] if repeat_header else [])  # fmt: skip


def marks(
    writer: Writer,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: MarksDrawn,
    as_of: np.datetime64,
    overlong: bool,
) -> None:
    """Quarter marks of one year, tab-separated. overlong: plant a row with one cell too many."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    table = frame(
        {
            "Student": people.number[roll.student[drawn.row[kept]]],
            "School": SCHOOL[drawn.school[kept]],
            "Course": np.array([item.course_id for item in COURSES], dtype=object)[drawn.course[kept]],
            "Term": [rosters.term_id(year.year, quarter) for quarter in drawn.quarter[kept].tolist()],
            "Year": np.full(int(kept.sum()), year.name, dtype=object),
            "Mark": learning.letters(drawn.points[kept]),
            "Percent": [f"{value:.1f}" for value in drawn.points[kept].tolist()],
            "Stored": dates(drawn.posted[kept], "us"),
        }
    )
    dirty = []
    if overlong:
        cells = (*table.iloc[0], "see note")
        dirty.append(DirtyRow(min(250, len(table)), cells, None, None, "see note", "One cell more than columns."))
    writer.csv("sis.course_grade", f"sis/grades_{year.name}.txt", table, delimiter="\t", dirty=dirty)


def maple(
    writer: Writer,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    drawn: Scores,
    as_of: np.datetime64,
    worded_score: bool,
) -> None:
    """The interim assessment's results of one year. worded_score: plant a score that is a word."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    row = drawn.row[kept]
    table = frame(
        {
            "StudentID": people.number[roll.student[row]],
            "SchoolID": SCHOOL[drawn.school[kept]],
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
    dirty = []
    if worded_score:
        cells = list(table.iloc[0])
        cells[0], cells[7], cells[8] = "999999", "ABS", ""
        why = "A word where a score belongs."
        dirty.append(DirtyRow(min(300, len(table)), tuple(cells), "ScaleScore", "scale_score", "ABS", why))
    writer.csv("sis.maple_result", f"sis/maple_{year.name}.csv", table, dirty=dirty)


def statewide(
    writer: Writer, people: Students, year: SchoolYear, roll: YearRoll, drawn: Scores, as_of: np.datetime64
) -> None:
    """The state assessment's results of one year, once they are out."""
    if not len(drawn.row) or drawn.posted[0] > as_of:
        return
    level = np.array([*STATE_LEVELS, ""], dtype=object)[drawn.level]
    score = ["" if np.isnan(value) else str(int(value)) for value in drawn.score.tolist()]
    table = frame(
        {
            "STUDENT_NUMBER": people.number[roll.student[drawn.row]],
            "SCHOOL_CODE": SCHOOL[drawn.school],
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
    people: Students,
    years: list[SchoolYear],
    rolls: list[YearRoll],
    places: list[np.ndarray],
    drawn: list[Actions],
    as_of: np.datetime64,
) -> None:
    """Actions of all years, with one that takes a negative number of days."""
    parts = []
    for year, roll, place, actions in zip(years, rolls, places, drawn, strict=True):
        order = np.lexsort((actions.row, actions.day))
        row, day = actions.row[order], actions.day[order]
        posted = year.days[day] + actions.lag[order].astype("timedelta64[D]")
        identifier = np.array([f"D{year.year}-{number:04d}" for number in range(1, len(row) + 1)], dtype=object)
        columns = (
            identifier, people.number[roll.student[row]], SCHOOL[place[row, day].astype(int)],
            dates(year.days[day], "us"), np.array(CODES, dtype=object)[actions.code[order]],
            np.array([f"{value:g}" for value in actions.length[order].tolist()], dtype=object),
            np.where(actions.is_discretionary[order], "Y", "N"), dates(posted, "us"),
        )  # fmt: skip
        parts.append(tuple(column[posted <= as_of] for column in columns))
    names = ("Incident", "Student", "School", "Incident Date", "Action", "Days", "Discretionary", "Posted")
    merged = [np.concatenate(values) for values in zip(*parts, strict=True)]
    table = frame(dict(zip(names, merged, strict=True)))
    cells = list(table.iloc[0])
    cells[0], cells[4], cells[5] = "D0000-0001", "OSS", "-2"
    dirty = DirtyRow(min(40, len(table)), tuple(cells), "Days", "days", "-2", "A suspension of less than no days.")
    writer.csv("sis.discipline_action", "sis/discipline.csv", table, dirty=[dirty])
