"""Land one file: copy as text, check in sets, quarantine, merge as versions, account for every row.

All of it is one transaction, so a load that is killed leaves nothing behind.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Index, Table, insert, text
from sqlalchemy.exc import DBAPIError

from include.districts import Feed
from include.errors import SchoolhouseError
from include.landing.check import check_rows, set_outside_aside, set_repeats_aside, take_rows
from include.landing.copy import copy_rows
from include.landing.keep import keep_file, sha256_of
from include.landing.mapping import Mapping, compile_mapping, literal
from include.landing.statements import count, execute
from include.sources.delivery import Delivery
from include.sources.files.read import open_blocks
from models.landing import CONTRACTS
from models.landing.contract import Rules, contract_columns, rules_of
from models.ops import load

log = logging.getLogger(__name__)

ALWAYS_KNOWN = "date '1900-01-01'"
SMALLEST_GUARDED = 20
# Rows of a first load from which the index is built afterwards.
MANY = 10_000
PROGRAM_LIMITS = "54"


@dataclass(frozen=True)
class LoadResult:
    """What became of one file: rows_read = landed + unchanged + quarantined."""

    feed: str
    contract: str
    file_name: str
    status: str
    rows_read: int
    landed: int
    unchanged: int
    quarantined: int
    closed: int


def load_file(engine: Engine, feed: Feed, delivery: Delivery, as_of: dt.date) -> LoadResult:
    """Land a delivery as it is known on `as_of`; a file that was loaded before is only accounted for.

    Raises SchoolhouseError for a file that cannot be read, a mapping that does not fit it, a file that comes after a
    later one has landed, an `as_of` before the feed's last load, or a snapshot from which too many rows have
    disappeared.
    """
    with engine.begin() as connection:
        return land_within(connection, feed, delivery, as_of)


def land_within(
    connection: Connection, feed: Feed, delivery: Delivery, as_of: dt.date, keeps_file: bool = True
) -> LoadResult:
    """The same in a transaction of the caller's, who commits it or takes it back.

    keeps_file: False where it will be taken back, since the copy of the file would be written for nothing.
    """
    sha256 = sha256_of(delivery.path)
    mapping_md5 = mapping_hash(feed)
    claim_feed(connection, feed)
    earlier = _earlier_load(connection, feed, delivery.name, sha256, mapping_md5)
    if earlier is not None:
        return _account_again(connection, feed, delivery, sha256, mapping_md5, as_of, earlier)
    if delivery.overtaken_by is not None:
        raise SchoolhouseError(
            f"{delivery.name} is older than {delivery.overtaken_by}, which feed {feed.name} has landed: its rows "
            "would replace newer ones. Remove it, and if they came no other way ask the source for a full file."
        )
    refuse_going_back(connection, feed, as_of)
    if keeps_file:
        keep_file(connection, delivery, sha256, as_of, is_whole=feed.keeps_files)
    started = dt.datetime.now(dt.UTC)
    with _explained(delivery.name), open_blocks(delivery.path, delivery.layout) as (header, rows):
        mapping = compile_mapping(feed, header)
        copy_rows(connection, len(header), mapping.kept, rows, bool(feed.never_land))
        return _land(connection, feed, delivery, sha256, mapping_md5, as_of, mapping, started)


def claim_feed(connection: Connection, feed: Feed) -> None:
    """Wait for whoever is at the same feed: two runs at once land it one after the other."""
    execute(connection, f"select pg_advisory_xact_lock(hashtextextended({literal(feed.name)}, 0))")


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What PostgreSQL says of a file that is beyond its limits, as one of too many columns for a row."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, psycopg.Error) or not (cause.sqlstate or "").startswith(PROGRAM_LIMITS):
            raise
        raise SchoolhouseError(f"{name} is beyond what a database can hold: {cause}. Nothing was loaded.") from error


def mapping_hash(feed: Feed) -> str:
    """Hash of what the feed's configuration makes of a file; where it lies and when it is due do not count."""
    told = feed.model_dump_json(exclude={"folder", "max_disappearing_share", "due_every_days"})
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


def _earlier_load(connection: Connection, feed: Feed, name: str, sha256: str, mapping_md5: str) -> Any:
    """The load that makes this file nothing new: the feed's newest, or the newest of its name, with these bytes."""
    return connection.execute(
        text(
            """
            select rows_read, landed + unchanged as kept, quarantined, filtered, columns, unmapped_columns
            from ops.load
            where feed = :feed and file_sha256 = :sha256 and mapping_md5 = :mapping_md5
              and status = 'landed'
              and load_id in (
                  select max(load_id) from ops.load where feed = :feed and status = 'landed'
                  union all
                  select max(load_id) from ops.load
                  where feed = :feed and status = 'landed' and file_name = :file_name
              )
            order by load_id desc limit 1
            """
        ),
        {"feed": feed.name, "sha256": sha256, "mapping_md5": mapping_md5, "file_name": name},
    ).one_or_none()


def _account_again(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    sha256: str,
    mapping_md5: str,
    as_of: dt.date,
    earlier: Any,
) -> LoadResult:
    result = LoadResult(
        feed=feed.name,
        contract=feed.contract,
        file_name=delivery.name,
        status="already_loaded",
        rows_read=earlier.rows_read,
        landed=0,
        unchanged=earlier.kept,
        quarantined=earlier.quarantined,
        closed=0,
    )
    _audit(
        connection,
        feed,
        delivery,
        result,
        sha256=sha256,
        mapping_md5=mapping_md5,
        as_of=as_of,
        filtered=earlier.filtered,
        is_history=False,
        columns=earlier.columns,
        unmapped=earlier.unmapped_columns,
        started=dt.datetime.now(dt.UTC),
    )
    return result


def refuse_going_back(connection: Connection, feed: Feed, as_of: dt.date) -> None:
    """Raise SchoolhouseError where the feed already knows a later day than `as_of`."""
    newest = connection.execute(
        text("select max(as_of) from ops.load where feed = :feed and status = 'landed'"), {"feed": feed.name}
    ).scalar()
    if newest is not None and as_of < newest:
        raise SchoolhouseError(
            f"Feed {feed.name} was last loaded as of {newest}; loading it as of {as_of} would rewrite what was "
            "known in between. Give a later --as-of, or land into a fresh warehouse."
        )


def _land(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    sha256: str,
    mapping_md5: str,
    as_of: dt.date,
    mapping: Mapping,
    started: dt.datetime,
) -> LoadResult:
    table = CONTRACTS[feed.contract]
    rules = rules_of(table)
    # Among changes there may be one by which a row is no longer the feed's, as a student's who now teaches.
    looks_outside = delivery.mode == "delta" and mapping.where != "true" and mapping.key_is_read
    filtered = take_rows(connection, mapping, looks_outside)
    check_rows(connection, mapping, rules)
    target = f"landing.{table.name}"
    scope = f"current._feed = {literal(feed.name)} and current._superseded_on is null"
    if feed.partition:
        # Few, and as constants the planner knows how many rows they stand for.
        parts = connection.exec_driver_sql(f"select distinct {feed.partition}::text from typed").scalars().all()
        scope += f" and current.{feed.partition}::text in ({', '.join(map(literal, parts)) or 'null'})"
    if looks_outside:
        filtered -= set_outside_aside(connection, target, scope)
    rows_read = count(connection, "select count(*) from checked")
    if rows_read == 0 and delivery.mode == "snapshot" and not delivery.is_counted:
        raise SchoolhouseError(
            f"{delivery.name} has no rows for feed {feed.name}: a snapshot without rows would end every current one. "
            "Remove the file, or mark the feed `mode: delta`."
        )
    repeated = set_repeats_aside(connection, rules)

    if delivery.mode == "delta" and rules.posted:
        _set_old_aside(connection, target, scope, rules.posted)
    unchanged = execute(
        connection,
        f"create temp table kept on commit drop as select typed._key from typed join {target} current"
        f" on current._key = typed._key and current._hash = typed._hash and {scope}",
    )
    is_history = is_first_day(connection, feed, as_of)
    known_on = day_known(rules, as_of) if is_history else f"date '{as_of}'"
    closed = _close_disappeared(connection, feed, delivery, target, scope, rules, as_of, is_history)
    deletions = count(connection, "select count(*) from typed where is_deletion")
    deleted = 0
    if deletions:
        deleted = execute(
            connection,
            f"update {target} current set _superseded_on = date '{as_of}' from typed"
            f" where {scope} and current._key = typed._key and typed.is_deletion",
        )
    # A version ends when the next becomes known: in history that may be long before the day of the load.
    execute(
        connection,
        f"update {target} current set _superseded_on = greatest(current._known_on, {known_on}) from typed"
        f" where {scope} and current._key = typed._key and current._hash <> typed._hash",
    )
    load_id = count(connection, "select nextval(pg_get_serial_sequence('ops.load', 'load_id'))")
    names = ", ".join(column.name for column in contract_columns(table))
    new = "not is_deletion"
    if unchanged:
        new += " and not exists (select 1 from kept where kept._key = typed._key)"
    index = _take_index_off(connection, table) if not unchanged and rows_read >= MANY else None
    landed = execute(
        connection,
        f"insert into {target} ({names}, _feed, _key, _hash, _load_id, _line, _extra, _known_on)"
        f" select {names}, {literal(feed.name)}, _key, _hash, {load_id}, file_line, _extra, {known_on}"
        f" from typed where {new}",
    )
    if index is not None:
        index.create(connection)
    result = LoadResult(
        feed=feed.name,
        contract=feed.contract,
        file_name=delivery.name,
        status="landed",
        rows_read=rows_read,
        landed=landed + deleted,
        unchanged=unchanged + repeated + deletions - deleted,
        quarantined=count(connection, "select count(*) from bad"),
        closed=closed + deleted,
    )
    # The table refuses a load that does not add up, so a fault here writes nothing at all.
    _audit(
        connection,
        feed,
        delivery,
        result,
        load_id=load_id,
        sha256=sha256,
        mapping_md5=mapping_md5,
        as_of=as_of,
        filtered=filtered,
        is_history=is_history,
        columns=list(mapping.header),
        unmapped=list(mapping.unmapped),
        started=started,
    )
    _quarantine(connection, mapping, result, load_id)
    return result


def _take_index_off(connection: Connection, table: Table) -> Index | None:
    """The index of current rows, dropped where the table is empty: to build it once afterwards costs half.

    Another first load of the contract waits here until this one has put it back.
    """
    (index,) = table.indexes
    execute(connection, f"lock table landing.{table.name} in access exclusive mode")
    if count(connection, f"select exists (select 1 from landing.{table.name})"):
        return None
    index.drop(connection)
    return index


def _set_old_aside(connection: Connection, target: str, scope: str, posted: str) -> None:
    """Quarantine rows of a delta that were posted before the version that is known: an old file, sent again."""
    reason = f"'the row was posted on ' || typed.{posted} || ', before the known version of ' || current.{posted}"
    execute(
        connection,
        "insert into bad select typed.id, typed.file_line,"
        f" array[jsonb_build_object('column', null, 'value', null, 'reason', {reason})], typed._key"
        f" from typed join {target} current on current._key = typed._key and {scope}"
        f" where current._hash <> typed._hash and typed.{posted} < current.{posted}",
    )
    execute(connection, "delete from typed using bad where typed.id = bad.id")


def _close_disappeared(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    target: str,
    scope: str,
    rules: Rules,
    as_of: dt.date,
    is_history: bool,
) -> int:
    """End current rows that a snapshot no longer holds. Returns how many.

    A row that is in the file but quarantined has not disappeared. Where a quarantined row's own key
    cannot be read it might be any current row, so nothing is ended that day. Lines without a key have no
    other way to change than to go and to come, so of them only the balance counts as disappeared.
    Raises SchoolhouseError where more than `max_disappearing_share` is missing.
    """
    if delivery.mode != "snapshot":
        return 0
    if rules.key and count(connection, "select count(*) from bad where _key is null"):
        log.warning("%s: rows without a readable key, so no missing row is ended", delivery.name)
        return 0
    gone = (
        f"{scope} and not exists (select 1 from typed where typed._key = current._key)"
        " and not exists (select 1 from bad where bad._key = current._key)"
    )
    current = count(connection, f"select count(*) from {target} current where {scope}")
    missing = count(connection, f"select count(*) from {target} current where {gone}")
    if not rules.key:
        missing = current - count(connection, "select count(*) from typed")
    if current >= SMALLEST_GUARDED and missing > feed.max_disappearing_share * current:
        raise SchoolhouseError(
            f"{delivery.name} lacks {missing:,} of the {current:,} current rows of feed {feed.name}, more than "
            f"max_disappearing_share ({feed.max_disappearing_share:g}). If the file is complete, say "
            f"`./schoolhouse land --feed {feed.name} --accept-drop {feed.name}`; if not, ask the source for a full "
            "one. Nothing was loaded."
        )
    # Two states of a ledger landed on its first day: what the later one lacks never stood.
    ended_on = "current._known_on" if is_history and not rules.key else f"date '{as_of}'"
    return execute(connection, f"update {target} current set _superseded_on = {ended_on} where {gone}")


def is_first_day(connection: Connection, feed: Feed, as_of: dt.date) -> bool:
    """Whether nothing of the feed was loaded on an earlier day."""
    return not connection.execute(
        text("select exists (select 1 from ops.load where feed = :feed and as_of < :as_of)"),
        {"feed": feed.name, "as_of": as_of},
    ).scalar_one()


def day_known(rules: Rules, as_of: dt.date) -> str:
    """SQL for the day a row of history became known: posted, else event and lag, else always."""
    dates = [f"typed.{rules.posted}"] if rules.posted else []
    if rules.event:
        dates.append(f"typed.{rules.event} + {rules.lag_days}")
    known = f"coalesce({', '.join([*dates, ALWAYS_KNOWN])})"
    return f"least({known}, date '{as_of}')"


def _audit(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    result: LoadResult,
    *,
    sha256: str,
    mapping_md5: str,
    as_of: dt.date,
    filtered: int,
    is_history: bool,
    columns: list[str],
    unmapped: list[str],
    started: dt.datetime,
    load_id: int | None = None,
) -> None:
    values = {
        **asdict(result),
        "source": feed.source,
        "file_sha256": sha256,
        "mapping_md5": mapping_md5,
        "as_of": as_of,
        "filtered": filtered,
        "is_history": is_history,
        "mode": delivery.mode,
        "cursor": dict(delivery.cursor) if delivery.cursor is not None else None,
        "columns": columns,
        "unmapped_columns": unmapped,
        "started_at": started,
        "finished_at": dt.datetime.now(dt.UTC),
    }
    connection.execute(insert(load).values(values if load_id is None else {**values, "load_id": load_id}))


def _quarantine(connection: Connection, mapping: Mapping, result: LoadResult, load_id: int) -> None:
    """Keep what `bad` names with the text that was read."""
    execute(
        connection,
        "insert into ops.quarantine"
        " (load_id, feed, contract, file_name, line, column_name, value, reason, problems, raw)"
        f" select {load_id}, {literal(result.feed)}, {literal(result.contract)}, {literal(result.file_name)},"
        " bad.file_line, problems[1] ->> 'column', problems[1] ->> 'value', problems[1] ->> 'reason',"
        f" to_jsonb(problems), coalesce({mapping.raw}, '{{}}')"
        " || case when overflow is null then '{}' else jsonb_build_object('(further cells)', overflow) end"
        " from bad join taken using (id) order by id",
    )
