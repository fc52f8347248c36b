"""As the team of A: fifty ways to reach a student of B. None may give anything, not even a name.

What it means: a test that fails is a child's record in front of somebody who has no business with it.
How to fix: the policies in include/access/policy.yml, `access.person` and its kin in the migrations, include/desk.
"""

import hashlib
import re
from urllib.parse import quote

import httpx
import psycopg
import pytest
from sqlalchemy import text

from tests.desk.world import DAY, Browser, World

# What only a page about B would hold. B01 itself is in the address that was asked for, so in the page's links.
SECRETS = ("Quartermaine", "Birch School", "B02", "kept from A")

ADDRESSES = [
    "/students/B01",
    "/students/b01",
    "/students/B01?school=A",
    "/students/B01?school=B",
    "/students/B01#decide",
    "/students/%42%3001",
    "/students/B01%20",
    "/students/A01/../B01",
    "/students/A01%2F..%2FB01",
    "/students/B01%00",
    "/students/B01;A01",
    "/students/A01' or student_id = 'B01",
    "/students/A01'; reset role; select 'B01",
    "/students/%25",
    "/students/*",
    "/students/B__",
    "/students/null",
    "/students/B01/letter",
    "/students/B01/letter?version={version}",
    "/list?school=B",
    "/list?school=A&school=B",
    "/list?school=B&q=Quar",
    "/list?school=b",
    "/list?school=*",
    "/list?school=A' or school_id = 'B",
    "/list?school=",
    "/list?version={version}&school=B",
    "/list?version={version}&q=Quartermaine",
    "/list?version={version}&q=B01",
    "/list?version={version}&sort=name",
    "/list?version={version}&sort=student_id",
    "/list?version={version}&sort=status;drop",
    "/list?version={version}&place=seat&band=high&status=",
    "/list?version={version}' or 'B' = 'B",
    "/students?q=Quartermaine",
    "/students?q=Quartermaine Ines",
    "/students?q=B01",
    "/students?q=%25%25",
    "/students?q=__",
    "/students?q=\\",
    "/students?q=' or school_id = 'B' --",
    "/coordinator",
    "/coordinator?school=B",
    "/list.csv?school=B",
    "/list.xlsx?school=B",
    "/export?school=B",
    "/static/../students/B01",
    "/sign-in?to=/students/B01",
    "/language/en?to=/students/B01",
]


@pytest.fixture(scope="module")
def version(world: World) -> str:
    """A list with decisions and a note about students of B."""
    version = world.new_list()
    with world.signed_in("bert") as bert:
        bert.decide("B01", "confirmed", version)
        bert.decide("B02", "overridden", version, "kept from A")
        forms = bert.get("/students/B01").text
        assert "Quartermaine" in forms
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "insert into desk.note (student_id, school_id, by, text, readers, request_key)"
                " values ('B01', 'B', 'bert', 'kept from A', 'team', gen_random_uuid())"
            )
        )
    return version


def gives_nothing(page: httpx.Response) -> bool:
    return not any(secret in page.text for secret in SECRETS)


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_address_gives_nothing(version: str, ana: Browser, path: str) -> None:
    page = ana.get(path.format(version=version))
    # What was searched for stands in the search field and in links again, and in no text.
    shown = re.sub(r'(value|href|action)="[^"]*"', "", page.text) if "q=" in path else page.text
    assert not any(secret in shown for secret in SECRETS), path
    # A student of B and a student that there is none of are told apart by nothing.
    if path.startswith("/students/B01") and "%" not in path:
        nobody = ana.get(path.replace("B01", "X01").format(version=version))
        assert (page.status_code, page.text.replace("B01", "X01")) == (nobody.status_code, nobody.text)


FORMS = [
    ("decide", {"school": "B", "step": "confirmed"}),
    ("decide", {"school": "A", "step": "confirmed"}),
    ("decide", {"school": "A", "step": "nominated", "reason": "so that I see the page"}),
    ("decide", {"school": "B", "step": "nominated", "reason": "so that I see the page"}),
    ("decide", {"school": "B", "step": "undone", "reason": "x"}),
    ("notes", {"school": "A", "text": "mine", "readers": "team"}),
    ("notes", {"school": "B", "text": "mine", "readers": "team"}),
    ("requests", {"school": "A", "site": "2026-spring|robotics", "origin": "family"}),
]


@pytest.mark.parametrize(("action", "values"), FORMS)
def test_a_form_gives_nothing_and_does_nothing(
    world: World, version: str, ana: Browser, action: str, values: dict[str, str]
) -> None:
    count = """select (select count(*) from lists.elt_decision) + (select count(*) from desk.note)
        + (select count(*) from desk.enrichment_request)"""
    before = world.one(count)
    form = ana.decide_form("A05", "confirmed", version)
    form.action = f"/students/B03/{action}"
    page = ana.send(form, **{"seen": "0", **values})
    assert page.status_code in (400, 403, 404, 409) and gives_nothing(page)
    assert world.one(count) == before


def test_an_old_session_of_b_gives_nothing(world: World, version: str) -> None:
    with world.signed_in("bert") as bert:
        secret = bert.client.cookies["desk_session"]
        bert.sign_out()
    thief = world.browser()
    thief.client.cookies.set("desk_session", secret)
    assert gives_nothing(thief.get("/students/B01"))


@pytest.mark.parametrize(
    "forged",
    ["bert", "", "' or true --", "0" * 43, hashlib.sha256(b"bert").hexdigest()],
)
def test_a_forged_session_gives_nothing(world: World, version: str, forged: str) -> None:
    browser = world.browser()
    browser.client.cookies.set("desk_session", quote(forged))
    page = browser.get("/students/B01")
    assert page.url.path == "/sign-in" and gives_nothing(page)


def test_what_the_database_keeps_of_a_session_opens_none(world: World, version: str) -> None:
    """Somebody who could read sign_in.session, or a log with the proof, still has no session."""
    kept = world.one("select encode(proof_sha256, 'hex') from sign_in.session where login = 'bert' limit 1")
    browser = world.browser()
    browser.client.cookies.set("desk_session", kept)
    assert browser.get("/students/B01").url.path == "/sign-in"


def test_pages_are_not_kept_for_the_next_one_at_the_same_browser(world: World, version: str) -> None:
    with world.signed_in("bert") as bert:
        assert bert.get("/students/B01").headers["cache-control"] == "no-store"
        left = bert.sign_out()
        assert '"cache"' in left.history[0].headers["clear-site-data"]
        bert.sign_in("ana")
        assert gives_nothing(bert.get("/students/B01"))


# Below, somebody has found a hole in a page and can run any SQL as the pages' login, with ana's session.


def test_the_hole_reads_what_ana_reads(world: World, hole: psycopg.Connection, version: str) -> None:
    assert hole.execute("select access.person()").fetchone() == ("ana",)
    assert hole.execute("select distinct family_name from identity.student_page").fetchall() == [("Alderman",)]
    for relation in ("lists.elt_list_entry", "lists.elt_decision", "lists.standing", "lists.elt_list_school"):
        schools = {row[0] for row in hole.execute(f"select school_id from {relation}").fetchall()}
        assert schools <= {"A"}, relation
        assert world.one(f"select count(*) from {relation} where school_id = 'B'") > 0, relation


SQL = [
    "select * from sign_in.session",
    "select * from sign_in.account",
    "insert into sign_in.session values ('x', 'bert', 'password', now(), now() + '1 h', now() + '1 h', null)",
    "select access.holds_any('bert')",
    "set role {database}_intervention_team",
    "set role {database}_desk_door",
    "set role {owner}",
    "set session authorization {owner}",
    "reset role; select 1 from landing.sis_student",
    "select * from lists.elt_list_entry where risk > 0",
    "select reasons from lists.elt_list_entry",
    "select access.ask_for_list_of('bert', '{version}', 'B', 'because')",
    "select access.ask_for_list_of('ana', '{version}', 'B', 'because')",
    "select access.ask_for_entry_of('bert', '{version}', 'B01', 'because')",
    "select access.ask_for_entry_of('ana', '{version}', 'B01', 'because')",
    "select access.note_list('bert', '{version}', 'B', 'because')",
    "select access.note_disclosure('bert', 'record', array['B01'], 'x', 'because')",
    "select * from access.read_list((select ticket from access.disclosure limit 1))",
    "select home_language from marts.dim_student",
    "select * from access.read_home_languages(access.note_disclosure('ana', 'letter', array['B01'], 'x', 'because'))",
    "select * from access.seat_counts()",
    "insert into lists.elt_decision (version, elt_term, program, student_id, school_id, step, by, on_date)"
    " values ('{version}', 't', 'p', 'A01', 'A', 'confirmed', 'bert', '{day}')",
    "insert into lists.elt_decision (version, elt_term, program, student_id, school_id, step, by, on_date)"
    " values ('{version}', 't', 'p', 'B01', 'B', 'confirmed', 'ana', '{day}')",
    "insert into lists.elt_decision (version, elt_term, program, student_id, school_id, step, by, on_date)"
    " values ('{version}', 't', 'p', 'B01', 'A', 'confirmed', 'ana', '{day}')",
    "delete from lists.elt_decision",
    "update lists.elt_list_school set seats = 100",
    "create function lists.mine() returns void language sql as 'select'",
    "alter table identity.student_page disable row level security",
    "copy identity.student_page to program 'cat'",
]


@pytest.mark.parametrize("statement", SQL)
def test_the_hole_gets_no_further(world: World, hole: psycopg.Connection, version: str, statement: str) -> None:
    given = statement.format(database=world.one("select current_database()"), owner="schoolhouse", version=version,
                             day=DAY)  # fmt: skip
    with pytest.raises(psycopg.Error):
        hole.execute(given.encode())


def test_the_hole_is_nobody_without_a_session_and_with_a_name(hole: psycopg.Connection, version: str) -> None:
    for forged in ("bert", "", "ana"):
        hole.execute("select set_config('schoolhouse.session', %s, true)", (forged,))
        assert hole.execute("select access.person()").fetchone() == (None,)
        for relation in ("identity.student_page", "lists.standing", "desk.note", "lists.elt_decision"):
            assert hole.execute(f"select count(*) from {relation}").fetchone() == (0,), relation


def test_a_ticket_of_another_person_reads_nothing(world: World, hole: psycopg.Connection, version: str) -> None:
    with world.signed_in("bert") as bert:
        bert.get("/list", params={"version": version})
    ticket = world.one("select ticket from access.disclosure where login = 'bert' order by disclosure_id desc limit 1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="nothing says why"):
        hole.execute("select * from access.read_list(%s)", (ticket,))


def test_the_log_names_no_student_and_no_secret(world: World, version: str, ana: Browser) -> None:
    ana.get("/students/A01")
    ana.get("/students/B01")
    log = (world.folder / "desk.log").read_text()
    assert not re.search(r"\b[AB]0\d\b", log) and ana.client.cookies["desk_session"] not in log
