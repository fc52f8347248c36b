"""Answer a question about metrics for somebody who may read only what is released: the gate of `metrics query`."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection, select, text

from include.release import metrics, publish, state
from include.release.decide import decide
from include.release.job import RELEASE_LOCK, policy
from include.release.metrics import Metrics, RefusedError
from include.release.parts import YEAR, Name, Part, describe, networks_of
from include.release.released import Protected
from include.warehouse.engine import warehouse_engine
from models.ops import dbt_build
from models.ops import release as releases

# Who reads what is released, and no mart.
BELOW_ANALYST = ("district_leader", "principal", "intervention_team")
CONDITION = re.compile(r"^\s*(\w+)\s*=\s*(.+?)\s*$")
# What a question may be cut by beyond the released tables: each student has one of each.
CROSSED = {"race_group", "sex", "grade"}


def is_below_analyst(role: str | None) -> bool:
    """Whether a role, or where it is None whoever is signed in, gets what is released and no mart."""
    if role is not None:
        return role in BELOW_ANALYST
    with warehouse_engine().connect() as connection:
        return not connection.scalar(text("select has_schema_privilege('marts', 'usage')"))


def ask_saved(name: str) -> pd.DataFrame:
    """A saved query as it is released. Raises RefusedError where it is not."""
    with warehouse_engine().connect() as connection:
        if ("metrics", name) in publish.published(connection):
            return publish.read_rows(connection, "metrics", name)
        rows = publish.read_rows(connection, "metrics", "not_released")
    why = rows["reason"][(rows["saved_query"] == name) & (rows["metric"] == "")]
    raise RefusedError(f"{name} is not released. " + (why.iloc[0] if len(why) else "No saved query is called so."))


def ask(names: Sequence[str], by: Sequence[str], where: Sequence[str]) -> pd.DataFrame:
    """The metrics by these dimensions, as far as they can be told beside everything that was told before.

    Rows that the release has are given as it has them. Others are protected and attacked like a release, and
    remembered. Raises RefusedError, which says what to ask instead.
    """
    from include.semantic import query

    if set(names) <= metrics.PERSONLESS:
        return query(names, by, where)
    conditions = dict(_condition(one) for one in where)
    short = list(dict.fromkeys((*(name.rpartition("__")[2] for name in by), *conditions)))
    found = metrics.table_of(names)
    missing = [name for name in names if name not in found.columns]
    if missing:
        raise RefusedError(
            f"{', '.join(missing)} cannot be asked together with what {found.table.name} has "
            f"({', '.join(found.columns)}): ask for them apart."
        )
    metrics.dimensions_of(short, found.table)
    with warehouse_engine().begin() as connection:
        answer = metrics.printed(publish.read_rows(connection, "reporting", found.table.name), found, names, short)
        if answer.empty:
            answer = _decide(connection, found, names, short, conditions.get(YEAR))
    for name, value in conditions.items():
        answer = answer[answer[name].astype(str) == value]
    return answer.drop(columns=[name for name in conditions if name not in by]).reset_index(drop=True)


def _condition(given: str) -> tuple[str, str]:
    parts = CONDITION.match(given)
    if parts is None:
        raise RefusedError(f"The filter {given!r} cannot be used here: write `dimension = value`, once for each.")
    return parts[1].rpartition("__")[2], parts[2].strip("'")


def _decide(
    connection: Connection, found: Metrics, names: Sequence[str], short: Sequence[str], year_asked: str | None
) -> pd.DataFrame:
    """Rows that nobody was told of yet, protected beside everything that was."""
    keys = metrics.keys_of(short)
    if not set(keys) <= {YEAR, "school_id", *CROSSED} or not CROSSED & set(keys) or "subgroup" not in found.table.keys:
        raise RefusedError(
            f"No released table has {found.table.name} by {', '.join(keys)} together. Ask by fewer of them, or by "
            f"{', '.join(sorted(CROSSED))} of students."
        )
    # Two questions at a time would not know of each other's answers.
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": RELEASE_LOCK})
    number = _release_of_this_build(connection)
    asked = _asked(found, keys)
    rows = _counted(found, keys)
    networks, chosen, answers = networks_of(connection), policy(), []
    if year_asked is not None:
        rows = rows[rows[YEAR].astype(str) == year_asked]
    for year, some in rows.groupby(YEAR):
        name = Name(found.table.subject, int(str(year)))
        given, last = state.newest(connection, name, is_release=False), state.newest(connection, name)
        if given is None or last is None:
            raise RefusedError(f"Nothing of {name} is released yet: ask after the next release.")
        table = describe(asked, some.reset_index(drop=True), networks.get(name.school_year, {}))
        decided = decide(Part(name, (table,), last.fingerprint), chosen, given.state, last.state)
        if decided.findings:
            raise RefusedError(
                f"{', '.join(names)} by {', '.join(keys)} would tell of few people in {year}: ask by fewer of them."
            )
        told = f"{', '.join(names)} by {', '.join(keys)}"
        state.keep(connection, name, number, last.fingerprint, decided.state, told)
        answers.append(decided.tables[asked.name])
    if not answers:
        raise RefusedError(f"There is nothing of the school year {year_asked}.")
    answer = pd.concat(answers, ignore_index=True)
    return metrics.with_names(answer, found, names, keys)


def _asked(found: Metrics, keys: Sequence[str]) -> Protected:
    counts = tuple(found.counts.values())
    shares = {share: of for share, of in found.table.shares.items() if set(of) <= set(counts)}
    return replace(found.table, keys=tuple(keys), chains=(counts,), shares=shares, figures={})


def _counted(found: Metrics, keys: Sequence[str]) -> pd.DataFrame:
    from include.semantic import query

    frame = query(list(found.counts), keys)
    frame.columns = pd.Index([str(column).rpartition("__")[2] for column in frame.columns])
    frame = frame.rename(columns=found.counts).dropna(subset=list(keys))
    counts = list(found.counts.values())
    return frame.assign(**{count: frame[count].fillna(0) for count in counts}, status="ok")


def _release_of_this_build(connection: Connection) -> int:
    last = connection.execute(
        select(releases.c.release_id, releases.c.build_id)
        .where(releases.c.status == "published")
        .order_by(releases.c.release_id.desc())
        .limit(1)
    ).one_or_none()
    newest = connection.scalar(select(dbt_build.c.build_id).order_by(dbt_build.c.build_id.desc()).limit(1))
    if last is None or last.build_id != newest:
        raise RefusedError(
            "The marts are newer than what is released, and the difference would tell who came and went: ask for what "
            "the schemas reporting and metrics show, or after the next release."
        )
    return int(last.release_id)
