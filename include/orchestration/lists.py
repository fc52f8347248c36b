"""What the tasks of publish_lists do with the day, the verdict and a person's answer. Nothing here names a student."""

import datetime as dt
from typing import Any

from include.errors import SchoolhouseError


def watch() -> dict[str, str]:
    """Check the newest scores for drift; what the person who may release them is shown, as text."""
    from include.orchestration.watermark import scored_as_of
    from ml.pipeline import drift

    result = drift(scored_as_of())
    return {
        "as_of": result.as_of.isoformat(),
        "verdict": result.verdict,
        "failing": "\n".join(f"- {line}" for line in result.failing),
        "report": str(result.report_path),
        "inputs_sha256": result.inputs_sha256,
    }


def publish(found: dict[str, str]) -> dict[str, int]:
    """Publish the list of the day that was checked, if its decision allows it."""
    from ml.pipeline import publish as publish_as_of

    result = publish_as_of(dt.date.fromisoformat(found["as_of"]))
    return {"listed": result.listed, "seats": result.seats}


def release(found: dict[str, str], answer: dict[str, Any]) -> None:
    """Release the list that was found held, by the name that Airflow knows and the reason that was given.

    Raises SchoolhouseError where the answer names nobody or gives no reason.
    """
    from ml.drift.release import release as release_as_of

    who = answer.get("responded_by_user") or {}
    name = str(who.get("name") or who.get("id") or "")
    if not name:
        raise SchoolhouseError("Airflow does not say who approved, so nothing is released: sign in and approve again.")
    reason = str((answer.get("params_input") or {}).get("reason") or "")
    release_as_of(dt.date.fromisoformat(found["as_of"]), name, reason, found["inputs_sha256"])


def tell() -> dict[str, int]:
    """Send what people are to be told about lists."""
    from include.desk.messages import send_messages
    from include.districts import load_district
    from include.orchestration.connections import take_mail_server

    take_mail_server()
    told = send_messages(load_district())
    return {"sent": told.sent, "refused": told.refused, "waiting": told.waiting}
