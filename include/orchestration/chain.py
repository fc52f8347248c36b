"""Run the DAGs through Airflow in this process, one after the other, as the assets would."""

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import select

from include.errors import SchoolhouseError
from include.orchestration import environment

ORDER = ("ingest", "transform", "score", "publish_lists")
# No steps of `run`: a whole district's first release takes minutes, and nobody's `run` deletes what is old.
BESIDE = ("release", "retention", "monitor", "lottery", "messages")


def run_chain(as_of: dt.date, console: Console, log: Path) -> None:
    """Run every DAG in order as of `as_of`, with a line on the console for each task.

    Raises SchoolhouseError with the tasks that failed at the first DAG that does not succeed.
    """
    environment.apply()
    from airflow import settings as airflow_settings
    from airflow.sdk.listener import get_listener_manager

    from include.orchestration.progress import Progress

    # In this process there is nobody to answer, so a held list stays held.
    conf: dict[str, dict[str, Any]] = {"ingest": {"as_of": as_of.isoformat()}, "publish_lists": {"ask": False}}
    end_abandoned_runs()
    progress = Progress(console)
    get_listener_manager().add_listener(progress)
    try:
        for name in ORDER:
            console.print(f"[bold]{name}[/bold]")
            state = _run_dag(name, conf.get(name))
            if state != "success":
                reasons = "\n".join(progress.failures) or "no task says why"
                raise SchoolhouseError(f"{name} did not succeed, so nothing after it was run.\n{reasons}\nLog: {log}")
    finally:
        # Airflow keeps a session open until the process ends, and the server may stop before that.
        airflow_settings.dispose_orm()


def _run_dag(name: str, conf: dict[str, Any] | None) -> str:
    from airflow.sdk import timezone

    dag = getattr(importlib.import_module(f"dags.{name}"), f"{name}_dag")
    for task in dag.tasks:
        # Somebody is watching: say what is wrong now rather than try again in silence.
        task.retries = 0
    # A logical date of its own: with none, Airflow would clear the tasks of every earlier run.
    return dag.test(logical_date=timezone.utcnow(), run_conf=conf).state


def end_abandoned_runs() -> None:
    """Mark as failed what a killed `run` left unfinished; a scheduler would otherwise take it up again."""
    environment.apply()
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, State, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType

    with create_session() as session:
        abandoned = session.scalars(
            select(DagRun).where(
                DagRun.dag_id.in_((*ORDER, *BESIDE)),
                DagRun.state.in_([DagRunState.RUNNING, DagRunState.QUEUED]),
                DagRun.triggered_by == DagRunTriggeredByType.TEST,
            )
        ).all()
        for run in abandoned:
            for task in run.get_task_instances(session=session):
                if task.state not in State.finished:
                    task.set_state(TaskInstanceState.FAILED, session=session)
            run.set_state(DagRunState.FAILED)
