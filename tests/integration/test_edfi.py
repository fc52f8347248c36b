"""Reading an Ed-Fi ODS over HTTP: nothing lost, nothing doubled, whatever happens meanwhile."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from edfi_api_client import EdFiClient
from sqlalchemy import Engine, text

from include.districts import District, EdfiFeed, load_district
from include.errors import SchoolhouseError
from include.landing import LoadResult, ingest_feed
from include.sources import Access, Cursor, Delivery, deliveries
from tests.conftest import SHARED_DATA
from tests.servers.edfi_ods import KEY, SECRET, EdfiOds
from tests.servers.grand_bend import KEYS, resources

ARCHIVE = SHARED_DATA / "edfi_grand_bend" / "sample_xml.zip"
FRIDAY, SATURDAY, SUNDAY = dt.date(2022, 7, 1), dt.date(2022, 7, 2), dt.date(2022, 7, 3)
ROWS, PAGE = 53, 10
ENROLLMENT = {
    "contract": "sis.school_enrollment",
    "resource": "studentSchoolAssociations",
    "columns": {
        "student_id": "studentReference.studentUniqueId",
        "school_id": "schoolReference.schoolId",
        "entered_on": "entryDate",
        "grade": "grade",
        "school_year": {"value": 2022},
    },
}


def spell(number: int, day: str = "2021-08-23", **members: Any) -> dict[str, Any]:
    return {
        "studentReference": {"studentUniqueId": f"s{number:03}", "link": {"rel": "Student"}},
        "schoolReference": {"schoolId": 255901001},
        "entryDate": day,
        "grade": "09",
        **members,
    }


def add(ods: EdfiOds, number: int) -> None:
    ods.add("studentSchoolAssociations", spell(number))


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as in life would make the tests slow; that there are waits is tested with the HTTP client."""
    monkeypatch.setattr("include.sources.http.LONGEST_WAIT_SECONDS", 0.02)


@pytest.fixture
def ods() -> Iterator[EdfiOds]:
    """An ODS with 53 spells in a school."""
    with EdfiOds({"studentSchoolAssociations": [spell(number) for number in range(ROWS)]}, KEYS) as server:
        yield server


def access(ods: EdfiOds, secret: str = SECRET) -> Access:
    return Access(ods.url, KEY, secret)


def feed_of(given: dict[str, Any], **changed: Any) -> EdfiFeed:
    common = {"name": "edfi.feed", "source": "edfi", "connection": "ods", "page_size": PAGE}
    return EdfiFeed.model_validate({**common, **given, **changed})


class Reader:
    """Reads a feed night by night, as ingest does, into folders of its own."""

    def __init__(self, ods: EdfiOds, folder: Path, feed: EdfiFeed) -> None:
        self.ods, self.folder, self.feed = ods, folder, feed
        self.cursor: Cursor | None = None
        self.nights = 0

    def night(self) -> tuple[Delivery, list[dict[str, Any]]]:
        self.nights += 1
        place = self.folder / str(self.nights)
        place.mkdir()
        (delivery,) = deliveries(self.feed, access(self.ods), self.cursor, place)
        self.cursor = delivery.cursor
        assert [path.name for path in place.iterdir()] == [delivery.path.name]
        return delivery, [json.loads(line) for line in delivery.path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def reader(ods: EdfiOds, tmp_path: Path) -> Reader:
    return Reader(ods, tmp_path, feed_of(ENROLLMENT))


def students(records: list[dict[str, Any]]) -> list[str]:
    return sorted(record["studentReference"]["studentUniqueId"] for record in records)


EVERYONE = [f"s{number:03}" for number in range(ROWS)]


def test_the_first_night_is_everything_and_the_next_only_what_changed(ods: EdfiOds, reader: Reader) -> None:
    delivery, records = reader.night()
    assert (delivery.mode, delivery.cursor, delivery.is_counted) == ("snapshot", {"change_version": 153}, True)
    assert students(records) == EVERYONE
    assert records[0]["studentReference"]["link"] == {"rel": "Student"}

    ods.requests.clear()
    delivery, records = reader.night()
    assert (delivery.mode, records, ods.requests) == ("delta", [], [])

    ids = ods.ids("studentSchoolAssociations")
    ods.change("studentSchoolAssociations", ids[7], grade="10")
    ods.delete("studentSchoolAssociations", ids[8])
    ods.rekey("studentSchoolAssociations", ids[9], entryDate="2021-09-01")
    ods.add("studentSchoolAssociations", spell(90))
    ods.requests.clear()
    delivery, records = reader.night()
    assert (delivery.mode, delivery.cursor) == ("delta", {"change_version": 157})
    gone = {"_operation": "delete", "schoolReference": {"schoolId": 255901001}}
    assert records[:2] == [
        {**gone, "studentReference": {"studentUniqueId": "s008"}, "entryDate": "2021-08-23"},
        {**gone, "studentReference": {"studentUniqueId": "s009"}, "entryDate": "2021-08-23"},
    ]
    assert [(students([r]), r["entryDate"], r["grade"]) for r in records[2:]] == [
        (["s007"], "2021-08-23", "10"),
        (["s009"], "2021-09-01", "09"),
        (["s090"], "2021-08-23", "09"),
    ]
    # Of each of rows, deletes and key changes: the page, and the count after it.
    assert len(ods.requests) == 6


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "hang"])
def test_faults_lose_and_double_nothing(
    ods: EdfiOds, reader: Reader, monkeypatch: pytest.MonkeyPatch, fault: str, by_token: bool
) -> None:
    monkeypatch.setattr("include.sources.http.TIMEOUT", httpx.Timeout(0.3))
    ods.behaviour.pages_by_token = by_token
    ods.behaviour.after_page = lambda path, page: ods.behaviour.faults.append(fault) if page in (1, 3) else None
    assert students(reader.night()[1]) == EVERYONE
    assert ods.behaviour.faults == []


@pytest.mark.parametrize("by_token", [False, True])
def test_a_token_that_ends_between_slow_pages_is_renewed(ods: EdfiOds, reader: Reader, by_token: bool) -> None:
    ods.behaviour.token_lasts = 2
    ods.behaviour.slow_seconds = 0.02
    ods.behaviour.pages_by_token = by_token
    assert students(reader.night()[1]) == EVERYONE


@pytest.mark.parametrize("by_token", [False, True])
def test_rows_that_change_during_paging_are_there_once(ods: EdfiOds, reader: Reader, by_token: bool) -> None:
    """Read forwards by offset, each change would move one row out of the next page."""
    name = "studentSchoolAssociations"
    ids = ods.ids(name)
    ods.behaviour.pages_by_token = by_token

    def disturb(path: str, page: int) -> None:
        if page <= 5:
            ods.change(name, ids[page], grade="11")
            ods.change(name, ids[-page], grade="11")
            ods.delete(name, ids[20 + page])
            ods.add(name, spell(100 + page))

    ods.behaviour.after_page = disturb
    delivery, records = reader.night()
    ods.behaviour.after_page = None
    received = students(records)
    assert len(received) == len(set(received))
    assert set(received) >= {key for number, key in enumerate(EVERYONE) if number not in range(21, 26)}
    # A version is fixed at the start: what came after it comes the next night.
    assert delivery.cursor == {"change_version": 153}
    _, changes = reader.night()
    landed = {key: "09" for key in received} | {
        key: record["grade"] for record in records for key in students([record])
    }
    assert apply(landed, changes) == truth(ods)


def apply(landed: dict[str, str], changes: list[dict[str, Any]]) -> dict[str, str]:
    """What the landing makes of a delta: grade by student."""
    for record in changes:
        (key,) = students([record])
        if record.get("_operation") == "delete":
            landed.pop(key, None)
        else:
            landed[key] = record["grade"]
    return landed


def truth(ods: EdfiOds) -> dict[str, str]:
    rows = ods.tables["studentSchoolAssociations"].rows.values()
    return {row.body["studentReference"]["studentUniqueId"]: row.body["grade"] for row in rows}


@pytest.mark.parametrize("by_token", [False, True])
def test_a_delta_read_while_rows_change_loses_nothing(ods: EdfiOds, reader: Reader, by_token: bool) -> None:
    name = "studentSchoolAssociations"
    ids = ods.ids(name)
    ods.behaviour.pages_by_token = by_token
    landed = apply({}, reader.night()[1])
    for number in range(40):
        ods.change(name, ids[number], grade="10")

    def disturb(path: str, page: int) -> None:
        if path == name and page < 60:
            ods.change(name, ids[page % 40], grade=f"{page:02}")
            if page % 3 == 0 and ids[40 + page % 13] in ods.ids(name):
                ods.delete(name, ids[40 + page % 13])

    ods.behaviour.after_page = disturb
    landed = apply(landed, reader.night()[1])
    ods.behaviour.after_page = None
    assert apply(landed, reader.night()[1]) == truth(ods)


def test_without_change_queries_rows_are_counted_and_read_again(ods: EdfiOds, reader: Reader) -> None:
    ods.behaviour.has_changes = False

    name = "studentSchoolAssociations"
    ods.behaviour.after_page = lambda path, page: add(ods, 100) if page == 3 else None
    # Seven pages, and as many once more for the row that came.
    delivery, records = reader.night()
    assert (delivery.mode, delivery.cursor) == ("snapshot", None)
    assert students(records) == [*EVERYONE, "s100"]
    ods.behaviour.after_page = lambda path, page: ods.delete(name, ods.ids(name)[0]) if page == 17 else None
    delivery, records = reader.night()
    assert (delivery.mode, students(records)) == ("snapshot", [*EVERYONE[1:], "s100"])


def test_an_ods_that_never_stands_still_without_change_queries_is_refused(ods: EdfiOds, reader: Reader) -> None:
    ods.behaviour.has_changes = False
    ods.behaviour.after_page = lambda path, page: add(ods, 100 + page)
    with pytest.raises(SchoolhouseError, match=r"counts \d+ rows, then \d+, and gave \d+ different ones"):
        reader.night()


@pytest.mark.parametrize("has_changes", [False, True])
def test_rows_that_are_counted_but_never_given_are_an_error(ods: EdfiOds, reader: Reader, has_changes: bool) -> None:
    ods.behaviour.has_changes = has_changes
    ods.behaviour.lost = {ods.ids("studentSchoolAssociations")[30]}
    with pytest.raises(SchoolhouseError, match=r"counts 53 rows, then 53, and gave 52 different ones"):
        reader.night()


def test_a_lost_row_is_not_excused_by_one_that_left(ods: EdfiOds, reader: Reader) -> None:
    ids = ods.ids("studentSchoolAssociations")
    ods.behaviour.lost = {ids[30]}
    # The one that leaves was received before, so rows and the count after it agree by accident.
    ods.behaviour.after_page = lambda path, page: (
        ods.change("studentSchoolAssociations", ids[0], grade="12") if page % 7 == 6 else None
    )
    with pytest.raises(SchoolhouseError, match="52 different ones"):
        reader.night()


def test_an_ods_that_was_restored_is_read_in_full(
    ods: EdfiOds, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.night()
    ods.restore(120)
    delivery, records = reader.night()
    assert (delivery.mode, delivery.cursor, students(records)) == ("snapshot", {"change_version": 120}, EVERYONE)
    assert "the ODS was restored or replaced" in caplog.text


def test_what_old_versions_do_not_tell_takes_every_row(ods: EdfiOds, reader: Reader) -> None:
    name = "studentSchoolAssociations"
    reader.night()
    # To ODS/API 5 a deletion has an id and no key.
    ods.behaviour.has_key_values = False
    ods.change(name, ods.ids(name)[3], grade="10")
    assert [reader.night()[0].mode, reader.cursor] == ["delta", {"change_version": 154}]
    ods.delete(name, ods.ids(name)[0])
    delivery, records = reader.night()
    assert (delivery.mode, students(records)) == ("snapshot", EVERYONE[1:])
    # And nobody hears of changed keys.
    ods.behaviour.has_key_changes = False
    assert reader.night()[1] == []
    ods.change(name, ods.ids(name)[0], grade="12")
    delivery, records = reader.night()
    assert (delivery.mode, students(records)) == ("snapshot", EVERYONE[1:])


def test_a_feed_that_takes_a_part_is_read_in_full_when_anything_changed(ods: EdfiOds, tmp_path: Path) -> None:
    """A row that leaves `where` is not deleted in the ODS, so changes alone would leave it standing."""
    name = "studentSchoolAssociations"
    reader = Reader(ods, tmp_path, feed_of(ENROLLMENT, where={"grade": ["09"]}))
    reader.night()
    ods.requests.clear()
    assert (reader.night()[0].mode, ods.requests) == ("delta", [])
    ods.newest += 1
    assert (reader.night()[0].mode, len(ods.requests)) == ("delta", 3)
    ods.change(name, ods.ids(name)[0], grade="10")
    assert [reader.night()[0].mode, reader.cursor] == ["snapshot", {"change_version": 155}]


def test_of_two_events_on_a_day_the_deletion_of_one_leaves_the_other(warehouse: Engine, tmp_path: Path) -> None:
    """Ed-Fi keys attendance by session and category too; what lands is one row a student, school and day."""

    def event(session: str, category: str) -> dict[str, Any]:
        return {
            "studentReference": {"studentUniqueId": "s1"},
            "schoolReference": {"schoolId": 1},
            "sessionReference": {"schoolId": 1, "schoolYear": 2022, "sessionName": session},
            "eventDate": "2021-10-01",
            "attendanceEventCategoryDescriptor": f"uri://ed-fi.org/AttendanceEventCategoryDescriptor#{category}",
        }

    name = "studentSchoolAttendanceEvents"
    given = {
        "contract": "sis.attendance_event",
        "resource": name,
        "columns": {
            "student_id": "studentReference.studentUniqueId",
            "school_id": "schoolReference.schoolId",
            "on_date": "eventDate",
            "code": {"from": "attendanceEventCategoryDescriptor", "match": "^.*#(.*)$", "to": "\\1"},
        },
    }
    feed = feed_of(given)
    district = District.model_validate({"district": "d", "title": "D", "feeds": [feed]})
    with EdfiOds({name: [event("Fall", "Tardy"), event("Year", "Excused Absence")]}, KEYS) as ods:
        (first,) = ingest_feed(district, feed.name, FRIDAY, access(ods))
        assert (first.rows_read, first.landed, first.quarantined) == (2, 1, 1)
        ods.delete(name, ods.ids(name)[1])
        (second,) = ingest_feed(district, feed.name, SATURDAY, access(ods))
        assert (second.rows_read, second.landed, second.quarantined) == (2, 1, 0)
        current = "select code from landing.sis_attendance_event where _superseded_on is null"
        assert query(warehouse, current) == [("Tardy",)]
        ods.delete(name, ods.ids(name)[0])
        (third,) = ingest_feed(district, feed.name, SUNDAY, access(ods))
        assert (third.rows_read, third.landed, third.closed) == (1, 1, 1)
        assert query(warehouse, current) == []


def test_what_change_queries_never_told_is_healed_when_everything_is_read(
    ods: EdfiOds, warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that an administrator deleted beside the API, so that nothing tells of it: no version, no /deletes."""
    name = "studentSchoolAssociations"
    feed = feed_of(ENROLLMENT, full_every_days=2)
    district = District.model_validate({"district": "d", "title": "D", "feeds": [feed]})
    current = "select count(*) from landing.sis_school_enrollment where _superseded_on is null"

    def night(days: int) -> LoadResult:
        (result,) = ingest_feed(district, feed.name, FRIDAY + dt.timedelta(days=days), access(ods))
        return result

    assert night(0).landed == ROWS
    gone, changed = ods.ids(name)[:2]
    del ods.tables[name].rows[gone]
    ods.change(name, changed, grade="10")
    assert (night(1).landed, query(warehouse, current)) == (1, [(ROWS,)])
    ods.behaviour.broken = {name}
    with pytest.raises(SchoolhouseError, match="did not answer"):
        night(2)
    ods.behaviour.broken = set()
    third = night(3)
    assert (third.rows_read, third.landed, third.closed) == (ROWS - 1, 0, 1)
    ods.requests.clear()
    assert (night(4).rows_read, ods.requests) == (0, [])
    for id in ods.ids(name)[: ROWS // 2]:
        del ods.tables[name].rows[id]
    with pytest.raises(SchoolhouseError, match="lacks 26 of the 52 current rows"):
        night(5)
    assert query(warehouse, current) == [(ROWS - 1,)]


def test_an_ods_may_say_where_its_change_queries_are(ods: EdfiOds, tmp_path: Path) -> None:
    given = {"change_queries_url": f"{ods.url}/nowhere"}
    (delivery,) = deliveries(feed_of(ENROLLMENT), Access(ods.url, KEY, SECRET, given), {"change_version": 1}, tmp_path)
    assert (delivery.mode, delivery.cursor) == ("snapshot", None)
    with pytest.raises(SchoolhouseError, match=r"sends us on to 127\.0\.0\.1.*`data_url`"):
        list(
            deliveries(
                feed_of(ENROLLMENT), Access(ods.url.replace("127.0.0.1", "localhost"), KEY, SECRET), None, tmp_path
            )
        )


def test_numbers_keep_the_digits_that_the_api_wrote(ods: EdfiOds, reader: Reader) -> None:
    ods.add("studentSchoolAssociations", spell(99, weight=0.1))
    delivery, _ = reader.night()
    assert '"weight": 0.1' in delivery.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"token_url": "http://127.0.0.1:1/token"}, "did not answer in 6 tries"),
        ({"data_url": "{url}/elsewhere/"}, "There is no such resource"),
    ],
)
def test_addresses_of_the_connection_go_before_those_of_the_document(
    ods: EdfiOds, tmp_path: Path, extra: dict[str, str], message: str
) -> None:
    given = {name: value.format(url=ods.url) for name, value in extra.items()}
    with pytest.raises(SchoolhouseError, match=message):
        list(deliveries(feed_of(ENROLLMENT), Access(ods.url, KEY, SECRET, given), None, tmp_path))


def test_a_wrong_secret_and_a_missing_resource_say_what_to_do(ods: EdfiOds, tmp_path: Path) -> None:
    feed = feed_of(ENROLLMENT)
    with pytest.raises(SchoolhouseError, match=r"/oauth/token answered 401 .* secret is not accepted"):
        list(deliveries(feed, access(ods, "wrong"), None, tmp_path))
    unknown = feed.model_copy(update={"resource": "studentSchoolAssociation"})
    with pytest.raises(SchoolhouseError, match=r"/studentSchoolAssociation\?.* answered 404 .* no such resource"):
        list(deliveries(unknown, access(ods), None, tmp_path))
    with pytest.raises(SchoolhouseError, match="names no connection"):
        list(deliveries(feed, None, None, tmp_path))


# The Grand Bend sample, whole.


@pytest.fixture(scope="module")
def grand_bend() -> dict[str, list[dict[str, Any]]]:
    return resources(ARCHIVE)


@pytest.fixture(scope="module")
def grand_bend_ods(grand_bend: dict[str, list[dict[str, Any]]]) -> Iterator[EdfiOds]:
    with EdfiOds(dict(grand_bend), KEYS) as server:
        yield server


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(Path(__file__).parents[1] / "districts" / "grand_bend")


@pytest.fixture(scope="module")
def first_night(module_warehouse: Engine, grand_bend_ods: EdfiOds, district: District) -> dict[str, LoadResult]:
    grand_bend_ods.behaviour.token_lasts = 20
    return {
        feed.name.removeprefix("edfi."): ingest_feed(district, feed.name, FRIDAY, access(grand_bend_ods))[0]
        for feed in district.feeds
    }


def query(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture(scope="module")
def xml() -> Callable[..., list[tuple[str, ...]]]:
    """Texts below each element of a name, straight from the interchange: `xml("Student", "StudentUniqueId")`."""
    roots = []
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in archive.namelist():
            if name.endswith(".xml") and "Standards" not in name and "Contact" not in name:
                roots.append(ElementTree.fromstring(archive.read(name)))

    def texts(element: str, *below: str) -> list[tuple[str, ...]]:
        space = "{http://ed-fi.org/5.2.0}"
        return [
            tuple(next((found.text or "" for found in row.iter(space + name)), "") for name in below)
            for root in roots
            for row in root.findall(space + element)
        ]

    return texts


@pytest.mark.shared_data
def test_grand_bend_lands_as_many_rows_as_the_interchange_has(
    first_night: dict[str, LoadResult], xml: Callable[..., list[tuple[str, ...]]]
) -> None:
    read = {name: result.rows_read for name, result in first_night.items()}
    counted = {
        "school": "School",
        "term": "Session",
        "calendar_day": "CalendarDate",
        "student": "Student",
        "school_attendance": "StudentSchoolAttendanceEvent",
        "section_attendance": "StudentSectionAttendanceEvent",
        "course": "Course",
        "section": "Section",
        "section_staff": "StaffSectionAssociation",
        "discipline": "DisciplineAction",
        "special_education": "StudentSpecialEducationProgramAssociation",
        "english_learner": "StudentLanguageInstructionProgramAssociation",
        "homeless": "StudentHomelessProgramAssociation",
        "low_income": "StudentSchoolFoodServiceProgramAssociation",
        "assignment": "StaffEducationOrganizationAssignmentAssociation",
        "account": "LocalAccount",
    }
    assert {name: read[name] for name in counted} == {name: len(xml(element)) for name, element in counted.items()}
    assert read["staff"] + read["staff_of_other_race"] == len(xml("Staff"))
    gifted = [
        kind for (kind,) in xml("StudentProgramAssociation", "ProgramType") if kind.endswith("#Gifted and Talented")
    ]
    assert read["gifted"] == len(gifted) == 86
    # What does not land: a second event on a day, a second result on a day, and accounts of revenue.
    refused = {name: result.quarantined for name, result in first_night.items() if result.quarantined}
    days = xml("StudentSchoolAttendanceEvent", "StudentUniqueId", "SchoolId", "EventDate")
    revenue = [code for (code,) in xml("LocalAccount", "AccountIdentifier") if code.startswith("1-")]
    taken = xml("StudentAssessment", "StudentUniqueId", "AssessmentIdentifier", "AdministrationDate")
    assert refused == {
        "school_attendance": len(days) - len(set(days)),
        "assessment": len(taken) - len(set(taken)),
        "account": len(revenue),
    }


@pytest.mark.shared_data
def test_grand_bend_says_what_the_interchange_says(
    first_night: dict[str, LoadResult], module_warehouse: Engine, xml: Callable[..., list[tuple[str, ...]]]
) -> None:
    assert first_night["school"].landed == 3
    names = query(module_warehouse, "select student_id, given_name, family_name from landing.sis_student order by 1")
    assert names == sorted(xml("Student", "StudentUniqueId", "FirstName", "LastSurname"))
    taken = query(
        module_warehouse,
        "select action_id, student_id, school_id, to_char(on_date, 'YYYY-MM-DD'), code, trim_scale(days)::text"
        " from landing.sis_discipline_action",
    )
    told = xml(
        "DisciplineAction", "DisciplineActionIdentifier", "StudentUniqueId", "SchoolId", "DisciplineDate", "Discipline",
        "ActualDisciplineActionLength",
    )  # fmt: skip
    assert sorted(taken) == sorted(
        (f"{number}/{day}/{student}", student, school, day, code.split("#")[1], days)
        for number, student, school, day, code, days in told
    )
    levels = query(module_warehouse, "select name, level from landing.sis_school order by school_id")
    assert levels == [
        ("Grand Bend High School", "high"),
        ("Grand Bend Middle School", "middle"),
        ("Grand Bend Elementary School", "elementary"),
    ]
    acts = query(
        module_warehouse,
        "select assessment, count(*) from landing.sis_assessment_result where _feed = 'edfi.assessment'"
        " and assessment like 'ACT %' group by 1 order by 1",
    )
    assert acts == [(f"ACT {part}", 67) for part in ("Composite", "English", "Reading", "Science", "Writing")]
    orphans = "select count(*) from landing.sis_section_enrollment where section_id not in (select section_id from landing.sis_section)"  # noqa: E501
    assert query(module_warehouse, orphans) == [(0,)]


@pytest.mark.shared_data
def test_extensions_are_kept_beside_the_row(first_night: dict[str, LoadResult], module_warehouse: Engine) -> None:
    assert first_night["enrollment"].landed == 960
    statement = (
        "select _extra ->> '_ext.gbisd.busRoute', _extra ->> '_ext.gbisd.rides', count(*)"
        " from landing.sis_school_enrollment group by 1, 2 order by 1 limit 1"
    )
    assert query(module_warehouse, statement) == [("R0", '["Monday","Friday"]', 138)]
    lockers = "select count(*) from landing.sis_student where _extra ->> '_ext.gbisd.locker' = 'B-17'"
    assert query(module_warehouse, lockers) == [(3,)]
    reported = "select unmapped_columns from ops.load where feed = 'edfi.student'"
    assert "_ext.gbisd.locker" in query(module_warehouse, reported)[0][0]


@pytest.mark.shared_data
def test_the_fields_own_client_counts_the_same(grand_bend_ods: EdfiOds, first_night: dict[str, LoadResult]) -> None:
    """The test server is what the field's client takes for an ODS, and gives it the same rows."""
    grand_bend_ods.behaviour.token_lasts = 1_000_000
    client = EdFiClient(grand_bend_ods.url, KEY, SECRET, api_mode="shared_instance")
    assert client.get_newest_change_version() == grand_bend_ods.newest
    for name, feed in (("studentSchoolAttendanceEvents", "school_attendance"), ("sections", "section")):
        resource = client.resource(name)
        assert resource.get_total_count() == first_night[feed].rows_read
        assert len({row["id"] for row in resource.get_rows(page_size=100)}) == first_night[feed].rows_read


@pytest.mark.shared_data
def test_the_second_night_costs_what_changed(
    warehouse: Engine, grand_bend: dict[str, list[dict[str, Any]]], district: District
) -> None:
    students, spells = "students", "studentSchoolAssociations"
    feeds = ("edfi.student", "edfi.enrollment", "edfi.special_education")
    with EdfiOds(
        {name: grand_bend[name] for name in (students, spells, "studentSpecialEducationProgramAssociations")}, KEYS
    ) as ods:
        nights = [{name: ingest_feed(district, name, FRIDAY, access(ods))[0] for name in feeds}]
        ids = ods.ids(students)
        ods.change(students, ids[0], firstName="Tyrone B.")
        ods.delete(students, ids[1])
        ods.rekey(spells, ods.ids(spells)[0], entryDate="2021-08-30")
        programs = "studentSpecialEducationProgramAssociations"
        ods.rekey(programs, ods.ids(programs)[0], beginDate="2021-09-15")
        ods.requests.clear()
        nights.append({name: ingest_feed(district, name, SATURDAY, access(ods))[0] for name in feeds})
        # Of rows, deletes and key changes the one page and the count after it; and whether another association
        # of the student stands for the one whose key changed. No page of what stayed the same.
        assert len(ods.requests) == 6 * len(feeds) + 1
        ods.requests.clear()
        nights.append({name: ingest_feed(district, name, SUNDAY, access(ods))[0] for name in feeds})
        assert ods.requests == []
    read = [[night[name].rows_read for name in feeds] for night in nights]
    assert read == [[960, 960, 97], [2, 2, 2], [0, 0, 0]]
    assert [night["edfi.student"].closed for night in nights] == [0, 1, 0]
    ended = (
        "select student_id, given_name, _superseded_on from landing.sis_student"
        " where _superseded_on is not null order by student_id"
    )
    first, second = grand_bend[students][0], grand_bend[students][1]
    assert query(warehouse, ended) == [
        (first["studentUniqueId"], first["firstName"], SATURDAY),
        (second["studentUniqueId"], second["firstName"], SATURDAY),
    ]
    moved = (
        "select to_char(entered_on, 'MM-DD'), _superseded_on from landing.sis_school_enrollment"
        f" where student_id = '{first['studentUniqueId']}' order by 1"
    )
    assert query(warehouse, moved) == [("08-23", SATURDAY), ("08-30", None)]
    cursors = "select distinct on (feed) feed, cursor ->> 'change_version' from ops.load order by feed, load_id desc"
    assert query(warehouse, cursors) == [(name, str(ods.newest)) for name in sorted(feeds)]


@pytest.mark.shared_data
def test_an_endpoint_that_fails_fails_its_feed_alone(
    warehouse: Engine, grand_bend: dict[str, list[dict[str, Any]]], district: District
) -> None:
    with EdfiOds({name: grand_bend[name] for name in ("schools", "courses")}, KEYS) as ods:
        ods.behaviour.broken = {"schools"}
        with pytest.raises(SchoolhouseError, match="did not answer in 6 tries; the last one said: 500"):
            ingest_feed(district, "edfi.school", FRIDAY, access(ods))
        assert ingest_feed(district, "edfi.course", FRIDAY, access(ods))[0].landed == 84
        assert query(warehouse, "select feed from ops.feed_failure") == [("edfi.school",)]
        # The next night it is well again, and nothing of the first try is left.
        ods.behaviour.broken = set()
        assert ingest_feed(district, "edfi.school", SATURDAY, access(ods))[0].landed == 3
        assert query(warehouse, "select feed from ops.feed_failure") == []
