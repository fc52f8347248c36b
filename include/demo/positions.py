"""Budgeted positions: how many of each kind a school has, and which account pays for them."""

from dataclasses import dataclass

import numpy as np

from include.demo.layout import FOUNDED, Layout
from include.demo.services import SALARY_SERVICES

STUDENTS_PER_TEACHER = 14.0


@dataclass(frozen=True)
class Kind:
    """One kind of position: per_pupil positions for each pupil of a school, at least `least`."""

    job_group: str
    title: str
    service: str
    per_pupil: float
    least: int
    salary: int


TEACHERS = (
    Kind("teacher", "Classroom Teacher", "classroom_teachers", 0.70 / STUDENTS_PER_TEACHER, 3, 79_000),
    Kind("teacher", "Special Education Teacher", "special_education_teachers", 0.15 / STUDENTS_PER_TEACHER, 1,
         80_000),
    Kind("teacher", "English Learner Teacher", "english_learner_teachers", 0.08 / STUDENTS_PER_TEACHER, 1,
         79_000),
    Kind("teacher", "Instructional Coach", "instructional_coaches", 0.03 / STUDENTS_PER_TEACHER, 1, 88_000),
)  # fmt: skip
OTHERS = (
    Kind("school_leader", "Principal or Assistant Principal", "school_leadership", 1 / 190, 1, 124_000),
    Kind("student_support", "School Counselor", "counselors", 1 / 210, 1, 84_000),
    Kind("student_support", "School Psychologist", "psychologists", 1 / 600, 1, 90_000),
    Kind("paraprofessional", "Paraprofessional", "paraprofessionals", 1 / 48, 1, 36_000),
    Kind("health", "School Nurse", "nurses", 1 / 420, 1, 81_000),
    Kind("administrative_support", "School Secretary", "school_secretaries", 1 / 200, 1, 49_000),
    Kind("operations", "Custodian", "custodial", 1 / 100, 1, 52_000),
)
# Held as two half positions at two schools by one person.
SHARED = (
    Kind("teacher", "Arts and Music Teacher", "specialist_teachers", 0.04 / STUDENTS_PER_TEACHER, 1, 78_000),
    Kind("related_services", "Speech and Occupational Therapist", "related_services", 1 / 260, 1, 82_000),
)
CENTRAL = Kind("district_leader", "District Administrator", "central_leadership", 0.0, 0, 138_000)
CENTRAL_POSITIONS = 7
KINDS = (*TEACHERS, *OTHERS, *SHARED, CENTRAL)
SERVICE_OF = {service.name: service for service in SALARY_SERVICES}


@dataclass
class Positions:
    """One entry per position. school indexes layout.offices, whose last is the central office.

    kind indexes KINDS; pair is the position held by the same person at another school, -1 without one.
    """

    layout: Layout
    school: np.ndarray
    kind: np.ndarray
    fte: np.ndarray
    pair: np.ndarray
    opened: np.ndarray
    closed: np.ndarray

    def __len__(self) -> int:
        return len(self.school)

    def identifier(self) -> np.ndarray:
        """P0001 and so on."""
        return np.array([f"P{number:04d}" for number in range(1, len(self) + 1)], dtype=object)

    def school_id(self) -> np.ndarray:
        """The school's identifier, or the central office's."""
        return self.layout.offices[self.school]


def account_code(service: str, location: str) -> str:
    """The account that carries a salary service at a location: fund.function.object.program.location."""
    found = SERVICE_OF[service]
    return f"{found.fund}.{found.function}.{found.object_}.000.{location}"


def _slots(need: np.ndarray) -> list[tuple[int, int]]:
    """First and last year index of each position of a kind at a school that needs so many, by year [years].

    The n-th position lasts from the first year that needs n of them to the last.
    """
    return [
        (int(years[0]), int(years[-1]))
        for number in range(1, int(need.max(initial=0)) + 1)
        for years in [np.flatnonzero(need >= number)]
    ]


def positions(layout: Layout, pupils: np.ndarray, first_year: int) -> Positions:
    """Positions that follow the pupils of each school [schools, years] and the school's own life.

    first_year: the school year of the first column. Nothing follows the last one: its positions stay.
    """
    open_, years = layout.is_open, pupils.shape[1]
    rows: list[tuple[int, int, float, int, int, int]] = []
    for place in range(len(layout)):
        for index, item in enumerate((*TEACHERS, *OTHERS)):
            need = np.maximum(item.least, (item.per_pupil * pupils[place]).round()) * open_[place]
            rows += [(place, index, 1.0, -1, *slot) for slot in _slots(need)]
    always = np.flatnonzero(open_.all(axis=1)).tolist()
    for index, item in enumerate(SHARED, start=len(TEACHERS) + len(OTHERS)):
        people = max(4, round(item.per_pupil * float(pupils.sum(axis=0).mean())))
        pairs = [(always[number % len(always)], always[(number + 3) % len(always)], number) for number in range(people)]
        # A school that opens or closes shares one with a school that stays.
        pairs += [(place, always[place % len(always)], place) for place in range(len(layout)) if place not in always]
        for here, there, number in pairs:
            at = len(rows)
            share = 0.5 if number % 2 else 0.6
            (slot,) = _slots(open_[here].astype(int))
            rows += [(here, index, share, at + 1, *slot), (there, index, round(1 - share, 1), at, *slot)]
    rows += [(len(layout), len(KINDS) - 1, 1.0, -1, 0, years - 1)] * CENTRAL_POSITIONS
    school, kind, fte, pair, begins, ends = (np.array(values) for values in zip(*rows, strict=True))
    july = np.array([FOUNDED, *(f"{first_year + index - 1}-07-01" for index in range(1, years))], dtype="datetime64[D]")
    june = np.array([f"{first_year + index}-06-30" for index in range(years)], dtype="datetime64[D]")
    june[-1] = np.datetime64("NaT")
    return Positions(layout, school, kind, fte, pair, july[begins], june[ends])
