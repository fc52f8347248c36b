"""What the DAGs promise: they import, hang together by assets, and leave the work to include/ and ml/."""

import ast
import datetime as dt
import re
from typing import Any

import pytest

from include.errors import SchoolhouseError, UnreachableError
from include.orchestration.chain import BESIDE, ORDER
from include.settings import ROOT

FILES = sorted(path for path in (ROOT / "dags").glob("*.py") if path.name != "__init__.py")
CAUSES = {
    "ingest": None,
    "transform": "landing",
    "score": "marts",
    "publish_lists": "scores",
    "release": "marts",
    "retention": None,
    "monitor": "marts",
    "lottery": "marts",
    "messages": "lists",
}
SQL = re.compile(r"\b(select|insert|update|delete|create|drop)\b.+\b(from|into|set|table|schema)\b", re.I | re.S)


def _outlets(dag: Any) -> set[str]:
    return {outlet.name for task in dag.tasks for outlet in task.outlets}


def test_every_file_is_read_without_an_error(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == {*ORDER, *BESIDE} == {path.stem for path in FILES}


def test_each_dag_is_caused_by_what_the_one_before_leaves(dag_bag: Any) -> None:
    """If this fails, `up` would stop half way: nothing would cause the next DAG."""
    left: set[str] = set()
    for name in (*ORDER, *BESIDE):
        dag = dag_bag.dags[name]
        condition = getattr(dag.timetable, "asset_condition", None)
        causes = {asset.name for asset in condition.objects} if condition else set()
        assert causes == ({CAUSES[name]} if CAUSES[name] else set())
        assert causes <= left
        left |= _outlets(dag)
    assert left == {"landing", "marts", "scores", "lists", "release"}


def test_only_what_starts_by_itself_has_a_clock(dag_bag: Any) -> None:
    crons = {name for name, dag in dag_bag.dags.items() if "Cron" in type(dag.timetable).__name__}
    assert crons == {"ingest", "retention"}


@pytest.mark.parametrize("name", (*ORDER, *BESIDE))
def test_runs_do_not_overlap_or_catch_up(dag_bag: Any, name: str) -> None:
    assert dag_bag.dags[name].max_active_runs == 1
    assert dag_bag.dags[name].catchup is False


def test_a_feed_fails_alone_and_turns_the_run_red(dag_bag: Any) -> None:
    """What landed goes on to the marts, which know what is missing; the failure stays visible."""
    from airflow.sdk.definitions.mappedoperator import MappedOperator

    ingest = dag_bag.dags["ingest"]
    assert isinstance(ingest.get_task("load_feed"), MappedOperator)
    over, complete = ingest.get_task("night_over"), ingest.get_task("all_feeds_in")
    assert over.upstream_task_ids == complete.upstream_task_ids == {"load_feed"}
    assert over.trigger_rule == "all_done_min_one_success"
    assert complete.trigger_rule == "all_success" and not complete.downstream_task_ids
    assert {task.task_id for task in ingest.tasks if task.outlets} == {"night_over"}
    page = ingest.get_task("page_of_the_night")
    assert (page.upstream_task_ids, page.trigger_rule) == ({"night_over"}, "all_done"), "a bad night has a page too"


@pytest.mark.parametrize("name", (*ORDER, *BESIDE))
def test_what_a_person_must_put_right_is_not_tried_again(dag_bag: Any, name: str) -> None:
    from airflow.sdk import RetryAction

    class OfAPart(SchoolhouseError):
        pass

    for task in dag_bag.dags[name].tasks:
        assert task.retries == 2
        assert task.retry_policy.evaluate(OfAPart("a column is missing"), 1, 2).action is RetryAction.FAIL
        assert task.retry_policy.evaluate(ConnectionError("lost"), 1, 2).action is RetryAction.DEFAULT
        silent = task.retry_policy.evaluate(UnreachableError("no answer in 6 tries"), 1, 2)
        assert silent.action is RetryAction.RETRY and silent.retry_delay > dt.timedelta(minutes=5)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_short_and_hold_no_work(path: Any) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= 60, "move the work to include/ or ml/"
    tree = ast.parse(source)
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if SQL.search(text)], "SQL belongs into dbt_project/ or include/"
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    allowed = {"datetime", "airflow", "include", "ml"}
    assert {module.partition(".")[0] for module in imported} <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reading_a_file_costs_no_connection(path: Any) -> None:
    """Airflow reads the files every half minute: what is heavy is imported inside the tasks."""
    light = {
        "datetime",
        "airflow.sdk",
        "airflow.providers.standard.operators.hitl",
        "include.orchestration.assets",
        "include.orchestration.retry",
    }
    top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {node.module for node in top if isinstance(node, ast.ImportFrom)} <= light
    assert not [node for node in top if isinstance(node, ast.Import)]


def test_plan_hands_on_names_and_a_day_and_nothing_else(dag_bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a task returns is stored in Airflow's database and shown on its page: no secret, no student."""
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(ROOT / "tests" / "districts" / "public"))
    plan = dag_bag.dags["ingest"].get_task("plan").python_callable
    handed = plan(params={"as_of": "2026-03-02"}, data_interval_end=None, logical_date=None)
    assert handed
    for entry in handed:
        assert set(entry) == {"feed", "as_of"}
        assert re.fullmatch(r"\w+\.\w+", entry["feed"])
        assert dt.date.fromisoformat(entry["as_of"]) == dt.date(2026, 3, 2)


def test_a_held_list_waits_for_a_person_and_silence_is_none(dag_bag: Any) -> None:
    from airflow.providers.standard.exceptions import HITLTimeoutError
    from airflow.providers.standard.operators.hitl import ApprovalOperator
    from airflow.sdk import RetryAction

    lists = dag_bag.dags["publish_lists"]
    approve = lists.get_task("approve")
    assert isinstance(approve, ApprovalOperator)
    assert approve.defaults is None and approve.response_timeout is not None
    assert dt.timedelta(0) < approve.response_timeout < dt.timedelta(days=1)
    assert approve.upstream_task_ids == {"is_held"} and lists.get_task("release").upstream_task_ids >= {"approve"}
    assert "release" in lists.get_task("publish_released").upstream_task_ids
    assert approve.retry_policy is not None
    silence = approve.retry_policy.evaluate(HITLTimeoutError("no answer"), 1, 2)
    assert silence.action is RetryAction.FAIL
    held = lists.get_task("is_held").python_callable
    assert held({"verdict": "hold"}, params={"ask": True})
    assert not held({"verdict": "hold"}, params={"ask": False}), "`run` would wait for ever"
    assert not held({"verdict": "block"}, params={"ask": True}) and not held({"verdict": "pass"}, params={"ask": True})


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ({"params_input": {"reason": "looked at it"}, "responded_by_user": None}, "who approved"),
        ({"params_input": {"reason": " "}, "responded_by_user": {"id": "1", "name": "A. Person"}}, "say why"),
        ({"params_input": None, "responded_by_user": {"id": "1", "name": "A. Person"}}, "say why"),
    ],
)
def test_an_answer_without_a_name_or_a_reason_releases_nothing(answer: dict[str, Any], missing: str) -> None:
    from include.orchestration.lists import release

    with pytest.raises(SchoolhouseError, match=missing):
        release({"as_of": "2026-03-02", "inputs_sha256": "x"}, answer)
