"""Marts to the lotteries of enrichment, which no score fills."""

from airflow.sdk import dag, task

from include.orchestration.assets import MARTS
from include.orchestration.retry import RETRIES


@dag(schedule=[MARTS], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def lottery() -> None:
    """Draw the term's programmes, from so many days before it begins that everybody could ask."""

    @task.short_circuit
    def is_due() -> bool:
        from include.orchestration.watermark import built_as_of
        from ml.lists.lottery import is_due as is_due_on

        return is_due_on(built_as_of())

    @task
    def draw_lotteries() -> dict[str, int]:
        from include.orchestration.watermark import built_as_of
        from ml.lists.lottery import run

        return {result.program: result.seated for result in run(built_as_of())}

    is_due() >> draw_lotteries()


lottery_dag = lottery()
