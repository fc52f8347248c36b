"""The HR system's exports: staff, positions, assignments, separations, leaves, requisitions, applications."""

from typing import Any

import numpy as np
import pandas as pd

from include.demo.days import SchoolYear
from include.demo.leave import KINDS as LEAVE_KINDS
from include.demo.leave import Leaves
from include.demo.positions import KINDS, account_code
from include.demo.rosters import Teachers
from include.demo.staff import Workforce
from include.demo.vocabulary import RACES, STAFF_RACE_CODES
from include.demo.writers import Writer, dates, frame

NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")
JOB_CODES = {
    "district_leader": "DLD",
    "school_leader": "SLD",
    "teacher": "TCH",
    "student_support": "SSP",
    "related_services": "RLS",
    "paraprofessional": "PAR",
    "health": "HLT",
    "administrative_support": "ADM",
    "operations": "OPS",
}
REASON_CODES = {
    "resignation": "RES",
    "retirement": "RET",
    "dismissal": "DIS",
    "layoff": "RIF",
    "end_of_contract": "EOC",
    "death": "DEC",
    "other": "OTH",
}
LEAVE_CODES = {"medical": "MED", "family": "FAM", "military": "MIL", "unpaid": "LWOP", "sabbatical": "SAB"}


def _numbered(letter: str, count: int) -> np.ndarray:
    return np.array([f"{letter}{10_000 + number}" for number in range(1, count + 1)], dtype=object)


def _races(race: list[int], states: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """The Hispanic flag (Y, N or blank) and the race code; every other Hispanic person gives a race too."""
    names = np.array(RACES, dtype=object)[np.array(race)]
    stated = np.array(states) & (names != "unknown")
    hispanic = names == "hispanic"
    flag = np.where(stated, np.where(hispanic, "Y", "N"), "")
    code = np.array([STAFF_RACE_CODES.get(name, "") for name in names.tolist()], dtype=object)
    code = np.where(hispanic & (np.arange(len(names)) % 2 == 0), "W", code)
    return flag.astype(object), np.where(stated, code, "").astype(object)


def _known(values: Any, as_of: np.datetime64) -> np.ndarray:
    """Days up to `as_of`; later ones have not happened yet."""
    days = np.array(values, dtype="datetime64[D]")
    return np.where(days <= as_of, days, NEVER)


def teachers(staff: Workforce, years: list[SchoolYear], as_of: np.datetime64) -> Teachers:
    """Teachers in post on the day, each at the first of their schools; in summer those of the year that is over."""
    begun = [year.year for year in years if year.first <= as_of]
    on = min(as_of, np.datetime64(f"{begun[-1]}-06-30")) if begun else as_of
    person, position = np.array(staff.person), np.array(staff.position)
    begins, ends = np.array(staff.begins), np.array(staff.ends)
    kind = staff.places.kind[position]
    teaches = np.isin(kind, [index for index, item in enumerate(KINDS) if item.job_group == "teacher"])
    here = np.flatnonzero(teaches & (begins <= on) & ~(ends < on))
    people, first = np.unique(person[here], return_index=True)
    identifier = staff.identifier()
    return Teachers(
        identifier[people], staff.given[people], staff.family[people], staff.places.school[position[here[first]]]
    )


def members(writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Everyone hired so far: semicolons and Latin-1."""
    flag, code = _races(staff.race, staff.states_race)
    hired = np.array(staff.hired)
    kept = hired <= as_of
    table = frame(
        {
            "Emp ID": staff.identifier()[kept],
            "First Name": staff.given[kept],
            "Last Name": staff.family[kept],
            "Hispanic": flag[kept],
            "Race": code[kept],
            "Hire Date": dates(hired[kept], "us"),
        }
    )
    writer.csv("hr.staff_member", "hr/staff.csv", table, delimiter=";", encoding="latin-1")


def positions(writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Budgeted positions as a workbook."""
    places = staff.places
    kept = places.opened <= as_of
    kinds = [KINDS[index] for index in places.kind[kept].tolist()]
    codes = places.school_id()[kept]
    table = pd.DataFrame(
        {
            "Position No": places.identifier()[kept],
            "Location": codes,
            "Job Group": [JOB_CODES[kind.job_group] for kind in kinds],
            "Title": [kind.title for kind in kinds],
            "Budgeted FTE": places.fte[kept],
            "Account": [account_code(kind.service, code) for kind, code in zip(kinds, codes, strict=True)],
            "Opened": np.array(places.opened[kept].tolist(), dtype=object),
            "Closed": np.array(
                ["" if day is None else day for day in _known(places.closed[kept], as_of).tolist()], dtype=object
            ),
        }
    )
    writer.xlsx("hr.position", "hr/positions.xlsx", "Positions", table)


def assignments(rng: np.random.Generator, writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Spells of people in positions; posted a few days before they begin."""
    person, position = np.array(staff.person), np.array(staff.position)
    begins = np.array(staff.begins)
    posted = begins - rng.integers(0, 12, len(begins)) * DAY
    places = staff.places
    kept = begins <= as_of
    kind = places.kind[position]
    table = frame(
        {
            "Emp ID": staff.identifier()[person[kept]],
            "Position No": places.identifier()[position[kept]],
            "Location": places.school_id()[position[kept]],
            "Job Group": [JOB_CODES[KINDS[index].job_group] for index in kind[kept].tolist()],
            "FTE": [f"{value:.2f}" for value in places.fte[position[kept]].tolist()],
            "Begin Date": dates(begins[kept], "us"),
            "End Date": dates(_known(staff.ends, as_of)[kept], "us"),
            "Posted": dates(posted[kept], "us"),
        }
    )
    writer.csv("hr.staff_assignment", "hr/assignments.csv", table)


def separations(rng: np.random.Generator, writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Ends of employment, posted within a week of the last day."""
    person = np.array(list(staff.left))
    last = np.array([day for day, _ in staff.left.values()])
    posted = last + rng.integers(1, 8, len(last)) * DAY
    kept = posted <= as_of
    reason = np.array([REASON_CODES[why] for _, why in staff.left.values()], dtype=object)
    table = frame(
        {
            "Emp ID": staff.identifier()[person[kept]],
            "Last Day": dates(last[kept], "us"),
            "Reason": reason[kept],
            "Posted": dates(posted[kept], "us"),
        }
    )
    writer.csv("hr.separation", "hr/separations.csv", table)


def leaves(writer: Writer, staff: Workforce, drawn: Leaves, as_of: np.datetime64) -> None:
    """Leaves of absence; one that lasts has no last day yet."""
    kept = drawn.posted <= as_of
    table = frame(
        {
            "Emp ID": staff.identifier()[drawn.person[kept]],
            "From": dates(drawn.begins[kept], "us"),
            "To": dates(_known(drawn.ends, as_of)[kept], "us"),
            "Leave Type": [LEAVE_CODES[LEAVE_KINDS[kind]] for kind in drawn.kind[kept].tolist()],
            "Posted": dates(drawn.posted[kept], "us"),
        }
    )
    writer.csv("hr.leave", "hr/leaves.csv", table)


def requisitions(writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Requests to fill a position, open ones without a closing day."""
    hiring, places = staff.hiring, staff.places
    posted, position = np.array(hiring.posted), np.array(hiring.position)
    kept = posted <= as_of
    kind = places.kind[position[kept]]
    table = frame(
        {
            "Requisition": _numbered("R", len(posted))[kept],
            "Position No": places.identifier()[position[kept]],
            "Location": places.school_id()[position[kept]],
            "Job Group": [JOB_CODES[KINDS[index].job_group] for index in kind.tolist()],
            "Date Posted": dates(posted[kept], "iso"),
            "Date Closed": dates(_known(hiring.closed, as_of)[kept], "iso"),
        }
    )
    writer.csv("hr.requisition", "hr/requisitions.csv", table)


def applications(writer: Writer, staff: Workforce, as_of: np.datetime64) -> None:
    """Applications with the day of each stage that has been reached."""
    hiring = staff.hiring
    applied = np.array(hiring.applied)
    kept = applied <= as_of
    flag, code = _races(hiring.race, hiring.states_race)
    columns: dict[str, Any] = {
        "Application": _numbered("A", len(applied))[kept],
        "Requisition": _numbered("R", len(hiring.position))[np.array(hiring.requisition)[kept]],
        "Applicant": _numbered("C", len(applied))[kept],
        "Hispanic": flag[kept],
        "Race": code[kept],
    }
    stages = {"Applied": "applied", "Screened": "screened", "Interviewed": "interviewed", "Offered": "offered",
              "Accepted": "accepted", "Started": "started"}  # fmt: skip
    for title, name in stages.items():
        columns[title] = dates(_known(getattr(hiring, name), as_of)[kept], "iso")
    writer.csv("hr.application", "hr/applications.csv", frame(columns))
