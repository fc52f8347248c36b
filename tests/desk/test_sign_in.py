"""Who gets in, for how long, and what a browser is told to keep."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text

from include.desk.sessions import keep_open, proof_of, set_password
from tests.desk.world import PASSWORD, Browser, World, read


@pytest.fixture
def browser(world: World) -> Browser:
    with world.engine.begin() as connection:
        connection.execute(text("delete from sign_in.attempt"))
    return world.browser()


def test_without_signing_in_there_is_nothing(world: World, browser: Browser) -> None:
    for path in ("/", "/list", "/students", "/students/A01", "/list?school=B"):
        page = browser.get(path)
        assert page.url.path == "/sign-in" and "Alderman" not in page.text, path
    page = browser.client.post("/students/A01/decide", data={"step": "confirmed"})
    assert page.status_code in (400, 401, 403)


def test_sign_in_goes_on_to_the_page_that_was_asked_for_and_nowhere_else(world: World, browser: Browser) -> None:
    version = world.new_list()
    form = next(f for f in read(browser.get(f"/list?version={version}&q=ines"))[0] if f.action == "/sign-in")
    page = browser.send(form, login="ana", password=PASSWORD)
    assert page.url.path == "/list" and page.url.params["q"] == "ines"
    for bad in ("https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "javascript:alert(1)"):
        other = world.browser()
        form = next(f for f in read(other.get("/sign-in"))[0] if f.action == "/sign-in")
        assert other.send(form, login="ana", password=PASSWORD, to=bad).url.host == "127.0.0.1"


def test_a_wrong_password_a_wrong_name_and_nobody_s_name_look_the_same(browser: Browser) -> None:
    pages = [browser.sign_in("ana", "wrong"), browser.sign_in("nobody", "wrong"), browser.sign_in("nobody", PASSWORD)]
    assert {page.status_code for page in pages} == {httpx.codes.UNAUTHORIZED}
    assert len({page.text for page in pages}) == 1


def test_after_five_wrong_ones_the_right_one_waits_too(world: World, browser: Browser) -> None:
    for _ in range(5):
        assert browser.sign_in("amir", "wrong").status_code == httpx.codes.UNAUTHORIZED
    locked = browser.sign_in("amir")
    assert locked.status_code == httpx.codes.TOO_MANY_REQUESTS and "quarter of an hour" in locked.text
    # Others are not kept out.
    assert world.browser().sign_in("ana").status_code == httpx.codes.OK
    with world.engine.begin() as connection:
        connection.execute(text("update sign_in.attempt set tried_at = tried_at - interval '16 minutes'"))
    assert browser.sign_in("amir").status_code == httpx.codes.OK


def test_many_wrong_ones_at_once_are_no_more_than_five(browser: Browser) -> None:
    form = next(form for form in read(browser.get("/sign-in"))[0] if form.action == "/sign-in")
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: browser.send(form, login="amir", password="wrong").status_code, range(16)))
    assert Counter(codes) == {401: 5, 429: 11}


def test_one_address_cannot_try_everybody(world: World, browser: Browser) -> None:
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "insert into sign_in.attempt (login, address, is_right)"
                " select 'somebody' || n, '127.0.0.1', false from generate_series(1, 39) as n"
            )
        )
    assert browser.sign_in("somebody", "wrong").status_code == httpx.codes.UNAUTHORIZED
    assert browser.sign_in("ana").status_code == httpx.codes.TOO_MANY_REQUESTS


@pytest.mark.parametrize(
    "ending",
    ["update sign_in.session set ended_at = now() where login = 'both'",
     "update sign_in.session set idle_ends_at = now() - interval '1 second' where login = 'both'",
     "update sign_in.session set ends_at = now() - interval '1 second' where login = 'both'",
     "update access.manual_assignment set ends_on = '2020-01-02' where login = 'both'"],
)  # fmt: skip
def test_a_session_ends(world: World, browser: Browser, ending: str) -> None:
    assert browser.sign_in("both").url.path == "/list"
    with world.engine.begin() as connection:
        connection.execute(text(ending))
    try:
        assert browser.get("/list").url.path == "/sign-in"
    finally:
        with world.engine.begin() as connection:
            connection.execute(text("update access.manual_assignment set ends_on = '2999-12-31' where login = 'both'"))


def test_signing_out_ends_the_session_and_not_only_the_cookie(world: World, browser: Browser) -> None:
    browser.sign_in("ana")
    kept = browser.client.cookies["desk_session"]
    assert browser.sign_out().url.path == "/sign-in"
    thief = world.browser()
    thief.client.cookies.set("desk_session", kept)
    assert thief.get("/list").url.path == "/sign-in"


def test_a_role_without_a_school_sees_no_student(browser: Browser) -> None:
    browser.sign_in("dana")
    for path in ("/list", "/students?q=ines", "/students/A01"):
        page = browser.get(path)
        assert page.status_code in (403, 404) and "Alderman" not in page.text


def test_a_form_from_elsewhere_does_nothing(world: World, browser: Browser) -> None:
    version = world.new_list()
    browser.sign_in("ana")
    form = browser.decide_form("A01", "confirmed", version)
    assert browser.send(form, step="confirmed", form_token="").status_code == httpx.codes.FORBIDDEN
    assert browser.send(form, step="confirmed", form_token="0" * 64).status_code == httpx.codes.FORBIDDEN
    other = world.browser()
    other.sign_in("amir")
    borrowed = other.decide_form("A01", "confirmed", version).fields["form_token"]
    assert browser.send(form, step="confirmed", form_token=borrowed).status_code == httpx.codes.FORBIDDEN
    page = browser.client.post(form.action, data=form.fields | {"step": "confirmed"},
                               headers={"Origin": "https://elsewhere.test"})  # fmt: skip
    assert page.status_code == httpx.codes.FORBIDDEN
    assert world.steps(version) == []


def test_an_endless_form_is_refused(browser: Browser) -> None:
    for body in ({"content": b"x" * 70_000}, {"content": iter([b"login=ana"])}):
        assert browser.client.post("/sign-in", **body).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_what_a_browser_is_told(world: World, browser: Browser) -> None:
    page = browser.sign_in("ana")
    for answer in (page, browser.get("/students/A01"), browser.get("/nowhere"), browser.get("/sign-in")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script" not in policy
        assert "<script" not in answer.text and " style=" not in answer.text and " onclick" not in answer.text
    for history in page.history:
        for cookie in history.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert browser.get("/list", headers={"Host": "elsewhere.test"}).status_code == httpx.codes.BAD_REQUEST


def test_what_is_kept_of_a_secret_does_not_open_anything(world: World, browser: Browser) -> None:
    browser.sign_in("ana")
    secret = browser.client.cookies["desk_session"]
    kept = world.one("select string_agg(s::text, ' ') from sign_in.session s")
    assert secret not in kept and PASSWORD not in world.one("select string_agg(a::text, ' ') from sign_in.account a")


def test_a_new_password_ends_the_sessions_of_the_old_one(world: World, browser: Browser) -> None:
    browser.sign_in("both")
    with world.engine.begin() as connection:
        set_password(connection, "both", PASSWORD)
    assert browser.get("/list").url.path == "/sign-in"
    with world.engine.begin() as connection, pytest.raises(ValueError, match="at least 12"):
        set_password(connection, "both", "short")


def test_a_session_that_is_used_stays_open_and_not_beyond_its_longest(world: World, browser: Browser) -> None:
    browser.sign_in("both")
    proof = proof_of(browser.client.cookies["desk_session"])
    ending = "select (idle_ends_at - now()) > interval '29 minutes' from sign_in.session where login = 'both'"
    ending += " and ended_at is null order by opened_at desc limit 1"
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "update sign_in.session set idle_ends_at = now() + interval '1 minute',"
                " ends_at = now() + interval '2 minutes' where login = 'both' and ended_at is null"
            )
        )
        keep_open(connection, proof)
        assert connection.scalar(text(ending))
        longest = "select max(ends_at) < now() + interval '3 minutes' from sign_in.session where ended_at is null"
        assert connection.scalar(text(f"{longest} and login = 'both'"))
