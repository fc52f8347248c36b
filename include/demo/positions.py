"""Budgeted positions: how many of each kind a school has, and which account pays for them."""

from dataclasses import dataclass

import numpy as np

from include.demo.services import SALARY_SERVICES
from include.demo.vocabulary import CENTRAL_OFFICE, SCHOOL_IDS

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
    """One entry per position. school indexes SCHOOL_IDS, len(SCHOOL_IDS) is the central office.

    kind indexes KINDS; pair is the position held by the same person at another school, -1 without one.
    """

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
        return np.array([*SCHOOL_IDS, CENTRAL_OFFICE], dtype=object)[self.school]


def account_code(service: str, location: str) -> str:
    """The account that carries a salary service at a location: fund.function.object.program.location."""
    found = SERVICE_OF[service]
    return f"{found.fund}.{found.function}.{found.object_}.000.{location}"


def positions(rng: np.random.Generator, pupils: np.ndarray, first_year: int, last_year: int) -> Positions:
    """Positions for schools of so many pupils; a few opened or closed during the history."""
    rows: list[tuple[int, int, float, int]] = []
    for place, count in enumerate(pupils.tolist()):
        for index, item in enumerate((*TEACHERS, *OTHERS)):
            rows += [(place, index, 1.0, -1)] * max(item.least, round(item.per_pupil * count))
    for index, item in enumerate(SHARED, start=len(TEACHERS) + len(OTHERS)):
        people = max(4, round(item.per_pupil * int(pupils.sum())))
        for number in range(people):
            here, there = number % len(pupils), (number + 3) % len(pupils)
            at = len(rows)
            share = 0.5 if number % 2 else 0.6
            rows += [(here, index, share, at + 1), (there, index, round(1 - share, 1), at)]
    rows += [(len(pupils), len(KINDS) - 1, 1.0, -1)] * CENTRAL_POSITIONS
    school, kind, fte, pair = (np.array(values) for values in zip(*rows, strict=True))
    opened = np.full(len(rows), np.datetime64("2005-07-01"))
    closed = np.full(len(rows), np.datetime64("NaT", "D"))
    single = np.flatnonzero((pair < 0) & (kind < len(TEACHERS)))
    chosen = rng.choice(single, min(8, len(single) // 4), replace=False)
    half = len(chosen) // 2
    for index in chosen[:half].tolist():
        opened[index] = np.datetime64(f"{rng.integers(first_year, last_year)}-07-01")
    for index in chosen[half:].tolist():
        closed[index] = np.datetime64(f"{rng.integers(first_year, last_year)}-06-30")
    return Positions(school, kind, fte, pair, opened, closed)
