"""When a task is tried again."""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

# An error that a person has to put right stays the same however often it is tried; anything else
# (a lost connection, a full machine) is tried twice more.
RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="include.errors.SchoolhouseError",
                action=RetryAction.FAIL,
                reason="A person has to put this right.",
            )
        ]
    ),
}
