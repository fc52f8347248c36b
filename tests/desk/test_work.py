"""A team works on its list: every step is taken by forms, and asked of the database afterwards."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import text

from tests.desk.world import Browser, World, read


def places(world: World, version: str, school: str = "A") -> dict[str, str]:
    with world.engine.connect() as connection:
        rows = connection.execute(
            text("select student_id, place from lists.standing where version = :v and school_id = :s"),
            {"v": version, "s": school},
        )
        return {row.student_id: row.place for row in rows}


def test_the_list_shows_rank_band_reasons_and_seats(world: World, ana: Browser) -> None:
    version = world.new_list()
    page = ana.get("/list", params={"version": version}).text
    for number, given in enumerate(("Ines", "Jonas", "Kemal", "Lucia", "Mina", "Noor"), start=1):
        assert f"Alderman, {given}" in page and f"/students/A{number:02}" in page
    assert "absent 4 of the last 20 days" in page and "Quartermaine" not in page and "Alder School" in page
    assert page.index("Alderman, Ines") < page.index("Alderman, Noor")


def test_filters_stay_in_the_address_and_fit_only_what_they_say(world: World, ana: Browser) -> None:
    version = world.new_list()
    ana.decide("A02", "confirmed", version)
    for given, named in (
        ({"status": "confirmed"}, {"Jonas"}),
        ({"status": "undecided", "place": "seat"}, {"Ines", "Kemal"}),
        ({"place": "waitlist"}, {"Lucia", "Mina", "Noor"}),
        ({"q": "mina"}, {"Mina"}),
        ({"band": "low"}, set()),
    ):
        page = ana.get("/list", params={"version": version, **given})
        found = {given for given in ("Ines", "Jonas", "Kemal", "Lucia", "Mina", "Noor") if f", {given}<" in page.text}
        assert found == named, given
        assert all(f"{name}=" in str(page.url) for name in given)


def test_a_seat_goes_from_proposed_to_attended(world: World, ana: Browser) -> None:
    version = world.new_list()
    for step in ("confirmed", "offered", "accepted", "attended"):
        page = ana.decide("A01", step, version)
        assert page.status_code == httpx.codes.OK, page.text
    assert world.steps(version) == [("A01", step) for step in ("confirmed", "offered", "accepted", "attended")]
    assert world.one("select by from lists.elt_decision where version = :v limit 1", v=version) == "ana"


def test_the_waitlist_moves_up_by_itself(world: World, ana: Browser) -> None:
    version = world.new_list()
    assert [student for student, place in sorted(places(world, version).items()) if place == "seat"] == [
        "A01", "A02", "A03",
    ]  # fmt: skip
    ana.decide("A02", "overridden", version, "has a tutor already")
    # Three seats by rank: 1, 3, and the first who waited.
    now = places(world, version)
    assert (now["A02"], now["A03"], now["A04"], now["A05"]) == ("out", "seat", "seat", "waitlist")
    ana.decide("A04", "confirmed", version)
    assert ana.decide("A04", "offered", version).status_code == httpx.codes.OK
    # The family says no: the next one has the seat.
    ana.decide("A04", "declined", version)
    assert places(world, version)["A05"] == "seat"


def test_nobody_is_offered_a_seat_before_the_turn(world: World, ana: Browser) -> None:
    version = world.new_list()
    ana.decide("A05", "confirmed", version)
    page = ana.decide("A05", "offered", version)
    assert page.status_code == httpx.codes.CONFLICT and "Other students come first" in page.text
    assert world.steps(version) == [("A05", "confirmed")]


def test_an_override_says_why_and_can_be_undone(world: World, ana: Browser) -> None:
    version = world.new_list()
    page = ana.decide("A01", "overridden", version, "  ")
    assert page.status_code == httpx.codes.CONFLICT and "Say why" in page.text
    assert ana.decide("A01", "overridden", version, "moves away in April").status_code == httpx.codes.OK
    assert ana.decide("A01", "undone", version, "wrong student").status_code == httpx.codes.OK
    assert places(world, version)["A01"] == "seat"
    history = ana.get("/students/A01").text
    assert "moves away in April" in history and "wrong student" in history
    assert world.steps(version) == [("A01", "overridden"), ("A01", "undone")]


def test_nominations_have_seats_of_their_own_and_no_more(world: World, ana: Browser) -> None:
    version = world.new_list()
    found = ana.get("/students", params={"q": "alder petra"})
    assert "/students/A08#decide" in read(found)[1]
    assert ana.decide("A08", "nominated", version, "her teacher asks").status_code == httpx.codes.OK
    assert places(world, version)["A08"] == "seat"
    second = ana.decide("A09", "nominated", version, "his teacher asks")
    assert second.status_code == httpx.codes.CONFLICT and "no seat left for nominations" in second.text
    # A nomination that is overridden gives its seat to the next one.
    ana.decide("A08", "overridden", version, "the family moves")
    assert ana.decide("A09", "nominated", version, "his teacher asks").status_code == httpx.codes.OK


def test_two_people_at_once_the_second_is_told(world: World, ana: Browser) -> None:
    version = world.new_list()
    with world.signed_in("amir") as amir:
        mine, theirs = ana.decide_form("A01", "confirmed", version), amir.decide_form("A01", "overridden", version)
        assert ana.send(mine, step="confirmed").status_code == httpx.codes.OK
        page = amir.send(theirs, step="overridden", reason="has a tutor")
    assert page.status_code == httpx.codes.CONFLICT
    assert "Somebody else decided meanwhile" in page.text and "Confirmed, by ana" in page.text
    assert world.steps(version) == [("A01", "confirmed")]


def test_a_form_that_is_sent_many_times_at_once_counts_once(world: World, ana: Browser) -> None:
    version = world.new_list()
    form = ana.decide_form("A01", "confirmed", version)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: ana.send(form, step="confirmed").status_code, range(16)))
    assert set(codes) == {httpx.codes.OK}
    assert world.steps(version) == [("A01", "confirmed")]


def test_many_at_once_never_offer_more_than_the_seats(world: World, ana: Browser) -> None:
    version = world.new_list()
    for student in ("A01", "A02", "A03", "A04", "A05"):
        ana.decide(student, "confirmed", version)
    forms = [ana.decide_form(student, "offered", version) for student in ("A01", "A02", "A03", "A04", "A05")]
    with ThreadPoolExecutor(5) as pool:
        codes = list(pool.map(lambda form: ana.send(form, step="offered").status_code, forms))
    assert sorted(codes) == [200, 200, 200, 409, 409]
    assert {student for student, step in world.steps(version) if step == "offered"} == {"A01", "A02", "A03"}


def test_the_next_list_keeps_every_decision(world: World, ana: Browser) -> None:
    version = world.new_list("kept")
    ana.decide("A01", "confirmed", version)
    ana.decide("A01", "offered", version)
    ana.decide("A02", "overridden", version, "has a tutor")
    ana.decide("A10", "nominated", version, "his teacher asks")
    old = ana.decide_form("A03", "confirmed", version)
    newer = world.new_list("kept")
    with world.engine.begin() as connection:
        # The newest run no longer lists the first student.
        connection.execute(
            text("delete from lists.elt_list_entry where version = :v and student_id = 'A01'"), {"v": newer}
        )
    now = places(world, newer)
    assert (now["A01"], now["A02"], now["A03"], now["A10"]) == ("seat", "out", "seat", "seat")
    # Four seats: one offered, one kept for the nomination, two by rank.
    assert (now["A04"], now["A05"]) == ("seat", "waitlist")
    page = ana.send(old, step="confirmed")
    assert page.status_code == httpx.codes.CONFLICT and "no longer stands" in page.text
    assert ana.decide("A01", "accepted", newer).status_code == httpx.codes.OK


def test_a_list_that_is_held_takes_no_decision(world: World, ana: Browser) -> None:
    version = world.new_list(status="stale")
    page = ana.get("/list", params={"version": version}).text
    assert "held back by a check" in page and ">Confirm<" not in page


def test_notes_are_read_by_whom_they_are_for(world: World, ana: Browser) -> None:
    world.new_list()
    form = next(form for form in read(ana.get("/students/A03"))[0] if form.action.endswith("/notes"))
    for words, readers in (("comes by the late bus", "team"), ("mother called about the divorce", "principal")):
        key = str(uuid.uuid4())
        assert ana.send(form, text=words, readers=readers, request_key=key).status_code == httpx.codes.OK
    seen = {}
    for login in ("ana", "amir", "paula"):
        with world.signed_in(login) as browser:
            page = browser.get("/students/A03").text
            seen[login] = ("late bus" in page, "divorce" in page)
    assert seen == {"ana": (True, True), "amir": (True, False), "paula": (True, True)}


def test_a_request_for_enrichment_is_entered_once(world: World, ana: Browser) -> None:
    world.new_list()
    form = next(form for form in read(ana.get("/students/A07"))[0] if form.action.endswith("/requests"))
    for _ in range(2):
        assert ana.send(form).status_code == httpx.codes.OK
    assert world.one("select count(*) from desk.enrichment_request where student_id = 'A07'") == 1
    again = ana.send(form, request_key=str(uuid.uuid4()))
    assert again.status_code == httpx.codes.CONFLICT and "asked for already" in again.text
    assert world.one("select by || ' ' || program from desk.enrichment_request") == "ana robotics"


def test_every_page_of_a_student_is_written_down_before_it_is_shown(world: World, ana: Browser) -> None:
    version = world.new_list()
    count = "select count(*) from access.disclosure where login = 'ana' and student_id = 'A06' and kind = :kind"
    before = [world.one(count, kind=kind) for kind in ("record", "list_entry")]
    ana.get("/students/A06")
    entries = world.one("select count(*) from lists.standing where student_id = 'A06' and rank is not null")
    assert world.one(count, kind="record") == before[0] + 1
    assert world.one(count, kind="list_entry") == before[1] + entries
    ana.get("/list", params={"version": version})
    assert world.one(count, kind="list_entry") == before[1] + entries + 1


def test_spanish_is_spoken_where_it_is_chosen(world: World) -> None:
    with world.signed_in("ana") as browser:
        world.new_list()
        page = browser.get("/language/es", params={"to": "/list"})
        assert page.url.path == "/list" and '<html lang="es">' in page.text
        assert "ausente 4 de los últimos 20 días" in page.text and "Mi lista" in page.text
