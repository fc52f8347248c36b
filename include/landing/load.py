"""Land one file: copy as text, check in sets, quarantine, merge as versions, account for every row.

All of it is one transaction, so a load that is killed leaves nothing behind.
"""

import datetime as dt
import hashlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, func, insert, null, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from include.districts import Feed
from include.errors import SchoolhouseError
from include.landing.check import (
    check_rows,
    clear_checked,
    clear_tables,
    says_the_same,
    set_bad_aside,
    set_outside_aside,
    set_repeats_aside,
    take_rows,
)
from include.landing.copy import copy_rows
from include.landing.difference import difference
from include.landing.keep import keep_file, sha256_of, write_kept_file
from include.landing.mapping import Mapping, compile_mapping, literal, sql_type
from include.landing.statements import count, execute
from include.landing.versions import current_rows, end_versions, insert_versions, is_first_day
from include.sources.delivery import Delivery
from include.sources.files.read import Block, Row, open_blocks
from models import ops
from models.landing import CONTRACTS
from models.landing.contract import contract_columns, rules_of

log = logging.getLogger(__name__)

SMALLEST_GUARDED = 20
# Rows of a first load from which the indexes are built afterwards.
MANY = 10_000
# To build the indexes anew pays where a file adds this share of a table's rows.
SHARE_TO_INDEX_ANEW = 0.2
# More lines than these are not looked at one by one.
MOST_RECHECKED = 10_000
# To be raised where the same text, mapping and contract come to mean another row: every file is then read anew.
READING = 1
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
    """What became of a file's rows, the quarantined ones aside.

    closed: versions that ended without another. is_merged: whether there were rows to compare with, and deletions and
    repeated keys looked for.
    """

    rows_read: int
    landed: int
    unchanged: int
    closed: int
    is_merged: bool


@dataclass
class _Load:
    """One file on its way into the warehouse."""

    connection: Connection
    feed: Feed
    delivery: Delivery
    sha256: str
    mapping_md5: str
    as_of: dt.date
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    @cached_property
    def load_id(self) -> int:
        """The number under which the load is written down."""
        return count(self.connection, "select nextval(pg_get_serial_sequence('ops.load', 'load_id'))")

    @property
    def table(self) -> Table:
        """Where the feed's rows land."""
        return CONTRACTS[self.feed.contract]


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
    claim_feed(connection, feed)
    load = _Load(connection, feed, delivery, sha256_of(delivery.path), mapping_hash(feed), as_of)
    earlier = _earlier_load(load)
    if earlier is not None:
        return _account_again(load, earlier)
    if delivery.overtaken_by is not None:
        raise SchoolhouseError(
            f"{delivery.name} is older than {delivery.overtaken_by}, which feed {feed.name} has landed: its rows "
            "would replace newer ones. Remove it, and if they came no other way ask the source for a full file."
        )
    refuse_going_back(connection, feed, as_of)
    if keeps_file:
        keep_file(connection, delivery, load.sha256, as_of, is_whole=feed.keeps_files)
    with _explained(delivery.name):
        result = _land_what_differs(load)
        if result is not None:
            return result
        clear_tables(connection)
        with open_blocks(delivery.path, delivery.layout) as (header, items):
            return _land(load, compile_mapping(feed, header), items)


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
    """Hash of what configuration and contract make of a file; where it lies and when it is due do not count."""
    told = feed.model_dump_json(exclude={"folder", "max_disappearing_share", "due_every_days", "full_every_days"})
    table = CONTRACTS[feed.contract]
    columns = [(column.name, sql_type(column), column.nullable, column.info) for column in contract_columns(table)]
    told += repr((READING, columns, rules_of(table).key, rules_of(table).posted))
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


def _earlier_load(load: _Load) -> Any:
    """The load that makes this file nothing new: the feed's newest, or the newest of its name, with these bytes.

    What a system answers has been said before only if nothing else was said since: a row that a delta brought, and
    that is gone again, has to end although everything is as it was the last time that everything was read.
    """
    return load.connection.execute(
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
                  where feed = :feed and status = 'landed' and file_name = :file_name and not :is_answer
              )
              and (mode = :mode or not :is_answer)
            order by load_id desc limit 1
            """
        ),
        {
            "feed": load.feed.name,
            "sha256": load.sha256,
            "mapping_md5": load.mapping_md5,
            "file_name": load.delivery.name,
            "mode": load.delivery.mode,
            "is_answer": load.delivery.is_answer,
        },
    ).one_or_none()


def _account_again(load: _Load, earlier: Any) -> LoadResult:
    result = LoadResult(
        feed=load.feed.name,
        contract=load.feed.contract,
        file_name=load.delivery.name,
        status="already_loaded",
        rows_read=earlier.rows_read,
        landed=0,
        unchanged=earlier.kept,
        quarantined=earlier.quarantined,
        closed=0,
    )
    _audit(
        load,
        result,
        filtered=earlier.filtered,
        is_history=False,
        columns=earlier.columns,
        unmapped_columns=earlier.unmapped_columns,
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


def _land(load: _Load, mapping: Mapping, items: Iterable[Row | Block]) -> LoadResult:
    """Land every row of a file."""
    connection, feed, table = load.connection, load.feed, load.table
    is_snapshot = load.delivery.mode == "snapshot"
    rows = copy_rows(connection, len(mapping.header), mapping.kept, items, bool(feed.never_land))
    # Among changes there may be one by which a row is no longer the feed's, as a student's who now teaches.
    looks_outside = not is_snapshot and mapping.where != "true" and mapping.key_is_read
    filtered = take_rows(connection, mapping, looks_outside)
    outcome = None
    has_one_row_a_line = mapping.deletes == "false" and not mapping.pivot
    if rows >= MANY and rules_of(table).key and not looks_outside and has_one_row_a_line:
        outcome = _land_at_once(load, mapping, rows)
    if outcome is not None:
        parts = _parts(load, f"landing.{table.name}")
    else:
        check_rows(connection, mapping, rules_of(table))
        parts = _parts(load, "typed")
        scope = _scope(load, parts)
        if looks_outside:
            filtered -= set_outside_aside(connection, f"landing.{table.name}", scope)
        if is_snapshot and not load.delivery.is_counted and not count(connection, "select count(*) from checked"):
            raise SchoolhouseError(
                f"{load.delivery.name} has no rows for feed {feed.name}: a snapshot without rows would end every "
                "current one. Remove the file, or mark the feed `mode: delta`."
            )
        outcome = _merge(load, scope)
    return _account(load, mapping, outcome, filtered, parts)


def _parts(load: _Load, rows: str) -> list[str] | None:
    """Values of the feed's partition column in a table; None for a feed without one."""
    if not load.feed.partition:
        return None
    found = load.connection.exec_driver_sql(
        f"select distinct part from (select {load.feed.partition}::text as part from {rows}) parts order by 1"
    )
    return [part for part in found.scalars() if part is not None]


def _scope(load: _Load, parts: list[str] | None) -> str:
    """SQL condition for the current rows, as `current`, that the file speaks of."""
    if parts is None:
        return current_rows(load.feed)
    # Few, and as constants the planner knows how many rows they stand for.
    listed = ", ".join(map(literal, parts)) or "null"
    return f"{current_rows(load.feed)} and current.{load.feed.partition}::text in ({listed})"


def _land_what_differs(load: _Load) -> LoadResult | None:
    """Land a snapshot by what it does not share with the one before: what has not changed is not looked at.

    Each current row then stands on one line of the earlier file, but for the lines that are looked at again. None
    where that is not known, or where a line that has changed meets one that has not: then every row has to be landed.
    """
    connection, feed, table = load.connection, load.feed, load.table
    earlier = _comparable_load(load)
    if earlier is None:
        return None
    with tempfile.TemporaryDirectory(prefix="schoolhouse-") as folder:
        # Under the name of the other, which says how it is to be read.
        path = Path(folder) / load.delivery.path.name
        if not write_kept_file(connection, earlier.file_sha256, path):
            return None
        with (
            open_blocks(path, load.delivery.layout) as (header, before),
            open_blocks(load.delivery.path, load.delivery.layout) as (new_header, after),
        ):
            mapping = compile_mapping(feed, new_header)
            if header != new_header or list(mapping.header) != earlier.columns:
                return None
            found = difference(before, after, set(earlier.recheck_lines))
    # Another year's file, say: what both hold is not worth looking at both for.
    if found is None or found.shared < len(found.gone):
        return None
    copy_rows(connection, len(header), mapping.kept, found.gone, bool(feed.never_land))
    filtered = earlier.filtered - take_rows(connection, mapping)
    check_rows(connection, mapping, rules_of(table))
    same = earlier.rows_read - count(connection, "select count(*) from checked")
    part = f"{feed.partition}::text" if feed.partition else "null"
    execute(connection, "drop table if exists pg_temp.gone")
    execute(
        connection,
        f"create temp table gone on commit drop as select _key, {part} as part from checked where _key is not null",
    )
    execute(connection, "analyze gone")
    clear_tables(connection)
    copy_rows(connection, len(header), mapping.kept, found.new, bool(feed.never_land))
    filtered += take_rows(connection, mapping)
    check_rows(connection, mapping, rules_of(table))
    parts = _parts(load, "typed")
    is_empty = same + count(connection, "select count(*) from checked") == 0
    if is_empty or _meets_unchanged(load) or not _has_every_part(load, earlier.partitions, parts):
        return None
    parts = None if parts is None else sorted({*earlier.partitions, *parts})
    # Few rows meet many: each is found through the index.
    execute(connection, "set local random_page_cost = 1")
    outcome = _merge(load, _scope(load, parts), "exists (select 1 from gone where gone._key = current._key)")
    outcome = replace(outcome, rows_read=outcome.rows_read + same, unchanged=outcome.unchanged + same)
    return _account(load, mapping, outcome, filtered, parts)


def _comparable_load(load: _Load) -> Any:
    """The feed's newest load, where the current rows are what its file said and this one can be compared with it."""
    if load.delivery.mode != "snapshot" or not load.feed.keeps_files or not rules_of(load.table).key:
        return None
    newest = load.connection.execute(
        text(
            """
            select newest.*
            from (select * from ops.load where feed = :feed and status = 'landed' order by load_id desc limit 1) newest
            where mapping_md5 = :mapping_md5 and mode = 'snapshot' and recheck_lines is not null and rows_read >= :many
              and not exists (
                  select 1 from ops.quarantine q
                  where q.feed = newest.feed and q.resolution = 'landed' and q.resolved_on >= newest.as_of
              )
            """
        ),
        {"feed": load.feed.name, "mapping_md5": load.mapping_md5, "many": MANY},
    ).one_or_none()
    is_alike = newest is not None and Path(newest.file_name).suffixes == Path(load.delivery.name).suffixes
    return newest if is_alike else None


def _meets_unchanged(load: _Load) -> bool:
    """Whether a row of a changed line has the key of one that stands on an unchanged line."""
    return bool(
        count(
            load.connection,
            f"select exists (select 1 from checked join landing.{load.table.name} current"
            f" on current._key = checked._key and {current_rows(load.feed)}"
            " where not exists (select 1 from gone where gone._key = checked._key))",
        )
    )


def _has_every_part(load: _Load, before: list[str] | None, new: list[str] | None) -> bool:
    """Whether the file holds each partition of the earlier one, and no other that has current rows."""
    if before is None or new is None:
        return before is None and new is None
    connection, column = load.connection, load.feed.partition
    others = ", ".join(map(literal, set(new) - set(before))) or "null"
    current = f"select 1 from landing.{load.table.name} current where {current_rows(load.feed)}"
    if count(connection, f"select exists ({current} and current.{column}::text in ({others}))"):
        return False
    # Counted, because nearly always none is left: to find one soon, the planner would compare every row with every.
    return all(
        part in new
        or count(
            connection,
            f"select count(*) from ({current} and current.{column}::text = {literal(part)}"
            " and not exists (select 1 from gone where gone._key = current._key)) rest",
        )
        for part in connection.exec_driver_sql("select distinct part from gone where part is not null").scalars().all()
    )


def _account(load: _Load, mapping: Mapping, outcome: Outcome, filtered: int, parts: list[str] | None) -> LoadResult:
    """Write the load down, and keep what it refused."""
    result = LoadResult(
        feed=load.feed.name,
        contract=load.feed.contract,
        file_name=load.delivery.name,
        status="landed",
        rows_read=outcome.rows_read,
        landed=outcome.landed,
        unchanged=outcome.unchanged,
        quarantined=count(load.connection, "select count(*) from bad"),
        closed=outcome.closed,
    )
    # The table refuses a load that does not add up, so a fault here writes nothing at all.
    load_id = _audit(
        load,
        result,
        filtered=filtered,
        is_history=is_first_day(load.connection, load.feed, load.as_of),
        columns=list(mapping.header),
        unmapped_columns=list(mapping.unmapped),
        recheck_lines=_recheck_lines(load, outcome),
        partitions=parts,
    )
    _quarantine(load.connection, mapping, result, load_id)
    return result


def _recheck_lines(load: _Load, outcome: Outcome) -> list[int] | None:
    """Lines that stand for no current row of their own; None where the current rows are not those of the file."""
    if load.delivery.mode != "snapshot" or count(load.connection, "select count(*) from bad where _key is null"):
        return None
    lines = "select file_line from bad"
    if outcome.is_merged:
        lines += (
            " union select file_line from typed where is_deletion"
            " union select file_line from repeated union select keeper_line from repeated"
        )
    found = load.connection.exec_driver_sql(f"{lines} limit {MOST_RECHECKED + 1}").scalars().all()
    return sorted(found) if len(found) <= MOST_RECHECKED else None


def _land_at_once(load: _Load, mapping: Mapping, rows: int) -> Outcome | None:
    """Land rows that nothing is known of yet straight from their text, and build the indexes afterwards.

    The index finds rows of one key. They and what was refused are few, and only they are looked at one by one. None
    where there is something to compare with: nothing is done then. Another such load of the contract waits until this
    one has ended.
    """
    connection, table, rules = load.connection, load.table, rules_of(load.table)
    target, this_load = f"landing.{table.name}", f"_load_id = {load.load_id}"
    execute(connection, f"lock table {target} in access exclusive mode")
    check_rows(connection, mapping, rules, is_stored=False)
    if _is_known(load, "typed limit 1") or rows < SHARE_TO_INDEX_ANEW * _rows_about(connection, table):
        clear_checked(connection)
        return None
    execute(connection, "create temp view fresh as select * from typed")
    (index,) = table.indexes
    before = connection.begin_nested()
    # The planner does not know the rows that were just written: a join that loops over them may never end.
    execute(connection, "set local enable_nestloop = off")
    if not count(connection, f"select exists (select 1 from {target})"):
        # What is written to a table emptied in the same transaction need not be written to the log as well.
        execute(connection, f"truncate {target}")
    index.drop(connection)
    execute(connection, f"alter table {target} drop constraint {table.name}_pkey")
    landed = _insert(load)
    if _is_known(load, f"{target} where {this_load}"):
        before.rollback()
        clear_checked(connection)
        return None
    try:
        with connection.begin_nested():
            index.create(connection)
    except IntegrityError:
        doubled = f"select _key from {target} current where {current_rows(load.feed)} group by _key having count(*) > 1"
        landed -= execute(connection, f"delete from {target} where {this_load} and _key in ({doubled})")
        index.create(connection)
    execute(connection, f"alter table {target} add constraint {table.name}_pkey primary key (_version_id)")
    before.commit()
    # The next night may come before PostgreSQL has looked by itself, and would read all of it to change a few rows.
    execute(connection, f"analyze {target}")
    if landed == rows:
        set_bad_aside(connection, mapping, rules, is_empty=True)
        return Outcome(rows_read=landed, landed=landed, unchanged=0, closed=0, is_merged=False)
    execute(connection, f"delete from raw using {target} where {this_load} and raw.file_line = {table.name}._line")
    execute(connection, "set local enable_nestloop = on")
    clear_checked(connection)
    check_rows(connection, mapping, rules)
    rest = _merge(load, current_rows(load.feed), may_be_missing="false")
    return replace(rest, rows_read=landed + rest.rows_read, landed=landed + rest.landed)


def _is_known(load: _Load, rows: str) -> bool:
    """Whether another load has current rows that a file with these rows speaks of."""
    parts = _parts(load, rows)
    current = f"select 1 from landing.{load.table.name} current where {_scope(load, parts)}"
    return bool(count(load.connection, f"select exists ({current} and _load_id <> {load.load_id})"))


def _rows_about(connection: Connection, table: Table) -> int:
    """Rows of a landing table, as the planner believes."""
    return count(
        connection, f"select greatest(reltuples, 0)::bigint from pg_class where oid = 'landing.{table.name}'::regclass"
    )


def _merge(load: _Load, scope: str, may_be_missing: str = "true") -> Outcome:
    """Land what says something else than the current rows in `scope`.

    may_be_missing: SQL condition for those of them that end where the file does not have them.
    """
    connection, table = load.connection, load.table
    rows_read = count(connection, "select count(*) from checked")
    repeated = set_repeats_aside(connection, table)
    if load.delivery.mode == "delta" and rules_of(table).posted:
        _set_old_aside(connection, table, scope)
    unchanged = _set_unchanged_aside(connection, table, scope)
    closed = _close_disappeared(load, scope, may_be_missing) if load.delivery.mode == "snapshot" else 0
    deleted = count(connection, "select count(*) from fresh where is_deletion")
    end_versions(connection, table, scope, load.as_of, is_first_day(connection, load.feed, load.as_of))
    return Outcome(
        rows_read,
        landed=_insert(load) + deleted,
        unchanged=unchanged + repeated,
        closed=closed + deleted,
        is_merged=True,
    )


def _insert(load: _Load) -> int:
    is_history = is_first_day(load.connection, load.feed, load.as_of)
    return insert_versions(load.connection, load.table, load.feed, load.load_id, load.as_of, is_history)


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


def _close_disappeared(load: _Load, scope: str, may_be_missing: str) -> int:
    """End current rows that a snapshot no longer holds. Returns how many.

    A row that is in the file but quarantined has not disappeared. Where a quarantined row's own key
    cannot be read it might be any current row, so nothing is ended that day. Lines without a key have no
    other way to change than to go and to come, so of them only the balance counts as disappeared.
    Raises SchoolhouseError where more than `max_disappearing_share` is missing.
    """
    connection, feed, delivery = load.connection, load.feed, load.delivery
    rules, target = rules_of(load.table), f"landing.{load.table.name}"
    if rules.key and count(connection, "select count(*) from bad where _key is null"):
        log.warning("%s: rows without a readable key, so no missing row is ended", delivery.name)
        return 0
    execute(
        connection,
        f"create temp table missing on commit drop as select current._key from {target} current where {scope}"
        f" and {may_be_missing}"
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
    is_history = is_first_day(connection, feed, load.as_of)
    ended_on = "current._known_on" if is_history and not rules.key else f"date '{load.as_of}'"
    return execute(
        connection,
        f"update {target} current set _superseded_on = {ended_on} from missing"
        f" where {scope} and current._key = missing._key",
    )


def _audit(load: _Load, result: LoadResult, **facts: Any) -> int:
    """Write the load down; returns its number."""
    cursor = load.delivery.cursor
    values = {
        **asdict(result),
        **facts,
        "load_id": load.load_id,
        "source": load.feed.source,
        "file_sha256": load.sha256,
        "mapping_md5": load.mapping_md5,
        "as_of": load.as_of,
        "mode": load.delivery.mode,
        "cursor": dict(cursor) if cursor is not None else None,
        "started_at": load.started,
        # The server's clock, as a build asks it too.
        "finished_at": func.clock_timestamp(),
    }
    load.connection.execute(insert(ops.load).values({name: null() if v is None else v for name, v in values.items()}))
    return load.load_id


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
