"""Marts to what came of the lists: outcomes of those that went out, and what a seat was worth."""

from airflow.sdk import dag, task

from include.orchestration.assets import MARTS
from include.orchestration.retry import RETRIES


@dag(schedule=[MARTS], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def monitor() -> None:
    """Judge released lists, demote a model that the rule beat, and estimate the effect at the cut of the seats."""

    @task
    def judge_lists() -> dict[str, int]:
        from include.orchestration.watermark import built_as_of
        from ml.outcome.run import run

        found = run(built_as_of())
        return {"judged": len(found.figures), "not_over": len(found.open_lists), "demoted": len(found.demoted)}

    @task
    def estimate_effect() -> dict[str, int]:
        from include.orchestration.watermark import built_as_of
        from ml.effect.run import run

        return {"programmes_and_terms": len(run(built_as_of()))}

    judge_lists()
    estimate_effect()


monitor_dag = monitor()
