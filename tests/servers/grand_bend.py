"""The Grand Bend sample, an interchange in XML, as the JSON resources that an ODS would serve after loading it."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Body = dict[str, Any]

NAMESPACE = "{http://ed-fi.org/5.2.0}"
DISTRICT = 255901

# What the API nests in a list, by the element of the interchange: name of the list, and of the one member or None.
LISTS: dict[str, tuple[str, str | None]] = {
    "AcademicSubject": ("academicSubjects", "academicSubjectDescriptor"),
    "Accommodation": ("accommodations", "accommodationDescriptor"),
    "Address": ("addresses", None),
    "CalendarEvent": ("calendarEvents", "calendarEventDescriptor"),
    "ClassPeriodReference": ("classPeriods", "classPeriodReference"),
    "CourseIdentificationCode": ("identificationCodes", None),
    "CourseLevelCharacteristic": ("levelCharacteristics", "courseLevelCharacteristicDescriptor"),
    "Disability": ("disabilities", None),
    "Discipline": ("disciplines", "disciplineDescriptor"),
    "EducationOrganizationIdentificationCode": ("identificationCodes", None),
    "EducationOrganizationIndicator": ("indicators", None),
    "GradeLevel": ("gradeLevels", "gradeLevelDescriptor"),
    "GradingPeriodReference": ("gradingPeriods", "gradingPeriodReference"),
    "InstitutionTelephone": ("institutionTelephones", None),
    "LearningStandardReference": ("learningStandards", "learningStandardReference"),
    "PerformanceLevel": ("performanceLevels", None),
    "PlatformType": ("platformTypes", "platformTypeDescriptor"),
    "Race": ("races", "raceDescriptor"),
    "ReportingTag": ("reportingTags", None),
    "SchoolFoodServiceProgramService": ("schoolFoodServiceProgramServices", None),
    "SchoolCategory": ("schoolCategories", "schoolCategoryDescriptor"),
    "ScoreResult": ("scoreResults", None),
    "SpecialEducationProgramService": ("specialEducationProgramServices", None),
    "StaffIdentificationCode": ("identificationCodes", None),
    "StudentAssessmentItem": ("items", None),
    "StudentObjectiveAssessment": ("studentObjectiveAssessments", None),
    "StudentDisciplineIncidentBehaviorAssociationReference": (
        "studentDisciplineIncidentBehaviorAssociations",
        "studentDisciplineIncidentBehaviorAssociationReference",
    ),
}  # fmt: skip
# Elements of the interchange whose members are the resource's own.
HOISTED = {"Name", "BirthData", "AttendanceEvent", "EmploymentPeriod"}
NUMBERS = re.compile(r"(Id|Year|Length|Duration|Sequence|Days|Equivalency|Wage|Amount)$")
# Large files of the sample from which no contract is filled.
NOT_READ = re.compile("Standards|Contact|Survey|AssessmentMetadata|ObjectiveAssessment|Registration|Gradebook|Health")

# The natural key of each resource that changes in a test: name in a flat key, and path in the resource.
KEYS: dict[str, dict[str, str]] = {
    "schools": {"schoolId": "schoolId"},
    "students": {"studentUniqueId": "studentUniqueId"},
    "studentSchoolAssociations": {
        "entryDate": "entryDate",
        "schoolId": "schoolReference.schoolId",
        "studentUniqueId": "studentReference.studentUniqueId",
    },
    "studentSchoolAttendanceEvents": {
        "attendanceEventCategoryDescriptor": "attendanceEventCategoryDescriptor",
        "eventDate": "eventDate",
        "schoolId": "schoolReference.schoolId",
        "schoolYear": "sessionReference.schoolYear",
        "sessionName": "sessionReference.sessionName",
        "studentUniqueId": "studentReference.studentUniqueId",
    },
    "studentSpecialEducationProgramAssociations": {
        "beginDate": "beginDate",
        "educationOrganizationId": "educationOrganizationReference.educationOrganizationId",
        "programEducationOrganizationId": "programReference.educationOrganizationId",
        "programName": "programReference.programName",
        "programTypeDescriptor": "programReference.programTypeDescriptor",
        "studentUniqueId": "studentReference.studentUniqueId",
    },
    "studentAssessments": {
        "assessmentIdentifier": "assessmentReference.assessmentIdentifier",
        "namespace": "assessmentReference.namespace",
        "studentAssessmentIdentifier": "studentAssessmentIdentifier",
        "studentUniqueId": "studentReference.studentUniqueId",
    },
    "localActuals": {
        "accountIdentifier": "localAccountReference.accountIdentifier",
        "asOfDate": "asOfDate",
        "educationOrganizationId": "localAccountReference.educationOrganizationId",
        "fiscalYear": "localAccountReference.fiscalYear",
    },
}


def resources(archive: Path) -> dict[str, list[Body]]:
    """Every resource by its name in the API, of the sample and of what the sample lacks."""
    found: dict[str, list[Body]] = {}
    for name, element in elements(archive):
        found.setdefault(_plural(name), []).append(element)
    found.update(_made_by_hand(found))
    return found


def elements(archive: Path) -> Iterator[tuple[str, Body]]:
    """Name and JSON of each top-level element of every file."""
    with zipfile.ZipFile(archive) as files:
        for file in sorted(name for name in files.namelist() if name.endswith(".xml") and not NOT_READ.search(name)):
            root = ElementTree.fromstring(files.read(file))
            known = {element.get("id"): element for element in root.iter() if element.get("id")}
            for element in root:
                name = _name(element)
                if not name.endswith(("Reference", "Descriptor")):
                    yield name, _object(element, known)


def _name(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(NAMESPACE)


def _plural(name: str) -> str:
    small = name[0].lower() + name[1:]
    return small[:-1] + "ies" if small.endswith("y") and small[-2] not in "aeiou" else small + "s"


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _object(element: ElementTree.Element, known: dict[str | None, ElementTree.Element]) -> Body:
    body: Body = {}
    for child in element:
        name = _name(child)
        if name in HOISTED:
            body.update(_object(child, known))
        elif name in LISTS and (len(child) or name != _name(element)):
            listed, member = LISTS[name]
            value = _reference(child, known) if name.endswith("Reference") else _value(child, known)
            value = value if member is None else {member: value}
            body.setdefault(listed, []).append(value)
        elif name == "SchoolYear":
            body["schoolYearTypeReference"] = {"schoolYear": int((child.text or "")[-4:])}
        elif name.endswith("Reference"):
            body[_camel(_role(name))] = _reference(child, known)
        elif not len(child):
            descriptor = "Descriptor" if _is_descriptor(child) else ""
            body[_camel(name) + descriptor] = _value(child, known)
        else:
            body[_camel(name)] = _object(child, known)
    return body


def _role(name: str) -> str:
    """FundFundDimensionReference is the fundDimensionReference of the API."""
    return re.sub(r"^(Fund|Source|Function|Object)(?=\1)", "", name)


def _reference(element: ElementTree.Element, known: dict[str | None, ElementTree.Element]) -> Body:
    """The flat key that a reference holds, whether it spells it out or names the element that has it."""
    if element.get("ref"):
        target = known.get(element.get("ref"))
        keys = {"School": ("schoolId",), "LocalEducationAgency": ("localEducationAgencyId",)}
        if target is None:
            return {}
        whole = _object(target, known)
        flat = {k: v for k, v in whole.items() if isinstance(v, str | int) and k in keys.get(_name(target), whole)}
        return {k: v for k, v in flat.items() if k.endswith(("Id", "Identifier", "Name"))}
    body: Body = {}
    for child in element.iter():
        if child is not element and not len(child):
            name = _camel(_name(child)) + ("Descriptor" if _is_descriptor(child) else "")
            body[name] = int((child.text or "")[-4:]) if name == "schoolYear" else _value(child, known)
    return body


def _is_descriptor(element: ElementTree.Element) -> bool:
    return bool(re.match(r"uri://[^#]*Descriptor#", element.text or ""))


def _value(element: ElementTree.Element, known: dict[str | None, ElementTree.Element]) -> Any:
    if len(element):
        return _object(element, known)
    text, name = (element.text or "").strip(), _name(element)
    if name.endswith(("Ethnicity", "Indicator", "Eligibility")) and text in ("0", "1", "true", "false"):
        return text in ("1", "true")
    if NUMBERS.search(name) and re.fullmatch(r"\d{1,9}", text) and not name.endswith("UniqueId"):
        return int(text)
    if name == "AdministrationDate":
        return text + "Z"
    return text


def uri(descriptor: str, code: str) -> str:
    return f"uri://ed-fi.org/{descriptor}Descriptor#{code}"


GRADES = {
    255901001: ("Ninth grade", "Tenth grade", "Eleventh grade", "Twelfth grade"),
    255901044: ("Sixth grade", "Seventh grade", "Eighth grade"),
    255901107: ("First grade", "Second grade", "Third grade", "Fourth grade", "Fifth grade"),
}
RACES = (
    "White",
    "Black or African American",
    "Asian",
    "American Indian or Alaska Native",
    "Native Hawaiian or Pacific Islander",
)


def _made_by_hand(found: dict[str, list[Body]]) -> dict[str, list[Body]]:
    """What the sample does not have: enrolment, demographics, marks, open positions and amounts."""
    seen_at = {
        event["studentReference"]["studentUniqueId"]: event["schoolReference"]["schoolId"]
        for event in found["studentSchoolAttendanceEvents"]
    }
    spells: list[Body] = []
    people: list[Body] = []
    for number, student in enumerate(found["students"]):
        reference = {"studentUniqueId": student["studentUniqueId"]}
        school = seen_at.get(student["studentUniqueId"], (*GRADES,)[number % 3])
        spells.append(
            {
                "studentReference": reference,
                "schoolReference": {"schoolId": school},
                "schoolYearTypeReference": {"schoolYear": 2022},
                "entryDate": "2021-08-23",
                "entryGradeLevelDescriptor": uri("GradeLevel", GRADES[school][number % len(GRADES[school])]),
                "entryTypeDescriptor": uri("EntryType", "Next year school"),
                "_ext": {"gbisd": {"busRoute": f"R{number % 7}", "rides": [{"day": "Monday"}, {"day": "Friday"}]}},
            }
        )
        people.append(
            {
                "studentReference": reference,
                "educationOrganizationReference": {"educationOrganizationId": DISTRICT},
                "sexDescriptor": uri("Sex", "Female" if number % 2 else "Male"),
                "hispanicLatinoEthnicity": number % 4 == 0,
                "races": [
                    {"raceDescriptor": uri("Race", race)} for race in (RACES * 2)[number % 5 :][: 1 + number % 2]
                ],
            }
        )
    for student in found["students"][:3]:
        student["_ext"] = {"gbisd": {"locker": "B-17"}}
    section = next(s for s in found["sections"] if s["courseOfferingReference"]["schoolId"] == 255901001)
    place: Body = {"sectionIdentifier": section["sectionIdentifier"], **section["courseOfferingReference"]}
    class_of = [spell for spell in spells if spell["schoolReference"] == {"schoolId": 255901001}][:20]
    accounts = [
        {"accountIdentifier": account["accountIdentifier"], "educationOrganizationId": DISTRICT, "fiscalYear": 2022}
        for account in found["localAccounts"]
    ]
    staff = [member["staffUniqueId"] for member in found["staffs"]]
    return {
        "studentSchoolAssociations": spells,
        "studentEducationOrganizationAssociations": people,
        "studentSectionAssociations": [
            {
                "studentReference": spell["studentReference"],
                "sectionReference": place,
                "beginDate": "2021-08-23",
                "endDate": "2021-12-17",
            }
            for spell in class_of
        ],
        "grades": [
            {
                "gradeTypeDescriptor": uri("GradeType", "Grading Period"),
                "gradingPeriodReference": {
                    "gradingPeriodDescriptor": uri("GradingPeriod", "First Six Weeks"),
                    "gradingPeriodName": "2021-2022 Fall Semester Exam 1",
                    "schoolId": 255901001,
                    "schoolYear": 2022,
                },
                "studentSectionAssociationReference": {**spell["studentReference"], **place, "beginDate": "2021-08-23"},
                "letterGradeEarned": "ABCD"[number % 4],
                "numericGradeEarned": 95.5 - 10 * (number % 4),
            }
            for number, spell in enumerate(class_of)
        ],
        "openStaffPositions": [
            {
                "educationOrganizationReference": {"educationOrganizationId": (*GRADES,)[number % 3]},
                "requisitionNumber": f"GB-{number:03}",
                "employmentStatusDescriptor": uri("EmploymentStatus", "Contractual"),
                "staffClassificationDescriptor": uri("StaffClassification", "Teacher"),
                "positionTitle": "Teacher",
                "datePosted": f"2022-04-{number + 1:02}",
                **({"datePostingRemoved": "2022-06-15"} if number % 2 else {}),
            }
            for number in range(8)
        ],
        "localBudgets": [
            {"localAccountReference": account, "asOfDate": "2021-07-01", "amount": 1000.5 + number}
            for number, account in enumerate(accounts)
        ],
        "localActuals": [
            {"localAccountReference": account, "asOfDate": day, "amount": 80.25 + number}
            for number, account in enumerate(accounts)
            for day in ("2021-10-31", "2021-11-30")
        ],
        "localEncumbrances": [
            {"localAccountReference": account, "asOfDate": "2021-11-30", "amount": 15.75} for account in accounts[:10]
        ],
        "localPayrolls": [
            {
                "localAccountReference": accounts[4],
                "staffReference": {"staffUniqueId": member},
                "asOfDate": day,
                "amount": 2400.0,
            }
            for member in staff
            for day in ("2021-10-31", "2021-11-30")
        ],
        "attendanceEventCategoryDescriptors": [
            {"codeValue": code, "namespace": uri("AttendanceEventCategory", "")[:-1], "shortDescription": code}
            for code in ("Excused Absence", "Unexcused Absence", "Tardy", "Partial")
        ],
    }  # fmt: skip
