"""Sources to landing, every night: one task per feed."""

from datetime import UTC, datetime

from airflow.sdk import Param, dag, task

from include.orchestration.assets import LANDING
from include.orchestration.retry import RETRIES


@dag(
    schedule="0 5 * * *",
    start_date=datetime(2025, 7, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=RETRIES,
    params={"as_of": Param(None, type=["null", "string"], format="date", description="The day to read as of.")},
    tags=["schoolhouse"],
)
def ingest() -> None:
    """A feed that fails is recorded and fails alone; what is made of it says incomplete_feed until it is in."""

    @task
    def plan(params=None, data_interval_end=None, logical_date=None) -> list[dict[str, str]]:
        from include.districts import load_district
        from include.orchestration.watermark import ingest_date

        district = load_district()
        as_of = ingest_date(district, params["as_of"], data_interval_end or logical_date)
        return [{"feed": feed.name, "as_of": as_of.isoformat()} for feed in district.feeds]

    @task(map_index_template="{{ task.op_kwargs['feed'] }}")
    def load_feed(feed: str, as_of: str) -> dict[str, int]:
        from include.orchestration.night import load_one

        return load_one(feed, as_of)

    @task(outlets=[LANDING], trigger_rule="all_done_min_one_success")
    def night_over() -> None:
        """Look for orphans once every feed has been tried; the event says that something landed."""
        from include.orchestration.night import look_back

        look_back()

    @task(trigger_rule="all_done")
    def page_of_the_night() -> None:
        from include.orchestration.night import tell

        tell()

    @task
    def all_feeds_in() -> None:
        """Turns the run red where a feed failed, and stops a `run` that somebody watches."""

    loaded = load_feed.expand_kwargs(plan())
    loaded >> night_over() >> page_of_the_night()
    loaded >> all_feeds_in()


ingest_dag = ingest()
