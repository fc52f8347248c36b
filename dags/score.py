"""Marts to scores: features, the model against the rule, and a score for every student."""

from airflow.sdk import dag, task

from include.orchestration.assets import MARTS, SCORES
from include.orchestration.retry import RETRIES


@dag(schedule=[MARTS], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def score() -> None:
    """Score every enrolled student as of the day of the newest marts."""

    @task(outlets=[SCORES])
    def score_students() -> None:
        from include.orchestration.watermark import built_as_of
        from ml.pipeline import score as score_as_of

        score_as_of(built_as_of())

    score_students()


score_dag = score()
