"""An Ed-Fi ODS/API on loopback: real HTTP, tokens that end, change queries, and the faults that real ones have."""

import asyncio
import base64
import copy
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Body = dict[str, Any]
Keys = dict[str, str]

KEY, SECRET = "grand-bend", "not-so-secret"
SPACE = uuid.UUID("7d1f9c2e-5a53-4a1c-9b6e-0d5a4c3f2b10")


@dataclass
class Row:
    id: str
    place: int
    version: int
    body: Body


@dataclass
class Table:
    """One resource. rows by id, in the order of their places; keys: flat name and path of the natural key."""

    keys: Keys
    rows: dict[str, Row] = field(default_factory=dict)
    deletes: list[Body] = field(default_factory=list)
    key_changes: list[Body] = field(default_factory=list)


@dataclass
class Behaviour:
    """How the API behaves. faults are used up, one for each answer to a query of rows."""

    version: str = "7.2"
    has_changes: bool = True
    has_key_changes: bool = True
    has_key_values: bool = True
    pages_by_token: bool = False
    token_lasts: int = 1_000_000
    faults: list[str] = field(default_factory=list)
    slow_seconds: float = 0.0
    broken: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    after_page: Callable[[str, int], None] | None = None


class EdfiOds:
    """The store and its API. Use it as a context manager; `url` is the root of the API."""

    def __init__(self, data: dict[str, Iterable[Body]], keys: dict[str, Keys]) -> None:
        self.behaviour = Behaviour()
        self.newest = 100
        self.requests: list[str] = []
        self.tables: dict[str, Table] = {}
        self._places = 0
        self._tokens: dict[str, int] = {}
        self._pages = 0
        for name, bodies in data.items():
            self.tables[name] = Table(keys.get(name, {}))
            for body in bodies:
                self.add(name, body)

    # What happens in the source system.

    def add(self, name: str, body: Body) -> str:
        """A new row. Returns its id."""
        self.newest += 1
        self._places += 1
        row = Row(uuid.uuid5(SPACE, f"{name} {self._places}").hex, self._places, self.newest, copy.deepcopy(body))
        self.tables[name].rows[row.id] = row
        return row.id

    def change(self, name: str, id: str, **members: Any) -> None:
        self.newest += 1
        row = self.tables[name].rows[id]
        row.version = self.newest
        row.body = {**row.body, **members}

    def delete(self, name: str, id: str) -> None:
        self.newest += 1
        table = self.tables[name]
        row = table.rows.pop(id)
        table.deletes.append({"id": id, "changeVersion": self.newest, "keyValues": self._key(table, row.body)})

    def rekey(self, name: str, id: str, **members: Any) -> None:
        """Give a row another natural key."""
        table = self.tables[name]
        old = self._key(table, table.rows[id].body)
        self.change(name, id, **members)
        new = self._key(table, table.rows[id].body)
        table.key_changes.append({"id": id, "changeVersion": self.newest, "oldKeyValues": old, "newKeyValues": new})

    def ids(self, name: str) -> list[str]:
        return list(self.tables[name].rows)

    def restore(self, newest: int) -> None:
        """What a restored copy is like: the same rows, with versions counted anew."""
        self.newest = newest
        for table in self.tables.values():
            table.deletes.clear()
            table.key_changes.clear()
            for row in table.rows.values():
                row.version = min(row.version, newest)

    def _key(self, table: Table, body: Body) -> Body:
        return {name: at(body, path) for name, path in table.keys.items()}

    # The API.

    async def root(self, request: Request) -> Response:
        base = self.url
        urls = {"oauth": f"{base}/oauth/token", "dataManagementApi": f"{base}/data/v3/"}
        models = [{"name": "Ed-Fi", "version": "5.2.0"}]
        return JSONResponse({"version": self.behaviour.version, "apiMode": None, "dataModels": models, "urls": urls})

    async def token(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() != f"{KEY}:{SECRET}":
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_hex(16)
        self._tokens[token] = self.behaviour.token_lasts
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": 1800})

    async def changes(self, request: Request) -> Response:
        if not self.behaviour.has_changes:
            return JSONResponse({"message": "no such thing"}, 404)
        if not self._is_let_in(request):
            return JSONResponse({"message": "invalid token"}, 401)
        return JSONResponse({"oldestChangeVersion": 0, "newestChangeVersion": self.newest})

    async def rows(self, request: Request) -> Response:
        name, part = request.path_params["name"], request.path_params.get("part", "")
        path = f"{name}/{part}" if part else name
        self.requests.append(f"{path}?{request.url.query}")
        if not self._is_let_in(request):
            return JSONResponse({"message": "invalid token"}, 401)
        if self.behaviour.faults:
            return await self._fail(self.behaviour.faults.pop(0))
        if path in self.behaviour.broken:
            return JSONResponse({"message": "An unexpected error occurred"}, 500)
        is_unknown = name not in self.tables or (part == "keyChanges" and not self.behaviour.has_key_changes)
        if is_unknown or (part and not self.behaviour.has_changes):
            return JSONResponse({"message": "no such resource"}, 404)
        if self.behaviour.slow_seconds:
            await asyncio.sleep(self.behaviour.slow_seconds)
        return self._page(request, name, part)

    def _page(self, request: Request, name: str, part: str) -> Response:
        asked = dict(request.query_params)
        found = self._matching(name, part, asked)
        headers = {"Total-Count": str(len(found))} if asked.pop("totalCount", "").lower() == "true" else {}
        by_token = self.behaviour.pages_by_token and not part
        if "pageToken" in asked:
            if "offset" in asked or "limit" in asked:
                return JSONResponse({"message": "Both offset and cursor paging parameters were provided"}, 400)
            after, size = int(asked["pageToken"]), int(asked["pageSize"])
            page = [row for row in found if row["~place"] > after][:size]
        else:
            start, size = int(asked.get("offset", 0)), int(asked.get("limit", 25))
            page = found[start : start + size]
        if size > 500:
            return JSONResponse({"message": "Limit must be between 0 and 500"}, 400)
        if by_token and page and "offset" not in asked:
            headers["Next-Page-Token"] = str(page[-1]["~place"])
        # Written out before anything else happens, as a database would have read it.
        content = json.dumps([_outside(row) for row in page if row["id"] not in self.behaviour.lost])
        if size and self.behaviour.after_page is not None:
            self._pages += 1
            self.behaviour.after_page(f"{name}/{part}" if part else name, self._pages)
        return Response(content, media_type="application/json", headers=headers)

    def _matching(self, name: str, part: str, asked: dict[str, str]) -> list[Body]:
        table = self.tables[name]
        low, high = int(asked.get("minChangeVersion", 0)), int(asked.get("maxChangeVersion", 2**62))
        if part:
            changes = table.deletes if part == "deletes" else table.key_changes
            found = [change for change in changes if low <= change["changeVersion"] <= high]
            if self.behaviour.has_key_values:
                return found
            return [{name: change[name] for name in ("id", "changeVersion")} for change in found]
        paging = {"minChangeVersion", "maxChangeVersion", "totalCount", "limit", "offset", "pageToken", "pageSize"}
        wanted = {table.keys.get(member, member): value for member, value in asked.items() if member not in paging}
        return [
            {
                "id": row.id,
                **row.body,
                "_etag": str(row.version),
                "_lastModifiedDate": "2022-07-01T04:00:00Z",
                "~place": row.place,
            }
            for row in table.rows.values()
            if low <= row.version <= high and all(str(at(row.body, path)) == value for path, value in wanted.items())
        ]

    def _is_let_in(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0) <= 0:
            return False
        self._tokens[token] -= 1
        return True

    async def _fail(self, fault: str) -> Response:
        if fault == "drop":
            return _Dropped()
        if fault == "hang":
            await asyncio.sleep(1)
        headers = {"Retry-After": "0"} if fault == "429" else {}
        return JSONResponse({"message": "fault"}, int(fault) if fault.isdigit() else 500, headers=headers)

    # The server.

    def __enter__(self) -> "EdfiOds":
        app = Starlette(
            routes=[
                Route("/", self.root),
                Route("/oauth/token", self.token, methods=["POST"]),
                Route("/changeQueries/v1/availableChangeVersions", self.changes),
                Route("/data/v3/ed-fi/{name}", self.rows),
                Route("/data/v3/ed-fi/{name}/{part}", self.rows),
            ]
        )
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(20)


class _Dropped(Response):
    """An answer that breaks off: more bytes are announced than come."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"100000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'[{"id": "', "more_body": True})
        raise ConnectionResetError("the connection is dropped")


def at(body: Body, path: str) -> Any:
    """The member at a dotted path, None where there is none."""
    value: Any = body
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _outside(row: Body) -> Body:
    return {name: value for name, value in row.items() if name != "~place"}
