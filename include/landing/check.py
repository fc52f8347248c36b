"""Check, type and key the rows of a file in sets, with what is wrong set aside.

From the temporary table `raw` (include/landing/copy.py) come `taken`, the rows that the feed wants; `checked`, each
of them typed, keyed and with its problems; and of those `typed`, the sound ones, and `bad`. All of them end with
the transaction.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Table

from include.landing.mapping import PIVOT_NAME, PIVOT_VALUE, Check, Filled, Mapping, literal
from include.landing.statements import count, execute
from models.landing.contract import Rules, contract_columns, rules_of

TABLES = ("raw", "taken", "checked", "bad", "repeated", "fresh", "missing")
SEEN = "seen_"


def take_rows(connection: Connection, mapping: Mapping, keeps_outside: bool = False) -> int:
    """Make `taken`: the rows inside the feed's `where`, long where the feed is wide. Returns rows left out.

    A damaged row is always taken, once, since its cells cannot be trusted to say that it is not wanted.
    keeps_outside: take the others too, as deletions, for `set_outside_aside`.
    """
    cells = "".join(f"c{position + 1}, " for position in mapping.kept)
    outside = f"damage is null and not ({mapping.where})"
    wanted = f"damage is not null or {mapping.where}"
    gone = mapping.deletes
    if keeps_outside:
        wanted, gone = "true", f"({mapping.deletes} or not ({mapping.where}))"
    deletion = f"damage is null and {gone} as is_deletion, {outside} as is_outside"
    if mapping.pivot:
        values = ", ".join(f"({literal(name)}, {cell}, {n})" for n, (name, cell) in enumerate(mapping.pivot))
        wide = (
            f"(select {PIVOT_NAME}, {PIVOT_VALUE} from (values {values}) w ({PIVOT_NAME}, {PIVOT_VALUE}, n)"
            " where damage is null or n = 0) wide"
        )
        execute(
            connection,
            "create temp table taken on commit drop as"
            f" select row_number() over () as id, file_line, damage, overflow, {cells}{PIVOT_NAME}, {PIVOT_VALUE},"
            f" {deletion} from raw cross join lateral {wide} where {wanted}",
        )
    else:
        # Each record has a line of its own, so nothing need be written again to number the rows.
        execute(
            connection,
            f"create temp view taken as select id, file_line, damage, overflow, {cells}"
            f"null::text as {PIVOT_NAME}, null::text as {PIVOT_VALUE}, {deletion}"
            f" from raw where {wanted}",
        )
    if mapping.where == "true":
        return 0
    return count(connection, f"select count(*) from raw where {outside}")


def set_outside_aside(connection: Connection, target: str, scope: str) -> int:
    """Keep of the rows outside the feed's `where` only those that end a current one: what changed has left the feed.

    target: the landing table, and scope: SQL of its rows, as `current`, that the feed may end. A row of the same key
    inside `where` says more. Returns how many are kept.
    """
    execute(
        connection,
        "delete from checked where is_outside and (problems is not null"
        " or _key in (select _key from typed where not is_outside)"
        f" or not exists (select 1 from {target} current where {scope} and current._key = checked._key))",
    )
    execute(connection, "delete from bad where id not in (select id from checked)")
    return count(connection, "select count(*) from checked where is_outside")


def check_rows(connection: Connection, mapping: Mapping, rules: Rules, is_stored: bool = True) -> None:
    """Make `checked`: every row typed and keyed, with its problems where it has any; the view `typed`; and `bad`.

    is_stored: False where the sound rows are read once only: `checked` is then a view, and `bad` is left to the caller.
    """
    seen = _look_at_texts(connection, mapping)
    values, texts, problems, deletion_problems = [], [], ["null::jsonb[]"], ["null::jsonb[]"]
    for column in mapping.columns:
        if column.reads is not None:
            values.append(f"{SEEN}{column.reads}.{column.name}, {SEEN}{column.reads}.problems_{column.name}")
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
    joins = "".join(f" left join {SEEN}{cell} on {SEEN}{cell}.looked_at = taken.{cell}" for cell in seen)
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
        content = f"md5(row({names}, _extra)::text)"
        key = f"md5(row({content}, row_number() over (partition by {content} order by id))::text)::uuid"
    # `offset 0` has each value worked out once, however many checks look at it.
    execute(
        connection,
        f"create temp {'table checked on commit drop' if is_stored else 'view checked'} as select *, {key} as _key from"
        f" (select id, file_line, is_deletion, is_outside, _extra, {casts}, problems from"
        f" (select *, case when damage is not null then array[{whole_row}]"
        # A deletion need only say which row it means.
        f" when is_deletion then {' || '.join(deletion_problems)} else {' || '.join(problems)} end as problems"
        f" from (select taken.*, {', '.join(values)} from"
        f" (select *, {mapping.extra} as _extra{''.join(texts)} from taken offset 0) taken{joins} offset 0) valued"
        " offset 0) checked) sound",
    )
    if is_stored:
        execute(connection, "analyze checked")
    execute(connection, "create temp view typed as select * from checked where problems is null")
    if is_stored:
        set_bad_aside(connection, mapping, rules)


def set_bad_aside(connection: Connection, mapping: Mapping, rules: Rules, is_empty: bool = False) -> None:
    """Make `bad`: the rows with problems, each with its key where that can be read.

    is_empty: whether it is known that there are none.
    """
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
    execute(
        connection,
        "create temp table bad on commit drop as select id, file_line, problems,"
        f" case when {readable} then _key end as _key from checked where problems is not null"
        f"{' with no data' if is_empty else ''}",
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
        execute(
            connection,
            f"create temp table {SEEN}{cell} on commit drop as select {cell} as looked_at, {kept} from"
            f" (select *, {values} from (select *{texts} from"
            f" (select distinct {cell} from taken where {cell} is not null) taken offset 0) texted offset 0) valued",
        )
        execute(connection, f"analyze {SEEN}{cell}")
    return list(cells)


def _problems(checks: tuple[Check, ...]) -> str:
    """SQL of a row's problems as jsonb[], null where there is none."""
    if not checks:
        return "null::jsonb[]"
    conditions = " or ".join(f"({check.condition})" for check in checks)
    listed = ", ".join(check.as_problem() for check in checks)
    return f"case when {conditions} then array_remove(array[{listed}]::jsonb[], null) end"


def set_repeats_aside(connection: Connection, table: Table) -> int:
    """Keep one row per key: the one posted last, else the last in the file.

    A row that says exactly the same again changes nothing and is counted as unchanged (returned), and so is
    one before or after the deletion that counts; one that says something else is quarantined, for nobody can
    know which was meant.
    """
    rules = rules_of(table)
    newest = f"{rules.posted} desc nulls last, id desc" if rules.posted else "id desc"
    execute(
        connection,
        "create temp table repeated on commit drop as select ranked.*, keeper.file_line as keeper_line,"
        f" ranked.is_deletion or keeper.is_deletion or {says_the_same('ranked', 'keeper', table)} as is_same"
        f" from (select typed.*, first_value(id) over (partition by _key order by {newest}) as keeper_id from typed"
        " where _key in (select _key from typed group by _key having count(*) > 1)) ranked"
        " join typed keeper on keeper.id = ranked.keeper_id where ranked.id <> ranked.keeper_id",
    )
    if not count(connection, "select count(*) from repeated"):
        return 0
    execute(connection, "delete from typed using repeated where typed.id = repeated.id")
    execute(
        connection,
        "insert into bad select id, file_line, array[jsonb_build_object('column', null, 'value', null, 'reason',"
        f" 'the row has the same {', '.join(rules.key)} as line ' || keeper_line || ' with other values')],"
        " _key from repeated where not is_same",
    )
    return count(connection, "select count(*) from repeated where is_same")


def says_the_same(left: str, right: str, table: Table) -> str:
    """SQL condition that two rows of a contract hold the same, also of what nobody mapped."""
    columns = [*(column.name for column in contract_columns(table)), "_extra"]
    one, other = (", ".join(f"{alias}.{name}" for name in columns) for alias in (left, right))
    return f"(row({one}) is not distinct from row({other}))"


def clear_tables(connection: Connection, *more: str) -> None:
    """Drop the temporary tables of a load, and `more`, so that the same transaction can do another."""
    _drop_tables(connection, lambda name: name in TABLES or name in more or name.startswith(SEEN))


def clear_checked(connection: Connection) -> None:
    """Drop what `check_rows` has made as a view, so that it can make it again as a table."""
    _drop_tables(connection, lambda name: name == "bad" or name.startswith(SEEN))
    execute(connection, "drop view if exists pg_temp.checked cascade")


def _drop_tables(connection: Connection, is_meant: Callable[[str], bool]) -> None:
    names = connection.exec_driver_sql(
        "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'"
    ).scalars()
    for name in filter(is_meant, list(names)):
        # With the views over them. Named with their schema: a table of that name elsewhere is none of ours.
        execute(connection, f"drop table if exists pg_temp.{name} cascade")
