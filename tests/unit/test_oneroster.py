"""The generated rosters against the 1EdTech OneRoster 1.2 CSV binding, by a validator that knows only the standard."""

import datetime as dt
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from include.demo.generate import generate

AS_OF = dt.date(2026, 3, 2)
STUDENTS = 600

# The binding's own files, in its own words: every column in its order, `!` where a value is required, and the
# type: guid, text, date, year, bool, grades (of CEDS), an enumeration, or references `->` to other files.
GUID = "sourcedId:guid! status:status dateLastModified:datetime"
FILES = {
    "academicSessions": f"{GUID} title:text! type:session! startDate:date! endDate:date! "
    "parentSourcedId:->academicSessions schoolYear:year!",
    "classes": f"{GUID} title:text! grades:grades courseSourcedId:->courses! classCode:text classType:class! "
    "location:text schoolSourcedId:->orgs! termSourcedIds:->academicSessions*! subjects:text subjectCodes:text "
    "periods:text",
    "courses": f"{GUID} schoolYearSourcedId:->academicSessions title:text! courseCode:text grades:grades "
    "orgSourcedId:->orgs! subjects:text subjectCodes:text",
    "demographics": "sourcedId:->users! status:status dateLastModified:datetime birthDate:date sex:sex "
    "americanIndianOrAlaskaNative:bool asian:bool blackOrAfricanAmerican:bool "
    "nativeHawaiianOrOtherPacificIslander:bool white:bool demographicRaceTwoOrMoreRaces:bool "
    "hispanicOrLatinoEthnicity:bool countryOfBirthCode:text stateOfBirthAbbreviation:text cityOfBirth:text "
    "publicSchoolResidenceStatus:text",
    "enrollments": f"{GUID} classSourcedId:->classes! schoolSourcedId:->orgs! userSourcedId:->users! "
    "role:enrollment! primary:bool beginDate:date endDate:date",
    "orgs": f"{GUID} name:text! type:org! identifier:text parentSourcedId:->orgs",
    "roles": f"{GUID} userSourcedId:->users! roleType:roleType! role:role! beginDate:date endDate:date "
    "orgSourcedId:->orgs! userProfileSourcedId:->userProfiles",
    "users": f"{GUID} enabledUser:bool! username:text! userIds:text givenName:text! familyName:text! middleName:text "
    "identifier:text email:text sms:text phone:text agentSourcedIds:->users* grades:grades password:text "
    "userMasterIdentifier:text resourceSourcedIds:->resources* preferredGivenName:text preferredMiddleName:text "
    "preferredFamilyName:text primaryOrgSourcedId:->orgs pronouns:text",
}
OTHER_FILES = {
    "categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems",
    "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales", "scoreScales",
    "userProfiles", "userResources",
}  # fmt: skip
ENUMERATIONS = {
    "session": {"gradingPeriod", "semester", "schoolYear", "term"},
    "class": {"homeroom", "scheduled"},
    "org": {"department", "school", "district", "local", "state", "national"},
    "enrollment": {"administrator", "proctor", "student", "teacher"},
    "roleType": {"primary", "secondary"},
    "role": {
        "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
        "siteAdministrator", "student", "systemAdministrator", "teacher",
    },
    "sex": {"male", "female", "other", "unspecified"},
    "status": {"active", "tobedeleted"},
    "bool": {"true", "false"},
}  # fmt: skip
CEDS_GRADES = {"IT", "PR", "PK", "TK", "KG", *(f"{grade:02d}" for grade in range(1, 14)), "PS", "UG", "Other"}
PATTERNS = {
    "guid": r"[!-~]{1,255}",
    "year": r"\d{4}",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
}

Tables = dict[str, pd.DataFrame]


def tables_of(archive: Path) -> Tables:
    """The members of the archive as text, by name without `.csv`."""
    with zipfile.ZipFile(archive) as members:
        assert all(name.endswith(".csv") and "/" not in name for name in members.namelist())
        return {
            name.removesuffix(".csv"): pd.read_csv(
                io.StringIO(members.read(name).decode("utf-8")), dtype=str, keep_default_na=False
            )
            for name in members.namelist()
        }


def problems(tables: Tables, known: Tables | None = None) -> list[str]:
    """What the binding forbids and the files do. known: for a delta, what the receiver has already."""
    tables = dict(tables)
    manifest = tables.pop("manifest", None)
    if manifest is None:
        return ["manifest: missing"]
    found = [*_manifest(manifest, set(tables))]
    values = dict(zip(manifest["propertyName"], manifest["value"], strict=True))
    for name, table in tables.items():
        if name not in FILES:
            found.append(f"{name}: not a file of rostering")
            continue
        is_delta = values.get(f"file.{name}") == "delta"
        fields = [field.split(":") for field in FILES[name].split()]
        if list(table.columns[: len(fields)]) != [column for column, _ in fields]:
            found.append(f"{name}: the header is {', '.join(table.columns)}")
            continue
        found += [f"{name}.{more}: not an extension" for more in table.columns[len(fields) :]
                  if not re.fullmatch(r"metadata\.\w+", more)]  # fmt: skip
        if table["sourcedId"].duplicated().any():
            found.append(f"{name}.sourcedId: not unique")
        for column in ("status", "dateLastModified"):
            if ((table[column] == "") == is_delta).any():
                found.append(f"{name}.{column}: {'required in a delta' if is_delta else 'must be blank in bulk'}")
        for column, type_ in fields:
            found += [f"{name}.{column}: {problem}" for problem in _field(table[column], type_, tables, known or {})]
    if not found and not known:
        found += _whole(tables)
    return found


def _manifest(manifest: pd.DataFrame, given: set[str]) -> Iterator[str]:
    if list(manifest.columns) != ["propertyName", "value"]:
        yield f"manifest: the header is {', '.join(manifest.columns)}"
        return
    values = dict(zip(manifest["propertyName"], manifest["value"], strict=True))
    if len(values) != len(manifest):
        yield "manifest: a property is given twice"
    if (values.get("manifest.version"), values.get("oneroster.version")) != ("1.0", "1.2"):
        yield "manifest: not version 1.0 of OneRoster 1.2"
    wanted = {f"file.{name}" for name in FILES.keys() | OTHER_FILES}
    stated = {name for name in values if name.startswith("file.")}
    if wanted != stated:
        yield f"manifest: {', '.join(sorted(wanted ^ stated))} missing or unknown"
    if more := values.keys() - stated - {"manifest.version", "oneroster.version"}:
        yield from (f"manifest: unknown {name}" for name in sorted(more) if not name.startswith("source.system"))
    for name in sorted(stated):
        present = name.removeprefix("file.") in given
        if values[name] not in ("absent", "bulk", "delta") or (values[name] == "absent") == present:
            yield f"manifest: {name} is {values[name]!r}, and the file is {'there' if present else 'missing'}"


def _field(cells: pd.Series, type_: str, tables: Tables, known: Tables) -> Iterator[str]:
    is_required, kind = type_.endswith("!"), type_.rstrip("!")
    filled = cells[cells != ""]
    if is_required and len(filled) < len(cells):
        yield "is empty"
    if kind.startswith("->"):
        other = kind.removeprefix("->").rstrip("*")
        parts = filled.str.split(",").explode() if kind.endswith("*") else filled
        there = {guid for held in (tables, known) if other in held for guid in held[other]["sourcedId"]}
        if unknown := set(parts) - there:
            yield f"{min(unknown)} is not in {other}"
    elif kind in ENUMERATIONS:
        if strange := set(filled) - ENUMERATIONS[kind]:
            yield f"{min(strange)} is not one of {', '.join(sorted(ENUMERATIONS[kind]))}"
    elif kind == "grades":
        if strange := set(filled.str.split(",").explode()) - CEDS_GRADES:
            yield f"{min(strange)} is no grade of CEDS"
    elif kind == "date":
        strict = filled.str.fullmatch(r"\d{4}-\d\d-\d\d")
        if not strict.all() or pd.to_datetime(filled, format="%Y-%m-%d", errors="coerce").isna().any():
            yield "not an ISO date"
    elif kind in PATTERNS and not filled.str.fullmatch(PATTERNS[kind]).all():
        yield f"not a {kind}"


def _whole(tables: Tables) -> Iterator[str]:
    """Rules over several rows or files, of a complete set."""
    needed = ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments")
    if missing := [name for name in needed if name not in tables]:
        yield f"{', '.join(missing)}: missing"
        return
    for name, begin, end in (("academicSessions", "startDate", "endDate"), ("enrollments", "beginDate", "endDate")):
        table = tables[name]
        if ((table[end] != "") & (table[end] < table[begin])).any():
            yield f"{name}: ends before it begins"
    if tables["users"]["username"].duplicated().any():
        yield "users.username: not unique"
    roles = tables["roles"]
    primary = roles[roles["roleType"] == "primary"]
    if set(tables["users"]["sourcedId"]) != set(primary["userSourcedId"]):
        yield "roles: a user without a primary role"
    if primary.duplicated(["userSourcedId", "orgSourcedId"]).any():
        yield "roles: two primary roles in one organisation"
    seats = tables["enrollments"]
    lead = seats[seats["primary"] == "true"]
    if (lead["role"] != "teacher").any() or lead.duplicated("classSourcedId").any():
        yield "enrollments.primary: more than one, or not a teacher"
    kinds = tables["orgs"].set_index("sourcedId")["type"]
    if (tables["classes"]["schoolSourcedId"].map(kinds) != "school").any():
        yield "classes.schoolSourcedId: not a school"
    held = seats.merge(tables["classes"], left_on="classSourcedId", right_on="sourcedId", suffixes=("", "_class"))
    if (held["schoolSourcedId"] != held["schoolSourcedId_class"]).any():
        yield "enrollments.schoolSourcedId: not that of the class"
    sessions = tables["academicSessions"]
    inside = sessions.merge(sessions, left_on="parentSourcedId", right_on="sourcedId", suffixes=("", "_parent"))
    if ((inside["startDate"] < inside["startDate_parent"]) | (inside["endDate"] > inside["endDate_parent"])).any():
        yield "academicSessions: a session outside of its parent"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("oneroster")
    generate(out, STUDENTS, 3, 7, AS_OF, dirt=False)
    return out / "sis" / "oneroster.zip"


def test_the_bulk_files_keep_to_the_standard(archive: Path) -> None:
    tables = tables_of(archive)
    assert problems(tables) == []
    assert set(tables) == {"manifest", *FILES}
    assert all(len(table) for table in tables.values())


def test_the_rosters_are_those_of_a_district(archive: Path) -> None:
    """One teacher for every class, and no more students than a room holds."""
    tables = tables_of(archive)
    seats = tables["enrollments"].groupby("classSourcedId")["role"].value_counts().unstack()
    assert seats["teacher"].eq(1).all()
    # A class may still wait for its first student.
    assert seats["student"].fillna(0).between(0, 25).all()
    assert seats["student"].notna().mean() > 0.97
    assert Counter(tables["orgs"]["type"])["district"] == 1


@pytest.mark.parametrize("night", [4, 9])
def test_the_changes_of_a_night_keep_to_the_standard(archive: Path, tmp_path: Path, night: int) -> None:
    """Active and deleted rows alone, which refer to one another or to what the receiver has."""
    generate(tmp_path, STUDENTS, 3, 7, AS_OF, night=night)
    [delta] = (tmp_path / "sis" / "delta").glob("oneroster_*.zip")
    tables = tables_of(delta)
    known = tables_of(archive)
    assert problems(tables, known) == []
    assert len(tables) > 1
    manifest = dict(tables["manifest"].to_numpy().tolist())
    assert {manifest[f"file.{name}"] for name in tables if name != "manifest"} == {"delta"}
    whole = tmp_path / "sis" / "oneroster.zip"
    assert problems(tables_of(whole)) == []
    tables["users"] = known["users"].head(1)
    assert any(problem.startswith("users.status: required in a delta") for problem in problems(tables, known))


Change = Callable[[Tables], object]


def put(name: str, column: str, value: str) -> Change:
    """A change of the first row's cell."""
    return lambda tables: tables.update({name: tables[name].assign(**{column: [value, *tables[name][column][1:]]})})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda tables: tables.pop("manifest"), "manifest: missing"),
        (lambda tables: tables.pop("roles"), "manifest: file.roles is 'bulk', and the file is missing"),
        (put("manifest", "value", "1.1"), "manifest: not version 1.0 of OneRoster 1.2"),
        (put("orgs", "type", "charter"), "orgs.type: charter is not one of department, district, local, national"),
        (put("orgs", "name", ""), "orgs.name: is empty"),
        (put("users", "enabledUser", "1"), "users.enabledUser: 1 is not one of false, true"),
        (put("users", "grades", "3"), "users.grades: 3 is no grade of CEDS"),
        (put("users", "status", "active"), "users.status: must be blank in bulk"),
        (put("roles", "roleType", "main"), "roles.roleType: main is not one of"),
        (put("roles", "role", "pupil"), "roles.role: pupil is not one of"),
        (put("classes", "classType", "lab"), "classes.classType: lab is not one of"),
        (put("classes", "termSourcedIds", "2026-Q1,2031-Q9"), "classes.termSourcedIds: 2031-Q9 is not in acad"),
        (put("enrollments", "userSourcedId", "0"), "enrollments.userSourcedId: 0 is not in users"),
        (put("enrollments", "beginDate", "09/02/2025"), "enrollments.beginDate: not an ISO date"),
        (put("enrollments", "endDate", "2025-02-30"), "enrollments.endDate: not an ISO date"),
        (put("academicSessions", "type", "year"), "academicSessions.type: year is not one of"),
        (put("academicSessions", "schoolYear", "2025-26"), "academicSessions.schoolYear: not a year"),
        (put("demographics", "sex", "F"), "demographics.sex: F is not one of"),
        (put("courses", "sourcedId", ""), "courses.sourcedId: is empty"),
        (lambda tables: tables["courses"].insert(10, "isCore", "true"), "courses.isCore: not an extension"),
        (lambda tables: tables.update(courses=tables["courses"].drop(columns="title")), "courses: the header is"),
        (lambda tables: tables.update(orgs=pd.concat([tables["orgs"]] * 2)), "orgs.sourcedId: not unique"),
    ],
)
def test_the_validator_sees(archive: Path, change: Change, found: str) -> None:
    tables = tables_of(archive)
    change(tables)
    assert any(problem.startswith(found) for problem in problems(tables)), problems(tables)
