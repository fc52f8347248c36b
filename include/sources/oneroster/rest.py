"""OneRoster 1.2 from a service: everything the first time, then what was modified since."""

import datetime as dt
import email.utils
import json
import logging
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from include.districts import OneRosterFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.files.read import Layout
from include.sources.http import Api

log = logging.getLogger(__name__)

PAGE_ROWS = 500
READINGS = 4
# A row may be committed somewhat after the time that it was stamped with.
OVERLAP = dt.timedelta(seconds=60)
SCOPES = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
GRADEBOOK = ("lineItems", "results", "categories", "scoreScales", "assessmentLineItems", "assessmentResults")
PAGING_LINKS = frozenset({"first", "prev", "next", "last"})
# What a payload calls its list, where that is not the resource's own name.
NAMES_OF_LISTS = {
    "students": "users",
    "teachers": "users",
    "schools": "orgs",
    "terms": "academicSessions",
    "gradingPeriods": "academicSessions",
}


@dataclass
class Reading:
    """What one pass over the pages found. totals: what the service said there is, page by page, None where it did
    not. ids: a 64-bit hash of each sourcedId. began: the service's own time at the first page."""

    rows: int = 0
    totals: set[int | None] = field(default_factory=set)
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    newest: dt.datetime | None = None
    began: dt.datetime | None = None

    def trouble(self) -> str | None:
        """Why the rows cannot be all of them; None where they may."""
        # Every feed's task imports this module, and few read a service.
        import numpy as np

        if len(self.totals) > 1:
            return f"the total went through {', '.join(map(str, self.totals))}"
        if repeated := len(self.ids) - len(np.unique(np.frombuffer(self.ids, np.int64))):
            return f"{repeated} of the {self.rows} rows came twice"
        if self.is_counted or self.totals <= {None}:
            return None
        return f"{self.rows} rows came and the total says {', '.join(map(str, self.totals))}"

    @property
    def is_counted(self) -> bool:
        return self.totals == {self.rows}


def deliver_records(feed: OneRosterFeed, access: Access, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """The resource's records, one a line: all of them without a cursor, else those modified since.

    access: url is the service's base, as https://host/ims/oneroster/rostering/v1p2; extra holds `token_url`, and may
    hold `scope` and `page_rows`. The cursor is the latest dateLastModified, never a time of this machine.
    Raises SchoolhouseError where the service does not answer, or its rows change during each of READINGS.
    """
    if "/v1p1" in access.url:
        raise SchoolhouseError(
            f"Feed {feed.name}: {access.url} is a service of OneRoster 1.1, which needs OAuth 1.0a. Services of 1.2 "
            "can be read (…/v1p2), and of 1.1 the zips: give `folder` and `files`."
        )
    token_url = access.extra.get("token_url")
    if not token_url:
        raise SchoolhouseError(f"Feed {feed.name}: the connection {feed.connection!r} says no `token_url`.")
    since = None if cursor is None else dt.datetime.fromisoformat(str(cursor["dateLastModified"]))
    path = folder / f"{feed.resource}.jsonl"
    scope = access.extra.get("scope") or _scope(feed.resource)
    with Api(access.url, str(token_url), access.login, access.secret, str(scope)) as api:
        reading = _settled(api, feed, int(access.extra.get("page_rows") or PAGE_ROWS), since, path)
    reached = _reached(reading, since)
    yield Delivery(
        path,
        path.name if since is None else f"{feed.resource} since {_iso(since)}.jsonl",
        "snapshot" if since is None else "delta",
        Layout(columns=feed.json_columns(), each=feed.each),
        None if reached is None else {"dateLastModified": _iso(reached)},
        reading.is_counted,
        is_answer=True,
    )


def _scope(resource: str) -> str:
    """The least that the standard asks for."""
    if resource == "demographics":
        return f"{SCOPES}roster-demographics.readonly"
    return f"{SCOPES}{'gradebook' if resource in GRADEBOOK else 'roster-core'}.readonly"


def _reached(reading: Reading, since: dt.datetime | None) -> dt.datetime | None:
    """Where the next reading begins: at the latest time seen, but not after this reading began.

    A row read on the last page may be newer than one that was modified after the first page was read; and one that
    is dated in the service's future would hide what comes until then.
    """
    newest = reading.newest
    if newest is not None and reading.began is not None:
        newest = min(newest, reading.began)
    known = [time for time in (newest, since) if time is not None]
    return max(known, default=None)


def _settled(api: Api, feed: OneRosterFeed, page_rows: int, since: dt.datetime | None, path: Path) -> Reading:
    """Write the records to `path`, from the first reading during which nothing moved between the pages."""
    trouble = None
    for _ in range(READINGS):
        with path.open("w", encoding="utf-8") as out:
            reading = _read(api, feed, page_rows, since, out)
        trouble = reading.trouble()
        if trouble is None:
            return reading
        log.warning("Feed %s: %s, so the pages are read again", feed.name, trouble)
    raise SchoolhouseError(
        f"Feed {feed.name}: in each of {READINGS} readings of {api.base_url}{feed.resource} rows moved between the "
        f"pages; in the last, {trouble}. Read it at a quieter hour."
    )


def _read(api: Api, feed: OneRosterFeed, page_rows: int, since: dt.datetime | None, out: IO[str]) -> Reading:
    reading = Reading()
    for answer, records in _pages(api, feed.resource, page_rows, since):
        reading.began = reading.began or _time_of(answer)
        reading.totals.add(_total(answer))
        for record in records:
            out.write(json.dumps(_with_its_part(record, feed)) + "\n")
            reading.rows += 1
            if isinstance(record, dict):
                if "sourcedId" in record:
                    reading.ids.append(hash(str(record["sourcedId"])))
                modified = _time(record.get("dateLastModified"))
                reading.newest = max(filter(None, (reading.newest, modified)), default=None)
    return reading


def _pages(
    api: Api, resource: str, page_rows: int, since: dt.datetime | None
) -> Iterator[tuple[httpx.Response, list[Any]]]:
    """Each answer and its records: by the service's Link to the next where it gives Links, else by offset.

    Raises SchoolhouseError where the pages go round in a circle.
    """
    wanted: dict[str, Any] = {"limit": page_rows, "offset": 0, "sort": "sourcedId", "orderBy": "asc"}
    if since is not None:
        wanted["filter"] = f"dateLastModified>'{_iso(since - OVERLAP)}'"
    answer = api.get(resource, wanted)
    visited, before, rows = {str(answer.url)}, None, 0
    while True:
        records = _records(answer, resource)
        yield answer, records
        rows += len(records)
        total = _total(answer)
        is_linked = not PAGING_LINKS.isdisjoint(answer.links)
        is_last = "next" not in answer.links if is_linked else total is not None and rows >= total
        if is_last or not records:
            return
        following = _next(answer, api) if is_linked else None
        if following in visited or records == before:
            raise SchoolhouseError(f"{answer.url} leads back to a page that was read: paging does not work there.")
        before = records
        answer = api.get(resource, {**wanted, "offset": rows}) if following is None else api.get(following)
        visited.add(str(answer.url))


def _next(answer: httpx.Response, api: Api) -> str:
    """Address of the next page. A service behind a gateway may not know by which scheme and port it is called."""
    address = answer.url.join(answer.links["next"]["url"])
    base = httpx.URL(api.base_url)
    return str(address.copy_with(scheme=base.scheme, port=base.port) if address.host == base.host else address)


def _records(answer: httpx.Response, resource: str) -> list[Any]:
    name = NAMES_OF_LISTS.get(resource, resource)
    try:
        payload = answer.json()
    except ValueError:
        raise SchoolhouseError(f"{answer.url} answered with no JSON: {answer.text[:200]!r}.") from None
    records = payload.get(name) if isinstance(payload, dict) else None
    if not isinstance(records, list):
        holds = ", ".join(payload) if isinstance(payload, dict) else f"a {type(payload).__name__}"
        raise SchoolhouseError(f"{answer.url} answered without a list {name!r}: it holds {holds or 'nothing'}.")
    return records


def _with_its_part(record: Any, feed: OneRosterFeed) -> Any:
    """The record as it is; a deletion without the list that the feed's rows are made of gets one empty element."""
    if feed.each is None or not isinstance(record, dict) or record.get(feed.each):
        return record
    is_deletion = any(record.get(name) in values for name, values in feed.deletes.items())
    return {**record, feed.each: [{}]} if is_deletion else record


def _total(answer: httpx.Response) -> int | None:
    said = answer.headers.get("X-Total-Count", "").strip()
    return int(said) if said.isdigit() else None


def _time_of(answer: httpx.Response) -> dt.datetime | None:
    """The service's time, as HTTP says it (RFC 9110, 6.6.1)."""
    try:
        return email.utils.parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None


def _time(said: Any) -> dt.datetime | None:
    """A dateLastModified; None for what is none, which then has no say in where the next reading begins."""
    try:
        time = dt.datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return time.replace(tzinfo=time.tzinfo or dt.UTC)


def _iso(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
