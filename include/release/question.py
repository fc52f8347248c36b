"""Answer a question about metrics for somebody who may read only what is released: the gate of `metrics query`."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, text

from include.errors import SchoolhouseError
from include.privacy.figures import told
from include.release import metrics, publish, state
from include.release.codes import DISTRICT, EVERYONE
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
# What a question may be cut by beyond the released tables, and the kind of group there: each student has one of each.
CROSSED = {"race_group": "race", "sex": "sex", "grade": "grade"}


def is_below_analyst(role: str | None) -> bool:
    """Whether a role, or where it is None whoever is signed in, gets what is released and no mart.

    Raises SchoolhouseError for a role that reads marts: whose rows it sees depends on who has signed on.
    """
    if role is not None:
        if role not in BELOW_ANALYST:
            raise SchoolhouseError(
                f"--as-role takes the roles that read what is released ({', '.join(BELOW_ANALYST)}), and not {role!r}: "
                "whoever holds another one asks with a login of his own."
            )
        return True
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
    """Rows that nobody was told of yet, protected and attacked beside everything that was."""
    keys = metrics.keys_of(short)
    if (
        not set(keys) <= {YEAR, "school_id", *CROSSED}
        or not CROSSED.keys() & set(keys)
        or "subgroup" not in found.table.keys
    ):
        raise RefusedError(
            f"No released table has {found.table.name} by {', '.join(keys)} together. Ask by fewer of them, or by "
            f"{', '.join(sorted(CROSSED))} of students."
        )
    # Two questions at a time would not know of each other's answers.
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": RELEASE_LOCK})
    number = _release_of_this_build(connection)
    asked = _asked(found, keys)
    rows = _rows(connection, found, asked, keys)
    networks, chosen, answers = networks_of(connection), policy(), []
    if year_asked is not None:
        rows = rows[rows[YEAR].astype(str) == year_asked]
    for year, some in rows.groupby(YEAR):
        name = Name(found.table.subject, int(str(year)))
        given, last = state.newest(connection, name, is_release=False), state.newest(connection, name)
        if given is None or last is None:
            raise RefusedError(f"Nothing of {name} is released yet: ask after the next release.")
        table = describe(asked, some.reset_index(drop=True), networks.get(name.school_year, {}))
        before = replace(given.state, release=told(given.state))
        decided = decide(Part(name, (table,), last.fingerprint), chosen, before, before)
        if decided.findings:
            raise RefusedError(
                f"{', '.join(names)} by {', '.join(keys)} would tell of few people in {year}: ask by fewer of them."
            )
        what = f"{', '.join(names)} by {', '.join(keys)}"
        state.keep(connection, name, number, last.fingerprint, decided.state, what)
        answers.append(decided.tables[asked.name])
    if not answers:
        raise RefusedError(f"There is nothing of the school year {year_asked}.")
    answer = pd.concat(answers, ignore_index=True)
    return metrics.with_names(_of_question(answer, keys), found, names, keys)


def _asked(found: Metrics, keys: Sequence[str]) -> Protected:
    """The table of the question, with organisations as the released table has them."""
    counts = tuple(found.counts.values())
    shares = {share: of for share, of in found.table.shares.items() if set(of) <= set(counts)}
    places = ("org_kind", "org_id") if "school_id" in keys else ()
    groups = (key for key in keys if key != "school_id")
    return replace(found.table, keys=(*places, *groups), chains=(counts,), shares=shares, figures={})


def _rows(connection: Connection, found: Metrics, asked: Protected, keys: Sequence[str]) -> pd.DataFrame:
    """What is asked, and of the released table all that it is a part of.

    So the new counts are tied to those that were told: black girls and black boys add up to black students.
    """
    crossed = [_counted(found, keys)]
    if "school_id" in keys:
        crossed.append(_counted(found, [key for key in keys if key != "school_id"]))
    every = pd.concat([_margins(connection, found, asked), *crossed], ignore_index=True)
    return every[[*asked.keys, *asked.counts, "status"]].drop_duplicates(list(asked.keys), ignore_index=True)


def _margins(connection: Connection, found: Metrics, asked: Protected) -> pd.DataFrame:
    """The rows of the released table for everyone, and for each group by itself."""
    rows = pd.read_sql(text(found.table.query), connection)
    kind_of = {key: CROSSED[key] for key in asked.keys if key in CROSSED}
    fits = rows["subgroup_kind"].isin([EVERYONE, *kind_of.values()])
    if "org_id" not in asked.keys:
        fits &= rows["org_kind"] == DISTRICT
    rows = rows[fits]
    groups = {key: rows["subgroup"].where(rows["subgroup_kind"] == kind, EVERYONE) for key, kind in kind_of.items()}
    return rows.assign(**groups)


def _counted(found: Metrics, keys: Sequence[str]) -> pd.DataFrame:
    from include.semantic import query

    frame = query(list(found.counts), keys)
    frame.columns = pd.Index([str(column).rpartition("__")[2] for column in frame.columns])
    frame = frame.rename(columns=found.counts).dropna(subset=list(keys))
    counts = list(found.counts.values())
    frame = frame.assign(**{count: frame[count].fillna(0) for count in counts}, status="ok")
    if "school_id" in keys:
        return frame.rename(columns={"school_id": "org_id"}).assign(org_kind="school")
    return frame.assign(org_kind=DISTRICT, org_id=DISTRICT)


def _of_question(answer: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The rows with a group of each kind, and a school where schools are asked for."""
    fits = np.logical_and.reduce([answer[key] != EVERYONE for key in keys if key in CROSSED])
    if "school_id" in keys:
        fits &= answer["org_kind"] == "school"
    return answer[fits].rename(columns={"org_id": "school_id"})


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
