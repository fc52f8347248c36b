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
from sqlalchemy import Connection, Engine, Table, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from include.districts import Feed
from include.errors import SchoolhouseError
from include.landing.check import (
    check_rows,
    clear_checked,
    says_the_same,
    set_outside_aside,
    set_repeats_aside,
    take_rows,
)
from include.landing.copy import copy_rows
from include.landing.keep import keep_file, sha256_of
from include.landing.mapping import Mapping, compile_mapping, literal
from include.landing.statements import count, execute
from include.landing.versions import current_rows, end_versions, insert_versions, is_first_day
from include.sources.delivery import Delivery
from include.sources.files.read import open_blocks
from models.landing import CONTRACTS
from models.landing.contract import rules_of
from models.ops import load

log = logging.getLogger(__name__)

SMALLEST_GUARDED = 20
# Rows of a first load from which the indexes are built afterwards.
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


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows, the quarantined ones aside. closed: versions that ended without another."""

    rows_read: int
    landed: int
    unchanged: int
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
        copied = copy_rows(connection, len(header), mapping.kept, rows, bool(feed.never_land))
        return _land(connection, feed, delivery, sha256, mapping_md5, as_of, mapping, copied, started)


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
    rows: int,
    started: dt.datetime,
) -> LoadResult:
    table = CONTRACTS[feed.contract]
    # Among changes there may be one by which a row is no longer the feed's, as a student's who now teaches.
    looks_outside = delivery.mode == "delta" and mapping.where != "true" and mapping.key_is_read
    filtered = take_rows(connection, mapping, looks_outside)
    load_id = count(connection, "select nextval(pg_get_serial_sequence('ops.load', 'load_id'))")
    is_history = is_first_day(connection, feed, as_of)
    outcome = None
    if rows >= MANY and rules_of(table).key and not looks_outside and mapping.deletes == "false":
        outcome = _land_at_once(connection, feed, table, mapping, load_id, as_of, is_history)
    if outcome is None:
        check_rows(connection, mapping, rules_of(table))
        scope = current_rows(feed)
        if feed.partition:
            # Few, and as constants the planner knows how many rows they stand for.
            parts = connection.exec_driver_sql(f"select distinct {feed.partition}::text from typed").scalars().all()
            scope += f" and current.{feed.partition}::text in ({', '.join(map(literal, parts)) or 'null'})"
        if looks_outside:
            filtered -= set_outside_aside(connection, f"landing.{table.name}", scope)
        outcome = _merge(connection, feed, delivery, table, scope, load_id, as_of, is_history)
    result = LoadResult(
        feed=feed.name,
        contract=feed.contract,
        file_name=delivery.name,
        status="landed",
        quarantined=count(connection, "select count(*) from bad"),
        **asdict(outcome),
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


def _land_at_once(
    connection: Connection, feed: Feed, table: Table, mapping: Mapping, load_id: int, as_of: dt.date, is_history: bool
) -> Outcome | None:
    """Land a first load straight from its text, and have the index that is built afterwards look at its keys.

    None where the contract has rows already, or the file has rows of one key: nothing is done then. Another first
    load of the contract waits until this one has ended.
    """
    execute(connection, f"lock table landing.{table.name} in access exclusive mode")
    if count(connection, f"select exists (select 1 from landing.{table.name})"):
        return None
    check_rows(connection, mapping, rules_of(table), is_stored=False)
    execute(connection, "create temp view fresh as select * from typed")
    (index,) = table.indexes
    primary_key = f"{table.name}_pkey"
    try:
        with connection.begin_nested():
            # What is written to a table emptied in the same transaction need not be written to the log as well.
            execute(connection, f"truncate landing.{table.name}")
            index.drop(connection)
            execute(connection, f"alter table landing.{table.name} drop constraint {primary_key}")
            landed = insert_versions(connection, table, feed, load_id, as_of, is_history)
            index.create(connection)
            execute(
                connection, f"alter table landing.{table.name} add constraint {primary_key} primary key (_version_id)"
            )
    except IntegrityError:
        clear_checked(connection)
        return None
    refused = count(connection, "select count(*) from bad")
    return Outcome(rows_read=landed + refused, landed=landed, unchanged=0, closed=0)


def _merge(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    table: Table,
    scope: str,
    load_id: int,
    as_of: dt.date,
    is_history: bool,
) -> Outcome:
    """Land what says something else than the current rows in `scope`."""
    rows_read = count(connection, "select count(*) from checked")
    if rows_read == 0 and delivery.mode == "snapshot" and not delivery.is_counted:
        raise SchoolhouseError(
            f"{delivery.name} has no rows for feed {feed.name}: a snapshot without rows would end every current one. "
            "Remove the file, or mark the feed `mode: delta`."
        )
    repeated = set_repeats_aside(connection, table)
    if delivery.mode == "delta" and rules_of(table).posted:
        _set_old_aside(connection, table, scope)
    unchanged = _set_unchanged_aside(connection, table, scope)
    closed = _close_disappeared(connection, feed, delivery, table, scope, as_of, is_history)
    deleted = count(connection, "select count(*) from fresh where is_deletion")
    end_versions(connection, table, scope, as_of, is_history)
    landed = insert_versions(connection, table, feed, load_id, as_of, is_history)
    return Outcome(rows_read, landed=landed + deleted, unchanged=unchanged + repeated, closed=closed + deleted)


def _set_old_aside(connection: Connection, table: Table, scope: str) -> None:
    """Quarantine rows of a delta that were posted before the version that is known: an old file, sent again."""
    posted = rules_of(table).posted
    reason = f"'the row was posted on ' || typed.{posted} || ', before the known version of ' || current.{posted}"
    execute(
        connection,
        "insert into bad select typed.id, typed.file_line,"
        f" array[jsonb_build_object('column', null, 'value', null, 'reason', {reason})], typed._key"
        f" from typed join landing.{table.name} current on current._key = typed._key and {scope}"
        f" where typed.{posted} < current.{posted} and not typed.is_deletion"
        f" and not {says_the_same('typed', 'current', table)}",
    )
    execute(connection, "delete from typed using bad where typed.id = bad.id")


def _set_unchanged_aside(connection: Connection, table: Table, scope: str) -> int:
    """Make `fresh`: the rows that say something else than the current ones. Returns how many say the same."""
    current = f"select 1 from landing.{table.name} current where {scope}"
    if not count(connection, f"select exists ({current})"):
        execute(connection, "create temp view fresh as select * from typed where not is_deletion")
        return count(connection, "select count(*) from typed where is_deletion")
    execute(
        connection,
        f"create temp table fresh on commit drop as select typed.* from typed left join landing.{table.name} current"
        f" on current._key = typed._key and {scope} where case when current._key is null then not typed.is_deletion"
        f" else typed.is_deletion or not {says_the_same('typed', 'current', table)} end",
    )
    execute(connection, "analyze fresh")
    return count(connection, "select (select count(*) from typed) - (select count(*) from fresh)")


def _close_disappeared(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    table: Table,
    scope: str,
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
    rules, target = rules_of(table), f"landing.{table.name}"
    if rules.key and count(connection, "select count(*) from bad where _key is null"):
        log.warning("%s: rows without a readable key, so no missing row is ended", delivery.name)
        return 0
    execute(
        connection,
        f"create temp table missing on commit drop as select current._key from {target} current where {scope}"
        " and not exists (select 1 from typed where typed._key = current._key)"
        " and not exists (select 1 from bad where bad._key = current._key)",
    )
    missing = count(connection, "select count(*) from missing")
    if not missing:
        return 0
    current = count(connection, f"select count(*) from {target} current where {scope}")
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
    return execute(
        connection,
        f"update {target} current set _superseded_on = {ended_on} from missing"
        f" where {scope} and current._key = missing._key",
    )


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
