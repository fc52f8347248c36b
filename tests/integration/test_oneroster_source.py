"""OneRoster from zips and from a service: what the manifest and the service say is what lands."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from sqlalchemy import Engine, text

from include.demo.generate import generate
from include.districts import District, OneRosterFeed, load_district
from include.errors import SchoolhouseError
from include.landing import LoadResult, ingest_feed
from include.settings import DEFAULT_DISTRICT
from include.sources import Access, Delivery, deliveries
from include.sources.oneroster import rest
from models.landing import CONTRACTS
from models.landing.contract import contract_columns
from tests.conftest import SHARED_DATA
from tests.servers.oneroster import OneRosterService, serve

SAMPLE = Path(__file__).parents[1] / "districts" / "oneroster_sample"
MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)

HEADER = "sourcedId,status,dateLastModified,name,type\n"
SCHOOL = {"contract": "sis.school", "resource": "orgs", "columns": {"school_id": "sourcedId", "name": "name"}}
BY_ZIP = {**SCHOOL, "where": {"type": ["school"]}, "files": "**/*.zip"}
STUDENT = {
    "contract": "sis.student",
    "resource": "students",
    "connection": "sis",
    "columns": {
        "student_id": "sourcedId",
        "given_name": "givenName",
        "family_name": "familyName",
        "grade": {"from": "grades", "match": r'^\["(\w+)".*\]$', "to": r"\1"},
        "primary_school_id": "primaryOrg.sourcedId",
        "is_enabled": "enabledUser",
    },
    "drop": ["primaryOrg.type", "primaryOrg.href"],
}


def feed_of(given: dict[str, Any]) -> OneRosterFeed:
    return OneRosterFeed.model_validate({**given, "name": "sis.feed", "source": "sis"})


def district_of(feed: OneRosterFeed) -> District:
    return District.model_validate({"district": "test", "title": "Test", "feeds": (feed,)})


def land(
    given: dict[str, Any], folder: Path | None = None, as_of: dt.date = MONDAY, access: Access | None = None
) -> list[LoadResult]:
    """Land what the feed's source holds."""
    feed = feed_of(given if folder is None else {**given, "folder": str(folder)})
    return ingest_feed(district_of(feed), feed.name, as_of, access)


def counts(result: LoadResult) -> tuple[int, int, int, int, int]:
    return result.rows_read, result.landed, result.unchanged, result.quarantined, result.closed


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def names(engine: Engine) -> dict[str, str]:
    """Current schools."""
    return dict(rows(engine, "select school_id, name from landing.sis_school where _superseded_on is null"))


def pack(path: Path, manifest: dict[str, str] | None, version: str = "1.2", **members: str) -> Path:
    """A zip with a manifest of these `file.` properties, and members by their names without .csv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        if manifest is not None:
            said = {"manifest.version": "1.0", "oneroster.version": version}
            said |= {f"file.{name}": value for name, value in manifest.items()}
            lines = "".join(f"{name},{value}\n" for name, value in said.items())
            archive.writestr("manifest.csv", f"propertyName,value\n{lines}")
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


def orgs(path: Path, kind: str, lines: str) -> Path:
    return pack(path, {"orgs": kind}, orgs=HEADER + lines)


def offered(given: dict[str, Any], folder: Path, cursor: dict[str, str] | None = None) -> list[Delivery]:
    return list(deliveries(feed_of({**given, "folder": str(folder)}), None, cursor, folder))


# The third party's sample


@pytest.mark.shared_data
def test_the_sample_lands_whole(warehouse: Engine) -> None:
    """Every row of every file but the district itself, which is no school; counted by other means."""
    with zipfile.ZipFile(SHARED_DATA / "oneroster" / "oneroster-district-large.zip") as archive:
        tables = {
            name.removesuffix(".csv"): list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8-sig")))
            for name in archive.namelist()
        }
    by_role = Counter(row["role"] for row in tables["users"])
    expected = {
        "roster.school": sum(row["type"] == "school" for row in tables["orgs"]),
        "roster.term": len(tables["academicSessions"]),
        "roster.student": by_role["student"],
        "roster.staff_member": by_role["teacher"] + by_role["administrator"],
        "roster.student_demographic": len(tables["demographics"]),
        "roster.course": len(tables["courses"]),
        "roster.section": len(tables["classes"]),
        "roster.section_enrollment": len(tables["enrollments"]),
    }
    assert expected["roster.student"] == 4225 and expected["roster.section_enrollment"] == 31045
    district = load_district(SAMPLE)
    assert {feed.name for feed in district.feeds} == set(expected)
    for name, count in expected.items():
        (result,) = ingest_feed(district, name, dt.date(2025, 10, 1))
        assert counts(result) == (count, count, 0, 0, 0), name
    landed = rows(warehouse, "select student_id, grade, primary_school_id, _extra from landing.sis_student")
    assert {(row[0], row[1], row[2]) for row in landed} == {
        (row["sourcedId"], row["grades"], row["orgSourcedIds"]) for row in tables["users"] if row["role"] == "student"
    }
    assert rows(warehouse, "select level, count(*) from landing.sis_school group by 1 order by 1") == [
        ("elementary", 10), ("high", 5), ("middle", 5),
    ]  # fmt: skip
    assert rows(warehouse, "select distinct school_year from landing.sis_term") == [(2026,)]
    assert rows(warehouse, "select count(*) from ops.source_file_part") == [(0,)]
    (again,) = ingest_feed(district, "roster.section_enrollment", dt.date(2025, 10, 2))
    assert (again.status, again.unchanged) == ("already_loaded", 31045)


# Manifests


@pytest.mark.parametrize(
    ("manifest", "version", "members", "message"),
    [
        (None, "1.2", {"orgs": HEADER}, r"a\.zip has no manifest\.csv"),
        ({"orgs": "bulk"}, "1.2", {"users": HEADER}, r"a\.zip holds no orgs\.csv, and its manifest says bulk"),
        ({"orgs": "absent"}, "1.2", {"orgs": HEADER}, r"a\.zip holds orgs\.csv, which its manifest does not"),
        ({}, "1.1", {"orgs": HEADER}, r"a\.zip holds orgs\.csv, which its manifest does not"),
        ({"orgs": "bulk"}, "1.0", {"orgs": HEADER}, r"oneroster\.version is 1\.0; 1\.1 and 1\.2 can be read"),
        ({"orgs": "full"}, "1.2", {"orgs": HEADER}, r"says 'full' of orgs, which is not bulk, delta or absent"),
        ({"orgs": "bulk"}, "1.2", {"orgs": HEADER, "x/Orgs": HEADER}, r"orgs\.csv more than once: orgs\.csv, x/Orgs"),
        ({"orgs": "absent"}, "1.2", {}, "says that orgs is absent"),
    ],
)
def test_a_manifest_that_cannot_be_trusted(
    tmp_path: Path, manifest: dict[str, str] | None, version: str, members: dict[str, str], message: str
) -> None:
    pack(tmp_path / "a.zip", manifest, version, **members)
    with pytest.raises(SchoolhouseError, match=message):
        offered(BY_ZIP, tmp_path)


def test_what_is_no_zip_and_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SchoolhouseError, match=r"no file in .* matches '\*\*/\*\.zip'"):
        offered(BY_ZIP, tmp_path)
    assert offered({**BY_ZIP, "required": False}, tmp_path) == []
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(SchoolhouseError, match=r"a\.zip is cut short or no zip"):
        offered(BY_ZIP, tmp_path)
    with pytest.raises(SchoolhouseError, match="elsewhere does not exist"):
        offered(BY_ZIP, tmp_path / "elsewhere")


def test_a_zipped_folder_with_other_capitals_and_byte_order_marks(warehouse: Engine, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("export/", "")
        archive.writestr("__MACOSX/orgs.csv", "rubbish")
        manifest = "propertyName,value\r\nOneRoster.Version,1.1\r\nfile.orgs,Bulk\r\n"
        archive.writestr("export/Manifest.CSV", b"\xef\xbb\xbf" + manifest.encode())
        archive.writestr("export/Orgs.csv", b"\xef\xbb\xbf" + f"{HEADER}1,,,Zürich,school\r\n".encode())
    assert [counts(result) for result in land(BY_ZIP, tmp_path)] == [(1, 1, 0, 0, 0)]
    assert names(warehouse) == {"1": "Zürich"}


# Several zips


def test_the_newest_whole_and_what_changed_since(tmp_path: Path) -> None:
    """Weekly wholes and nightly changes, named after their kind: dates decide, not the alphabet."""
    for name, kind in [
        ("bulk_2026-03-01.zip", "bulk"), ("bulk_20260308.zip", "bulk"), ("delta_2026-03-02.zip", "delta"),
        ("delta_2026-03-07.zip", "delta"), ("late/delta_2026-03-08T0400.zip", "delta"), ("2026-03-10/d.zip", "delta"),
        ("delta_2026-03-09.zip", "delta"),
    ]:  # fmt: skip
        orgs(tmp_path / name, kind, "")
    pack(tmp_path / "delta_2026-03-11.zip", {"orgs": "absent"})
    assert [(item.name, item.mode) for item in offered(BY_ZIP, tmp_path)] == [
        ("bulk_20260308.zip", "snapshot"), ("late/delta_2026-03-08T0400.zip", "delta"),
        ("delta_2026-03-09.zip", "delta"), ("2026-03-10/d.zip", "delta"),
    ]  # fmt: skip
    orgs(tmp_path / "current.zip", "bulk", "")
    with pytest.raises(SchoolhouseError, match=r"current\.zip has no date in its name and bulk_20260308\.zip has one"):
        offered(BY_ZIP, tmp_path)


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("oneroster.zip", ""), ("roster_2025-26_v12.zip", ""), ("roster-2026.03.08.zip", "20260308"),
        ("x20260308T040506Z.zip", "20260308040506"), ("2026-03-08/04-05/x.zip", "20260308"),
        ("2025-08-01 to 2026-03-08.zip", "20260308"), ("1202603081.zip", ""),
    ],
)  # fmt: skip
def test_the_date_in_a_name(tmp_path: Path, name: str, stamp: str) -> None:
    orgs(tmp_path / name, "bulk", "")
    (delivery,) = offered(BY_ZIP, tmp_path)
    assert delivery.cursor == {"stamp": stamp, "kind": "bulk", "name": name}


def test_nothing_lands_over_what_is_newer(warehouse: Engine, tmp_path: Path) -> None:
    first = orgs(tmp_path / "r_2026-03-01.zip", "bulk", "1,,,A,school\n2,,,B,school\n")
    orgs(tmp_path / "r_2026-03-02.zip", "delta", "1,active,2026-03-02T04:00:00.000Z,A2,school\n")
    orgs(tmp_path / "r_2026-03-04.zip", "delta", "1,active,2026-03-04T04:00:00.000Z,A4,school\n")
    assert [counts(result) for result in land(BY_ZIP, tmp_path)] == [(2, 2, 0, 0, 0), (1, 1, 0, 0, 0), (1, 1, 0, 0, 0)]
    again = land(BY_ZIP, tmp_path, MONDAY + DAY)
    assert {(result.status, result.landed, result.closed) for result in again} == {("already_loaded", 0, 0)}
    # The night of the third comes late, when the fourth has landed.
    late = orgs(tmp_path / "r_2026-03-03.zip", "delta", "1,active,2026-03-03T04:00:00.000Z,A3,school\n")
    with pytest.raises(SchoolhouseError, match=r"r_2026-03-03\.zip is older than r_2026-03-04\.zip"):
        land(BY_ZIP, tmp_path, MONDAY + DAY)
    late.unlink()
    # An older whole, after the one that landed was put away.
    first.unlink()
    old = orgs(tmp_path / "r_2026-02-01.zip", "bulk", "1,,,Old,school\n")
    with pytest.raises(SchoolhouseError, match=r"r_2026-02-01\.zip is older than r_2026-03-04\.zip"):
        land(BY_ZIP, tmp_path, MONDAY + DAY)
    old.unlink()
    assert names(warehouse) == {"1": "A4", "2": "B"}
    # A newer whole takes the place of everything before it.
    orgs(tmp_path / "r_2026-03-05.zip", "bulk", "1,,,A5,school\n3,,,C,school\n")
    assert [counts(result) for result in land(BY_ZIP, tmp_path, MONDAY + DAY)] == [(2, 2, 0, 0, 1)]
    assert names(warehouse) == {"1": "A5", "3": "C"}


def test_a_whole_without_a_date_is_replaced_where_it_lies(warehouse: Engine, tmp_path: Path) -> None:
    orgs(tmp_path / "r.zip", "bulk", "1,,,A,school\n")
    orgs(tmp_path / "delta" / "r_2026-03-02.zip", "delta", "2,active,2026-03-02T04:00:00.000Z,B,school\n")
    land(BY_ZIP, tmp_path)
    orgs(tmp_path / "r.zip", "bulk", "2,,,B,school\n3,,,C,school\n")
    whole, change = land(BY_ZIP, tmp_path, MONDAY + DAY)
    assert (counts(whole), change.status) == ((2, 1, 1, 0, 1), "already_loaded")
    assert names(warehouse) == {"2": "B", "3": "C"}


def test_rows_to_be_deleted_in_a_whole_and_without_their_values(warehouse: Engine, tmp_path: Path) -> None:
    """Some sources fill the status of bulk files; and a deletion may name nothing but the row."""
    orgs(
        tmp_path / "r_2026-03-01.zip",
        "bulk",
        "1,active,,A,school\n2,tobedeleted,,B,school\n3,,,C,school\n4,,,D,district\n",
    )
    (whole,) = land(BY_ZIP, tmp_path)
    assert counts(whole) == (3, 2, 1, 0, 0)
    orgs(tmp_path / "r_2026-03-02.zip", "delta", "3,tobedeleted,2026-03-02T04:00:00.000Z,,\n")
    _, change = land(BY_ZIP, tmp_path, MONDAY + DAY)
    assert counts(change) == (1, 1, 0, 0, 1)
    assert names(warehouse) == {"1": "A"}


def roster_of(folder: Path) -> District:
    """The generated district's rosters by the protocol: its own mapping, with the zips and the changes beside them."""
    described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text(encoding="utf-8"))
    feeds = {}
    for name, given in described["sources"]["sis"]["feeds"].items():
        if given["files"] == "oneroster.zip":
            given["resource"] = given.pop("member").removesuffix(".csv")
            feeds[name] = {**given, "files": "**/oneroster*.zip"}
    source = {"protocol": "oneroster", "folder": str(folder), "feeds": feeds}
    district = {"district": "nights", "title": "Nights", "sources": {"roster": source}}
    (folder / "district.yml").write_text(yaml.safe_dump(district), encoding="utf-8")
    return load_district(folder)


def current(engine: Engine, district: District) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each feed that are current, contract columns and what nobody mapped."""
    found = {}
    for feed in district.feeds:
        table = CONTRACTS[feed.contract]
        columns = ", ".join(column.name for column in contract_columns(table))
        query = f"select {columns}, _extra::text from landing.{table.name} where _superseded_on is null"
        found[feed.name] = sorted(rows(engine, query), key=repr)
    return found


def test_a_whole_and_three_nights_are_the_whole_of_the_third_night(
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]], tmp_path: Path
) -> None:
    nights, students, years, seed = 3, 900, 2, 11
    made = [tmp_path / f"made_{night}" for night in range(nights + 1)]
    for night, out in enumerate(made):
        generate(out, students, years, seed, MONDAY, dirt=False, night=night or None)
    last = tmp_path / "made_last"
    generate(last, students, years, seed, MONDAY + nights * DAY, dirt=False)

    laid, whole = tmp_path / "laid", tmp_path / "whole"
    for folder, source in ((laid, made[0]), (whole, last)):
        folder.mkdir()
        (folder / "oneroster.zip").write_bytes((source / "sis" / "oneroster.zip").read_bytes())
    with fresh_warehouse() as warehouse:
        district = roster_of(laid)
        landed = Counter[int]()
        for night in range(nights + 1):
            for change in (made[night] / "sis").glob("delta/*.zip"):
                (laid / change.name).write_bytes(change.read_bytes())
            for feed in district.feeds:
                for result in ingest_feed(district, feed.name, MONDAY + night * DAY):
                    assert result.rows_read == result.landed + result.unchanged + result.quarantined
                    assert result.quarantined == 0
                    landed[night] += result.landed
        # A few students come to their classes or leave them; all else stays as it is.
        assert 10 < sum(landed[night] for night in range(1, nights + 1)) < 0.01 * landed[0]
        by_changes = current(warehouse, district)
        # The last night's own whole file says the same.
        (laid / "oneroster.zip").write_bytes((whole / "oneroster.zip").read_bytes())
        for feed in district.feeds:
            results = ingest_feed(district, feed.name, MONDAY + nights * DAY)
            assert {(result.landed, result.closed) for result in results} == {(0, 0)}, feed.name
        assert current(warehouse, district) == by_changes
    with fresh_warehouse() as warehouse:
        district = roster_of(whole)
        for feed in district.feeds:
            ingest_feed(district, feed.name, MONDAY)
        by_whole = current(warehouse, district)
    assert {name: len(found) for name, found in by_changes.items()} == {n: len(found) for n, found in by_whole.items()}
    assert by_changes == by_whole


# The service


@pytest.fixture
def service() -> Iterator[OneRosterService]:
    with serve() as running:
        yield running


def fetch(
    service: OneRosterService, folder: Path, given: dict[str, Any] = STUDENT, cursor: Any = None, **extra: Any
) -> tuple[Delivery, list[dict[str, Any]]]:
    """The one delivery of a feed and its records."""
    (delivery,) = deliveries(feed_of(given), service.access(**extra), cursor, folder)
    return delivery, [json.loads(line) for line in delivery.path.read_text(encoding="utf-8").splitlines()]


def test_everything_comes_first_then_what_changed(service: OneRosterService, warehouse: Engine) -> None:
    (first,) = land(STUDENT, access=service.access())
    assert counts(first) == (60, 60, 0, 0, 0)
    assert rows(warehouse, "select grade, count(*) from landing.sis_student group by 1 order by 1") == [
        ("05", 30), ("06", 30),
    ]  # fmt: skip
    [(extra,)] = rows(warehouse, "select _extra from landing.sis_student where student_id = 's007'")
    assert (extra["homeTown"], extra["metadata.vendor.bus"]) == ("Lakeside", "7")
    assert json.loads(extra["roles"])[0]["org"]["sourcedId"] == "B"
    assert [query.get("filter") for _, query in service.queries] == [None] * 3
    [(mode, cursor)] = rows(warehouse, "select mode, cursor from ops.load")
    assert (mode, cursor) == ("snapshot", {"dateLastModified": "2026-01-05T08:00:00.000Z"})

    service.now += DAY
    service.change("users", "s003", familyName="Ødegård")
    service.change("users", "s004", status="tobedeleted")
    service.change("users", "s060", givenName="New", grades=["05"], roles=service.data["users"]["s001"]["roles"])
    # Every row of the first night has the cursor's own time, so they come with the overlap once more.
    (second,) = land(STUDENT, as_of=MONDAY + DAY, access=service.access())
    assert counts(second) == (61, 3, 58, 0, 1)
    assert service.queries[-1][1]["filter"] == "dateLastModified>'2026-01-05T07:59:00.000Z'"
    service.now += DAY
    service.change("users", "s005", familyName="Østby")
    (third,) = land(STUDENT, as_of=MONDAY + 2 * DAY, access=service.access())
    assert counts(third) == (4, 1, 3, 0, 0)
    assert service.queries[-1][1]["filter"] == "dateLastModified>'2026-03-03T04:59:00.000Z'"
    versions = "select family_name, _superseded_on from landing.sis_student where student_id = '{}' order by _known_on"
    assert rows(warehouse, versions.format("s003")) == [("Østergård", MONDAY + DAY), ("Ødegård", None)]
    assert rows(warehouse, versions.format("s004")) == [("Østergård", MONDAY + DAY)]
    assert rows(warehouse, "select count(*) from landing.sis_student where _superseded_on is null") == [(60,)]


@pytest.mark.parametrize(("has_links", "has_total"), [(True, True), (True, False), (False, True), (False, False)])
def test_pages_by_link_and_by_offset(
    service: OneRosterService, tmp_path: Path, has_links: bool, has_total: bool
) -> None:
    service.has_links, service.has_total = has_links, has_total
    delivery, records = fetch(service, tmp_path, {**STUDENT, "resource": "enrollments"})
    assert sorted(record["sourcedId"] for record in records) == sorted(service.data["enrollments"])
    assert records[0] == service.data["enrollments"]["s000-eng"]
    assert delivery.is_counted is has_total
    # 120 rows in pages of 25; with neither a Link nor a total only an empty page says that it is over.
    assert len(service.queries) == (5 if has_links or has_total else 6)
    assert [query["sort"] for _, query in service.queries] == ["sourcedId"] * len(service.queries)


@pytest.mark.parametrize("resource", ["orgs", "academicSessions", "courses", "classes", "users", "demographics"])
def test_every_resource_has_its_own_list(service: OneRosterService, tmp_path: Path, resource: str) -> None:
    _, records = fetch(service, tmp_path, {**STUDENT, "resource": resource})
    assert {record["sourcedId"]: record for record in records} == service.data[resource]
    demographics = "roster-demographics" if resource == "demographics" else "roster-core"
    assert service.scopes == [f"https://purl.imsglobal.org/spec/or/v1p2/scope/{demographics}.readonly"]


def test_links_of_a_service_behind_a_gateway(service: OneRosterService, tmp_path: Path) -> None:
    """It does not know by which scheme and port it is called; another host gets no token."""
    service.links_to = {"scheme": "https", "port": 8443}
    assert len(fetch(service, tmp_path)[1]) == 60
    service.links_to = {"hostname": "elsewhere.example"}
    with pytest.raises(SchoolhouseError, match=r"sends us on to elsewhere\.example, which gets no token of ours"):
        fetch(service, tmp_path)


@pytest.mark.parametrize("has_links", [True, False])
def test_pages_that_lead_nowhere(service: OneRosterService, tmp_path: Path, has_links: bool) -> None:
    service.has_links, service.has_total, service.ignores_offset = has_links, False, True
    with pytest.raises(SchoolhouseError, match="leads back to a page that was read"):
        fetch(service, tmp_path)
    service.failures = [(200, {})]
    with pytest.raises(SchoolhouseError, match="answered with no JSON: 'not now'"):
        fetch(service, tmp_path)


def test_the_scope_that_the_connection_asks_for(service: OneRosterService, tmp_path: Path) -> None:
    fetch(service, tmp_path, scope="roster.all", page_rows="10")
    assert service.scopes == ["roster.all"]
    assert {query["limit"] for _, query in service.queries} == {"10"}


def test_busy_broken_and_forgetful(service: OneRosterService, tmp_path: Path) -> None:
    """Too many requests, a fault, a token that is withdrawn, and tokens that last for one request."""
    service.failures = [(429, {"Retry-After": "0"}), (500, {})]
    service.token_seconds = 0
    service.before_page = lambda resource, offset: service.withdrawn.update(service.tokens[:2])
    _, records = fetch(service, tmp_path)
    assert len(records) == 60
    assert (service.answered[429], service.answered[500]) == (1, 1)
    assert len(service.tokens) >= 4


def test_a_token_that_is_withdrawn_is_renewed_once(service: OneRosterService, tmp_path: Path) -> None:
    def withdraw(resource: str, offset: int) -> None:
        if offset == 25:
            service.withdrawn.add("token-0")

    service.before_page = withdraw
    _, records = fetch(service, tmp_path)
    assert (len(records), service.answered[401], service.tokens) == (60, 1, ["token-0", "token-1"])


@pytest.mark.parametrize("has_links", [True, False])
def test_rows_that_move_between_pages_are_read_again(
    service: OneRosterService, tmp_path: Path, has_links: bool
) -> None:
    """A student who comes before the page boundary pushes one that was read onto the next page."""
    service.has_links = has_links
    teacher = service.data["users"]["s000"]["roles"]

    def enrol(resource: str, offset: int) -> None:
        if offset == 25 and "s0000" not in service.data["users"]:
            service.change("users", "s0000", roles=teacher)

    service.before_page = enrol
    delivery, records = fetch(service, tmp_path)
    assert (len(records), len({record["sourcedId"] for record in records})) == (61, 61)
    assert delivery.is_counted


def test_one_comes_and_one_goes_so_that_the_total_stays(service: OneRosterService, tmp_path: Path) -> None:
    def change(resource: str, offset: int) -> None:
        if offset == 25 and "s0000" not in service.data["users"]:
            service.change("users", "s0000", roles=service.data["users"]["s000"]["roles"])
            del service.data["users"]["s059"]

    service.before_page = change
    _, records = fetch(service, tmp_path)
    assert {record["sourcedId"] for record in records} == {n for n in service.data["users"] if n.startswith("s")}


def test_rows_that_never_rest_are_an_error(service: OneRosterService, tmp_path: Path) -> None:
    def enrol(resource: str, offset: int) -> None:
        if offset == 25:
            number = len(service.data["users"])
            service.change("users", f"s000{number}", roles=service.data["users"]["s000"]["roles"])

    service.before_page = enrol
    with pytest.raises(SchoolhouseError, match=rf"in each of {rest.READINGS} readings of .*/students rows moved"):
        fetch(service, tmp_path)


def test_what_changes_while_it_is_read_comes_again(service: OneRosterService, tmp_path: Path) -> None:
    """One is modified after its page was read, and a later one that is read: the cursor must not pass the first."""

    def change(resource: str, offset: int) -> None:
        if offset == 50:
            service.now += dt.timedelta(hours=1)
            service.change("users", "s001", familyName="Missed")
            service.now += dt.timedelta(hours=1)
            service.change("users", "s059", familyName="Read")

    service.before_page = change
    began = service.now
    delivery, records = fetch(service, tmp_path)
    assert [record["familyName"] for record in records if record["sourcedId"] in ("s001", "s059")] == [
        "Østergård", "Read",
    ]  # fmt: skip
    assert delivery.cursor == {"dateLastModified": began.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    service.before_page = lambda resource, offset: None
    later, records = fetch(service, tmp_path, cursor=delivery.cursor)
    assert [record["sourcedId"] for record in records] == ["s001", "s059"]
    assert later.cursor == {"dateLastModified": "2026-03-02T07:00:00.000Z"}
    # A row of the year 2099 does not hide what comes until then, and a time that is none says nothing.
    service.data["users"]["s001"]["dateLastModified"] = "2099-01-01T00:00:00.000Z"
    service.data["users"]["s002"]["dateLastModified"] = "some day"
    last, _ = fetch(service, tmp_path, cursor=later.cursor)
    assert last.cursor == later.cursor


def test_nothing_new_is_no_error(service: OneRosterService, warehouse: Engine) -> None:
    land(STUDENT, access=service.access())
    service.data["users"]["s000"]["dateLastModified"] = "2026-03-01T00:00:00.000Z"
    land(STUDENT, as_of=MONDAY + DAY, access=service.access())
    for later in (2, 3):
        del service.data["users"][f"s00{later}"]
        (night,) = land(STUDENT, as_of=MONDAY + later * DAY, access=service.access())
        assert (night.rows_read, night.landed, night.closed) == (1, 0, 0)
    service.data["users"].clear()
    (empty,) = land(STUDENT, as_of=MONDAY + 4 * DAY, access=service.access())
    assert counts(empty) == (0, 0, 0, 0, 0)
    assert rows(warehouse, "select cursor ->> 'dateLastModified' from ops.load order by load_id desc limit 1") == [
        ("2026-03-01T00:00:00.000Z",)
    ]


PERIODIC = {**STUDENT, "full_every_days": 3}
CURRENT = "select count(*) from landing.sis_student where _superseded_on is null"


def filters(service: OneRosterService) -> set[str | None]:
    """What was asked for since the last time, then forgotten."""
    asked = {query.get("filter") for _, query in service.queries}
    service.queries.clear()
    return asked


def test_a_row_that_goes_without_a_trace_ends_when_everything_is_read(
    service: OneRosterService, warehouse: Engine
) -> None:
    """Of a hard deletion no filter tells. The full night counts from the last one, whatever came between."""
    land(PERIODIC, access=service.access())
    filters(service)
    del service.data["users"]["s002"]
    for night in (1, 2):
        land(PERIODIC, as_of=MONDAY + night * DAY, access=service.access())
        assert None not in filters(service)
        assert rows(warehouse, CURRENT) == [(60,)]
    (full,) = land(PERIODIC, as_of=MONDAY + 3 * DAY, access=service.access())
    assert filters(service) == {None}
    assert counts(full) == (59, 0, 59, 0, 1)
    ended = "select student_id, _superseded_on from landing.sis_student where _superseded_on is not null"
    assert rows(warehouse, ended) == [("s002", MONDAY + 3 * DAY)]
    # Again on the same day it is a delta, and so it is until three days later.
    for night in (3, 5):
        land(PERIODIC, as_of=MONDAY + night * DAY, access=service.access())
        assert None not in filters(service)
    # A night may be missed: what counts is how long ago the last one was.
    land(PERIODIC, as_of=MONDAY + 8 * DAY, access=service.access())
    assert filters(service) == {None}


def test_everything_as_it_was_ends_what_came_and_went_between(service: OneRosterService, warehouse: Engine) -> None:
    """The second full answer has the bytes of the first; the student of the second night is in neither."""
    land(PERIODIC, access=service.access())
    service.now += DAY
    service.change("users", "s900", **{name: service.data["users"]["s001"][name] for name in ("givenName", "roles")},
                   familyName="Brief", grades=["05"], enabledUser="true")  # fmt: skip
    land(PERIODIC, as_of=MONDAY + DAY, access=service.access())
    assert rows(warehouse, CURRENT) == [(61,)]
    del service.data["users"]["s900"]
    (full,) = land(PERIODIC, as_of=MONDAY + 3 * DAY, access=service.access())
    assert (full.status, counts(full)) == ("landed", (60, 0, 60, 0, 1))
    assert rows(warehouse, CURRENT) == [(60,)]
    # Nothing happened since, so the next one is only accounted for, and counts nevertheless.
    (same,) = land({**PERIODIC, "full_every_days": 1}, as_of=MONDAY + 4 * DAY, access=service.access())
    assert (same.status, same.rows_read) == ("already_loaded", 60)
    filters(service)
    land(PERIODIC, as_of=MONDAY + 6 * DAY, access=service.access())
    assert None not in filters(service)


def test_everything_may_say_the_same_as_the_changes_before_it(service: OneRosterService, warehouse: Engine) -> None:
    """All that is left changed in the night before, so changes and whole have the same bytes."""
    given = {**PERIODIC, "full_every_days": 2}
    for number in range(3, 60):
        del service.data["users"][f"s{number:03}"]
    land(given, access=service.access())
    service.now += DAY
    del service.data["users"]["s002"]
    for name in ("s000", "s001"):
        service.change("users", name, familyName="Changed")
    land(given, as_of=MONDAY + DAY, access=service.access())
    (full,) = land(given, as_of=MONDAY + 2 * DAY, access=service.access())
    assert (full.status, counts(full)) == ("landed", (2, 0, 2, 0, 1))
    assert rows(warehouse, CURRENT) == [(2,)]


def test_a_full_reading_that_fails_or_is_held_is_tried_again(
    service: OneRosterService, warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.sources.http.LONGEST_WAIT_SECONDS", 0.01)
    land(PERIODIC, access=service.access())
    lost = {name: service.data["users"].pop(name) for name in list(service.data["users"]) if name > "s029" > "s000"}
    service.failures = [(503, {})] * 6
    with pytest.raises(SchoolhouseError, match="did not answer in 6 tries"):
        land(PERIODIC, as_of=MONDAY + 3 * DAY, access=service.access())
    # Then it answers with half of the rows, which nobody believes.
    filters(service)
    with pytest.raises(SchoolhouseError, match="lacks 30 of the 60 current rows"):
        land(PERIODIC, as_of=MONDAY + 4 * DAY, access=service.access())
    assert filters(service) == {None}
    assert rows(warehouse, CURRENT) == [(60,)]
    assert len(rows(warehouse, "select 1 from ops.feed_failure")) == 2
    service.data["users"] |= lost
    (full,) = land(PERIODIC, as_of=MONDAY + 5 * DAY, access=service.access())
    assert filters(service) == {None}
    assert (full.rows_read, full.closed) == (60, 0)
    assert rows(warehouse, "select 1 from ops.feed_failure") == []
    # From here the days are counted anew.
    land(PERIODIC, as_of=MONDAY + 7 * DAY, access=service.access())
    assert None not in filters(service)


def test_days_may_be_given_or_taken_without_reading_from_the_beginning(
    service: OneRosterService, warehouse: Engine
) -> None:
    land(STUDENT, access=service.access())
    filters(service)
    land({**STUDENT, "full_every_days": 7}, as_of=MONDAY + DAY, access=service.access())
    land(STUDENT, as_of=MONDAY + 30 * DAY, access=service.access())
    assert None not in filters(service)


def test_roles_are_rows_and_a_deletion_without_them_counts(service: OneRosterService, warehouse: Engine) -> None:
    given = {
        "contract": "hr.staff_member",
        "resource": "users",
        "connection": "sis",
        "each": "roles",
        "where": {"roles.role": ["teacher"]},
        "columns": {"staff_id": "sourcedId", "family_name": "familyName"},
        "drop": ["*"],
    }
    (first,) = land(given, access=service.access())
    assert counts(first) == (4, 4, 0, 0, 0)
    # 60 students and the six of them who are guardians too.
    assert rows(warehouse, "select filtered from ops.load") == [(66,)]
    service.now += DAY
    service.data["users"]["t1"] = {"sourcedId": "t1"}
    service.change("users", "t1", status="tobedeleted")
    land(given, as_of=MONDAY + DAY, access=service.access())
    assert rows(warehouse, "select staff_id from landing.hr_staff_member where _superseded_on is null order by 1") == [
        ("t0",), ("t2",), ("t3",),
    ]  # fmt: skip


def test_references_and_lists_by_their_dotted_names(service: OneRosterService, warehouse: Engine) -> None:
    given = {
        "contract": "sis.section",
        "resource": "classes",
        "connection": "sis",
        "columns": {
            "section_id": "sourcedId",
            "school_id": "school.sourcedId",
            "course_id": "course.sourcedId",
            "title": "title",
            "kind": "classType",
            "grade": "grades",
        },
        "drop": ["*"],
    }
    (result,) = land(given, access=service.access())
    assert counts(result) == (8, 8, 0, 0, 0)
    assert rows(
        warehouse, "select school_id, course_id, grade from landing.sis_section where section_id = 'B-mat'"
    ) == [("B", "mat", '["05","06"]')]


# What is said to people


def test_wrong_ways_to_a_service(service: OneRosterService, tmp_path: Path) -> None:
    feed = feed_of(STUDENT)

    def refusal(access: Access | None, given: OneRosterFeed = feed) -> str:
        with pytest.raises(SchoolhouseError) as refused:
            list(deliveries(given, access, None, tmp_path))
        return str(refused.value)

    assert "The client id or secret is not accepted" in refusal(service.access(secret="guess"))
    assert service.answered == {401: 1}
    old = Access("https://sis.example/ims/oneroster/v1p1", "id", "secret", {"token_url": "https://sis.example/token"})
    assert "OAuth 1.0a" in refusal(old)
    assert "says no `token_url`" in refusal(Access(service.url))
    assert "nothing is known of the connection 'sis'" in refusal(None)
    assert "There is no such resource" in refusal(service.access(), feed_of({**STUDENT, "resource": "pupils"}))
    wrong = Access(service.url, "schoolhouse", "correct horse", {"token_url": f"{service.url}/token"})
    assert "answered 404" in refusal(wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**STUDENT, "folder": "x", "files": "*.zip"}, "not both"),
        (SCHOOL, "give the zips by `folder` and `files`, or the service by `connection`"),
        ({**SCHOOL, "folder": "x"}, "give the zips by `folder` and `files`"),
        ({**STUDENT, "mode": "delta"}, "leave out `mode`"),
        ({**STUDENT, "resource": "roles"}, "`resource: users` with `each`"),
        ({**BY_ZIP, "folder": "x", "each": "roles"}, "a zip has a file for them"),
        ({**STUDENT, "resource": "users/1"}, "String should match pattern"),
        ({**STUDENT, "full_every_days": 0}, "greater than or equal to 1"),
        ({**BY_ZIP, "folder": "x", "full_every_days": 7}, "of zips the manifest says which hold everything"),
    ],
)
def test_a_feed_that_cannot_be(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        feed_of(given)
