"""Rows that wait in quarantine: which of them still do, and a second try with today's mapping."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, text

from include.districts import Feed, FileFeed
from include.errors import SchoolhouseError
from include.landing.check import check_rows, clear_tables, says_the_same, set_repeats_aside, take_rows
from include.landing.load import claim_feed, refuse_going_back
from include.landing.mapping import Mapping, compile_mapping, literal
from include.landing.reasons import KIND
from include.landing.versions import current_rows, end_versions, insert_versions, is_first_day
from models.landing import CONTRACTS
from models.landing.contract import Rules, contract_columns, rules_of

# A file that came again under its name has said everything anew, so only its newest load waits.
OPEN = """
    select q.*, l.as_of, l.mode, l.columns
    from ops.quarantine q join ops.load l using (load_id)
    where q.resolved_on is null and q.load_id in (
        select max(load_id) from ops.load where status = 'landed' group by feed, file_name
    )
"""
# Rows that are sound in themselves but say something else than another row with their key. Everything else that a
# whole row is refused for is damage, and its cells are not what the source meant.
CONTESTED = "^the row (has the same .* as line [0-9]+ with other values|was posted on )"


@dataclass(frozen=True)
class Replay:
    """What became of a feed's open rows. tried = landed + unchanged + superseded + left_out + contested + refused.

    unchanged: their current version says the same. superseded: something newer is known. left_out: no longer wanted
    by the feed's `where`. contested: sound, but another row of the same key says something else, and nobody can
    know which was meant. refused: still not sound. damaged: not tried, since the row was refused as a whole; a
    corrected file brings it. misfits: why today's mapping does not fit the
    columns of a load, whose rows then stay refused.
    """

    tried: int
    landed: int
    unchanged: int
    superseded: int
    left_out: int
    contested: int
    refused: int
    damaged: int
    misfits: tuple[str, ...]


def open_by_reason(connection: Connection, feed: str | None = None) -> Sequence[Any]:
    """Open rows as (feed, reason, column_name, rows, first_on, last_on); the days are those of their loads."""
    return connection.execute(
        text(
            f"select feed, {KIND} as reason, column_name, count(*) as rows, min(as_of) as first_on,"
            f" max(as_of) as last_on from ({OPEN}) waiting where feed = coalesce(:feed, feed)"
            " group by 1, 2, 3 order by 1, 4 desc, 2, 3"
        ),
        {"feed": feed},
    ).all()


def rows_in_quarantine(connection: Connection, feed: str | None, load_id: int | None, limit: int) -> Sequence[Any]:
    """Whole rows, the newest load first: the open ones, or of a load that is named all of them."""
    source = OPEN if load_id is None else "select *, null::date as as_of from ops.quarantine where load_id = :load"
    return connection.execute(
        text(
            "select load_id, feed, file_name, line, problems, raw, resolved_on, resolution"
            f" from ({source}) waiting where feed = coalesce(:feed, feed)"
            " order by load_id desc, quarantine_id limit :limit"
        ).bindparams(feed=feed, limit=limit, **({} if load_id is None else {"load": load_id}))
    ).all()


def replay(connection: Connection, feed: Feed, as_of: dt.date) -> Replay:
    """Try a feed's open rows again from their kept text, in the caller's transaction.

    Sound ones land as known on `as_of`, under the load, the line and the file that brought them. Rows that are
    contested or still refused stay as they are. Raises SchoolhouseError where the feed knows a later day.
    """
    claim_feed(connection, feed)
    refuse_going_back(connection, feed, as_of)
    # The long rows of a wide one were kept with the same text: they are one row again, and stand or fall together.
    one_row = "line" if feed.unpivot else "quarantine_id"
    _execute(
        connection,
        "create temp table waiting on commit drop as select quarantine_id, load_id, line, file_name, raw, as_of, mode,"
        f" columns, dense_rank() over (order by load_id, {one_row})::int as n, column_name is null as is_whole,"
        f" column_name is null and reason !~ {literal(CONTESTED)} as is_damaged, null::text as outcome"
        f" from ({OPEN}) opened where feed = {literal(feed.name)}",
    )
    if feed.partition is None:
        _set_aside_what_came_before_a_snapshot(connection, feed)
    loads = connection.exec_driver_sql(
        "select distinct on (load_id) load_id, as_of, mode, columns, file_name from waiting"
        " where not is_damaged and outcome is null order by load_id desc"
    ).all()
    misfits = []
    # The newest load first, so that what it says of a key stands before what an older one said.
    for load in loads:
        clear_tables(connection, "judged")
        try:
            mapping = compile_mapping(feed, _header(feed, load))
        except SchoolhouseError as error:
            misfits.append(f"{load.file_name}: {error}")
            _execute(connection, f"update waiting set outcome = 'refused' where {_tried(load)}")
            continue
        _replay_load(connection, feed, as_of, load, mapping)
    _execute(
        connection,
        f"update ops.quarantine q set resolved_on = date '{as_of}', resolution = outcome from waiting"
        " where waiting.quarantine_id = q.quarantine_id and outcome not in ('contested', 'refused')",
    )
    counted = connection.exec_driver_sql("select outcome, count(*) from waiting group by 1")
    found: dict[str | None, int] = {outcome: number for outcome, number in counted}
    damaged = found.pop(None, 0)
    return Replay(
        tried=sum(found.values()),
        landed=found.get("landed", 0),
        unchanged=found.get("unchanged", 0),
        superseded=found.get("superseded", 0),
        left_out=found.get("left out", 0),
        contested=found.get("contested", 0),
        refused=found.get("refused", 0),
        damaged=damaged,
        misfits=tuple(reversed(misfits)),
    )


def _execute(connection: Connection, statement: str) -> int:
    return connection.exec_driver_sql(statement).rowcount


def _tried(load: Any) -> str:
    return f"load_id = {load.load_id} and not is_damaged and outcome is null"


def _header(feed: Feed, load: Any) -> list[str]:
    """Columns of the load's file; records without a header have every column, if only without a value."""
    is_records = not isinstance(feed, FileFeed) or ".jsonl" in load.file_name
    return list(dict.fromkeys([*load.columns, *(feed.json_columns() if is_records else ())]))


def _snapshots(feed: Feed) -> str:
    """SQL for the feed's whole files that landed."""
    return f"ops.load where feed = {literal(feed.name)} and status = 'landed' and mode = 'snapshot'"


def _set_aside_what_came_before_a_snapshot(connection: Connection, feed: Feed) -> None:
    """A later snapshot of a feed said everything anew, under whatever name; changes before it are in it or gone."""
    _execute(
        connection,
        f"update waiting set outcome = 'superseded' where load_id < (select max(load_id) from {_snapshots(feed)})",
    )


def _replay_load(connection: Connection, feed: Feed, as_of: dt.date, load: Any, mapping: Mapping) -> None:
    """Land what is sound now of one load's rows, and write the outcome of each into `waiting`."""
    table = CONTRACTS[feed.contract]
    rules = rules_of(table)
    target = f"landing.{table.name}"
    cells = "".join(f", raw ->> {literal(mapping.header[position])} as c{position + 1}" for position in mapping.kept)
    _execute(
        connection,
        "create temp table raw on commit drop as"
        f" select distinct on (n) n::bigint as id, n as file_line, null::text as damage, null::jsonb as overflow{cells}"
        f" from waiting where {_tried(load)} order by n, quarantine_id",
    )
    take_rows(connection, mapping)
    check_rows(connection, mapping, rules)
    _execute(connection, "create temp table judged (id bigint, n int, outcome text) on commit drop")
    _set_superseded_aside(connection, feed, target, rules, load)
    set_repeats_aside(connection, table)
    _judge(connection, feed, table, load)
    _execute(
        connection,
        "update waiting set outcome = found.outcome from (select raw.file_line as n, case"
        " when bool_or(outcome = 'refused') then 'refused' when bool_or(outcome = 'contested') then 'contested'"
        " when bool_or(outcome = 'landed') then 'landed'"
        " when bool_or(outcome = 'unchanged') then 'unchanged' when bool_or(outcome = 'superseded') then 'superseded'"
        " else 'left out' end as outcome"
        " from raw left join judged on judged.n = raw.file_line group by 1) found where waiting.n = found.n",
    )
    _execute(
        connection,
        "delete from typed where id not in (select id from judged join waiting using (n)"
        " where judged.outcome = 'landed' and waiting.outcome = 'landed')",
    )
    _insert(connection, feed, table, load, as_of)


def _set_superseded_aside(connection: Connection, feed: Feed, target: str, rules: Rules, load: Any) -> None:
    """Judge rows of which something newer is known: a version, an end, or a later snapshot of their partition."""
    judge = "insert into judged select id, file_line, 'superseded' from {rows} where {condition}"
    if rules.key:
        newer = (
            f"_key in (select _key from {target} where _feed = {literal(feed.name)}"
            f" and (_load_id > {load.load_id} or _superseded_on > date '{load.as_of}'))"
        )
        for rows in ("typed", "bad"):
            _execute(connection, judge.format(rows=rows, condition=newer))
    if feed.partition:
        later = f"{_snapshots(feed)} and load_id > {load.load_id}"
        # The load says what it was whole for, even if nothing in it was new; of an old one only what it landed does.
        covered = (
            f"{feed.partition}::text in (select jsonb_array_elements_text(partitions) from {later}"
            f" union select {feed.partition}::text from {target}"
            f" where _feed = {literal(feed.name)} and _load_id in (select load_id from {later}))"
            " and id not in (select id from judged)"
        )
        _execute(connection, judge.format(rows="typed", condition=covered))
    for rows in ("typed", "bad"):
        _execute(connection, f"delete from {rows} where id in (select id from judged)")


def _judge(connection: Connection, feed: Feed, table: Table, load: Any) -> None:
    """Judge the other rows: refused again, a contradiction to a row that landed, nothing new, or fit to land."""
    rules = rules_of(table)
    _execute(
        connection,
        "insert into judged select id, file_line,"
        " case when id in (select id from repeated) then 'contested' else 'refused' end from bad",
    )
    # Null where there is no row to differ from, or the one that differs only ends it.
    differs = (
        "(case when current._key is not null and not typed.is_deletion"
        f" then not {says_the_same('typed', 'current', table)} end)"
    )
    contradicts = f"current._load_id = {load.load_id}"
    if load.mode == "delta" and rules.posted:
        contradicts += f" or typed.{rules.posted} < current.{rules.posted}"
    _execute(
        connection,
        "insert into judged select typed.id, typed.file_line, case"
        f" when current._key is null and typed.is_deletion or {differs} is false then 'unchanged'"
        " when typed.file_line in (select n from waiting where is_whole)"
        f" or {differs} and ({contradicts}) then 'contested' else 'landed' end"
        # A copy of a ledger's line is never the one that is there.
        f" from typed left join landing.{table.name} current"
        f" on {bool(rules.key)} and current._key = typed._key and {current_rows(feed)}",
    )
    _execute(
        connection,
        "insert into judged select id, file_line, 'unchanged' from repeated where id not in (select id from judged)",
    )


def _insert(connection: Connection, feed: Feed, table: Table, load: Any, as_of: dt.date) -> None:
    """Land what is left in `typed`, as a load of the day would."""
    if not rules_of(table).key:
        # One more copy than there are: the n-th is known by its number.
        names = ", ".join([*(column.name for column in contract_columns(table)), "_extra"])
        there = (
            f"select count(*) from landing.{table.name} current"
            f" where {current_rows(feed)} and {says_the_same('numbered', 'current', table)}"
        )
        _execute(
            connection,
            "update typed set _key = md5(row(copies.content, copies.number)::text)::uuid from (select id, content,"
            f" row_number() over (partition by content order by id) + ({there}) as number"
            f" from (select id, {names}, md5(row({names})::text) as content from typed) numbered) copies"
            " where copies.id = typed.id",
        )
    _execute(
        connection,
        "create temp table fresh on commit drop as select typed.*, lines._line as line_of_load from typed"
        " join (select distinct n, line as _line from waiting) lines on lines.n = typed.file_line order by id",
    )
    _execute(connection, "update fresh set file_line = line_of_load")
    is_history = is_first_day(connection, feed, as_of)
    if rules_of(table).key:
        end_versions(connection, table, current_rows(feed), as_of, is_history)
    insert_versions(connection, table, feed, load.load_id, as_of, is_history)
