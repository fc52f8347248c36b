"""A tiny district, worked out by hand, and the means to land it."""

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert

from models.landing import CONTRACTS
from models.landing.contract import rules_of
from models.ops import load

AS_OF = dt.date(2025, 10, 31)
FIRST_DAY = dt.date(2025, 9, 1)
DAYS = [FIRST_DAY + dt.timedelta(days=number) for number in range(60)]
SCHOOL_DAYS = [day for day in DAYS if day.weekday() < 5][:40]
SNOW_DAY = SCHOOL_DAYS[20]
SUBMITTED = [day for day in SCHOOL_DAYS if day != SNOW_DAY]
ALWAYS = dt.date(1900, 1, 1)
# Options of a build for where the tests of the data are not what is looked at.
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")

Row = dict[str, Any]


def note_load(
    connection: Connection, contract: str, as_of: dt.date, ended_at: dt.datetime, rows: int, **facts: object
) -> None:
    """Write down a load, of a file of its own, as a loader would. facts: columns of ops.load that are otherwise."""
    counts = {"rows_read": rows, "landed": rows, "unchanged": 0, "quarantined": 0, "closed": 0, "filtered": 0}
    told = {"source": "test", "feed": f"test.{contract}", "contract": contract, "file_name": "a.csv"}
    marks = {"file_sha256": "", "status": "landed", "mapping_md5": "", "unmapped_columns": [], "is_history": False}
    times = {"as_of": as_of, "started_at": ended_at, "finished_at": ended_at}
    connection.execute(insert(load).values(**{**told, **marks, **counts, **times, **facts}))


def land(engine: Engine, contract: str, rows: list[Row], known_on: dt.date = ALWAYS) -> None:
    """Put rows into a landing table as its loader would, as versions known from `known_on` on."""
    table = CONTRACTS[contract]
    key = rules_of(table).key
    named = [
        {
            **row,
            "_feed": f"test.{contract}",
            "_key": uuid.uuid5(uuid.NAMESPACE_OID, "|".join(str(row.get(name)) for name in key) or str(number)),
            "_load_id": 1,
            "_line": number + 2,
            "_known_on": known_on,
        }
        for number, row in enumerate(rows)
    ]
    with engine.begin() as connection:
        connection.execute(insert(table), named)
        is_history = known_on == ALWAYS
        note_load(connection, contract, known_on, dt.datetime.now(dt.UTC), len(rows), is_history=is_history)


def district_folder(folder: Path, policy: str) -> Path:
    """A district.yml without feeds, for its policy."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.yml").write_text(
        f"district: tiny\ntitle: A tiny district\npolicy: {{{policy}}}\nsources: {{}}\n"
    )
    return folder


def absences() -> dict[tuple[str, str], list[tuple[dt.date, str]]]:
    """Exceptions by student and school.

    tenth: 4 of 39 days, chronic. almost: 3.5 of 39, not. moved: 2 at A, 2 at B, chronic over both.
    late: entered for the last 9 days, absent on all, not rated. full: never absent.
    """
    days = SUBMITTED
    return {
        ("tenth", "A"): [*((day, "AU") for day in days[:3]), (days[5], "OSS"), (SNOW_DAY, "AU")],
        ("almost", "A"): [*((day, "AE") for day in days[:3]), (days[5], "HD"), (days[6], "TD")],
        ("moved", "A"): [(days[0], "AU"), (days[1], "AU")],
        ("moved", "B"): [(days[30], "AU"), (days[31], "AE")],
        ("late", "B"): [(day, "AU") for day in days[-9:]],
    }


def spells() -> list[Row]:
    """Where each student was enrolled. `twice` is enrolled at both schools from the first day on."""
    change = SUBMITTED[20]

    def spell(student: str, school: str, first: dt.date, last: dt.date | None = None) -> Row:
        return {
            "student_id": student,
            "school_id": school,
            "entered_on": first,
            "exited_on": last,
            "grade": "09" if school == "B" else "05",
            "school_year": 2026,
        }

    return [
        spell("tenth", "A", FIRST_DAY),
        spell("almost", "A", FIRST_DAY),
        spell("full", "A", FIRST_DAY),
        spell("moved", "A", FIRST_DAY, change - dt.timedelta(days=1)),
        spell("moved", "B", change),
        spell("late", "B", SUBMITTED[-9]),
        spell("twice", "A", FIRST_DAY),
        spell("twice", "B", FIRST_DAY),
    ]


def daily_codes() -> list[Row]:
    """The same attendance as a source that reports every student on every submitted day writes it."""
    exceptions = {(student, school, day): code for (student, school), rows in absences().items() for day, code in rows}
    rows = []
    for spell in spells():
        for day in SUBMITTED:
            if spell["entered_on"] <= day <= (spell["exited_on"] or AS_OF):
                key = (spell["student_id"], spell["school_id"], day)
                rows.append(
                    {
                        "student_id": key[0],
                        "school_id": key[1],
                        "on_date": day,
                        "code": exceptions.get(key, "P"),
                    }
                )
    return rows


def land_people(engine: Engine) -> None:
    """Schools, students, calendar, staff and money of the tiny district; attendance is landed by the test."""
    land(
        engine,
        "sis.school",
        [
            {"school_id": "A", "name": "Alpha", "level": "elementary", "network_id": "N"},
            {"school_id": "B", "name": "Beta", "level": "high", "network_id": "N"},
        ],
    )
    students = sorted({spell["student_id"] for spell in spells()})
    land(engine, "sis.student", [{"student_id": student, "is_enabled": True} for student in students])
    land(
        engine,
        "sis.student_demographic",
        [
            {"student_id": student, "sex": "female", "is_hispanic": student in ("tenth", "late"), "is_white": True}
            for student in students
        ],
    )
    land(engine, "sis.school_enrollment", spells())
    land(
        engine,
        "sis.calendar_day",
        [
            {"school_id": school, "on_date": day, "school_year": 2026, "is_instructional": True}
            for school in "AB"
            for day in SCHOOL_DAYS
        ],
    )
    land(
        engine,
        "programs.participation",
        [{"student_id": "moved", "program": "el", "begins_on": dt.date(2024, 9, 1)}],
    )
    land(
        engine,
        "hr.staff_member",
        [
            {"staff_id": "t1", "is_hispanic": True, "race": None},
            {"staff_id": "t2", "is_hispanic": False, "race": "white"},
            {"staff_id": "t3", "is_hispanic": None, "race": None},
        ],
    )
    land(
        engine,
        "hr.staff_assignment",
        [
            {"staff_id": staff, "position_id": f"p{staff}{school}", "school_id": school, "job_group": job,
             "fte": fte, "begins_on": FIRST_DAY}
            for staff, school, job, fte in (
                ("t1", "A", "teacher", 1), ("t2", "A", "teacher", 0.5), ("t2", "B", "teacher", 0.5),
                ("t3", "B", "health", 1),
            )
        ],
    )  # fmt: skip
    accounts = (("a1", "library"), ("a2", "custodial"), ("a3", None))
    land(
        engine,
        "finance.account",
        [
            {"account_code": code, "fund": "01", "function": "2000", "object": "5", "location": "A", "service": service}
            for code, service in accounts
        ],
    )
    land(
        engine,
        "finance.budget_line",
        [
            {"account_code": code, "fiscal_year": 2026, "version": "adopted", "amount": amount,
             "posted_on": dt.date(2025, 7, 1)}
            for code, amount in (("a1", 100), ("a2", 300))
        ],
    )  # fmt: skip
    land(
        engine,
        "finance.ledger_line",
        [
            {"account_code": code, "fiscal_year": 2026, "fund": "01", "ledger": "general",
             "entry_kind": kind, "amount": amount,
             "posted_on": dt.date(2025, 9, 30)}
            for code, kind, amount in (
                ("a1", "actual", "40.10"), ("a1", "actual", "40.10"), ("a2", "budget", "300"),
                ("a3", "actual", "5.05"),
            )
        ],
    )  # fmt: skip


def land_exceptions(engine: Engine) -> None:
    """Attendance as exceptions, with the submissions of each school and day."""
    land(
        engine,
        "sis.attendance_event",
        [
            {"student_id": student, "school_id": school, "on_date": day, "code": code}
            for (student, school), rows in absences().items()
            for day, code in rows
        ],
    )
    land(
        engine,
        "sis.attendance_submission",
        [{"school_id": school, "on_date": day} for school in "AB" for day in SUBMITTED],
    )
