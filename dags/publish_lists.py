"""Scores to lists: look for drift, then publish; what is held waits for a person."""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, task

from include.orchestration.assets import LISTS, SCORES
from include.orchestration.retry import RETRIES

FOUND = "ti.xcom_pull(task_ids='watch_drift')"
ASK = Param(True, type="boolean", description="Wait for a person where the list is held.")
REASON = Param("", type="string", description="Why it may go out all the same. Needed to approve.")


@dag(
    schedule=[SCORES], catchup=False, max_active_runs=1, default_args=RETRIES, params={"ask": ASK}, tags=["schoolhouse"]
)
def publish_lists() -> None:
    """Report drift, record the release decision, and fill the seats of every school."""

    @task
    def watch_drift():
        from include.orchestration.lists import watch

        return watch()

    @task(outlets=[LISTS])
    def publish(found):
        from include.orchestration.lists import publish as publish_checked

        return publish_checked(found)

    @task.short_circuit
    def is_held(found, params=None) -> bool:
        return found["verdict"] == "hold" and params["ask"]

    @task
    def release(found, answer) -> None:
        from include.orchestration.lists import release as release_by_answer

        release_by_answer(found, answer)

    # Silence is no approval: without an answer before the next night the task fails and the last list stays.
    approve = ApprovalOperator(
        task_id="approve",
        subject=f"The list of {{{{ {FOUND}['as_of'] }}}} is held. Release it?",
        body=f"{{{{ {FOUND}['failing'] }}}}\n\nReport: {{{{ {FOUND}['report'] }}}}",
        params={"reason": REASON},
        response_timeout=timedelta(hours=20),
    )
    found = watch_drift()
    publish(found) >> is_held(found) >> approve
    release(found, approve.output) >> publish.override(task_id="publish_released")(found)


publish_lists_dag = publish_lists()
