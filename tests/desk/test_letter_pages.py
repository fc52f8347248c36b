"""Letters at the desk: for the own school's families, in their language, written down, and nothing of anybody else."""

import re

import httpx
import psycopg
import pytest
from sqlalchemy import text

from include.warehouse.engine import warehouse_url
from include.warehouse.server import desk_secret
from tests.desk.world import FAMILY, Browser, World, read

NOTED = "select string_agg(student_id, ' ' order by student_id) from access.disclosure where kind = 'letter'"


@pytest.fixture(scope="module")
def version(world: World) -> str:
    """A list of a programme that the district has letters for; A01 to A03 have a seat."""
    return world.new_list("after_school")


def plain(page: httpx.Response) -> str:
    return re.sub("[\u2068\u2069]", "", page.text)


def letter_of(browser: Browser, student: str, version: str) -> httpx.Response:
    """Follow the link of the student's page."""
    links = [link for link in read(browser.get(f"/students/{student}"))[1] if link.endswith(f"version={version}")]
    assert links, f"the page of {student} has no letter"
    return browser.get(links[0])


def test_a_letter_is_in_the_language_of_the_home_and_written_down(world: World, version: str, ana: Browser) -> None:
    arabic = letter_of(ana, "A01", version)
    assert arabic.status_code == httpx.codes.OK and arabic.headers["cache-control"] == "no-store"
    assert '<div lang="ar" dir="rtl">' in arabic.text and "Ines Alderman" in plain(arabic)
    assert "9 مارس 2026" in plain(arabic) or "٩ مارس ٢٠٢٦" in plain(arabic)
    khmer = letter_of(ana, "A02", version)
    assert '<div lang="en" dir="ltr">' in khmer.text and "no text of it in Khmer" in khmer.text
    # Seven days from the warehouse's day, as the district's policy says.
    by = world.one("select to_char(access.today() + 7, 'FMMonth FMDD, YYYY')")
    assert f"Please tell the school by {by}" in plain(khmer) and "Room 4" in plain(khmer)
    unknown = letter_of(ana, "A03", version)
    assert '<div lang="en" dir="ltr">' in unknown.text and "no text of it" not in unknown.text
    assert world.one(f"{NOTED} and login = 'ana' and version = :v", v=version) == "A01 A02 A03"


def test_the_list_s_letters_are_one_a_sheet_and_of_those_who_are_shown(world: World, version: str) -> None:
    with world.signed_in("amir") as amir:
        amir.decide("A03", "confirmed", version)
        page = amir.get(f"/list?version={version}&status=undecided")
        form = next(form for form in read(page)[0] if form.action == "/list/export")
        assert 'formaction="/list/letters"' in page.text
        form.action = "/list/letters"
        letters = amir.send(form)
        refused = amir.send(form, form_token="x")
        nobody = amir.send(form, place="waitlist")
        other = amir.send(form, school="B")
    assert letters.text.count('<article class="letter">') == 2 and '<div lang="ar" dir="rtl">' in letters.text
    assert world.one(f"{NOTED} and login = 'amir'") == "A01 A02"
    assert refused.status_code == httpx.codes.FORBIDDEN and other.status_code == httpx.codes.NOT_FOUND
    assert nobody.status_code == httpx.codes.NOT_FOUND and "not answered yet" in nobody.text
    assert all(FAMILY["B"] not in page.text for page in (letters, other))


def test_there_is_no_letter_without_a_seat_or_once_the_family_has_answered(world: World, ana: Browser) -> None:
    version = world.new_list("after_school")
    for step in ("confirmed", "offered", "accepted"):
        ana.decide("A01", step, version)
    for student in ("A01", "A05"):
        assert "/letter?" not in ana.get(f"/students/{student}").text
        assert ana.get(f"/students/{student}/letter?version={version}").status_code == httpx.codes.NOT_FOUND
    old = world.new_list("after_school", status="stale")
    assert ana.get(f"/students/A02/letter?version={old}").status_code == httpx.codes.NOT_FOUND
    over = world.new_list("after_school")
    with world.engine.begin() as connection:
        ended = text("update lists.elt_list set expires_on = access.today() - 1 where version = :v")
        connection.execute(ended, {"v": over})
    assert ana.get(f"/students/A02/letter?version={over}").status_code == httpx.codes.NOT_FOUND
    # No page shows the way to a letter that will not be written.
    for version in (old, over):
        assert f"/letter?version={version}" not in ana.get("/students/A02").text
        assert "/list/letters" not in ana.get(f"/list?version={version}").text


def test_a_field_that_is_missing_is_named_and_there_is_no_letter(world: World) -> None:
    version = world.new_list("after_school")
    file = world.folder / "texts" / "after_school.offer.en.txt"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "\n{{ ends_on }}\n", encoding="utf-8")
    try:
        with world.signed_in("paula") as paula:
            page = paula.get(f"/students/A02/letter?version={version}")
            # The district edits its texts while the desk runs.
            file.write_text("Hello\n{{ risk }}\n", encoding="utf-8")
            wrong = paula.get(f"/students/A02/letter?version={version}")
    finally:
        file.write_text(before, encoding="utf-8")
    assert page.status_code == wrong.status_code == httpx.codes.CONFLICT
    assert "after_school.offer.en.txt: the letter about student A02 needs the field ends_on" in page.text
    assert "offer.en.txt:2: there is no field &#39;risk&#39;" in wrong.text


@pytest.mark.parametrize("login", ["cora", "dana", "bert"])
def test_nobody_else_gets_a_letter(world: World, version: str, login: str) -> None:
    browser = world.browser()
    browser.sign_in(login)
    page = browser.get(f"/students/A02/letter?version={version}")
    assert page.status_code == httpx.codes.NOT_FOUND and FAMILY["A"] not in page.text


# Below, any SQL as the pages' login, with ana's session.


def ticket_for(hole: psycopg.Connection, world: World, students: list[str], version: str) -> str:
    """What the log gives for students, whoever they are, with the transaction ended."""
    url = warehouse_url()
    role = world.one("select role_name from access.role where name = 'desk'")
    proof = hole.execute("select current_setting('schoolhouse.session')").fetchone()
    assert proof is not None
    with psycopg.connect(
        host=url.host, port=url.port, dbname=url.database, user=f"{role}_login", password=desk_secret()
    ) as other:
        other.execute("select set_config('schoolhouse.session', %s, true)", proof)
        row = other.execute(
            "select access.note_disclosure('ana', 'letter', %s, %s, 'wants to know')", (students, version)
        ).fetchone()
        assert row is not None
        return str(row[0])


def test_the_database_tells_the_language_of_own_students_with_a_seat_alone(
    world: World, ana: Browser, hole: psycopg.Connection
) -> None:
    version = world.new_list("after_school")
    ticket = ticket_for(hole, world, ["A01", "A05", "A09", "B01"], version)
    rows = hole.execute("select * from access.read_home_languages(%s)", (ticket,)).fetchall()
    # A05 waits, A09 is on no list, B01 is the other school's.
    assert rows == [("A01", "ar")]


def test_the_language_of_a_home_is_not_read_any_other_way(
    world: World, version: str, ana: Browser, hole: psycopg.Connection
) -> None:
    record = hole.execute("select access.note_disclosure('ana', 'record', array['A01'], 'x', 'because')").fetchone()
    now = hole.execute("select access.note_disclosure('ana', 'letter', array['A01'], 'x', 'because')").fetchone()
    assert record is not None and now is not None
    for statement in (
        "select home_language from marts.dim_student",
        f"select * from access.read_home_languages('{record[0]}')",
        # Noted in this transaction, which could be taken back with the note.
        f"select * from access.read_home_languages('{now[0]}')",
        "select * from access.read_home_languages(gen_random_uuid())",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), hole.transaction():
            hole.execute(statement.encode())


def test_people_at_a_prompt_have_no_such_function(world: World) -> None:
    with world.engine.connect() as connection:
        names = connection.scalars(
            text(
                "select r.name from access.role r where has_function_privilege(r.role_name::name,"
                " 'access.read_home_languages(uuid)', 'execute')"
            )
        ).all()
    assert names == ["desk"]
