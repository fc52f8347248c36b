"""Turn a feed's mapping into SQL over a table of raw text.

The raw table has `file_line int, damage text, overflow jsonb` and the cells as `c1, c2, …`, numbered as in the
file's header; an unpivoted feed adds `pivot_name text, pivot_value text`. Every text value is
checked as it is cast, in sets: `pg_input_is_valid` alone would let 'today', 'NaN' and '1e400' through,
so a pattern comes first.
"""

import re
from dataclasses import dataclass, replace

from sqlalchemy import Boolean, Column, Date, Integer, Numeric
from sqlalchemy.dialects import postgresql

from include.districts import Cell, Feed
from include.districts.feeds import EVERYTHING_ELSE
from include.errors import SchoolhouseError
from models.landing import CONTRACTS
from models.landing.contract import contract_columns, rules_of

INTEGER = r"^[+-]?\d+(\.0+)?$"
BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "0"), "false"),
}
# What a spreadsheet adds when it writes 0.3 as 0.30000000000000004.
FLOAT_NOISE = "1e-9"
PIVOT_NAME = "pivot_name"
PIVOT_VALUE = "pivot_value"
RAW_CELL = re.compile(rf"^(c\d+|{PIVOT_VALUE})$")


def literal(text: str | None) -> str:
    """A quoted SQL string; null for None. The percent sign is doubled for the driver."""
    if text is None:
        return "null"
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


@dataclass(frozen=True)
class Check:
    """One way in which a cell can be wrong: an SQL condition over the raw cells and the typed columns,
    the source column and SQL of its value, and SQL of the reason."""

    condition: str
    source: str
    value: str
    reason: str

    def as_problem(self) -> str:
        """SQL for the problem as JSON where the condition holds, else null."""
        return (
            f"case when {self.condition} then jsonb_build_object('column', {literal(self.source)},"
            f" 'value', {self.value}, 'reason', {self.reason}) end"
        )


@dataclass(frozen=True)
class Filled:
    """One contract column.

    text: SQL over the raw cells for the text after `match` and `codes`, or None where the cell is taken as
    it is; worked out once, as the column `text_<name>`. value: SQL over the cells and texts that gives the
    typed value, or null where there is none or it is not sound. type: the column's PostgreSQL type.
    checks: what can be wrong with it; missing: that it is not there, where it has to be. reads: the one raw cell
    that value and checks come from, or None: each text that stands in it has to be looked at once only, however many
    rows have it.
    """

    name: str
    value: str
    type: str
    checks: tuple[Check, ...]
    missing: Check | None = None
    text: str | None = None
    reads: str | None = None


@dataclass(frozen=True)
class Mapping:
    """A feed against one file's header.

    columns: one entry per contract column, unfilled ones null. extra: SQL of the unmapped cells as
    jsonb, null where there are none. raw: SQL of the whole row as jsonb for the quarantine.
    where: SQL condition for rows that the feed takes. deletes: SQL condition for rows that say that a row is
    gone. pivot: for a wide feed, each name and the SQL of its cell. header: names of the file's columns.
    unmapped: those that nobody mapped. key_is_read: whether every column of the contract's key comes from a cell of
    the row, so that its key says which row it is even outside `where`. kept: positions of the cells that may land,
    from 0.
    """

    columns: tuple[Filled, ...]
    extra: str
    raw: str
    where: str
    deletes: str
    pivot: tuple[tuple[str, str], ...]
    header: tuple[str, ...]
    unmapped: tuple[str, ...]
    key_is_read: bool
    kept: list[int]


def sql_type(column: Column) -> str:
    """The column's PostgreSQL type."""
    return column.type.compile(dialect=postgresql.dialect())


def _date_pattern(layout: str) -> tuple[str, str]:
    """Regular expression of a layout such as MM/DD/YYYY, and the replacement that makes it ISO."""
    parts = re.findall(r"YYYY|MM|DD|M|D|[^YMD]", layout)
    if "".join(parts) != layout or sorted({part[0] for part in parts if part[0] in "YMD"}) != ["D", "M", "Y"]:
        raise SchoolhouseError(f"{layout!r} is not a date layout: write it with YYYY, MM and DD.")
    separated = any(part[0] not in "YMD" for part in parts)
    pattern, order, position = "", {}, 0
    for part in parts:
        if part[0] in "YMD":
            position += 1
            order[part[0]] = position
            pattern += r"(\d{4})" if part == "YYYY" else r"(\d{1,2})" if separated else r"(\d{2})"
        else:
            pattern += re.escape(part)
    # Spreadsheets and databases write dates as midnight.
    return f"^{pattern}([ T]00:00(:00(\\.0+)?)?Z?)?$", rf"\{order['Y']}-\{order['M']}-\{order['D']}"


def _layouts(given: Cell) -> tuple[str, ...]:
    """The cell's date layouts. Raises SchoolhouseError where one date could be read by two of them."""
    layouts = (given.date,) if isinstance(given.date, str) else given.date
    seen: dict[str, str] = {}
    for layout in layouts:
        twin = seen.setdefault(_date_pattern(layout)[0], layout)
        if twin != layout:
            raise SchoolhouseError(f"Dates written {twin} and {layout} cannot be told apart: give one of the two.")
    return layouts


def _date(text: str, layout: str) -> str:
    """SQL of the date in `text`, null where it is none. ISO dates are taken as they stand."""
    pattern, to = _date_pattern(layout)
    iso = f"left({text}, 10)"
    if layout != "YYYY-MM-DD":
        iso = f"regexp_replace({text}, {literal(pattern)}, {literal(to)})"
    return f"(case when {text} ~ {literal(pattern)} and pg_input_is_valid({iso}, 'date') then ({iso})::date end)"


def _integer(text: str) -> str:
    """SQL of the whole number in `text`, null where it is none; 12.0 is one."""
    whole = f"split_part({text}, '.', 1)"
    return f"(case when {text} ~ {literal(INTEGER)} and pg_input_is_valid({whole}, 'int4') then ({whole})::int4 end)"


def _number_pattern(given: Cell) -> str:
    """Grouping must be by three: '8,25' is not 825. Brackets are the ledger's minus sign."""
    mark = re.escape(given.decimal)
    plain = rf"\d+({mark}\d*)?|{mark}\d+"
    if given.thousands:
        plain = rf"\d{{1,3}}({re.escape(given.thousands)}\d{{3}})+({mark}\d*)?|{plain}"
    return rf"^([+-]?\$?({plain})|\(\$?({plain})\))$"


def _number(text: str, given: Cell) -> str:
    """SQL of the number in `text`, null where it is none."""
    plain = f"translate({text}, '$)', '')"
    if given.thousands:
        plain = f"replace({plain}, {literal(given.thousands)}, '')"
    if given.decimal != ".":
        plain = f"replace({plain}, {literal(given.decimal)}, '.')"
    factor = "" if given.scale is None else f" * {given.scale:.12g}"
    return (
        f"(case when {text} ~ {literal(_number_pattern(given))} then replace({plain}, '(', '-')::numeric{factor} end)"
    )


class _Compiler:
    def __init__(self, feed: Feed, header: list[str]) -> None:
        self.feed = feed
        self.position = {name: number for number, name in enumerate(header, 1)}
        self.header = header

    def cell(self, name: str) -> str:
        """SQL of a source column's text. Raises SchoolhouseError where the file does not have it."""
        if name not in self.position:
            raise SchoolhouseError(
                f"Feed {self.feed.name}: the file has no column {name!r}. Its columns: {', '.join(self.header)}. "
                "If the source renamed it, change the mapping in district.yml."
            )
        return f"c{self.position[name]}"

    def column(self, column: Column) -> Filled:
        feed = self.feed
        if feed.unpivot is not None and column.name == feed.unpivot.names:
            return self._filled(column, PIVOT_NAME, PIVOT_NAME, column.name, [])
        if feed.unpivot is not None and column.name == feed.unpivot.values:
            wide = Cell.model_validate({"from": feed.unpivot.values, "scale": feed.unpivot.scale})
            return self._from_cell(column, PIVOT_VALUE, wide)
        given = feed.columns.get(column.name)
        if given is None:
            return Filled(column.name, f"null::{sql_type(column)}", sql_type(column), ())
        if given.value is not None:
            constant = literal(str(given.value).lower() if isinstance(given.value, bool) else str(given.value))
            return self._filled(column, f"{constant}::{sql_type(column)}", constant, column.name, [])
        if given.debit is not None:
            return self._debit_less_credit(column, given)
        if given.join is not None:
            cells = ", ".join(self.cell(name) for name in given.join)
            return self._from_cell(column, f"nullif(concat_ws({literal(given.separator)}, {cells}), '')", given)
        return self._from_cell(column, self.cell(str(given.from_)), given)

    def _from_cell(self, column: Column, cell: str, given: Cell) -> Filled:
        source = " and ".join(given.sources())
        value, why = cell, []
        if given.match is not None and given.to is not None:
            pattern = literal(given.match)
            why.append((f"{cell} !~ {pattern}", f"does not match {given.match}"))
            value = f"(case when {cell} ~ {pattern} then regexp_replace({cell}, {pattern}, {literal(given.to)}) end)"
        if given.patterns is not None:
            pairs = " ".join(f"when {cell} ~ {literal(at)} then {literal(to)}" for at, to in given.patterns.items())
            why.append(
                ("true", f"matches none of the patterns: add one to `patterns` of {column.name} in district.yml")
            )
            value = f"(case {pairs} end)"
        if given.codes is not None:
            pairs = " ".join(f"when {literal(code)} then {literal(to)}" for code, to in given.codes.items())
            otherwise = f" else {value}" if given.otherwise == "keep" else ""
            known = ", ".join(literal(code) for code in given.codes)
            advice = f"is a code without a meaning: add it to `codes` of {column.name} in district.yml"
            why.append((f"{value} not in ({known})" if not otherwise else "false", advice))
            value = f"(case {value} {pairs}{otherwise} end)"
        text = None
        if value != cell:
            text, value = value, f"text_{column.name}"
        if isinstance(column.type, Date):
            layouts = _layouts(given)
            value = ", ".join(_date(value, layout) for layout in layouts)
            value = f"coalesce({value})" if len(layouts) > 1 else value
            why.append(("true", f"is not a date written {' or '.join(layouts)}"))
        elif isinstance(column.type, Integer):
            value = _integer(value)
            why.append(("true", "is not a whole number"))
        elif isinstance(column.type, Numeric):
            value = _number(value, given)
            why.append(("true", "is not a number"))
        elif isinstance(column.type, Boolean):
            pairs = " ".join(f"when {literal(word)} then {meaning}" for word, meaning in BOOLEANS.items())
            value = f"(case lower({value}) {pairs} end)"
            why.append(("true", "is neither yes nor no"))
        checks = []
        if why:
            # Worked out only for a cell that gave no value, so a sound row pays for none of it.
            reasons = " ".join(f"when {condition} then {literal(reason)}" for condition, reason in why)
            refused = f"{cell} is not null and {column.name} is null"
            checks.append(Check(refused, source, cell, f"case {reasons} end"))
        is_plain = value == cell and not column.info["allowed"]
        reads = cell if RAW_CELL.match(cell) and not is_plain else None
        return replace(self._filled(column, value, cell, source, checks), text=text, reads=reads)

    def _debit_less_credit(self, column: Column, given: Cell) -> Filled:
        names = given.sources()
        cells = [self.cell(name) for name in names]
        debit, credit = (_number(cell, given) for cell in cells)
        sound = " and ".join(f"({cell} is null or {cell} ~ {literal(_number_pattern(given))})" for cell in cells)
        neither = " and ".join(f"{cell} is null" for cell in cells)
        value = f"(case when {sound} and not ({neither}) then coalesce({debit}, 0) - coalesce({credit}, 0) end)"
        checks = [
            Check(f"{column.name} is null and {_number(cell, given)} is null and {cell} is not null",
                  name, cell, literal("is not a number"))
            for name, cell in zip(names, cells, strict=True)
        ]  # fmt: skip
        return self._filled(column, value, f"coalesce({', '.join(cells)})", " and ".join(names), checks)

    def _filled(self, column: Column, value: str, cell: str, source: str, checks: list[Check]) -> Filled:
        """Add the contract's own rules to those of the type. They read the typed column."""
        name, rules = column.name, list(checks)

        def rule(condition: str, reason: str) -> None:
            rules.append(Check(condition, source, cell, literal(reason)))

        missing = None if column.nullable else Check(f"{cell} is null", source, cell, literal("is missing"))
        if allowed := column.info["allowed"]:
            listed = ", ".join(literal(code) for code in allowed)
            rule(f"{name} not in ({listed})", f"is not one of {', '.join(allowed)}")
        if isinstance(column.type, Numeric):
            precision, scale = column.type.precision or 0, column.type.scale or 0
            rule(f"abs({name} - round({name}, {scale})) > {FLOAT_NOISE}",
                 f"has more than {scale} decimals, which {name} would lose")  # fmt: skip
            rule(f"abs({name}) >= 1e{precision - scale}", f"is too large for {name}")
        if column.info["minimum"] is not None:
            rule(f"{name} < {column.info['minimum']}", f"is below {column.info['minimum']:g}")
        if column.info["maximum"] is not None:
            rule(f"{name} > {column.info['maximum']}", f"is above {column.info['maximum']:g}")
        return Filled(name, value, sql_type(column), tuple(rules), missing)


def compile_mapping(feed: Feed, header: list[str]) -> Mapping:
    """SQL for one file of the feed.

    Raises SchoolhouseError where the header lacks a column that the mapping names, or has a renamed one twice.
    """
    feed = _as_named_in(feed, header)
    compiler = _Compiler(feed, header)
    columns = tuple(compiler.column(column) for column in contract_columns(CONTRACTS[feed.contract]))
    used = {name for cell in feed.columns.values() for name in cell.sources()}
    if feed.unpivot is not None:
        used |= set(feed.unpivot.columns)
    used |= set(feed.where) | set(feed.deletes)
    dropped = set(header if EVERYTHING_ELSE in feed.drop else feed.drop) - used
    dropped |= set(feed.never_land)
    if forbidden := sorted(used & set(feed.never_land)):
        raise SchoolhouseError(f"Feed {feed.name}: {forbidden[0]!r} is under `never_land`, and the mapping uses it.")
    unmapped = tuple(name for name in header if name not in used | dropped)
    kept = [name for name in header if name not in dropped]
    return Mapping(
        columns=columns,
        extra=_object(compiler, list(unmapped)),
        raw=_object(compiler, kept),
        where=_wanted(compiler, feed),
        deletes=_has(compiler, feed.deletes, " or ") or "false",
        pivot=tuple(
            (name, compiler.cell(source)) for source, name in (feed.unpivot.columns if feed.unpivot else {}).items()
        ),
        header=tuple(header),
        unmapped=unmapped,
        key_is_read=_key_is_read(feed),
        kept=[position for position, name in enumerate(header) if name not in dropped],
    )


def _key_is_read(feed: Feed) -> bool:
    key = rules_of(CONTRACTS[feed.contract]).key
    return bool(key) and all(name in feed.columns and feed.columns[name].value is None for name in key)


def _has(compiler: _Compiler, wanted: dict[str, list[str]], joined_by: str) -> str:
    """SQL condition that the cells have one of their values; empty where nothing is wanted."""
    return joined_by.join(
        f"(coalesce({compiler.cell(name)}, '') in ({', '.join(literal(value) for value in values)}))"
        for name, values in wanted.items()
    )


def _wanted(compiler: _Compiler, feed: Feed) -> str:
    """SQL condition for rows that the feed takes. A deletion may leave out all but its key, also what `where` asks."""
    if not feed.where:
        return "true"
    wanted = _has(compiler, feed.where, " and ")
    if not feed.deletes:
        return wanted
    silent = " and ".join(f"{compiler.cell(name)} is null" for name in feed.where)
    return f"({wanted} or ({_has(compiler, feed.deletes, ' or ')} and {silent}))"


def _as_named_in(feed: Feed, header: list[str]) -> Feed:
    """The feed with each renamed column under the name that this header has."""
    try:
        columns = {name: cell.in_file(header) for name, cell in feed.columns.items()}
    except ValueError as error:
        raise SchoolhouseError(
            f"Feed {feed.name}: the file has {error}. Its columns: {', '.join(header)}. "
            "If the source renamed it, change the mapping in district.yml."
        ) from None
    return feed.model_copy(update={"columns": columns})


def _object(compiler: _Compiler, names: list[str]) -> str:
    """SQL of a jsonb object of these cells without the empty ones; null where all are."""
    if not names:
        return "null::jsonb"
    keys = ", ".join(literal(name) for name in names)
    values = ", ".join(compiler.cell(name) for name in names)
    return f"nullif(jsonb_strip_nulls(jsonb_object(array[{keys}], array[{values}])), '{{}}'::jsonb)"
