"""Folders, a real SFTP server and a real S3-compatible one: what is listed, fetched, and left alone."""

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.landing.cursor import newest_cursor
from include.landing.load import load_file
from include.sources import Access, Delivery, deliveries
from tests.servers.stores import Sftp, client_of, serve_s3, serve_sftp

DAY = dt.date(2026, 3, 2)
SCHOOL = {"contract": "sis.school", "columns": {"school_id": "id", "name": "name"}}


def feed_of(folder: str, **given: Any) -> FileFeed:
    return FileFeed.model_validate(
        {"name": "test.feed", "source": "test", "folder": folder, "files": "*.csv", **SCHOOL, **given}
    )


def schools(name: str, count: int = 1) -> bytes:
    return ("id,name\n" + "".join(f"{n},{name}\n" for n in range(count))).encode()


def fetched(feed: FileFeed, access: Access, folder: Path, cursor: Any = None) -> list[tuple[str, bytes, Any]]:
    """Name, bytes and cursor of each delivery."""
    return [(each.name, each.path.read_bytes(), each.cursor) for each in deliveries(feed, access, cursor, folder)]


def names(feed: FileFeed, folder: Path) -> list[str]:
    return [delivery.name for delivery in deliveries(feed, None, None, folder)]


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    with serve_sftp(tmp_path / "served") as running:
        yield running


def test_sftp_files_are_fetched_one_at_a_time_and_only_when_new(sftp: Sftp, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    out = sftp.root / "out"
    (out / "a.csv").write_bytes(schools("A"))
    (out / "b.csv").write_bytes(schools("B"))
    (out / "c.csv.part").write_bytes(schools("C"))
    (out / "notes.txt").write_bytes(b"x")
    feed = feed_of(sftp.address, connection="files")
    seen = []
    for delivery in deliveries(feed, sftp.access(), None, here):
        seen.append((delivery.name, delivery.path.read_bytes()))
        # The one before is gone when the next is there.
        assert [path.name for path in here.iterdir()] == [delivery.name]
    assert seen == [("a.csv", schools("A")), ("b.csv", schools("B"))]
    assert list(here.iterdir()) == []
    cursor = delivery.cursor
    # Nothing new: the last one all the same, so that the night has its account.
    sftp.log.clear()
    assert [name for name, *_ in fetched(feed, sftp.access(), here, cursor)] == ["b.csv"]
    assert sftp.log == ["/out/b.csv"]
    # A new file, and an old one written anew with as many bytes.
    (out / "c.csv").write_bytes(schools("C"))
    os.utime(out / "a.csv", (time.time() - 500, time.time() - 500))
    again = fetched(feed, sftp.access(), here, cursor)
    assert [name for name, *_ in again] == ["a.csv", "c.csv"]
    # The cursor forgets what is no longer there.
    (out / "b.csv").unlink()
    [(name, _, after)] = fetched(feed, sftp.access(), here, again[-1][2])
    assert name == "c.csv" and len(after["seen"].split()) == 2


def test_an_sftp_server_is_who_it_should_be(sftp: Sftp, tmp_path: Path) -> None:
    (sftp.root / "out" / "a.csv").write_bytes(schools("A"))
    feed = feed_of(sftp.address, connection="files")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    impostor = sftp.access(extra={"known_hosts": f"[127.0.0.1]:{sftp.port} {other}"})
    with pytest.raises(SchoolhouseError, match="not among the connection's `known_hosts`"):
        fetched(feed, impostor, tmp_path)
    with pytest.raises(SchoolhouseError, match="has no `known_hosts`"):
        fetched(feed, sftp.access(extra={}), tmp_path)
    with pytest.raises(SchoolhouseError, match="not let in"):
        fetched(feed, sftp.access(secret="wrong"), tmp_path)
    with pytest.raises(SchoolhouseError, match=r"is not on files\.example\.org"):
        fetched(feed, sftp.access(url="sftp://files.example.org"), tmp_path)
    with pytest.raises(SchoolhouseError, match="needs a `connection`"):
        list(deliveries(feed, None, None, tmp_path))
    with pytest.raises(SchoolhouseError, match=r"/nowhere cannot be read: .*[Nn]o such file"):
        fetched(feed_of(f"sftp://127.0.0.1:{sftp.port}/nowhere", connection="files"), sftp.access(), tmp_path)


def test_sftp_lands_and_goes_on_where_it_stopped(warehouse: Engine, sftp: Sftp, tmp_path: Path) -> None:
    """A fault in the second of three files: the first is not fetched again, the others are when it is right."""
    out = sftp.root / "out"
    for name, content in (("1.csv", schools("A")), ("2.csv", b"id,title\n1,B\n"), ("3.csv", schools("C"))):
        (out / name).write_bytes(content)
    feed = feed_of(sftp.address, connection="files")

    def night(as_of: dt.date) -> None:
        with warehouse.connect() as connection:
            cursor = newest_cursor(connection, feed)
        for delivery in deliveries(feed, sftp.access(), cursor, tmp_path):
            load_file(warehouse, feed, delivery, as_of)

    with pytest.raises(SchoolhouseError, match="no column 'name'"):
        night(DAY)
    (out / "2.csv").write_bytes(schools("B"))
    sftp.log.clear()
    night(DAY + dt.timedelta(days=1))
    assert sftp.log == ["/out/2.csv", "/out/3.csv"]
    with warehouse.connect() as connection:
        current = connection.execute(text("select name from landing.sis_school where _superseded_on is null"))
        assert current.scalars().all() == ["C"]


@pytest.fixture(scope="module")
def s3() -> Iterator[Access]:
    with serve_s3() as access:
        yield access


def test_objects_of_a_bucket(s3: Access, tmp_path: Path) -> None:
    client = client_of(s3)
    client.create_bucket(Bucket="district")
    for key, body in (
        ("sis/2026/a.csv", schools("A")),
        ("sis/2026/b.csv", schools("B", 100_000)),
        ("sis/2025/old.csv", schools("O")),
        ("sis/2026/.hidden.csv", b""),
    ):
        client.put_object(Bucket="district", Key=key, Body=body)
    feed = feed_of("s3://district/sis/2026", connection="bucket")
    first = fetched(feed, s3, tmp_path)
    assert [(name, body) for name, body, _ in first] == [("a.csv", schools("A")), ("b.csv", schools("B", 100_000))]
    client.put_object(Bucket="district", Key="sis/2026/a.csv", Body=schools("Z"))
    cursor = first[-1][2]
    assert [(name, body) for name, body, _ in fetched(feed, s3, tmp_path, cursor)] == [("a.csv", schools("Z"))]
    deep = feed_of("s3://district/sis", files="**/*.csv", connection="bucket")
    assert [name for name, *_ in fetched(deep, s3, tmp_path)] == ["2025/old.csv", "2026/a.csv", "2026/b.csv"]
    empty = feed_of("s3://district/hr", connection="bucket")
    with pytest.raises(SchoolhouseError, match=r"no file in s3://district/hr matches '\*.csv'"):
        fetched(empty, s3, tmp_path)
    optional = feed_of("s3://nobody-has-this", connection="bucket", required=False)
    with pytest.raises(SchoolhouseError, match="nobody-has-this cannot be read"):
        fetched(optional, s3, tmp_path)


def test_files_come_in_the_order_of_the_dates_in_their_names(tmp_path: Path) -> None:
    for name in ("grades_12312025.csv", "grades_01022026.csv", "grades_99992026.csv", "grades_01012026_2.csv"):
        (tmp_path / name).write_bytes(schools("A"))
    feed = feed_of(str(tmp_path), files="grades_{date:MMDDYYYY}*.csv")
    expected = ["grades_12312025.csv", "grades_01012026_2.csv", "grades_01022026.csv"]
    assert names(feed, tmp_path) == expected
    assert names(feed.model_copy(update={"newest_only": True}), tmp_path) == expected[-1:]
    assert (
        names(feed.model_copy(update={"files": "grades_*_{date:YYYYMMDD}.csv", "is_required": False}), tmp_path) == []
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"files": "a_{date:MMDD}.csv"}, "'MMDD' is not the layout of a date in a name"),
        ({"files": "a_{day}.csv"}, "may have one date"),
        ({"newest_only": True, "mode": "delta"}, "of a delta every file is needed"),
        ({"encoding": "klingon"}, "no encoding of text is called 'klingon'"),
        ({"encoding": "zlib"}, "no encoding of text is called 'zlib'"),
        ({"widths": {"id": [9, 1]}}, "column 'id' of `widths` ends at 1, before its first character 9"),
        ({"widths": ["id", "name"]}, "write `widths` as"),
        ({"widths": [["id", 3], ["id", 4]]}, "a column is named twice"),
        ({"trimmed": True}, "`trimmed` is about `widths`"),
        ({"delimiter": '"'}, "are three different signs"),
    ],
)
def test_what_a_file_feed_may_not_say(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        feed_of("/", **given)


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.csv").write_bytes(schools("A"))
    (tmp_path / "c.csv").write_bytes(schools("C"))
    for name in ("d.csv.tmp", ".e.csv", "~$f.csv", "g.filepart"):
        (tmp_path / name).write_bytes(b"id,name\n")
    feed = feed_of(str(tmp_path), files="*")
    stop = threading.Event()

    def write() -> None:
        with (tmp_path / "b.csv").open("wb", buffering=0) as file:
            while not stop.is_set():
                file.write(schools("B"))
                time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not (tmp_path / "b.csv").exists():
            time.sleep(0.001)
        with caplog.at_level(logging.WARNING):
            # What comes after it waits too: a snapshot must not land before an older one.
            assert names(feed, tmp_path) == ["a.csv"]
        assert "b.csv is still being written; it and 1 after it" in caplog.text
        alone = feed.model_copy(update={"files": "b.*"})
        with pytest.raises(SchoolhouseError, match=r"b.csv in .* is still being written"):
            names(alone, tmp_path)
        assert names(alone.model_copy(update={"is_required": False}), tmp_path) == []
    finally:
        stop.set()
        writer.join()
    assert names(feed, tmp_path) == ["a.csv", "b.csv", "c.csv"]


def test_a_file_may_have_to_settle(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(schools("A"))
    feed = feed_of(str(tmp_path), settle_seconds=60)
    with pytest.raises(SchoolhouseError, match="still being written"):
        names(feed, tmp_path)
    os.utime(tmp_path / "a.csv", (time.time() - 61, time.time() - 61))
    assert names(feed, tmp_path) == ["a.csv"]


def test_a_file_that_grows_while_it_is_fetched_is_not_taken(sftp: Sftp, tmp_path: Path) -> None:
    from include.sources.files.stores import Stored, opened_store

    (sftp.root / "out" / "a.csv").write_bytes(schools("A", 10))
    with opened_store(sftp.address, sftp.access()) as store:
        [stored] = store.listed("*.csv")
        shorter = Stored(stored.name, stored.size - 1, stored.state, stored.changed_at)
        with pytest.raises(SchoolhouseError, match="is still being written"):
            store.fetched(shorter, tmp_path)


def test_a_delivery_is_named_by_its_path_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "a.csv").write_bytes(schools("A"))
    [delivery] = deliveries(feed_of(str(tmp_path), files="**/a.csv"), None, None, tmp_path)
    assert isinstance(delivery, Delivery) and delivery.name == "north/a.csv"
