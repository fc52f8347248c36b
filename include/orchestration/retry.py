"""When a task is tried again."""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

# An error that a person has to put right stays the same however often it is tried; anything else
# (a lost connection, a full machine) is tried twice more, and a silent source after it had time to wake up.
RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="include.errors.UnreachableError",
                action=RetryAction.RETRY,
                retry_delay=timedelta(minutes=20),
                reason="The source did not answer.",
            ),
            RetryRule(
                exception="airflow.providers.standard.exceptions.HITLTimeoutError",
                action=RetryAction.FAIL,
                reason="Nobody answered, and silence is no answer.",
            ),
            RetryRule(
                exception="include.errors.SchoolhouseError",
                action=RetryAction.FAIL,
                reason="A person has to put this right.",
            ),
        ]
    ),
}
