"""A OneRoster 1.2 service on loopback: real HTTP, a small district in memory, and the faults that services have."""

import base64
import datetime as dt
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from include.sources import Access

CLIENT_ID, SECRET = "schoolhouse", "correct horse"
BASE = "/ims/oneroster/rostering/v1p2"
SCOPES = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
LONG_AGO = "2026-01-05T08:00:00.000Z"
# Path to the list that answers it, and of users the role that it is about.
COLLECTIONS = {
    "orgs": ("orgs", None),
    "academicSessions": ("academicSessions", None),
    "courses": ("courses", None),
    "classes": ("classes", None),
    "users": ("users", None),
    "students": ("users", "student"),
    "teachers": ("users", "teacher"),
    "enrollments": ("enrollments", None),
    "demographics": ("demographics", None),
}
FILTER = re.compile(r"^(\w+)(>=|<=|!=|=|>|<)'([^']*)'$")

Record = dict[str, Any]


def _to(kind: str, sourced_id: str) -> Record:
    return {"sourcedId": sourced_id, "type": kind, "href": f"https://sis.example/{kind}s/{sourced_id}"}


def _record(sourced_id: str, **members: Any) -> Record:
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": LONG_AGO, **members}


def small_district(students: int = 60) -> dict[str, dict[str, Record]]:
    """Two schools, a year of two semesters, four courses, eight classes, four teachers and `students` students.

    A student is s000, s001, …: in school A if even, in grade 05 or 06 by turns, and in two classes of the school. Every
    tenth student has a second role, as a guardian. `homeTown` and `vendor` are unknown to the standard.
    """
    schools, courses = ("A", "B"), ("eng", "mat", "sci", "art")
    orgs = [_record("D", name="District", type="district", identifier="D")]
    orgs += [
        _record(name, name=f"School {name}", type="school", parent=_to("org", "D"), metadata={"level": "middle"})
        for name in schools
    ]
    sessions = [
        _record("Y", title="2025-26", type="schoolYear", startDate="2025-08-25", endDate="2026-06-12",
                schoolYear="2026"),
        _record("S1", title="Fall", type="semester", startDate="2025-08-25", endDate="2026-01-16", schoolYear="2026",
                parent=_to("academicSession", "Y")),
        _record("S2", title="Spring", type="semester", startDate="2026-01-20", endDate="2026-06-12", schoolYear="2026",
                parent=_to("academicSession", "Y")),
    ]  # fmt: skip
    catalogue = [_record(name, title=name.title(), subjects=[name], grades=["05", "06"]) for name in courses]
    classes = [
        _record(f"{school}-{course}", title=f"{course} in {school}", classType="scheduled", grades=["05", "06"],
                course=_to("course", course), school=_to("org", school),
                terms=[_to("academicSession", "S1"), _to("academicSession", "S2")])
        for school in schools for course in courses
    ]  # fmt: skip
    users, enrollments, demographics = [], [], []
    for number in range(students):
        name, school = f"s{number:03}", schools[number % 2]
        roles = [{"roleType": "primary", "role": "student", "org": _to("org", school)}]
        if number % 10 == 0:
            roles.append({"roleType": "secondary", "role": "guardian", "org": _to("org", school)})
        users.append(
            _record(name, givenName=f"Given {number}", familyName="Østergård", enabledUser=True, roles=roles,
                    grades=[("05", "06")[number // 2 % 2]], primaryOrg=_to("org", school), agents=[],
                    homeTown="Lakeside", metadata={"vendor": {"bus": number}})
        )  # fmt: skip
        demographics.append(
            _record(name, birthDate="2014-05-17", sex=("female", "male")[number % 2], white=number % 3 == 0,
                    asian=number % 3 == 1, blackOrAfricanAmerican=number % 3 == 2, hispanicOrLatinoEthnicity="false")
        )  # fmt: skip
        for course in (courses[number % 4], courses[(number + 1) % 4]):
            enrollments.append(
                _record(f"{name}-{course}", role="student", primary=False, beginDate="2025-08-25",
                        user=_to("user", name), school=_to("org", school),
                        **{"class": _to("class", f"{school}-{course}")})
            )  # fmt: skip
    for number in range(4):
        school = schools[number % 2]
        roles = [{"roleType": "primary", "role": "teacher", "org": _to("org", school)}]
        users.append(
            _record(f"t{number}", givenName="T", familyName=f"Teacher {number}", enabledUser=True, roles=roles)
        )
    lists = {
        "orgs": orgs,
        "academicSessions": sessions,
        "courses": catalogue,
        "classes": classes,
        "users": users,
        "enrollments": enrollments,
        "demographics": demographics,
    }
    return {name: {record["sourcedId"]: record for record in records} for name, records in lists.items()}


@dataclass
class OneRosterService:
    """What a running service holds and does wrong. Tests change it between requests, or in `before_page`.

    now: the service's clock. has_links: whether pages are linked; has_total: whether it says how many there are.
    links_to: scheme, host and port that the links have instead of those that were asked. most_rows: the largest page.
    ignores_offset: whether every page is the first. token_seconds: how long a token says it lasts; those in
    `withdrawn` are refused.
    failures: what to answer instead, first come first served: status and headers. before_page: called with the
    resource and the offset before a page is made.
    """

    url: str = ""
    data: dict[str, dict[str, Record]] = field(default_factory=small_district)
    now: dt.datetime = dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC)
    has_links: bool = True
    has_total: bool = True
    links_to: dict[str, Any] = field(default_factory=dict)
    most_rows: int = 25
    ignores_offset: bool = False
    token_seconds: float = 1800
    tokens: list[str] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    before_page: Callable[[str, int], None] = lambda resource, offset: None
    scopes: list[str] = field(default_factory=list)
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answered: Counter[int] = field(default_factory=Counter)

    def access(self, secret: str = SECRET, **extra: Any) -> Access:
        """How to reach it."""
        return Access(f"{self.url}{BASE}", CLIENT_ID, secret, {"token_url": f"{self.url}/token", **extra})

    def change(self, resource: str, sourced_id: str, **members: Any) -> None:
        """Change or add a record, stamped with the service's clock."""
        stamp = self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        before = self.data[resource].get(sourced_id, {"sourcedId": sourced_id, "status": "active"})
        self.data[resource][sourced_id] = {**before, "dateLastModified": stamp, **members}

    async def token(self, request: Request) -> Response:
        """OAuth 2 client credentials (RFC 6749, 4.4), by HTTP Basic."""
        form = await request.form()
        kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic" or base64.b64decode(credentials).decode() != f"{CLIENT_ID}:{SECRET}":
            return self._answer(JSONResponse({"error": "invalid_client"}, 401))
        if form.get("grant_type") != "client_credentials":
            return self._answer(JSONResponse({"error": "unsupported_grant_type"}, 400))
        self.scopes.append(str(form.get("scope", "")))
        self.tokens.append(f"token-{len(self.tokens)}")
        return self._answer(
            JSONResponse(
                {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": self.token_seconds},
            )
        )

    async def collection(self, request: Request) -> Response:
        """One page of a collection."""
        resource = request.path_params["resource"]
        query = dict(request.query_params)
        self.queries.append((resource, query))
        if self.failures:
            status, headers = self.failures.pop(0)
            return self._answer(PlainTextResponse("not now", status, headers))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or token in self.withdrawn:
            return self._answer(JSONResponse({"imsx_codeMajor": "failure"}, 401))
        if resource not in COLLECTIONS:
            return self._answer(JSONResponse({"imsx_codeMajor": "failure"}, 404))
        offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", 100)), self.most_rows)
        self.before_page(resource, offset)
        name, role = COLLECTIONS[resource]
        found = [
            record
            for record in self.data[name].values()
            if (role is None or any(held["role"] == role for held in record["roles"]))
            and _passes(record, query.get("filter"))
        ]
        if query.get("sort"):
            found.sort(key=lambda record: record[query["sort"]], reverse=query.get("orderBy") == "desc")
        first_row = 0 if self.ignores_offset else offset
        answer = JSONResponse({name: found[first_row : first_row + limit]})
        if self.has_total:
            answer.headers["X-Total-Count"] = str(len(found))
        if self.has_links:
            asked = request.url.replace(**self.links_to)
            links = [f'<{asked.include_query_params(offset=0, limit=limit)}>; rel="first"']
            if offset + limit < len(found):
                following = asked.include_query_params(offset=offset + limit, limit=limit)
                links.append(f'<{following}>; rel="next"')
            answer.headers["Link"] = ", ".join(links)
        return self._answer(answer)

    def _answer(self, answer: Response) -> Response:
        self.answered[answer.status_code] += 1
        answer.headers["Date"] = format_datetime(self.now, usegmt=True)
        return answer


def _passes(record: Record, asked: str | None) -> bool:
    if asked is None:
        return True
    found = FILTER.match(asked)
    assert found, f"not a filter of the standard: {asked}"
    name, predicate, value = found.groups()
    held = record[name]
    return {
        "=": held == value, "!=": held != value, ">": held > value,
        ">=": held >= value, "<": held < value, "<=": held <= value,
    }[predicate]  # fmt: skip


@contextmanager
def serve() -> Iterator[OneRosterService]:
    """A running service on a free port of loopback, stopped when the block ends."""
    service = OneRosterService()
    app = Starlette(
        routes=[
            Route("/token", service.token, methods=["POST"]),
            Route(f"{BASE}/{{resource}}", service.collection, methods=["GET"]),
        ]
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    service.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # The service's own clock, not the machine's, says what time it is.
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", date_header=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield service
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
