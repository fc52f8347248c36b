"""OneRoster 1.2 CSV: the current year's rosters and everyone the student system still knows."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from include.demo.advanced import course_of
from include.demo.days import SchoolYear
from include.demo.layout import FOUNDED, Layout
from include.demo.population import Spells, Students, YearRoll, spells
from include.demo.vocabulary import (
    CATALOGUE,
    COURSES_PER_GRADE,
    DISTRICT_ID,
    DISTRICT_NAME,
    FIRST_MARKED_GRADE,
    GRADES,
    HOMEROOM_COURSE,
    RACES,
)
from include.demo.writers import dates, frame

SECTION_SIZE = 25
SECTION_KINDS = 1 + COURSES_PER_GRADE
FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources",
    "demographics", "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales",
    "orgs", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales", "roles",
    "scoreScales", "userProfiles", "userResources", "users",
)  # fmt: skip
RACE_COLUMNS = {
    "american_indian": "americanIndianOrAlaskaNative",
    "asian": "asian",
    "black": "blackOrAfricanAmerican",
    "pacific_islander": "nativeHawaiianOrOtherPacificIslander",
    "white": "white",
    "two_or_more": "demographicRaceTwoOrMoreRaces",
    "hispanic": "hispanicOrLatinoEthnicity",
}


@dataclass
class Teachers:
    """Teachers in post: identifiers, names and the school index of each."""

    staff_id: np.ndarray
    given: np.ndarray
    family: np.ndarray
    school: np.ndarray


def _bulk(columns: dict[str, object], size: int) -> pd.DataFrame:
    """Put the columns of the standard in order; status and dateLastModified stay empty in bulk files."""
    head = {"sourcedId": columns.pop("sourcedId"), "status": [""] * size, "dateLastModified": [""] * size}
    filled = {name: [value] * size if isinstance(value, str) else value for name, value in (head | columns).items()}
    return frame(filled)


def manifest(members: set[str], kind: str = "bulk") -> pd.DataFrame:
    """The manifest: which of the standard's files the archive holds; kind: bulk, or delta for changes alone."""
    rows = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
    rows += [(f"file.{name}", kind if f"{name}.csv" in members else "absent") for name in FILES]
    rows += [("source.systemName", "Generated student system"), ("source.systemCode", "demo")]
    return frame({"propertyName": [name for name, _ in rows], "value": [value for _, value in rows]})


def orgs(layout: Layout, years: list[SchoolYear]) -> pd.DataFrame:
    """The district, its networks and its schools; levels and grades ride in metadata columns."""
    rows = [(DISTRICT_ID, DISTRICT_NAME, "district", "", "", "", "", "", "")]
    rows += [(code, name, "local", "", DISTRICT_ID, "", "", "", "") for code, name in layout.networks.items()]
    for school in layout.schools:
        grades = ",".join(GRADES[school.lowest : school.highest + 1])
        rows.append(
            (school.school_id, school.name, "school", school.school_id, school.network, school.level, grades,
             FOUNDED if school.opened < 0 else f"{years[school.opened].year - 1}-07-01",
             "" if school.closed is None else f"{years[school.closed].year}-06-30")
        )  # fmt: skip
    names = ("sourcedId", "name", "type", "identifier", "parentSourcedId", "metadata.level",
             "metadata.grades", "metadata.openedOn", "metadata.closedOn")  # fmt: skip
    return _bulk({name: [row[place] for row in rows] for place, name in enumerate(names)}, len(rows))


def term_id(year: int, quarter: int) -> str:
    """Identifier of a marking period, 0 for the school year itself."""
    return f"{year}-Q{quarter}" if quarter else f"{year}-SY"


def sessions(years: list[SchoolYear]) -> pd.DataFrame:
    """School years, semesters and grading periods of every year in the history."""
    rows = []
    for year in years:
        bounds = year.quarter_bounds()
        whole = term_id(year.year, 0)
        rows.append((whole, f"School year {year.name}", "schoolYear", year.first, year.last, "", year.year))
        for half in (0, 1):
            first, last = bounds[2 * half][0], bounds[2 * half + 1][1]
            rows.append(
                (f"{year.year}-S{half + 1}", f"Semester {half + 1}, {year.name}", "semester", year.days[first],
                 year.days[last], whole, year.year)
            )  # fmt: skip
        for quarter, (first, last) in enumerate(bounds, start=1):
            parent = f"{year.year}-S{1 if quarter <= 2 else 2}"
            rows.append(
                (term_id(year.year, quarter), f"Quarter {quarter}, {year.name}", "gradingPeriod",
                 year.days[first], year.days[last], parent, year.year)
            )  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return _bulk(
        {
            "sourcedId": columns[0],
            "title": columns[1],
            "type": columns[2],
            "startDate": dates(columns[3]),
            "endDate": dates(columns[4]),
            "parentSourcedId": columns[5],
            "schoolYear": [str(year) for year in columns[6]],
        },
        len(rows),
    )


def courses(year: SchoolYear) -> pd.DataFrame:
    """The catalogue: a homeroom and the courses of grades 6 to 12."""
    rows = [(HOMEROOM_COURSE, "Homeroom", ",".join(GRADES[:FIRST_MARKED_GRADE]), "homeroom", "false", "false")]
    rows += [
        (item.course_id, item.title, GRADES[item.grade], item.subject, str(item.is_core).lower(),
         str(item.is_advanced).lower())
        for item in CATALOGUE
    ]  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return _bulk(
        {
            "sourcedId": columns[0],
            "schoolYearSourcedId": term_id(year.year, 0),
            "title": columns[1],
            "courseCode": columns[0],
            "grades": columns[2],
            "orgSourcedId": DISTRICT_ID,
            "subjects": columns[3],
            "subjectCodes": "",
            "metadata.isCore": columns[4],
            "metadata.isAdvanced": columns[5],
        },
        len(rows),
    )


def demographics(people: Students, known: np.ndarray) -> pd.DataFrame:
    """Demographics of the students `known`. Some Hispanic students have a race too; some state nothing."""
    race = people.race[known]
    unknown = race == RACES.index("unknown")
    also_white = (race == RACES.index("hispanic")) & (known % 3 == 0)
    columns: dict[str, object] = {
        "sourcedId": people.number[known],
        "birthDate": dates(people.birth[known]),
        "sex": people.sex[known],
    }
    for name, column in RACE_COLUMNS.items():
        flag = race == RACES.index(name)
        if name == "white":
            flag = flag | also_white
        columns[column] = np.where(unknown, "", np.where(flag, "true", "false")).astype(object)
    for column in ("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus"):
        columns[column] = ""
    return _bulk(columns, len(known))


def users(
    people: Students, known: np.ndarray, enabled: np.ndarray, grade: np.ndarray, school: np.ndarray,
    teachers: Teachers, codes: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """Students `known` and teachers; only students have grades."""
    number = np.concatenate([people.number[known], teachers.staff_id])
    size = len(number)
    staff = len(teachers.staff_id)
    columns: dict[str, object] = {
        "sourcedId": number,
        "enabledUser": np.concatenate([np.where(enabled, "true", "false"), np.full(staff, "true")]),
        "username": np.char.add("u", number.astype(str)),
        "userIds": "",
        "givenName": np.concatenate([people.given[known], teachers.given]),
        "familyName": np.concatenate([people.family[known], teachers.family]),
        "middleName": "",
        "identifier": number,
    }
    for name in ("email", "sms", "phone", "agentSourcedIds"):
        columns[name] = ""
    columns["grades"] = np.concatenate([np.array(GRADES, dtype=object)[grade], np.full(staff, "", object)])
    for name in ("password", "userMasterIdentifier", "resourceSourcedIds", "preferredGivenName",
                 "preferredMiddleName", "preferredFamilyName"):  # fmt: skip
        columns[name] = ""
    columns["primaryOrgSourcedId"] = np.concatenate([codes[school], codes[teachers.school]])
    columns["pronouns"] = ""
    languages = np.concatenate([people.language[known], np.full(staff, "")])
    columns["metadata.homeLanguage"] = languages.astype(object)
    return _bulk(columns, size)


def roles(
    people: Students, known: np.ndarray, school: np.ndarray, teachers: Teachers, codes: np.ndarray
) -> pd.DataFrame:
    """One primary role for every user."""
    number = np.concatenate([people.number[known], teachers.staff_id]).astype(str)
    size = len(number)
    return _bulk(
        {
            "sourcedId": np.char.add("role-", number),
            "userSourcedId": number,
            "roleType": "primary",
            "role": np.concatenate([np.full(len(known), "student"), np.full(size - len(known), "teacher")]),
            "beginDate": "",
            "endDate": "",
            "orgSourcedId": np.concatenate([codes[school], codes[teachers.school]]),
            "userProfileSourcedId": "",
        },
        size,
    )


@dataclass
class Sections:
    """Classes of the current year; `seat_*` has one entry per student in a class."""

    section: np.ndarray
    school: np.ndarray
    course: np.ndarray
    grade: np.ndarray
    seat_section: np.ndarray
    seat_spell: np.ndarray


def _sections(spell: Spells, grade: np.ndarray, advanced: np.ndarray) -> Sections:
    """Fill classes of SECTION_SIZE by school, grade and course in the order of the roll, the advanced ones last.

    course is -1 for a homeroom, else an index into CATALOGUE. advanced: bool [spells].
    """
    marked = grade >= FIRST_MARKED_GRADE
    copies = np.where(marked, COURSES_PER_GRADE, 1)
    who = np.repeat(np.arange(len(grade)), copies)
    within = np.arange(len(who)) - np.repeat(np.cumsum(copies) - copies, copies)
    course = np.where(marked[who], (grade[who] - FIRST_MARKED_GRADE) * COURSES_PER_GRADE + within, -1)
    group = (spell.school[who] * 13 + grade[who]) * SECTION_KINDS + within
    extra = np.flatnonzero(advanced)
    who, course = np.concatenate([who, extra]), np.concatenate([course, course_of(grade[extra])])
    after = (len(GRADES) * (spell.school.max() + 1)) * SECTION_KINDS
    group = np.concatenate([group, after + spell.school[extra] * len(GRADES) + grade[extra]])
    order = np.argsort(group, kind="stable")
    _, start, size = np.unique(group[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(start, size)
    key = group[order] * 1000 + place // SECTION_SIZE
    _, first, section = np.unique(key, return_index=True, return_inverse=True)
    sample = order[first]
    return Sections(
        section=np.arange(len(first)),
        school=spell.school[who[sample]],
        course=course[sample],
        grade=grade[who[sample]],
        seat_section=section,
        seat_spell=who[order],
    )


def classes_and_enrollments(
    layout: Layout,
    year: SchoolYear,
    people: Students,
    roll: YearRoll,
    advanced: np.ndarray,
    teachers: Teachers,
    until: np.datetime64,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Classes of the year and who is in them, as known on the day `until`.

    advanced: bool [students], who takes an advanced course.
    Classes have a place for everyone who comes in the course of the year, so that a newcomer moves nobody.
    """
    spell = spells(roll)
    made = _sections(spell, roll.grade[spell.row], advanced[spell.row])
    here = year.days[spell.entered[made.seat_spell]] <= until
    made = replace(made, seat_section=made.seat_section[here], seat_spell=made.seat_spell[here])
    codes = layout.ids
    section_id = np.array([f"{year.year}-C{number:05d}" for number in made.section.tolist()], dtype=object)
    course_id = [HOMEROOM_COURSE if index < 0 else CATALOGUE[index].course_id for index in made.course.tolist()]
    subject = ["homeroom" if index < 0 else CATALOGUE[index].subject for index in made.course.tolist()]
    periods = ",".join(term_id(year.year, quarter) for quarter in (1, 2, 3, 4))
    size = len(section_id)
    classes = _bulk(
        {
            "sourcedId": section_id,
            "title": [f"{course} {number}" for course, number in zip(course_id, section_id, strict=True)],
            "grades": np.array(GRADES, dtype=object)[made.grade],
            "courseSourcedId": course_id,
            "classCode": section_id,
            "classType": np.where(made.course < 0, "homeroom", "scheduled").astype(object),
            "location": "",
            "schoolSourcedId": codes[made.school],
            "termSourcedIds": periods,
            "subjects": subject,
            "subjectCodes": "",
            "periods": "",
        },
        size,
    )
    # Each class gets one of its school's teachers, in turn.
    teacher = np.zeros(size, int)
    for school in range(len(layout)):
        own, at = np.flatnonzero(teachers.school == school), np.flatnonzero(made.school == school)
        teacher[at] = own[np.arange(len(at)) % len(own)]
    begin = year.days[spell.entered[made.seat_spell]]
    last = year.days[spell.exited[made.seat_spell]]
    end = np.where((last <= until) & (last < year.last), last, np.datetime64("NaT", "D"))
    section = np.concatenate([np.arange(size), made.seat_section])
    people_in = np.concatenate([teachers.staff_id[teacher], people.number[roll.student[spell.row[made.seat_spell]]]])
    total = len(section)
    first = np.full(size, year.first)
    enrollments = _bulk(
        {
            "sourcedId": [
                f"{number}-{person}-{day}"
                for number, person, day in zip(
                    section_id[section].tolist(), people_in.tolist(),
                    dates(np.concatenate([first, begin]), "compact").tolist(), strict=True,
                )
            ],
            "classSourcedId": section_id[section],
            "schoolSourcedId": codes[made.school[section]],
            "userSourcedId": people_in,
            "role": np.concatenate([np.full(size, "teacher"), np.full(total - size, "student")]).astype(object),
            "primary": np.concatenate([np.full(size, "true"), np.full(total - size, "false")]).astype(object),
            "beginDate": dates(np.concatenate([first, begin])),
            "endDate": dates(np.concatenate([np.full(size, np.datetime64("NaT", "D")), end])),
        },
        total,
    )  # fmt: skip
    return classes, enrollments
