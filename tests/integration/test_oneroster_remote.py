"""OneRoster zips on a real SFTP server and a real S3-compatible one: as in a folder here, each fetched once."""

import datetime as dt
import io
import os
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from include.districts import District, OneRosterFeed
from include.errors import SchoolhouseError
from include.landing import LoadResult, ingest_feed
from include.sources import Access, Cursor, Delivery, deliveries
from tests.servers.stores import Sftp, client_of, serve_s3, serve_sftp

MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
HEADER = "sourcedId,status,dateLastModified,name,type\n"
SCHOOL = {
    "name": "sis.school",
    "source": "sis",
    "contract": "sis.school",
    "resource": "orgs",
    "files": "**/*.zip",
    "connection": "store",
    "columns": {"school_id": "sourcedId", "name": "name"},
    "drop": ["type", "status"],
}
STAMPED = "2026-03-02T04:00:00.000Z"


class Store:
    """A folder elsewhere that zips are put into, whichever way it is reached."""

    address: str
    access: Access

    def put(self, name: str, content: bytes) -> None:
        raise NotImplementedError


class SftpStore(Store):
    def __init__(self, server: Sftp) -> None:
        self.server, self.address, self.access = server, server.address, server.access()

    def put(self, name: str, content: bytes) -> None:
        path = self.server.root / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class S3Store(Store):
    def __init__(self, access: Access) -> None:
        self.access, self._client, self._bucket = access, client_of(access), f"b-{uuid.uuid4().hex}"
        self.address = f"s3://{self._bucket}/sis"
        self._client.create_bucket(Bucket=self._bucket)

    def put(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=f"sis/{name}", Body=content)


@pytest.fixture(scope="module")
def s3() -> Iterator[Access]:
    with serve_s3() as access:
        yield access


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    with serve_sftp(tmp_path / "served") as running:
        yield running


@pytest.fixture(params=["sftp", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    server = request.getfixturevalue(request.param)
    return SftpStore(server) if request.param == "sftp" else S3Store(server)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where what is fetched lies for a while."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def pack(kind: str, lines: str = "", resource: str = "orgs") -> bytes:
    """A zip that holds one resource, in whole or what changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        manifest = f"propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.{resource},{kind}\n"
        archive.writestr("manifest.csv", manifest)
        archive.writestr(f"{resource}.csv", HEADER + lines)
    return content.getvalue()


def school(sourced_id: str, name: str, status: str = "", stamp: str = "") -> str:
    return f"{sourced_id},{status},{stamp},{name},school\n"


def feed_of(store: Store, **given: Any) -> OneRosterFeed:
    return OneRosterFeed.model_validate({**SCHOOL, "folder": store.address, **given})


def land(store: Store, as_of: dt.date = MONDAY) -> list[LoadResult]:
    feed = feed_of(store)
    district = District.model_validate({"district": "test", "title": "Test", "feeds": (feed,)})
    return ingest_feed(district, feed.name, as_of, store.access)


def said(results: list[LoadResult]) -> list[tuple[str, str, int]]:
    return [(result.file_name, result.status, result.landed) for result in results]


def names(engine: Engine) -> dict[str, str]:
    query = "select school_id, name from landing.sis_school where _superseded_on is null"
    with engine.connect() as connection:
        return {row.school_id: row.name for row in connection.execute(text(query))}


def offered(store: Store, here: Path, cursor: Cursor | None = None, **given: Any) -> tuple[list[str], Cursor | None]:
    """Names of what is offered, oldest first, and where the next night begins."""
    found: list[Delivery] = []
    for delivery in deliveries(feed_of(store, **given), store.access, cursor, here):
        assert zipfile.is_zipfile(delivery.path)
        found.append(delivery)
    assert [path for path in here.rglob("*") if path.is_file()] == []
    return [delivery.name for delivery in found], found[-1].cursor if found else cursor


def test_a_whole_and_its_changes_land_in_order_and_each_once(store: Store, warehouse: Engine) -> None:
    """Names that begin with the kind, one of them in a folder with the date: dates decide, not the alphabet."""
    store.put("bulk_2026-02-20.zip", pack("bulk", school("9", "Old")))
    store.put("bulk_2026-03-01.zip", pack("bulk", school("1", "A") + school("2", "B")))
    store.put("delta_2026-03-02.zip", pack("delta", school("1", "A2", "active", STAMPED)))
    store.put("2026-03-03/z.zip", pack("delta", school("3", "C", "active", STAMPED)))
    assert said(land(store)) == [
        ("bulk_2026-03-01.zip", "landed", 2), ("delta_2026-03-02.zip", "landed", 1), ("2026-03-03/z.zip", "landed", 1),
    ]  # fmt: skip
    # Nothing is new: the last one is accounted for.
    assert said(land(store, MONDAY + DAY)) == [("2026-03-03/z.zip", "already_loaded", 0)]
    # A night whose zip says nothing of schools, and then one that does.
    store.put("delta_2026-03-04.zip", pack("delta", resource="courses"))
    assert said(land(store, MONDAY + 2 * DAY)) == [("2026-03-03/z.zip", "already_loaded", 0)]
    store.put("delta_2026-03-05.zip", pack("delta", school("2", "", "tobedeleted", STAMPED)))
    assert said(land(store, MONDAY + 3 * DAY)) == [("delta_2026-03-05.zip", "landed", 1)]
    assert names(warehouse) == {"1": "A2", "3": "C"}
    # A newer whole takes the place of everything before it.
    store.put("bulk_2026-03-08.zip", pack("bulk", school("1", "A8") + school("4", "D")))
    assert said(land(store, MONDAY + 4 * DAY)) == [("bulk_2026-03-08.zip", "landed", 2)]
    assert names(warehouse) == {"1": "A8", "4": "D"}


def test_what_comes_late(store: Store, warehouse: Engine) -> None:
    """Older than the whole that landed it is in that; older than changes that landed it would undo them."""
    store.put("r_2026-03-01.zip", pack("bulk", school("1", "A")))
    store.put("r_2026-03-04.zip", pack("delta", school("1", "A4", "active", STAMPED)))
    land(store)
    store.put("r_2026-02-27.zip", pack("delta", school("1", "Old", "active", STAMPED)))
    assert said(land(store, MONDAY + DAY)) == [("r_2026-03-04.zip", "already_loaded", 0)]
    store.put("r_2026-03-03.zip", pack("delta", school("1", "A3", "active", STAMPED)))
    for night in (2, 3):
        with pytest.raises(SchoolhouseError, match=r"r_2026-03-03\.zip is older than r_2026-03-04\.zip"):
            land(store, MONDAY + night * DAY)
    # A whole that is later than it makes it of no matter.
    store.put("r_2026-03-05.zip", pack("bulk", school("1", "A5")))
    assert said(land(store, MONDAY + 4 * DAY)) == [("r_2026-03-05.zip", "landed", 1)]
    assert names(warehouse) == {"1": "A5"}


def test_a_whole_without_a_date_is_replaced_where_it_lies(store: Store, here: Path, warehouse: Engine) -> None:
    store.put("r.zip", pack("bulk", school("1", "A")))
    store.put("delta/r_2026-03-02.zip", pack("delta", school("2", "B", "active", STAMPED)))
    assert said(land(store)) == [("r.zip", "landed", 1), ("delta/r_2026-03-02.zip", "landed", 1)]
    store.put("r.zip", pack("bulk", school("2", "B") + school("3", "Cedar")))
    assert said(land(store, MONDAY + DAY)) == [("r.zip", "landed", 1)]
    assert names(warehouse) == {"2": "B", "3": "Cedar"}
    store.put("r_2026-03-03.zip", pack("bulk"))
    with pytest.raises(SchoolhouseError, match="nothing says which is later"):
        offered(store, here)


def test_a_fault_on_the_way_leaves_the_rest_for_the_next_night(store: Store, warehouse: Engine) -> None:
    """The second of three does not fit; the first is not asked for again."""
    store.put("r_2026-03-01.zip", pack("bulk", school("1", "A") + school("2", "B")))
    store.put("r_2026-03-02.zip", pack("delta").replace(b"name,type", b"nome,type"))
    store.put("r_2026-03-03.zip", pack("delta", school("2", "B3", "active", STAMPED)))
    with pytest.raises(SchoolhouseError, match=r"r_2026-03-02\.zip"):
        land(store)
    assert names(warehouse) == {"1": "A", "2": "B"}
    store.put("r_2026-03-02.zip", pack("delta", school("1", "A2", "active", STAMPED)))
    assert said(land(store, MONDAY + DAY)) == [("r_2026-03-02.zip", "landed", 1), ("r_2026-03-03.zip", "landed", 1)]
    assert names(warehouse) == {"1": "A2", "2": "B3"}


def test_only_what_is_needed_is_fetched(sftp: Sftp, here: Path) -> None:
    """Not what is older than the newest whole, and nothing twice."""
    store = SftpStore(sftp)
    for day in ("2026-02-01", "2026-02-15", "2026-03-01"):
        store.put(f"bulk/{day}.zip", pack("bulk"))
    for day in ("2026-02-14", "2026-03-02", "2026-03-03"):
        store.put(f"delta/{day}.zip", pack("delta"))
    fetched, cursor = offered(store, here)
    assert fetched == ["bulk/2026-03-01.zip", "delta/2026-03-02.zip", "delta/2026-03-03.zip"]
    assert sorted(sftp.log) == [f"/out/{name}" for name in fetched]
    sftp.log.clear()
    store.put("delta/2026-03-04.zip", pack("delta"))
    # Older than the whole that was landed: nobody needs it.
    store.put("delta/2026-02-28.zip", pack("delta"))
    fetched, cursor = offered(store, here, cursor)
    assert (fetched, sftp.log) == (["delta/2026-03-04.zip"], ["/out/delta/2026-03-04.zip"])
    # What was put away is no loss, and what it said is not forgotten.
    for path in (sftp.root / "out").rglob("*.zip"):
        path.unlink()
    with pytest.raises(SchoolhouseError, match="no file in sftp://"):
        offered(store, here, cursor)
    store.put("delta/2026-03-05.zip", pack("delta"))
    assert offered(store, here, cursor)[0] == ["delta/2026-03-05.zip"]


def test_a_date_of_any_layout_by_the_pattern(store: Store, here: Path) -> None:
    store.put("or_12312025.zip", pack("bulk"))
    store.put("or_01022026.zip", pack("delta"))
    store.put("or_99992026.zip", pack("bulk"))
    assert offered(store, here, files="or_{date:MMDDYYYY}.zip")[0] == ["or_12312025.zip", "or_01022026.zip"]


def test_a_zip_that_is_being_written_is_left_alone_with_those_after_it(
    sftp: Sftp, here: Path, warehouse: Engine
) -> None:
    """And with those of its date: whether it is their whole cannot be seen yet."""
    store = SftpStore(sftp)
    store.put("a_2026-03-01.zip", pack("bulk", school("1", "A")))
    store.put("a_2026-03-02.zip", pack("delta", school("1", "A2", "active", STAMPED)))
    store.put("a_2026-03-03.zip", pack("delta", school("1", "A3", "active", STAMPED)))
    store.put("a_2026-03-04.zip.part", pack("delta"))
    growing = sftp.root / "out" / "b_2026-03-02.zip"
    stop = threading.Event()

    def write() -> None:
        with growing.open("wb", buffering=0) as file:
            while not stop.is_set():
                file.write(b"PK\x03\x04")
                time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not growing.exists():
            time.sleep(0.001)
        assert said(land(store)) == [("a_2026-03-01.zip", "landed", 1)]
        with pytest.raises(SchoolhouseError, match=r"b_2026-03-02\.zip in .* is still being written"):
            offered(store, here, files="b*.zip")
    finally:
        stop.set()
        writer.join()
    store.put("b_2026-03-02.zip", pack("bulk", school("1", "B2")))
    assert said(land(store, MONDAY + DAY)) == [
        ("b_2026-03-02.zip", "landed", 1), ("a_2026-03-02.zip", "landed", 1), ("a_2026-03-03.zip", "landed", 1),
    ]  # fmt: skip
    assert names(warehouse) == {"1": "A3"}


def test_a_zip_here_may_have_to_settle_too(tmp_path: Path) -> None:
    path = tmp_path / "r_2026-03-01.zip"
    path.write_bytes(pack("bulk"))
    given = {**SCHOOL, "folder": str(tmp_path), "connection": None, "settle_seconds": 60}
    feed = OneRosterFeed.model_validate(given)
    with pytest.raises(SchoolhouseError, match="still being written"):
        list(deliveries(feed, None, None, tmp_path))
    os.utime(path, (time.time() - 61, time.time() - 61))
    assert [delivery.name for delivery in deliveries(feed, None, None, tmp_path)] == ["r_2026-03-01.zip"]


def test_what_is_said_of_a_store_that_cannot_be_read(store: Store, here: Path) -> None:
    with pytest.raises(SchoolhouseError, match=r"no file in .* matches '\*\*/\*\.zip'"):
        offered(store, here)
    assert offered(store, here, required=False) == ([], None)
    store.put("r_2026-03-01.zip", b"PK\x03\x04 and then nothing")
    with pytest.raises(SchoolhouseError, match=r"r_2026-03-01\.zip is cut short or no zip"):
        offered(store, here)
    store.put("r_2026-03-01.zip", pack("bulk", resource="courses"))
    with pytest.raises(SchoolhouseError, match="says that orgs is absent"):
        offered(store, here)


def test_a_connection_is_for_a_service_or_another_machine(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="not both, but for a folder on another machine"):
        OneRosterFeed.model_validate({**SCHOOL, "folder": str(tmp_path)})
    with pytest.raises(ValidationError, match="may have one date"):
        OneRosterFeed.model_validate({**SCHOOL, "folder": "s3://b/sis", "files": "r_{day}.zip"})
