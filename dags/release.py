"""Marts to what leaders read: suppressed tables in reporting and metrics."""

from airflow.sdk import dag, task

from include.orchestration.assets import MARTS, RELEASE
from include.orchestration.retry import RETRIES


@dag(schedule=[MARTS], catchup=False, max_active_runs=1, default_args=RETRIES, tags=["schoolhouse"])
def release() -> None:
    """Release the first marts of each month; what the attack finds in them blocks it."""

    @task.short_circuit
    def is_due() -> bool:
        from include.orchestration.watermark import built_as_of
        from include.release.job import is_due as is_due_on

        return is_due_on(built_as_of())

    @task(outlets=[RELEASE])
    def protect_attack_and_swap() -> dict[str, int]:
        from include.release.job import release as make_release

        done = make_release(print)
        return {"parts": done.parts, "decided": done.decided, "cells": done.cells, "withheld": done.withheld}

    is_due() >> protect_attack_and_swap()


release_dag = release()
