"""Landing to marts, whenever all feeds are in."""

from airflow.sdk import dag, task

from include.orchestration.assets import LANDING, MARTS
from include.orchestration.retry import RETRIES


@dag(schedule=[LANDING], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def transform() -> None:
    """Build and test staging, intermediate and marts as of the newest landed day."""

    @task(outlets=[MARTS])
    def build() -> dict[str, int]:
        from include.orchestration.connections import take_pseudonym_key
        from include.orchestration.watermark import landed_as_of
        from include.transform import build as build_marts

        take_pseudonym_key()
        result = build_marts(landed_as_of())
        return {"models": result.models, "tests": result.tests}

    build()


transform_dag = transform()
