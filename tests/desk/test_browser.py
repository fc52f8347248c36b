"""The desk in Chromium: a walk without JavaScript as each role, pictures of it, and what axe says of every page."""

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from include.settings import ROOT
from tests.desk.world import PASSWORD, World, big_list, offer, release_seats

CHROMIUM = shutil.which("chromium")
# CI keeps this folder.
PICTURES = Path(os.environ.get("SCHOOLHOUSE_PICTURES") or ROOT / ".schoolhouse" / "pictures")
PAPERS = ("A4", "Letter")
NARROW, WIDE = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on PATH; .ci/run installs it")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--no-proxy-server", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


def pages_in(pdf: bytes) -> int:
    """Sheets of a PDF that Chromium made, by the objects it is made of."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 5_000


def open_page(chromium: Chromium, world: World, login: str | None, with_scripts: bool, language: str = "en") -> Page:
    """A page of a new browser, signed in by the form."""
    context = chromium.new_context(
        base_url=world.address, java_script_enabled=with_scripts, viewport=WIDE, locale=language
    )
    page = context.new_page()
    page.goto("/sign-in")
    if login is not None:
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        assert "/sign-in" not in page.url
    return page


def row_of(page: Page, name: str) -> Locator:
    return page.locator("table.list tbody tr").filter(has_text=name)


def test_a_team_works_its_list_from_proposed_to_attended(world: World, chromium: Chromium) -> None:
    version = world.new_list()
    page = open_page(chromium, world, "ana", with_scripts=False)
    page.goto(f"/list?version={version}")
    picture(page, "list-proposed")
    row_of(page, "Alderman, Ines").get_by_role("button", name="Confirm").click()
    expect(row_of(page, "Alderman, Ines")).to_contain_text("Confirmed")
    # By keyboard alone, on the student's page.
    page.goto("/students/A01")
    card = page.locator("#decide .card").filter(has_text=version.split(".")[1])
    for button, state in (
        ("Seat offered to the family", "Offered"),
        ("Family accepted", "Accepted"),
        ("Student attended", "Attended"),
    ):
        card.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(state)
    picture(page, "student-attended")
    # An override says why, and the waitlist moves up by itself.
    page.goto("/students/A02")
    card = page.locator("#decide .card").filter(has_text=version.split(".")[1])
    card.locator("textarea").fill("has a tutor already")
    card.get_by_role("button", name="Override").click()
    expect(page.locator(".history")).to_contain_text("has a tutor already")
    picture(page, "student-overridden")
    page.goto(f"/list?version={version}&place=seat")
    expect(row_of(page, "Alderman, Lucia")).to_contain_text("Proposed for a seat")
    page.goto(f"/list?version={version}&place=waitlist")
    expect(page.locator("table.list tbody tr")).to_have_count(2)
    picture(page, "list-waitlist")
    # Nominate one who is not on the list.
    page.get_by_role("link", name="Nominate").click()
    page.get_by_label("Name or number of a student").fill("sami")
    page.get_by_role("button", name="Search").click()
    picture(page, "search")
    page.get_by_role("link", name="Alderman, Sami").click()
    card = page.locator("#decide .card").filter(has_text=version.split(".")[1])
    card.get_by_label("Why this student").fill("her teacher asks")
    card.get_by_role("button", name="Nominate").click()
    expect(page.get_by_role("status")).to_contain_text("Nominated")
    picture(page, "student-nominated")
    assert [step for _, step in world.steps(version)] == [
        "confirmed", "offered", "accepted", "attended", "overridden", "nominated",
    ]  # fmt: skip
    # What the principal sees of it.
    other = open_page(chromium, world, "paula", with_scripts=False)
    other.goto(f"/list?version={version}")
    expect(row_of(other, "Alderman, Ines")).to_contain_text("Attended")
    picture(other, "list-principal")


def test_a_coordinator_sees_the_seats_move_that_a_team_gives(world: World, chromium: Chromium) -> None:
    version = big_list(world)
    release_seats(world, version, dt.date(2026, 2, 27))
    offer(world, version, [f"X{number}" for number in range(1, 12)])
    cora = open_page(chromium, world, "cora", with_scripts=False)
    cora.goto(f"/coordinator?version={version}")
    alder = row_of(cora, "Alder School")
    expect(alder).to_contain_text("11")
    team = open_page(chromium, world, "ana", with_scripts=False)
    team.goto("/students/A01")
    card = team.locator("#decide .card").filter(has_text=version.split(".")[1])
    for button in ("Confirm", "Seat offered to the family"):
        card.get_by_role("button", name=button).click()
    cora.reload()
    expect(alder).to_contain_text("12")
    assert not cora.get_by_text("Alderman").count()
    picture(cora, "coordinator-seats-moved")


def test_an_export_and_letters_without_scripts(world: World, chromium: Chromium) -> None:
    version = world.new_list("after_school")
    page = open_page(chromium, world, "ana", with_scripts=False)
    page.goto(f"/list?version={version}&place=seat")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Export as CSV").click()
    lines = caught.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == f"List,{version}" and sum("Alderman" in line for line in lines) == 3
    page.get_by_role("button", name="Letters to families with a seat").click()
    expect(page.locator("article.letter")).to_have_count(3)
    assert page.locator("[dir=rtl]").evaluate("node => getComputedStyle(node).textAlign") in ("start", "right")
    picture(page, "letters")
    page.goto("/students/A01")
    page.locator(f"a[href$='letter?version={version}']").click()
    expect(page.locator("article.letter")).to_have_count(1)
    page.emulate_media(media="print")
    assert not page.get_by_role("heading", level=1).is_visible()
    picture(page, "letter-printed-arabic")
    # A letter is one sheet, in either format of paper.
    for paper in PAPERS:
        assert pages_in(page.pdf(format=paper)) == 1, paper


def test_other_roles_get_in_and_out(world: World, chromium: Chromium) -> None:
    world.new_list()
    for login in ("both", "dana"):
        page = open_page(chromium, world, login, with_scripts=False)
        picture(page, f"first-page-{login}")
        page.locator("form[action='/sign-out'] button").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.goto("/list")
        assert "/sign-in" in page.url
        page.context.close()


def pages_of(world: World) -> list[tuple[str | None, str, str]]:
    """Who, address and name of every kind of page that the desk has."""
    version = world.new_list()
    old = world.new_list(status="stale")
    offered = world.new_list("after_school")
    counted = big_list(world)
    offer(world, counted, [f"X{number}" for number in range(1, 12)])
    release_seats(world, counted, dt.date(2026, 2, 27))
    return [
        (None, "/sign-in", "sign-in"),
        ("both", f"/list?version={version}", "list"),
        ("both", f"/list?version={version}&q=nobody", "list-empty"),
        ("both", f"/list?version={old}&school=B", "list-stale"),
        ("both", "/students?q=in", "search"),
        ("both", "/students/A01", "student"),
        ("both", "/students/A09", "student-not-listed"),
        ("both", "/students/nobody", "not-found"),
        ("both", f"/students/A01/letter?version={offered}", "letter-arabic"),
        ("both", f"/students/A02/letter?version={offered}", "letter-no-khmer"),
        ("both", f"/students/A05/letter?version={offered}", "letter-none"),
        ("cora", f"/coordinator?version={counted}", "coordinator"),
        ("cora", f"/coordinator?version={version}", "coordinator-no-groups"),
        ("both", "/guide", "guide"),
        ("dana", "/list", "no-list"),
    ]


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.slow)])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(world: World, chromium: Chromium, language: str) -> None:
    found, wide = [], []
    opened: dict[str | None, Page] = {}
    for login, address, name in pages_of(world):
        if login not in opened:
            opened[login] = open_page(chromium, world, login, with_scripts=True, language=language)
        page = opened[login]
        for size, width in (("wide", WIDE), ("narrow", NARROW)) if language == "en" else (("narrow", NARROW),):
            page.set_viewport_size(width)
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language
            results = Axe().run(page, options={"resultTypes": ["violations"]})
            found += [
                f"{name} {size}: {violation['id']} {[node['target'] for node in violation['nodes']][:3]}"
                for violation in results.response["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth") > width["width"]:
                wide.append(f"{name} {size}")
            picture(page, f"{name}-{size}-{language}")
    assert found == []
    assert wide == []


def test_the_page_is_reached_by_keyboard_and_printed(world: World, chromium: Chromium) -> None:
    world.new_list()
    page = open_page(chromium, world, "ana", with_scripts=True)
    page.goto("/students/A01")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.emulate_media(media="print")
    assert not page.locator("form").first.is_visible() and page.get_by_role("heading", name="History").is_visible()
    picture(page, "student-printed")


def test_the_guide_is_printed_on_one_page(world: World, chromium: Chromium) -> None:
    page = open_page(chromium, world, "ana", with_scripts=False)
    page.get_by_role("link", name="How to decide").click()
    expect(page.get_by_role("heading", name="Whom to ask")).to_be_visible()
    for paper in PAPERS:
        assert pages_in(page.pdf(format=paper)) == 1, paper
    page.emulate_media(media="print")
    page.set_viewport_size(ViewportSize(width=690, height=1000))
    picture(page, "guide-printed")


def test_a_refusal_is_accessible_too(world: World, chromium: Chromium) -> None:
    version = world.new_list()
    page = open_page(chromium, world, "ana", with_scripts=True)
    page.goto("/students/A02")
    card = page.locator("#decide .card").filter(has_text=version.split(".")[1])
    card.get_by_role("button", name="Override").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    assert Axe().run(page).violations_count == 0
    picture(page, "refused")
    assert re.search("Nothing was changed", page.content())
