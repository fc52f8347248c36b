"""The desk and PostgreSQL are killed while people decide: what was acknowledged is there, once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from include.warehouse import server
from tests.desk.conftest import free_port, served
from tests.desk.world import Browser, Form, World, read

PATIENCE_SECONDS = 120
WORKERS = 6


@pytest.mark.parametrize(
    ("what", "decisions"),
    [
        ("desk", 40),
        ("postgres", 40),
        pytest.param("desk", 1000, marks=pytest.mark.slow),
        pytest.param("postgres", 1000, marks=pytest.mark.slow),
    ],
)
def test_no_decision_is_lost_or_doubled(world: World, tmp_path: Path, what: str, decisions: int) -> None:
    version = world.new_list(listed=decisions)
    environment = world.environment | {"SCHOOLHOUSE_DESK_PORT": str(free_port())}
    address = f"http://127.0.0.1:{environment['SCHOOLHOUSE_DESK_PORT']}"
    acknowledged: list[str] = []
    refused: Counter[str] = Counter()
    with ExitStack() as running:
        process = running.enter_context(served(environment, tmp_path / "desk.log"))
        browser = Browser(address)
        running.callback(browser.client.close)
        browser.sign_in("both")
        page = browser.get("/list", params={"version": version, "school": "A"})
        forms = [form for form in read(page)[0] if form.action.endswith("/decide")]
        assert len(forms) == decisions

        def restart() -> None:
            nonlocal process
            if what == "desk":
                process.kill()
                process.wait()
                process = running.enter_context(served(environment, tmp_path / "desk.log"))
            else:
                with the_embedded_server():
                    server.stop("immediate")
                    time.sleep(0.3)
                    server.start()

        # The last forms are never sent again: an answer that did not come may mean yes or no, and never two.
        given_up = {form.action for form in forms[-decisions // 4 :]}

        def send(form: Form) -> None:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < deadline:
                try:
                    answer = browser.client.post(form.action, data=form.fields, follow_redirects=False)
                except httpx.TransportError as error:
                    refused[type(error).__name__] += 1
                else:
                    if answer.status_code == httpx.codes.SEE_OTHER and "done=confirmed" in answer.headers["location"]:
                        acknowledged.append(form.action.split("/")[2])
                        return
                    refused[str(answer.status_code)] += 1
                if form.action in given_up:
                    return
                time.sleep(0.05)

        _while_restarting(
            lambda: _all(send, forms), restart, lambda: len(acknowledged) + sum(refused.values()), decisions
        )
    steps = Counter(world.steps(version))
    assert set(steps.values()) == {1}, "a decision was doubled"
    assert set(acknowledged) <= {student for student, _ in steps}, "an acknowledged decision was lost"
    assert {form.action.split("/")[2] for form in forms if form.action not in given_up} <= set(acknowledged)
    assert refused, "nothing was in the way: the test has shown nothing"
    # Away is said as such, and shows nothing.
    assert {code for code in refused if code.isdigit()} <= {"503"}, refused


@contextmanager
def the_embedded_server() -> Iterator[None]:
    """Within the block, the environment names no other server, so that this one may be stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SCHOOLHOUSE_WAREHOUSE_URL")
        yield


def _all(send: Callable[[Form], None], forms: list[Form]) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(send, forms))


def _while_restarting(
    work: Callable[[], None], restart: Callable[[], None], done: Callable[[], int], decisions: int
) -> None:
    """Run `work`, and restart when a quarter of it is done; of much work once more at its half."""
    worker = threading.Thread(target=work)
    worker.start()
    for mark in (decisions // 4, decisions // 2) if decisions > 100 else (decisions // 4,):
        while worker.is_alive() and done() < mark:
            time.sleep(0.005)
        restart()
    worker.join()


@pytest.fixture
def away(world: World) -> Iterator[Browser]:
    """A signed-in browser, while PostgreSQL does not run."""
    with world.signed_in("ana") as browser, the_embedded_server():
        server.stop()
        yield browser
        server.start()


def test_without_postgres_nothing_is_shown(away: Browser) -> None:
    for path in ("/list", "/students/A01", "/health", "/"):
        page = away.get(path)
        assert page.status_code == httpx.codes.SERVICE_UNAVAILABLE, path
        assert "cannot reach its data" in page.text and "Alderman" not in page.text
    assert away.sign_in("ana").status_code == httpx.codes.SERVICE_UNAVAILABLE
