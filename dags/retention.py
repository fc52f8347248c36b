"""Once a month: delete what the district keeps no longer."""

from datetime import UTC, datetime

from airflow.sdk import dag, task

from include.orchestration.retry import RETRIES


@dag(
    schedule="0 3 1 * *",
    start_date=datetime(2025, 7, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=RETRIES,
    tags=["schoolhouse"],
)
def retention() -> None:
    """What went, by which rule, is in access.deletion."""

    @task
    def delete_what_is_over() -> dict[str, int]:
        from include.access.retention import enforce_retention
        from include.districts import load_district

        return {one.relation: one.rows for one in enforce_retention(load_district())}

    delete_what_is_over()


retention_dag = retention()
