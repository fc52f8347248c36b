"""What every page has: who is there, in which language, and the templates."""

import datetime as dt
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import Connection, Row, text

from include.desk import database, sessions, words
from include.desk.letters import can_offer, letters_policy
from include.districts import District, load_district
from include.settings import settings

FOLDER = Path(__file__).parent
TEAM = ("principal", "intervention_team")
COORDINATOR = "elt_coordinator"
KEEP_SECONDS, MOST_SEEN = 60, 10_000
# States of a list from which seats are offered.
OPEN = ("proposed", "review_required")


def is_https() -> bool:
    """Whether browsers reach the desk over https; only a desk for this machine alone does without."""
    return settings().desk_address.startswith("https://")


def desk_name() -> str:
    """The host under which browsers find the desk."""
    return urlsplit(settings().desk_address).hostname or ""


def cookie_name(name: str) -> str:
    """A cookie of this host alone, by its name; browsers take that only over https."""
    return f"__Host-{name}" if is_https() else name


class NotSignedIn(Exception):
    """There is no session that is open."""


class NotFound(Exception):
    """There is no such page, or not for this person: both look the same."""


class BadForm(Exception):
    """A form that this desk did not make for this browser."""


@dataclass(frozen=True)
class Visit:
    """Somebody who is signed in, for one request.

    schools: those whose list the person works on, names by identifier.
    """

    token: str
    proof: str
    login: str
    roles: frozenset[str]
    schools: dict[str, str]
    language: str

    @property
    def is_coordinator(self) -> bool:
        """Whether the person looks after the seats of all schools."""
        return COORDINATOR in self.roles

    @property
    def is_team(self) -> bool:
        """Whether the person works on the list of a school."""
        return bool(self.schools)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction in which the database shows what this person may see."""
        with database.pages(self.proof) as connection:
            yield connection


@cache
def district() -> District:
    """The district as its YAML is when first asked for; what is edited there counts from the next start."""
    return load_district()


def may_write(item: Row[Any], today: dt.date) -> bool:
    """Whether letters can offer the seats of a list: it is open, not over, and the district has a text for it."""
    is_open = item.status in OPEN and item.expires_on >= today
    return is_open and can_offer(letters_policy(district()), settings().district_path, item.program)


def language(request: Request) -> str:
    """The language of a request."""
    return words.language_of(request.cookies.get("desk_language"), request.headers.get("accept-language", ""))


_seen: dict[str, float] = {}


def _keep_open(proof: str) -> None:
    """Put off the end of a session; this process asks the database for it once a minute, and not with every click."""
    now = time.monotonic()
    if now - _seen.get(proof, -KEEP_SECONDS) < KEEP_SECONDS:
        return
    with database.door() as door:
        sessions.keep_open(door, proof)
    if len(_seen) > MOST_SEEN:
        _seen.clear()
    _seen[proof] = now


def visit(request: Request) -> Visit:
    """Who asks. Raises NotSignedIn where the database knows no open session of the browser's secret."""
    token = request.cookies.get(cookie_name("desk_session"), "")
    if not token:
        raise NotSignedIn
    proof = sessions.proof_of(token)
    _keep_open(proof)
    with database.pages(proof) as connection:
        rows = connection.execute(
            text(
                "select p.login, p.role, p.school_id, s.school_name from access.desk_person() as p"
                " left join marts.dim_school as s on s.school_id = p.school_id order by s.school_name, p.school_id"
            )
        ).all()
    if not rows:
        raise NotSignedIn
    return Visit(
        token=token,
        proof=proof,
        login=rows[0].login,
        roles=frozenset(row.role for row in rows),
        schools={row.school_id: row.school_name or row.school_id for row in rows if row.role in TEAM},
        language=language(request),
    )


Visitor = Annotated[Visit, Depends(visit)]


def checked_form(cookie: str) -> Callable[[Request, str], None]:
    """A check that raises BadForm unless a form carries the token made for the browser with this cookie."""

    def check(request: Request, form_token: Annotated[str, Form()] = "") -> None:
        secret = request.cookies.get(cookie_name(cookie), "")
        if not secret or not secrets.compare_digest(form_token.encode(), sessions.form_token(secret).encode()):
            raise BadForm

    return check


def request_key(request_key: Annotated[str, Form()]) -> uuid.UUID:
    """The form's own key. Raises BadForm where it is none."""
    try:
        return uuid.UUID(request_key)
    except ValueError:
        raise BadForm from None


CheckedForm = Depends(checked_form("desk_session"))
CheckedVisitForm = Depends(checked_form("desk_visit"))
RequestKey = Annotated[uuid.UUID, Depends(request_key)]


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # They change with the code alone, and then the desk is started anew.
        auto_reload=False,
    )
    # Programmes and groups are named by the district's own codes.
    environment.filters["plain"] = lambda code: code.replace("_", " ")
    catalogue = words.translations(language)
    environment.globals.update(
        _=_teller(catalogue.gettext),
        language=language,
        languages=words.LANGUAGES,
        style=_style_address("desk.css"),
        letter_style=_style_address("letters.css"),
        new_key=uuid.uuid4,
        reason_text=lambda reason: words.reason_text(reason, language),
        **{
            name.lower(): _translated(getattr(words, name), catalogue.gettext)
            for name in ("STEPS", "ACTIONS", "PLACES", "BANDS", "PROGRAMS", "RACES", "CODES", "LIST_STATES", "REFUSALS")
        },
    )
    return environment


def _teller(translate: Callable[[str], str]) -> Callable[..., Markup]:
    """What `_("…", name=value)` is in templates; Jinja's own works out the same text hundreds of times for a page."""
    known = cache(lambda text: Markup(translate(text)))  # noqa: S704 - texts of the templates and catalogues

    def tell(text: str, **values: Any) -> Markup:
        return known(text) % values if values else known(text)

    return tell


def _translated(table: dict[Any, str], translate: Callable[[str], str]) -> dict[Any, str]:
    return {key: translate(value) for key, value in table.items()}


@cache
def _style_address(name: str) -> str:
    """A style sheet's address, with its hash, so that browsers may keep it."""
    content = (FOLDER / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def page(request: Request, template: str, visit: Visit | None, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as an answer; `visit` is None where nobody is signed in."""
    given = visit.language if visit is not None else language(request)
    token = "" if visit is None else sessions.form_token(visit.token)
    body = (
        _environment(given)
        .get_template(template)
        .render(
            visit=visit,
            **{"form_token": token, "path": _path(request)} | values,
        )
    )
    return HTMLResponse(body, status_code=status)


def _path(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "") if request.method == "GET" else "/"


def see_other(address: str) -> RedirectResponse:
    """After a form: the page to look at, so that going back or loading anew sends nothing again."""
    return RedirectResponse(address, status_code=303)


def set_cookie(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Give the browser a cookie that no script reads and no other site sends."""
    response.set_cookie(
        cookie_name(name), value, max_age=seconds, path="/", httponly=True, secure=is_https(), samesite="lax"
    )


def forget_cookie(response: Response, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(cookie_name(name), path="/", httponly=True, secure=is_https(), samesite="lax")


def inner_address(given: str) -> str:
    """An address of the desk itself, for going on after sign-in; anything else is the first page."""
    is_inner = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    return given if is_inner and "\\" not in given else "/"
