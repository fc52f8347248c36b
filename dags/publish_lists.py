"""Scores to lists: look for drift, then publish or hold."""

from airflow.sdk import dag, task

from include.orchestration.assets import LISTS, SCORES
from include.orchestration.retry import RETRIES


@dag(schedule=[SCORES], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def publish_lists() -> None:
    """Report drift, record the release decision, and fill the seats of every school."""

    @task
    def watch_drift() -> str:
        from include.orchestration.watermark import scored_as_of
        from ml.pipeline import drift

        return drift(scored_as_of()).verdict

    @task(outlets=[LISTS])
    def publish() -> dict[str, int]:
        from include.orchestration.watermark import scored_as_of
        from ml.pipeline import publish as publish_as_of

        result = publish_as_of(scored_as_of())
        return {"listed": result.listed, "seats": result.seats}

    watch_drift() >> publish()


publish_lists_dag = publish_lists()
