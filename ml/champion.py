"""Champion and challenger: which registered model ranks, which one is watched, and who put it there.

Without any entry the newest training ranks as the shipping rule allows. A promoted champion ranks until another is
promoted or it is demoted; after a demotion the ABC rule ranks until a person promotes a model.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from include.errors import SchoolhouseError
from ml import registry
from models import ml as tables

CHALLENGED, PROMOTED, DEMOTED = "challenged", "promoted", "demoted"
GATE = "gate"


@dataclass(frozen=True)
class Standing:
    """Who stands where on a day. champion and challenger: model_id or null. demotion: why the rule ranks, or null."""

    champion: str | None
    challenger: str | None
    demotion: str | None


def standing(connection: Connection, as_of: dt.date) -> Standing:
    """What the entries up to and including a day come to."""
    table = tables.model_role
    champion = challenger = demotion = None
    for row in connection.execute(select(table).where(table.c.as_of <= as_of).order_by(table.c.role_id)):
        if row.event == CHALLENGED:
            challenger = row.model_id
        elif row.event == PROMOTED:
            champion, demotion = row.model_id, None
            challenger = None if challenger == champion else challenger
        else:
            champion = None
            demotion = f"{row.model_id} was demoted on {row.as_of} by {row.by}: {row.reason}"
    return Standing(champion, challenger, demotion)


def challenge(connection: Connection, as_of: dt.date, model_id: str, by: str, reason: str) -> None:
    """Score with a registered model in shadow from `as_of` on; it takes the place of an earlier challenger.

    Raises SchoolhouseError without a person or a reason, and where the registry has no such model.
    """
    _assert_named(by, reason)
    if registry.open_artifact(connection, model_id).model is None:
        raise SchoolhouseError(f"{model_id} holds the rule alone, for no model was better: there is nothing to watch.")
    now = standing(connection, as_of)
    if model_id in (now.champion, now.challenger):
        place = "champion" if model_id == now.champion else "challenger"
        raise SchoolhouseError(f"{model_id} is the {place} already.")
    _add(connection, as_of, CHALLENGED, model_id, by, reason, {})


def promote(
    connection: Connection, as_of: dt.date, by: str, reason: str, evidence: dict[str, Any], failing: list[str]
) -> str:
    """Let the challenger rank from `as_of` on; returns its model_id.

    evidence: the comparison that its shadow led to; failing: what of the conditions it does not meet.
    Raises SchoolhouseError without a person or a reason, without a challenger, and where a condition is not met.
    """
    _assert_named(by, reason)
    model_id = standing(connection, as_of).challenger
    if model_id is None:
        raise SchoolhouseError("There is no challenger: name one first with ./schoolhouse flags challenge.")
    if failing:
        raise SchoolhouseError(f"{model_id} is not promoted: {'; '.join(failing)}.")
    artifact = registry.open_artifact(connection, model_id)
    if artifact.model is None:
        raise SchoolhouseError(f"{model_id} holds no model that could rank.")
    _add(connection, as_of, PROMOTED, model_id, by, reason, evidence)
    connection.execute(
        update(tables.model)
        .where(tables.model.c.model_id == model_id)
        .values(approver=by.strip(), shipped="model", algorithm=artifact.model.algorithm)
    )
    return model_id


def demote(connection: Connection, as_of: dt.date, model_id: str, reason: str, evidence: dict[str, Any]) -> None:
    """The rule ranks from `as_of` on, because what came of the model's lists was worse than the rule's choice."""
    _add(connection, as_of, DEMOTED, model_id, GATE, reason, evidence)


def judged_from(connection: Connection, model_id: str) -> dt.date | None:
    """The as-of date from which a model's lists may demote it: its newest promotion, or any. Null once demoted."""
    table = tables.model_role
    newest = connection.execute(
        select(table.c.event, table.c.as_of)
        .where((table.c.model_id == model_id) & (table.c.event != CHALLENGED))
        .order_by(table.c.role_id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return dt.date.min
    return newest.as_of if newest.event == PROMOTED else None


def _add(
    connection: Connection, as_of: dt.date, event: str, model_id: str, by: str, reason: str, evidence: dict[str, Any]
) -> None:
    connection.execute(
        insert(tables.model_role).values(
            as_of=as_of, event=event, model_id=model_id, by=by.strip(), reason=reason.strip(), evidence=evidence
        )
    )


def _assert_named(by: str, reason: str) -> None:
    if not by.strip() or by.strip() == GATE:
        raise SchoolhouseError("Which model ranks is decided by a person: say who you are.")
    if not reason.strip():
        raise SchoolhouseError(f"{by}: say why, so that others can judge it.")
