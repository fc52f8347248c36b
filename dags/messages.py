"""Lists to mails: those whose schools have a new list, or whose list is held, hear of it."""

from airflow.sdk import dag, task

from include.orchestration.assets import LISTS
from include.orchestration.retry import RETRIES


@dag(schedule=[LISTS], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def messages() -> None:
    """Send what waits in the outbox; nothing where no mail server is named."""

    @task
    def tell_people() -> dict[str, int]:
        from include.orchestration.lists import tell

        return tell()

    tell_people()


messages_dag = messages()
