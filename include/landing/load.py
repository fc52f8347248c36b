"""Land one file: copy as text, check in sets, quarantine, merge as versions, account for every row.

All of it is one transaction, so a load that is killed leaves nothing behind.
"""

import datetime as dt
import hashlib
import json
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
from include.landing.keep import keep_file, sha256_of
from include.landing.mapping import PIVOT_NAME, PIVOT_VALUE, Check, Filled, Mapping, compile_mapping, literal
from include.sources.delivery import Delivery
from include.sources.files.read import Row, open_table
from models.landing import CONTRACTS
from models.landing.contract import Rules, contract_columns, rules_of
from models.ops import load

log = logging.getLogger(__name__)

ALWAYS_KNOWN = "date '1900-01-01'"
SMALLEST_GUARDED = 20
# Rows of a first load from which the index is built afterwards.
MANY = 10_000
COPY_CHARACTERS = 1 << 17
PROGRAM_LIMITS = "54"
LOG_ROWS = 500_000


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
    sha256 = sha256_of(delivery.path)
    mapping_md5 = mapping_hash(feed)
    with _explained(delivery.name), engine.begin() as connection:
        # Two runs at once land the same feed one after the other.
        _execute(connection, f"select pg_advisory_xact_lock(hashtextextended({literal(feed.name)}, 0))")
        earlier = _earlier_load(connection, feed, delivery.name, sha256, mapping_md5)
        if earlier is not None:
            return _account_again(connection, feed, delivery, sha256, mapping_md5, as_of, earlier)
        if delivery.overtaken_by is not None:
            raise SchoolhouseError(
                f"{delivery.name} is older than {delivery.overtaken_by}, which feed {feed.name} has landed: its rows "
                "would replace newer ones. Remove it, and if they came no other way ask the source for a full file."
            )
        _refuse_going_back(connection, feed, as_of)
        keep_file(connection, delivery, sha256, as_of, is_whole=not feed.never_land)
        started = dt.datetime.now(dt.UTC)
        with open_table(delivery.path, delivery.layout) as (header, rows):
            mapping = compile_mapping(feed, header)
            _copy(connection, len(header), mapping.kept, _withheld(rows) if feed.never_land else rows)
        return _land(connection, feed, delivery, sha256, mapping_md5, as_of, mapping, started)


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
    """Hash of what the feed's configuration makes of a file; where the file lies does not count."""
    return hashlib.md5(feed.model_dump_json(exclude={"folder"}).encode(), usedforsecurity=False).hexdigest()


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


def _refuse_going_back(connection: Connection, feed: Feed, as_of: dt.date) -> None:
    newest = connection.execute(
        text("select max(as_of) from ops.load where feed = :feed and status = 'landed'"), {"feed": feed.name}
    ).scalar()
    if newest is not None and as_of < newest:
        raise SchoolhouseError(
            f"Feed {feed.name} was last loaded as of {newest}; loading it as of {as_of} would rewrite what was "
            "known in between. Give a later --as-of, or land into a fresh warehouse."
        )


def _withheld(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows without the text of damaged ones: where cells have moved, any of them may be one that may not land."""
    for row in rows:
        if row.damage is None:
            yield row
        else:
            damage = f"{row.damage}; its text is withheld, as the feed has columns under `never_land`"
            yield Row(row.line, [None] * len(row.cells), damage)


def _copy(connection: Connection, width: int, kept: list[int], rows: Iterator[Row]) -> None:
    """Make `raw`: file_line, damage, overflow, and the kept cells as text columns c1, c2, …"""
    cells = [f"c{position + 1}" for position in kept]
    columns = ", ".join(f"{cell} text" for cell in cells)
    _execute(
        connection,
        "create temp table raw (id bigint generated always as identity, file_line int, damage text, overflow jsonb,"
        f" {columns}) on commit drop",
    )
    every_cell = len(kept) == width
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"copy raw (file_line, damage, overflow, {', '.join(cells)}) from stdin") as copy:
        block: list[str] = []
        size, said = 0, 0
        for count, row in enumerate(rows, 1):
            values = row.cells if every_cell else [row.cells[position] for position in kept]
            line = _copy_line(row, values)
            block.append(line)
            size += len(line)
            if size > COPY_CHARACTERS:
                copy.write("".join(block))
                block.clear()
                size = 0
                if count // LOG_ROWS > said:
                    said = count // LOG_ROWS
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
    filtered = _take(connection, mapping)
    table = CONTRACTS[feed.contract]
    rules = rules_of(table)
    _check(connection, mapping, rules)
    rows_read = _count(connection, "select count(*) from checked")
    if rows_read == 0 and delivery.mode == "snapshot" and not delivery.is_counted:
        raise SchoolhouseError(
            f"{delivery.name} has no rows for feed {feed.name}: a snapshot without rows would end every current one. "
            "Remove the file, or mark the feed `mode: delta`."
        )
    repeated = _set_repeats_aside(connection, rules)

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
    is_history = _is_history(connection, feed, as_of)
    known_on = _known_on(rules, as_of) if is_history else f"date '{as_of}'"
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
    new = "not is_deletion"
    if unchanged:
        new += " and not exists (select 1 from kept where kept._key = typed._key)"
    index = _take_index_off(connection, table) if not unchanged and rows_read >= MANY else None
    landed = _execute(
        connection,
        f"insert into {target} ({names}, _feed, _key, _hash, _load_id, _line, _extra, _known_on)"
        f" select {names}, {literal(feed.name)}, _key, _hash, {load_id}, file_line, _extra, {known_on}"
        f" from typed where {new} order by id",
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


def _take_index_off(connection: Connection, table: Table) -> Index | None:
    """The index of current rows, dropped where the table is empty: to build it once afterwards costs half.

    Another first load of the contract waits here until this one has put it back.
    """
    (index,) = table.indexes
    _execute(connection, f"lock table landing.{table.name} in access exclusive mode")
    if _count(connection, f"select exists (select 1 from landing.{table.name})"):
        return None
    index.drop(connection)
    return index


def _take(connection: Connection, mapping: Mapping) -> int:
    """Make `taken`: the rows inside the feed's `where`, long where the feed is wide. Returns rows left out.

    A damaged row is always taken, once, since its cells cannot be trusted to say that it is not wanted.
    """
    cells = "".join(f"c{position + 1}, " for position in mapping.kept)
    deletion = f"damage is null and {mapping.deletes} as is_deletion"
    if mapping.pivot:
        values = ", ".join(f"({literal(name)}, {cell}, {n})" for n, (name, cell) in enumerate(mapping.pivot))
        wide = (
            f"(select {PIVOT_NAME}, {PIVOT_VALUE} from (values {values}) w ({PIVOT_NAME}, {PIVOT_VALUE}, n)"
            " where damage is null or n = 0) wide"
        )
        _execute(
            connection,
            "create temp table taken on commit drop as"
            f" select row_number() over () as id, file_line, damage, overflow, {cells}{PIVOT_NAME}, {PIVOT_VALUE},"
            f" {deletion} from raw cross join lateral {wide} where damage is not null or {mapping.where}",
        )
    else:
        # Each record has a line of its own, so nothing need be written again to number the rows.
        _execute(
            connection,
            f"create temp view taken as select id, file_line, damage, overflow, {cells}"
            f"null::text as {PIVOT_NAME}, null::text as {PIVOT_VALUE}, {deletion}"
            f" from raw where damage is not null or {mapping.where}",
        )
    if mapping.where == "true":
        return 0
    return _count(connection, f"select count(*) from raw where damage is null and not ({mapping.where})")


def _check(connection: Connection, mapping: Mapping, rules: Rules) -> None:
    """Make `checked`: every row typed and keyed, with its problems where it has any; and the views `typed`, `bad`.

    A bad row has its key where that can be read.
    """
    seen = _look_at_texts(connection, mapping)
    values, texts, problems, deletion_problems = [], [], ["null::jsonb[]"], ["null::jsonb[]"]
    for column in mapping.columns:
        if column.reads is not None:
            values.append(f"seen_{column.reads}.{column.name}, seen_{column.reads}.problems_{column.name}")
            found = f"problems_{column.name}"
        else:
            if column.text:
                texts.append(f", {column.text} as text_{column.name}")
            values.append(f"{column.value} as {column.name}")
            found = _problems(column.checks)
        if column.missing is not None:
            found = f"case when {column.missing.condition} then array[{column.missing.as_problem()}] else {found} end"
        problems.append(found)
        if column.name in rules.key:
            deletion_problems.append(found)
    joins = "".join(f" left join seen_{cell} on seen_{cell}.looked_at = taken.{cell}" for cell in seen)
    whole_row = "jsonb_build_object('column', null, 'value', overflow #>> '{}', 'reason', 'the row ' || damage)"
    names = ", ".join(column.name for column in mapping.columns)
    # What does not fit a number's type is a problem; of a bad row only the key is needed.
    casts = ", ".join(
        column.name
        if column.name in rules.key
        else f"case when problems is null and not is_deletion then {column.name}::{column.type} end as {column.name}"
        for column in mapping.columns
    )
    key = f"md5(row({', '.join(rules.key)})::text)::uuid"
    if not rules.key:
        # Identical lines of a ledger are different rows: the n-th copy is known by its number.
        key = "md5(row(_hash, row_number() over (partition by _hash order by id))::text)::uuid"
    # `offset 0` has each value worked out once, however many checks look at it.
    _execute(
        connection,
        f"create temp table checked on commit drop as select *, {key} as _key from"
        f" (select *, case when problems is null and not is_deletion then md5(row({names}, _extra)::text)::uuid end"
        f" as _hash from (select id, file_line, is_deletion, _extra, {casts}, problems from"
        f" (select *, case when damage is not null then array[{whole_row}]"
        # A deletion need only say which row it means.
        f" when is_deletion then {' || '.join(deletion_problems)} else {' || '.join(problems)} end as problems"
        f" from (select taken.*, {', '.join(values)} from"
        f" (select *, {mapping.extra} as _extra{''.join(texts)} from taken offset 0) taken{joins} offset 0) valued"
        " offset 0) checked) sound) hashed",
    )
    _execute(connection, "analyze checked")
    _execute(connection, "create temp view typed as select * from checked where problems is null")
    sources = {
        check.source
        for column in mapping.columns
        if column.name in rules.key
        for check in (*column.checks, *filter(None, [column.missing]))
    }
    unreadable = "p ->> 'column' is null"
    if sources:
        unreadable += f" or p ->> 'column' in ({', '.join(map(literal, sorted(sources)))})"
    readable = f"not exists (select 1 from unnest(problems) p where {unreadable})" if rules.key else "false"
    _execute(
        connection,
        "create temp table bad on commit drop as select id, file_line, problems,"
        f" case when {readable} then _key end as _key from checked where problems is not null",
    )


def _look_at_texts(connection: Connection, mapping: Mapping) -> list[str]:
    """Make `seen_<cell>`: each text of the cell with the values and problems that come of it. Returns the cells.

    Dates, codes and numbers repeat: to read each text once costs a fraction of reading it in every row.
    """
    cells: dict[str, list[Filled]] = {}
    for column in mapping.columns:
        if column.reads is not None:
            cells.setdefault(column.reads, []).append(column)
    for cell, columns in cells.items():
        texts = "".join(f", {column.text} as text_{column.name}" for column in columns if column.text)
        values = ", ".join(f"{column.value} as {column.name}" for column in columns)
        kept = ", ".join(f"{column.name}, {_problems(column.checks)} as problems_{column.name}" for column in columns)
        _execute(
            connection,
            f"create temp table seen_{cell} on commit drop as select {cell} as looked_at, {kept} from"
            f" (select *, {values} from (select *{texts} from"
            f" (select distinct {cell} from taken where {cell} is not null) taken offset 0) texted offset 0) valued",
        )
        _execute(connection, f"analyze seen_{cell}")
    return list(cells)


def _problems(checks: tuple[Check, ...]) -> str:
    """SQL of a row's problems as jsonb[], null where there is none."""
    if not checks:
        return "null::jsonb[]"
    conditions = " or ".join(f"({check.condition})" for check in checks)
    listed = ", ".join(check.as_problem() for check in checks)
    return f"case when {conditions} then array_remove(array[{listed}]::jsonb[], null) end"


def _set_repeats_aside(connection: Connection, rules: Rules) -> int:
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
            f"max_disappearing_share ({feed.max_disappearing_share:g}). If the file is complete, raise that "
            "number for the feed in district.yml; if not, ask the source for a full one. Nothing was loaded."
        )
    # Two states of a ledger landed on its first day: what the later one lacks never stood.
    ended_on = "current._known_on" if is_history and not rules.key else f"date '{as_of}'"
    return _execute(connection, f"update {target} current set _superseded_on = {ended_on} where {gone}")


def _is_history(connection: Connection, feed: Feed, as_of: dt.date) -> bool:
    """Whether nothing of the feed was loaded on an earlier day."""
    return not connection.execute(
        text("select exists (select 1 from ops.load where feed = :feed and as_of < :as_of)"),
        {"feed": feed.name, "as_of": as_of},
    ).scalar_one()


def _known_on(rules: Rules, as_of: dt.date) -> str:
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
