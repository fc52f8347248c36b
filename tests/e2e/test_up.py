"""`./schoolhouse up`: the real scheduler, one chain by assets, looked at from outside."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from include.orchestration import api, processes
from include.orchestration.chain import BESIDE, ORDER
from include.orchestration.environment import USER
from include.settings import ROOT
from include.warehouse import server
from tests.desk.world import Browser, read
from tests.e2e.world import Undisturbed, World

CHAIN_SECONDS = 600
CAUSED_BY_ASSETS = ORDER[1:]


@pytest.fixture(scope="module")
def airflow(world: World, undisturbed: Undisturbed) -> Iterator[str]:
    """Airflow, up; yields what `up` printed."""
    code, output = world.command("up", "--district", str(undisturbed.district))
    assert code == 0, output
    yield output
    code, stopped = world.command("down")
    assert code == 0, stopped
    with world.entered():
        assert not processes.any_running()
        assert not server.is_running()
        # Other tests may look into it after this.
        server.start()


@pytest.fixture(scope="module")
def session(world: World, airflow: str) -> api.Api:
    with world.entered():
        return api.Api()


@pytest.fixture(scope="module")
def chain(session: api.Api) -> dict[str, dict]:
    """The newest run of each DAG, once the whole chain has ended; it began by the clock, nobody triggered it."""
    deadline = time.monotonic() + CHAIN_SECONDS
    while True:
        newest = {}
        for dag in ORDER:
            by_airflow = [run for run in session.runs(dag) if run["run_type"] != "manual"]
            if by_airflow:
                newest[dag] = by_airflow[0]
        failed = [dag for dag, run in newest.items() if run["state"] == "failed"]
        assert not failed, f"{failed} failed under the scheduler"
        ends = [newest[dag]["end_date"] for dag in ORDER if dag in newest and newest[dag]["state"] == "success"]
        # In order as well: a second night may have begun while the first chain was under way.
        if len(ends) == len(ORDER) and ends == sorted(ends):
            return newest
        assert time.monotonic() < deadline, f"the chain has not ended: { {d: r['state'] for d, r in newest.items()} }"
        time.sleep(2)


def test_up_says_where_everything_is(world: World, airflow: str) -> None:
    assert world.environment["SCHOOLHOUSE_AIRFLOW_PORT"] in airflow
    assert re.search(r"postgresql://\w+@127\.0\.0\.1:\d+/calm", airflow)
    assert str(world.state / "airflow" / "users.json") in airflow
    assert not any(secret in airflow for secret in world.secrets())
    for name in ("airflow/users.json", "airflow/secrets.json", "postgres.password", "desk.password"):
        assert (world.state / name).stat().st_mode & 0o077 == 0, f"{name} can be read by others"


def test_all_dags_are_on(session: api.Api, chain: dict[str, dict]) -> None:
    assert session.dags() == dict.fromkeys((*ORDER, *BESIDE), False)


def test_ingest_causes_transform_causes_score_causes_publish(chain: dict[str, dict]) -> None:
    assert chain["ingest"]["run_type"] == "scheduled"
    assert {dag: chain[dag]["run_type"] for dag in CAUSED_BY_ASSETS} == dict.fromkeys(
        CAUSED_BY_ASSETS, "asset_triggered"
    )


def test_each_event_came_from_the_dag_before(session: api.Api, chain: dict[str, dict]) -> None:
    for before, dag in zip(ORDER, CAUSED_BY_ASSETS, strict=False):
        path = f"/api/v2/dags/{dag}/dagRuns/{chain[dag]['dag_run_id']}/upstreamAssetEvents"
        sources = {event["source_dag_id"] for event in session.call("GET", path)["asset_events"]}
        assert sources == {before}


def test_the_scheduler_s_chain_left_what_run_left(world: World, undisturbed: Undisturbed, chain: dict) -> None:
    # `run` draws no lottery and judges no past list.
    beside = ('"lists"."lottery', '"ml"."effect', '"ml"."realised')
    left, expected = (
        {table: found for table, found in sums.items() if not table.startswith(beside)}
        for sums in (world.checksums("calm"), undisturbed.checksums)
    )
    assert left == expected


def test_airflow_stores_no_secret(world: World, chain: dict[str, dict]) -> None:
    with world.database("airflow") as engine, engine.connect() as connection:
        stored = [str(row) for row in connection.execute(text("select value from xcom"))]
    assert stored
    for secret in world.secrets():
        assert not any(secret in value for value in stored)


def test_run_refuses_to_do_the_same_beside_it(world: World, undisturbed: Undisturbed, airflow: str) -> None:
    code, output = world.command("run", "--district", str(undisturbed.district))
    assert code == 1
    assert "Airflow is up" in output and "Traceback" not in output


def test_status_shows_it(world: World, undisturbed: Undisturbed, chain: dict[str, dict]) -> None:
    code, output = world.command("status", "--district", str(undisturbed.district))
    assert code == 0, output
    assert len(re.findall(r"^up .*healthy", output, re.MULTILINE)) == 4
    assert re.search(r"^up +docs ", output, re.MULTILINE)
    assert "Last loads" in output and "seats" in output


def test_the_desk_lets_a_team_at_its_list(world: World, undisturbed: Undisturbed, chain: dict[str, dict]) -> None:
    code, output = world.command("desk", "--district", str(undisturbed.district), "samples")
    assert code == 0, output
    samples = world.state / "desk" / "samples.json"
    passwords = json.loads(samples.read_text())
    assert samples.stat().st_mode & 0o077 == 0 and not any(password in output for password in passwords.values())
    browser = Browser(f"http://127.0.0.1:{world.environment['SCHOOLHOUSE_DESK_PORT']}")
    page = browser.sign_in("sample.team", passwords["sample.team"])
    assert page.url.path == "/list" and "2026-spring" in page.text
    students = [link for link in read(page)[1] if re.fullmatch(r"/students/\w+", link)]
    shown = [browser.get(student).text for student in students]
    # What dbt made of the sources is on the pages, in each part; the youngest have no marks or tests yet.
    assert all('class="bar"' in text for text in shown)
    assert any('class="cut"' in text for text in shown)
    browser.client.close()


def test_the_docs_tell_every_mart(world: World, chain: dict[str, dict]) -> None:
    page = httpx.get(f"http://127.0.0.1:{world.environment['SCHOOLHOUSE_DOCS_PORT']}", trust_env=False).text
    for mart in (ROOT / "dbt_project" / "models" / "marts").rglob("*.sql"):
        assert f"model.schoolhouse.{mart.stem}" in page, mart.stem
    assert "metric.schoolhouse.chronic_absence_rate" in page


def test_the_web_page_shows_the_dags_green(world: World, chain: dict[str, dict], tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{world.environment['SCHOOLHOUSE_AIRFLOW_PORT']}"
    page = httpx.get(address, follow_redirects=True, trust_env=False)
    assert page.status_code == httpx.codes.OK and "<html" in page.text
    chromium = shutil.which("chromium")
    if chromium is None:
        # The page needs a browser to show anything; its data were looked at through the API above.
        return
    with world.entered():
        _look(address, chromium, tmp_path / "dags.png")
    assert (tmp_path / "dags.png").stat().st_size > 20_000


@pytest.mark.slow
def test_who_answers_in_airflow_is_who_releases(world: World, session: api.Api, chain: dict[str, dict]) -> None:
    """A hold waits for a person; the answer goes through Airflow's API, as its page sends it, to the triggerer."""
    newest = "as_of = (select max(as_of) from ml.release_decision)"
    with world.database("calm") as engine, engine.begin() as connection:
        # As if the checks had found something: on the same inputs they are not made again.
        connection.execute(
            text(
                "update ml.release_decision set verdict = 'hold', failing = '[\"planted\"]', released_by = null, "
                f"reason = null where {newest}"
            )
        )
    dag = "/api/v2/dags/publish_lists/dagRuns"
    run = f"{dag}/{session.call('POST', dag, {'logical_date': None})['dag_run_id']}"
    asked = _waited_for(lambda: session.call("GET", f"{run}/hitlDetails")["hitl_details"])
    assert "is held. Release it?" in asked[0]["subject"] and "- planted" in asked[0]["body"]
    answer = {"chosen_options": ["Approve"], "params_input": {"reason": "asked three schools"}}
    session.call("PATCH", f"{run}/taskInstances/approve/-1/hitlDetails", answer)
    _waited_for(lambda: session.call("GET", run)["state"] == "success")
    with world.database("calm") as engine, engine.connect() as connection:
        decision = connection.execute(
            text(f"select verdict, released_by, reason from ml.release_decision where {newest}")
        ).one()
        events = connection.scalars(text("select event from ml.release_event order by event_id desc limit 2")).all()
    assert tuple(decision) == ("hold", USER, "asked three schools")
    assert "released" in events


def _waited_for(look: Callable[[], Any], seconds: int = 120) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.5)
    return found


def _look(address: str, chromium: str, picture: Path) -> None:
    """Sign in as a person would, open the list of DAGs and check that each is there and none failed."""
    from playwright.sync_api import expect, sync_playwright

    from include.orchestration.environment import password_file

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--no-proxy-server"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/auth/login")
        page.locator("input[name=username]").fill(USER)
        page.locator("input[name=password]").fill(json.loads(password_file().read_text())[USER])
        page.locator("button[type=submit]").click()
        page.wait_for_url(lambda url: "/auth/login" not in url)
        page.goto(f"{address}/dags")
        for dag in ORDER:
            expect(page.get_by_role("link", name=dag, exact=True).first).to_be_visible(timeout=30_000)
        page.screenshot(path=picture)
        browser.close()
