"""Two schools with a list each, the people who work on them, and browsers that only know forms and links."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
from sqlalchemy import Engine, text

from include.access.logins import sync_logins
from include.desk.sessions import set_password
from include.districts import load_district
from include.privacy.figures import protect_release
from include.privacy.policy import Policy
from include.release import publish
from include.release.decide import printable
from include.release.parts import describe
from include.release.released import SEATS as RELEASED_SEATS

DAY = dt.date(2026, 3, 2)
PASSWORD = "a password for tests"
# login: roles with their schools.
PEOPLE: dict[str, list[tuple[str, str | None]]] = {
    "ana": [("intervention_team", "A")],
    "amir": [("intervention_team", "A")],
    "paula": [("principal", "A")],
    "bert": [("intervention_team", "B")],
    "both": [("intervention_team", "A"), ("intervention_team", "B")],
    "cora": [("elt_coordinator", None)],
    "dana": [("district_analyst", None)],
}
# Nothing but a name of this kind tells that a page shows a student of B.
FAMILY = {"A": "Alderman", "B": "Quartermaine"}
GIVEN = ("Ines", "Jonas", "Kemal", "Lucia", "Mina", "Noor", "Omar", "Petra", "Quim", "Rosa", "Sami", "Tove")
# Languages of the homes of the first students of each school: Arabic, Khmer, of which there is no text, not known.
HOMES = ("ar", "km", None, "es")
LISTED, ROOM, SEATS, KEPT = 6, 3, 4, 1

DISTRICT = """
district: desk
title: A made-up district with a desk
policy: {desk: {letters: {folder: texts, answer_within_days: 7, contact: Room 4}}}
sources: {}
"""

# As dbt makes them; tests/access holds the policy against dbt's own.
TABLES = """
create table if not exists marts.dim_school (school_id text, school_name text);
create table if not exists marts.dim_student (student_id text, home_language text);
create table if not exists marts.fct_elt_site (
    school_id text, elt_term text, program text, stream text, capacity integer, starts_on date, ends_on date);
create table if not exists identity.student_page (
    student_id text not null, school_id text not null, given_name text, family_name text, grade text,
    school_year integer, entered_on date, exited_on date, attendance jsonb, marks jsonb, results jsonb,
    supports jsonb, elt jsonb);
create index on identity.student_page (student_id);
create index on identity.student_page (school_id);
select access.protect('marts.dim_school');
select access.protect('marts.fct_elt_site');
select access.protect('marts.dim_student');
select access.protect('identity.student_page');
"""

STUDENT = """
insert into identity.student_page values (
    :student, :school, :given, :family, '05', 2026, '2025-09-01', :exited,
    '[{"week": "2026-02-09", "days": 5, "absent": 2}, {"week": "2026-02-16", "days": 4, "absent": 0.5}]',
    '[{"school_year": 2026, "term": "Q1", "course": "Mathematics 5", "is_core": true, "mark": "F", "is_failing": true,
       "posted_on": "2025-11-14"}]',
    '[{"assessment": "MAPLE", "subject": "math", "school_year": 2026, "administration": "fall",
       "administered_on": "2025-09-20", "score": 191, "cut": 205, "is_proficient": false}]',
    '[{"program": "el", "level": "3", "begins_on": "2024-09-01", "ends_on": null}]',
    '[{"elt_term": "2025-spring", "program": "after_school", "stream": "intervention", "requested_on": "2025-01-10",
       "decision": "offered", "answer": "accepted", "sessions": 20, "sessions_attended": 15, "minutes_attended": 900}]'
)
"""


@dataclass
class Form:
    """One form of a page. fields: what a browser would send. buttons: their texts by the value that they send."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.select: str | None = None
        self.button: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self.forms.append(Form(given["action"], given.get("method", "get")))
        elif self.forms and tag in ("input", "textarea", "select") and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
            self.select = given["name"] if tag == "select" else None
        elif self.forms and tag == "option" and self.select:
            if "selected" in given or not self.forms[-1].fields[self.select]:
                self.forms[-1].fields[self.select] = given.get("value", "")
        elif self.forms and tag == "button":
            self.button = given.get("value", "")
            self.forms[-1].buttons[self.button] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self.button = None

    def handle_data(self, data: str) -> None:
        if self.button is not None:
            self.forms[-1].buttons[self.button] += data.strip()


def read(page: httpx.Response) -> tuple[list[Form], list[str]]:
    """Forms and links of a page."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms, reader.links


class Browser:
    """Somebody in front of the desk, without JavaScript."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, trust_env=False, follow_redirects=True, timeout=30)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def send(self, form: Form, **values: Any) -> httpx.Response:
        """Send a form as it stands, with some fields filled in."""
        return self.client.request(form.method, form.action, data=form.fields | values)

    def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        form = next(form for form in read(self.get("/sign-in"))[0] if form.action == "/sign-in")
        return self.send(form, login=login, password=password)

    def sign_out(self) -> httpx.Response:
        return self.send(next(form for form in read(self.get("/list"))[0] if form.action == "/sign-out"))

    def decide_form(self, student: str, step: str, version: str) -> Form:
        """The form of a student's page that takes a step on a list."""
        for form in read(self.get(f"/students/{student}"))[0]:
            if step in form.buttons and form.fields["version"] == version:
                return form
        raise AssertionError(f"the page of {student} offers no {step!r}")

    def decide(self, student: str, step: str, version: str, reason: str = "") -> httpx.Response:
        """Open the student's page, and take the step there."""
        return self.send(self.decide_form(student, step, version), step=step, reason=reason)


@dataclass
class World:
    """The warehouse, the address of the desk over it, and the folder with its log."""

    engine: Engine
    address: str
    environment: dict[str, str]
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        """A browser that nobody has signed in with yet."""
        self.browsers.append(Browser(self.address))
        return self.browsers[-1]

    def close(self) -> None:
        """Close every browser."""
        for browser in self.browsers:
            browser.client.close()

    @contextmanager
    def signed_in(self, login: str) -> Iterator[Browser]:
        browser = self.browser()
        page = browser.sign_in(login)
        assert page.status_code == httpx.codes.OK, page.text
        yield browser

    def new_list(self, program: str | None = None, status: str = "proposed", listed: int = LISTED) -> str:
        """Release a list with `listed` students at each school, of a programme of its own unless one is named.

        At each school SEATS seats, of which KEPT are kept for nominations: the first ROOM students have one.
        Students are A01… and B01…, ranked in that order.
        """
        number = next(self.numbers)
        program = program or f"program{number}"
        version = f"2026-spring.{program}.{DAY}.{number}.0"
        with self.engine.begin() as connection:
            connection.execute(
                text("update lists.elt_list set superseded_by = :v where program = :program and superseded_by is null"),
                {"v": version, "program": program},
            )
            connection.execute(
                text(
                    "insert into lists.elt_list values (:v, :day, '2026-spring', :program, :end, :status, '[]', :seats,"
                    " 'm', '', '', null)"
                ),
                {"v": version, "day": DAY, "program": program, "end": DAY + dt.timedelta(days=400), "status": status,
                 "seats": 2 * SEATS},
            )  # fmt: skip
            for school in "AB":
                connection.execute(
                    text(
                        "insert into lists.elt_list_school"
                        " values (:v, :school, 12, 10, 1, :seats, :room, :kept, :waits)"
                    ),
                    {
                        "v": version,
                        "school": school,
                        "seats": SEATS,
                        "room": ROOM,
                        "kept": KEPT,
                        "waits": listed - ROOM,
                    },
                )
                connection.execute(
                    text(
                        "insert into lists.elt_list_entry values (:v, :student, :school, :program, :rank, :place, 0.5,"
                        " 'high', 'rule', 'x', :reasons, 'proposed')"
                    ),
                    [
                        {"v": version, "student": f"{school}{rank:02}", "school": school, "program": program,
                         "rank": rank, "place": "seat" if rank <= ROOM else "waitlist",
                         "reasons": '[{"group": "attendance", "text": "absent 4 of the last 20 days",'
                         ' "values": {"absent_20": 4, "days_20": 20}}]'}
                        for rank in range(1, listed + 1)
                    ],
                )  # fmt: skip
        return version

    def one(self, query: str, **values: Any) -> Any:
        """The only value that the owner gets."""
        with self.engine.connect() as connection:
            return connection.scalar(text(query), values)

    def steps(self, version: str) -> list[tuple[str, str]]:
        """Students and steps of a list's decisions, in order."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("select student_id, step from lists.elt_decision where version = :v order by decision_id"),
                {"v": version},
            )
            return [(row.student_id, row.step) for row in rows]


def make_world(engine: Engine) -> None:
    """Schools, students and people."""
    with engine.begin() as connection:
        for statement in filter(None, (part.strip() for part in re.split(r";\n", TABLES))):
            connection.execute(text(statement))
        connection.execute(text("insert into marts.dim_school values ('A', 'Alder School'), ('B', 'Birch School')"))
        connection.execute(
            text(
                "insert into marts.fct_elt_site values ('A', '2026-spring', 'robotics', 'enrichment', 10, null, null),"
                " ('A', '2026-spring', 'after_school', 'intervention', 10, '2026-03-09', null),"
                " ('B', '2026-spring', 'after_school', 'intervention', 10, '2026-03-09', null)"
            )
        )
        connection.execute(
            text(STUDENT),
            [
                {"student": f"{school}{number:02}", "school": school, "given": given, "family": FAMILY[school],
                 "exited": None}
                for school in "AB" for number, given in enumerate(GIVEN, start=1)
            ],
        )  # fmt: skip
        connection.execute(
            text("insert into marts.dim_student values (:student, :language)"),
            [{"student": f"{school}{at:02}", "language": language} for school in "AB"
             for at, language in enumerate(HOMES, start=1)],
        )  # fmt: skip
        for login, roles in PEOPLE.items():
            for role, school in roles:
                connection.execute(
                    text(
                        "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
                        " values (:login, :role, :school, '2020-01-01', '2999-12-31', 'tests')"
                    ),
                    {"login": login, "role": role, "school": school},
                )
            set_password(connection, login, PASSWORD)
    sync_logins(load_district())


DECIDE = (
    "insert into lists.elt_decision (version, elt_term, program, student_id, school_id, step, by, on_date)"
    " values (:v, '2026-spring', split_part(:v, '.', 2), :student, :school, 'offered', 'ana', '2026-03-02')"
)


def big_list(world: World) -> str:
    """A list with 30 students of A, 20 seats there, and 6 students of B."""
    version = world.new_list()
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "update lists.elt_list_school set seats = 20, seat_entries = 19 where version = :v and school_id = 'A'"
            ),
            {"v": version},
        )
        connection.execute(
            text(
                "insert into lists.elt_list_entry select :v, 'X' || n, 'A', split_part(:v, '.', 2), n + 100,"
                " 'waitlist', 0.5, 'low', 'rule', 'x', '[]', 'proposed' from generate_series(1, 24) n"
            ),
            {"v": version},
        )
    return version


def offer(world: World, version: str, students: list[str], school: str = "A") -> None:
    with world.engine.begin() as connection:
        connection.execute(text(DECIDE), [{"v": version, "student": student, "school": school} for student in students])


def release_seats(world: World, version: str, as_of: dt.date) -> None:
    """What the monthly release writes of a list's decisions; by hand 60 of them, 31 and 29 by race, 11 el."""
    counted = [("all", "all_students", 60, 40), ("race", "black", 31, 22), ("race", "white", 29, 18),
               ("program", "el", 11, 4)]  # fmt: skip
    rows = pd.DataFrame(
        [
            {"elt_term": "2026-spring", "program": version.split(".")[1], "school_year": 2026, "subgroup_kind": kind,
             "subgroup": group, "decided": decided, "seats_offered": offered, "seats_accepted": offered,
             "seats_attended": 0, "status": "ok"}
            for kind, group, decided, offered in counted
        ]
    )  # fmt: skip
    table = describe(RELEASED_SEATS, rows, {})
    printed = printable(table, list(protect_release(list(table.chains), Policy()).tables), Policy())
    with world.engine.begin() as connection:
        publish.write_protected(connection, RELEASED_SEATS, {2026: printed}, [2026], as_of)
