"""The outcome job: what came of released lists, and what follows for champion and challenger."""

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, select

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from ml import champion
from ml.fairness.audit import Figure, latest_group_year, read_groups
from ml.lists.overrides import overrides_by_group
from ml.outcome.figures import against_champion, against_rule, list_figures
from ml.outcome.page import ListPart, write_page
from ml.outcome.students import Seen, released, see
from ml.store import copy_rows
from models import ml as tables

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutcomeResult:
    """What the job found. figures: method and figure by list, oldest first. open_lists: whose window is not over, or
    whose day was scored anew. demoted: model_id and why, of each that was demoted in this run. path: the page."""

    as_of: dt.date
    figures: dict[str, list[tuple[str, Figure]]]
    open_lists: list[str]
    demoted: dict[str, str]
    path: Path


@dataclass(frozen=True)
class Comparison:
    """The challenger against what ranked. failing: the conditions of a promotion that it does not meet."""

    model_id: str
    evidence: dict[str, Any]
    failing: list[str]


def run(as_of: dt.date) -> OutcomeResult:
    """Judge every released list whose outcomes were known before `as_of`, and demote a model that the rule beat.

    Rewrites ml.realised of those lists and the page; a repeat changes nothing.
    """
    engine = warehouse_engine("ml")
    with engine.connect() as connection:
        past = released(connection, as_of)
    seen: list[Seen] = []
    figures: dict[str, list[tuple[str, Figure]]] = {}
    parts: list[ListPart] = []
    for row in past:
        with engine.begin() as connection:
            one = see(connection, row, as_of)
            if one is None:
                continue
            groups = _groups(connection, one)
            found, audited = list_figures(one, groups)
            _write(connection, one.version, found)
            overrides = overrides_by_group(connection, one.version, groups)
        seen.append(one)
        figures[one.version] = found
        parts.append(ListPart(one, found, audited.needs_review, overrides))
    with engine.begin() as connection:
        demoted = _demote(connection, as_of, seen)
        roles = connection.execute(select(tables.model_role).order_by(tables.model_role.c.role_id)).all()
    open_lists = [row["version"] for row in past if row["version"] not in figures]
    path = write_page(as_of, parts, open_lists, roles)
    log.info("Outcomes as of %s: %d lists, %d not over, %d demoted", as_of, len(seen), len(open_lists), len(demoted))
    return OutcomeResult(as_of, figures, open_lists, demoted, path)


def challenge(as_of: dt.date, model_id: str, by: str, reason: str) -> None:
    """Watch a registered model from `as_of` on. Raises SchoolhouseError as `ml.champion.challenge` does."""
    with warehouse_engine("ml").begin() as connection:
        champion.challenge(connection, as_of, model_id, by, reason)


def compare(as_of: dt.date) -> Comparison:
    """The challenger at the lists that it was watched at, by the outcomes known before `as_of`.

    Raises SchoolhouseError without a challenger.
    """
    engine = warehouse_engine("ml")
    with engine.connect() as connection:
        name = champion.standing(connection, as_of).challenger
        past = released(connection, as_of)
    if name is None:
        raise SchoolhouseError("There is no challenger: name one first with ./schoolhouse flags challenge.")
    seen, groups = [], {}
    terms: dict[str, list[bool]] = defaultdict(list)
    for row in past:
        with engine.begin() as connection:
            one = see(connection, row, as_of)
            if one is None:
                terms[row["elt_term"]].append(False)
                continue
            terms[row["elt_term"]].append(one.challenger == name)
            if one.challenger == name:
                seen.append(one)
                groups[one.version] = _groups(connection, one)
    if not any(all(watched) for watched in terms.values()):
        return Comparison(name, {}, ["no term is over at whose every list it was watched"])
    evidence, failing = against_champion(seen, groups)
    return Comparison(name, evidence, failing)


def promote(as_of: dt.date, by: str, reason: str) -> Comparison:
    """Let the challenger rank, if the comparison allows it. Raises SchoolhouseError where it does not."""
    found = compare(as_of)
    with warehouse_engine("ml").begin() as connection:
        champion.promote(connection, as_of, by, reason, found.evidence, found.failing)
    return found


def _groups(connection: Connection, seen: Seen) -> pd.DataFrame:
    year = seen.experiment.school_year(seen.as_of)
    return read_groups(connection, latest_group_year(connection, year))


def _write(connection: Connection, version: str, found: list[tuple[str, Figure]]) -> None:
    table = tables.realised
    connection.execute(delete(table).where(table.c.version == version))
    columns = ["metric", "subset", "value", "low", "high", "n", "status"]
    copy_rows(
        connection,
        table,
        ["version", "method", *columns],
        ((version, method, *(getattr(figure, name) for name in columns)) for method, figure in found),
    )


def _demote(connection: Connection, as_of: dt.date, seen: list[Seen]) -> dict[str, str]:
    """Demote each model whose lists, taken together, were less precise than the rule at the same seats."""
    of_model: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        first = champion.judged_from(connection, one.model_id) if one.method == "model" else None
        if first is not None and one.as_of >= first:
            of_model[one.model_id].append(one)
    demoted = {}
    for model_id, own in of_model.items():
        found = against_rule(own)
        if found["gain"] is None or found["gain"] >= 0:
            continue
        reason = (
            f"of the students with a seat by rank, {found['precision']:.1%} had an outcome; of those the rule would "
            f"have taken for the same seats, {found['precision_of_rule']:.1%}"
        )
        champion.demote(connection, as_of, model_id, reason, found)
        demoted[model_id] = reason
    return demoted
