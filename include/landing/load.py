"""Land one file: copy as text, check in sets, quarantine, merge as versions, account for every row.

All of it is one transaction, so a load that is killed leaves nothing behind.
"""

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from include.districts import Feed
from include.errors import SchoolhouseError
from include.landing.keep import keep_file, sha256_of
from include.landing.mapping import PIVOT_NAME, PIVOT_VALUE, Mapping, compile_mapping, literal
from include.sources.delivery import Delivery
from include.sources.files.read import Row, open_table
from models.landing import CONTRACTS
from models.landing.contract import Rules, contract_columns, rules_of
from models.ops import load

log = logging.getLogger(__name__)

ALWAYS_KNOWN = "date '1900-01-01'"
SMALLEST_GUARDED = 20
COPY_ROWS = 1_000
LOG_ROWS = 500_000
TEMPORARY = ("raw", "taken", "checked", "typed", "bad", "repeated", "kept")


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

    Raises SchoolhouseError for a file that cannot be read, a mapping that does not fit it, an `as_of`
    before the feed's last load, or a snapshot from which too many rows have disappeared.
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
    refuse_going_back(connection, feed, as_of)
    if keeps_file:
        keep_file(connection, delivery, sha256, as_of, is_whole=not feed.never_land)
    started = dt.datetime.now(dt.UTC)
    with open_table(delivery.path, delivery.layout) as (header, rows):
        mapping = compile_mapping(feed, header)
        _copy(connection, len(header), mapping.kept, rows)
    return _land(connection, feed, delivery, sha256, mapping_md5, as_of, mapping, started)


def claim_feed(connection: Connection, feed: Feed) -> None:
    """Wait for whoever is at the same feed: two runs at once land it one after the other."""
    _execute(connection, f"select pg_advisory_xact_lock(hashtextextended({literal(feed.name)}, 0))")


def clear_tables(connection: Connection, *more: str) -> None:
    """Drop the temporary tables of a load, and `more`, so that the same transaction can do another."""
    # Named with their schema: a table of that name elsewhere is none of ours.
    _execute(connection, f"drop table if exists {', '.join(f'pg_temp.{name}' for name in (*TEMPORARY, *more))}")


def mapping_hash(feed: Feed) -> str:
    """Hash of what the feed's configuration makes of a file; where it lies and when it is due do not count."""
    told = feed.model_dump_json(exclude={"folder", "max_disappearing_share", "due_every_days"})
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


def _execute(connection: Connection, statement: str) -> int:
    return connection.exec_driver_sql(statement).rowcount


def _count(connection: Connection, query: str) -> int:
    return connection.exec_driver_sql(query).scalar_one()


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


def _copy(connection: Connection, width: int, kept: list[int], rows: Iterator[Row]) -> None:
    """Make `raw`: file_line, damage, overflow, and the kept cells as text columns c1, c2, …"""
    cells = [f"c{position + 1}" for position in kept]
    columns = ", ".join(f"{cell} text" for cell in cells)
    _execute(
        connection,
        f"create temp table raw (file_line int, damage text, overflow jsonb, {columns}) on commit drop",
    )
    every_cell = len(kept) == width
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"copy raw (file_line, damage, overflow, {', '.join(cells)}) from stdin") as copy:
        block: list[str] = []
        for count, row in enumerate(rows, 1):
            values = row.cells if every_cell else [row.cells[position] for position in kept]
            block.append(_copy_line(row, values))
            if count % COPY_ROWS == 0:
                copy.write("".join(block))
                block.clear()
            if count % LOG_ROWS == 0:
                log.info("%s rows read", f"{count:,}")
        copy.write("".join(block))


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def _copy_line(row: Row, values: list[str | None]) -> str:
    damage = "\\N" if row.damage is None else row.damage.translate(_ESCAPES)
    overflow = "\\N" if row.overflow is None else json.dumps(row.overflow).translate(_ESCAPES)
    texts = [
        "\\N" if value is None
        else value if value.isalnum()
        else value.translate(_ESCAPES)
        for value in values
    ]  # fmt: skip
    return f"{row.line}\t{damage}\t{overflow}\t" + "\t".join(texts) + "\n"


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
    filtered = take_rows(connection, mapping)
    table = CONTRACTS[feed.contract]
    rules = rules_of(table)
    check_rows(connection, mapping, rules.key)
    rows_read = _count(connection, "select count(*) from checked")
    if rows_read == 0 and delivery.mode == "snapshot" and not delivery.is_counted:
        raise SchoolhouseError(
            f"{delivery.name} has no rows for feed {feed.name}: a snapshot without rows would end every current one. "
            "Remove the file, or mark the feed `mode: delta`."
        )
    type_rows(connection, mapping, rules)
    repeated = set_repeats_aside(connection, rules)

    target = f"landing.{table.name}"
    scope = f"current._feed = {literal(feed.name)} and current._superseded_on is null"
    if feed.partition:
        scope += f" and current.{feed.partition} in (select {feed.partition} from typed)"
    if delivery.mode == "delta" and rules.posted:
        _set_old_aside(connection, target, scope, rules.posted)
    unchanged = _execute(
        connection,
        f"create temp table kept on commit drop as select typed._key from typed join {target} current"
        f" on current._key = typed._key and current._hash = typed._hash and {scope}",
    )
    is_history = is_first_day(connection, feed, as_of)
    known_on = day_known(rules, as_of) if is_history else f"date '{as_of}'"
    closed = _close_disappeared(connection, feed, delivery, target, scope, rules, as_of, is_history)
    deleted = _execute(
        connection,
        f"update {target} current set _superseded_on = date '{as_of}' from typed"
        f" where {scope} and current._key = typed._key and typed.is_deletion",
    )
    # A version ends when the next becomes known: in history that may be long before the day of the load.
    _execute(
        connection,
        f"update {target} current set _superseded_on = greatest(current._known_on, {known_on}) from typed"
        f" where {scope} and current._key = typed._key and current._hash <> typed._hash",
    )
    needless = _count(connection, "select count(*) from typed where is_deletion") - deleted
    load_id = _count(connection, "select nextval(pg_get_serial_sequence('ops.load', 'load_id'))")
    names = ", ".join(column.name for column in contract_columns(table))
    landed = _execute(
        connection,
        f"insert into {target} ({names}, _feed, _key, _hash, _load_id, _line, _extra, _known_on)"
        f" select {names}, {literal(feed.name)}, _key, _hash, {load_id}, file_line, _extra, {known_on}"
        " from typed where not is_deletion and not exists (select 1 from kept where kept._key = typed._key)"
        " order by id",
    )
    result = LoadResult(
        feed=feed.name,
        contract=feed.contract,
        file_name=delivery.name,
        status="landed",
        rows_read=rows_read,
        landed=landed + deleted,
        unchanged=unchanged + repeated + needless,
        quarantined=_count(connection, "select count(*) from bad"),
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


def take_rows(connection: Connection, mapping: Mapping) -> int:
    """Make `taken`: the rows inside the feed's `where`, long where the feed is wide. Returns rows left out.

    A damaged row is always taken, once, since its cells cannot be trusted to say that it is not wanted.
    """
    wide = f"(values (null, null)) wide ({PIVOT_NAME}, {PIVOT_VALUE})"
    if mapping.pivot:
        values = ", ".join(f"({literal(name)}, {cell}, {n})" for n, (name, cell) in enumerate(mapping.pivot))
        wide = (
            f"(select {PIVOT_NAME}, {PIVOT_VALUE} from (values {values}) w ({PIVOT_NAME}, {PIVOT_VALUE}, n)"
            " where damage is null or n = 0) wide"
        )
    cells = "".join(f"c{position + 1}, " for position in mapping.kept)
    _execute(
        connection,
        "create temp table taken on commit drop as"
        f" select row_number() over () as id, file_line, damage, overflow, {cells}{PIVOT_NAME}, {PIVOT_VALUE},"
        f" damage is null and {mapping.deletes} as is_deletion"
        f" from raw cross join lateral {wide} where damage is not null or {mapping.where}",
    )
    return _count(connection, f"select count(*) from raw where damage is null and not ({mapping.where})")


def check_rows(connection: Connection, mapping: Mapping, key: tuple[str, ...]) -> None:
    """Make `checked`: every contract column typed, and the row's problems where it has any."""
    whole_row = "jsonb_build_object('column', null, 'value', overflow #>> '{}', 'reason', 'the row ' || damage)"
    cells = [check.as_problem() for column in mapping.columns for check in column.checks]
    # A deletion need only say which row it means.
    keys = [check.as_problem() for column in mapping.columns if column.name in key for check in column.checks]
    values = ", ".join(f"{column.value} as {column.name}" for column in mapping.columns)
    texts = "".join(f", {column.text} as text_{column.name}" for column in mapping.columns if column.text)
    names = ", ".join(column.name for column in mapping.columns)
    # `offset 0` has each text and value worked out once, however many checks look at it.
    _execute(
        connection,
        "create temp table checked on commit drop as"
        f" select id, file_line, is_deletion, {mapping.extra} as _extra, {names},"
        f" case when damage is not null then array[{whole_row}]"
        f" when is_deletion then nullif(array_remove(array[{', '.join(keys)}]::jsonb[], null), '{{}}')"
        f" else nullif(array_remove(array[{', '.join(cells)}]::jsonb[], null), '{{}}') end as problems"
        f" from (select *, {values} from (select *{texts} from taken offset 0) texted offset 0) valued",
    )
    _execute(connection, "analyze checked")


def type_rows(connection: Connection, mapping: Mapping, rules: Rules) -> None:
    """Make `typed` from the sound rows, and `bad` from the others, with their key where it can be read."""
    names = ", ".join(column.name for column in mapping.columns)
    casts = ", ".join(f"{column.name}::{column.type} as {column.name}" for column in mapping.columns)
    key = f"md5(row({', '.join(rules.key)})::text)::uuid"
    if not rules.key:
        # Identical lines of a ledger are different rows: the n-th copy is known by its number.
        key = "md5(row(_hash, row_number() over (partition by _hash order by id))::text)::uuid"
    _execute(
        connection,
        f"create temp table typed on commit drop as select *, {key} as _key from"
        f" (select *, case when not is_deletion then md5(row({names}, _extra)::text)::uuid end as _hash from"
        f" (select id, file_line, is_deletion, _extra, {casts} from checked where problems is null) sound) hashed",
    )
    _execute(connection, "analyze typed")
    sources = {check.source for column in mapping.columns if column.name in rules.key for check in column.checks}
    unreadable = "p ->> 'column' is null"
    if sources:
        unreadable += f" or p ->> 'column' in ({', '.join(map(literal, sorted(sources)))})"
    key_of_bad = "null::uuid"
    if rules.key:
        readable = f"not exists (select 1 from unnest(problems) p where {unreadable})"
        key_of_bad = f"case when {readable} then {key} end"
    _execute(
        connection,
        f"create temp table bad on commit drop as select id, file_line, problems, {key_of_bad} as _key"
        " from checked where problems is not null",
    )


def set_repeats_aside(connection: Connection, rules: Rules) -> int:
    """Keep one row per key: the one posted last, else the last in the file.

    A row that says exactly the same again changes nothing and is counted as unchanged (returned), and so is
    one before or after the deletion that counts; one that says something else is quarantined, for nobody can
    know which was meant.
    """
    newest = f"{rules.posted} desc nulls last, id desc" if rules.posted else "id desc"
    _execute(
        connection,
        "create temp table repeated on commit drop as select * from (select typed.*,"
        f" first_value(id) over (partition by _key order by {newest}) as keeper_id,"
        f" first_value(file_line) over (partition by _key order by {newest}) as keeper_line,"
        f" first_value(_hash) over (partition by _key order by {newest}) as keeper_hash"
        " from typed where _key in (select _key from typed group by _key having count(*) > 1)) ranked"
        " where id <> keeper_id",
    )
    if not _count(connection, "select count(*) from repeated"):
        return 0
    _execute(connection, "delete from typed using repeated where typed.id = repeated.id")
    _execute(
        connection,
        "insert into bad select id, file_line, array[jsonb_build_object('column', null, 'value', null, 'reason',"
        f" 'the row has the same {', '.join(rules.key)} as line ' || keeper_line || ' with other values')],"
        " _key from repeated where _hash <> keeper_hash",
    )
    return _count(connection, "select count(*) from repeated where (_hash <> keeper_hash) is not true")


def _set_old_aside(connection: Connection, target: str, scope: str, posted: str) -> None:
    """Quarantine rows of a delta that were posted before the version that is known: an old file, sent again."""
    reason = f"'the row was posted on ' || typed.{posted} || ', before the known version of ' || current.{posted}"
    _execute(
        connection,
        "insert into bad select typed.id, typed.file_line,"
        f" array[jsonb_build_object('column', null, 'value', null, 'reason', {reason})], typed._key"
        f" from typed join {target} current on current._key = typed._key and {scope}"
        f" where current._hash <> typed._hash and typed.{posted} < current.{posted}",
    )
    _execute(connection, "delete from typed using bad where typed.id = bad.id")


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
    if rules.key and _count(connection, "select count(*) from bad where _key is null"):
        log.warning("%s: rows without a readable key, so no missing row is ended", delivery.name)
        return 0
    gone = (
        f"{scope} and not exists (select 1 from typed where typed._key = current._key)"
        " and not exists (select 1 from bad where bad._key = current._key)"
    )
    current = _count(connection, f"select count(*) from {target} current where {scope}")
    missing = _count(connection, f"select count(*) from {target} current where {gone}")
    if not rules.key:
        missing = current - _count(connection, "select count(*) from typed")
    if current >= SMALLEST_GUARDED and missing > feed.max_disappearing_share * current:
        raise SchoolhouseError(
            f"{delivery.name} lacks {missing:,} of the {current:,} current rows of feed {feed.name}, more than "
            f"max_disappearing_share ({feed.max_disappearing_share:g}). If the file is complete, say "
            f"`./schoolhouse land --feed {feed.name} --accept-drop {feed.name}`; if not, ask the source for a full "
            "one. Nothing was loaded."
        )
    # Two states of a ledger landed on its first day: what the later one lacks never stood.
    ended_on = "current._known_on" if is_history and not rules.key else f"date '{as_of}'"
    return _execute(connection, f"update {target} current set _superseded_on = {ended_on} where {gone}")


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
    _execute(
        connection,
        "insert into ops.quarantine"
        " (load_id, feed, contract, file_name, line, column_name, value, reason, problems, raw)"
        f" select {load_id}, {literal(result.feed)}, {literal(result.contract)}, {literal(result.file_name)},"
        " bad.file_line, problems[1] ->> 'column', problems[1] ->> 'value', problems[1] ->> 'reason',"
        f" to_jsonb(problems), coalesce({mapping.raw}, '{{}}')"
        " || case when overflow is null then '{}' else jsonb_build_object('(further cells)', overflow) end"
        " from bad join taken using (id) order by id",
    )
