"""What the values of a source column say about the contract column that they may fill."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, Numeric

from include.landing.mapping import BOOLEANS
from include.onboard.words import meaning_of

# Layouts as district.yml writes them, the likelier first, with the order of their parts.
DATES: dict[str, tuple[str, str]] = {
    "YYYY-MM-DD": (r"(\d{4})-(\d{1,2})-(\d{1,2})", "YMD"),
    "MM/DD/YYYY": (r"(\d{1,2})/(\d{1,2})/(\d{4})", "MDY"),
    "DD/MM/YYYY": (r"(\d{1,2})/(\d{1,2})/(\d{4})", "DMY"),
    "YYYYMMDD": (r"(\d{4})(\d\d)(\d\d)", "YMD"),
    "MM-DD-YYYY": (r"(\d{1,2})-(\d{1,2})-(\d{4})", "MDY"),
    "DD-MM-YYYY": (r"(\d{1,2})-(\d{1,2})-(\d{4})", "DMY"),
    "DD.MM.YYYY": (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", "DMY"),
    "YYYY/MM/DD": (r"(\d{4})/(\d{1,2})/(\d{1,2})", "YMD"),
}
MIDNIGHT = r"([ T]00:00(:00(\.0+)?)?Z?)?"
# Each with what gives the year that a school or fiscal year ends in.
YEARS = (
    (r"^\d{4}-(\d{2})$", r"20\1"),
    (r"^\d{4}[-_/](\d{4})$", r"\1"),
    (r"^FY(\d{4})$", r"\1"),
    (r"^FY(\d{2})$", r"20\1"),
    (r"^(\d{2})$", r"20\1"),
)
GRADES = {
    **dict.fromkeys(("K", "KG", "KF", "0", "00"), "KG"),
    **dict.fromkeys(("PK", "PRE-K", "-1"), "PK"),
    **{str(number): f"{number:02d}" for number in range(1, 13)},
    **{f"{number:02d}": f"{number:02d}" for number in range(1, 13)},
}
NUMBER = r"[+-]?\$?(\d+(\.\d*)?|\.\d+)|\(\$?\d+(\.\d*)?\)"
GROUPED = r"[+-]?\$?\d{1,3}(,\d{3})*(\.\d*)?|\(\$?\d{1,3}(,\d{3})*(\.\d*)?\)"
UNKNOWN = 0.5
MOST_CODES = 30
LONGEST_CODE = 30
# Stray faults of a real file do not make it something else.
NEARLY_ALL = 0.98
RARE = 0.005


@dataclass(frozen=True)
class Evidence:
    """share: how much of the values fits, from 0 to 1. cell: what the mapping has to say of it. note: for the reader.

    unknown: codes without a meaning, empty where the values may be a person's.
    """

    share: float
    cell: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    unknown: tuple[str, ...] = ()


def evidence(column: Column[Any], values: list[str | None], is_key: bool) -> Evidence:
    """Whether the values can be the contract column's. is_key: it alone identifies a row."""
    given = [value for value in values if value is not None]
    if not given:
        return Evidence(UNKNOWN, note="empty in the sample")
    if column.info["allowed"]:
        return _coded(given, lambda code: meaning_of(code, column.info["allowed"]))
    if isinstance(column.type, Date):
        return _dates(given)
    if isinstance(column.type, Boolean):
        return _booleans(column, given)
    if isinstance(column.type, Integer):
        return _years(given) if column.name.endswith("year") else Evidence(_fitting(given, r"[+-]?\d+(\.0+)?"))
    if isinstance(column.type, Numeric):
        return _numbers(given)
    if column.name == "grade":
        return _coded(given, lambda code: GRADES.get(code.upper()))
    return Evidence(_text(column.name, given, is_key), note=_uniqueness(values) if is_key else "")


def _fitting(values: list[str], pattern: str) -> float:
    return sum(re.fullmatch(pattern, value) is not None for value in values) / len(values)


def _is_code_like(values: list[str]) -> bool:
    """Few values, short, and each of many rows: what a code list is and a person's name is not."""
    distinct = set(values)
    return (
        len(distinct) <= MOST_CODES
        and max(map(len, distinct)) <= LONGEST_CODE
        and len(distinct) * 5 <= max(len(values), 10)
    )


def _coded(values: list[str], meaning: Callable[[str], str | None]) -> Evidence:
    distinct = sorted(set(values), key=lambda code: (len(code), code))
    found = {code: to for code in distinct if (to := meaning(code)) is not None}
    share = sum(value in found for value in values) / len(values)
    unknown = tuple(code for code in distinct if code not in found) if _is_code_like(values) else ()
    if len(distinct) > MOST_CODES and share < NEARLY_ALL:
        return Evidence(0.0)
    if all(code == to for code, to in found.items()):
        return Evidence(share, unknown=unknown)
    return Evidence(share, {"codes": found}, unknown=unknown)


def _is_date(value: str, layout: str) -> bool:
    pattern, order = DATES[layout]
    found = re.fullmatch(pattern + MIDNIGHT, value)
    if found is None:
        return False
    parts = dict(zip(order, map(int, found.groups()[:3]), strict=True))
    try:
        dt.date(parts["Y"], parts["M"], parts["D"])
    except ValueError:
        return False
    return 1900 <= parts["Y"] <= 2100


def _dates(values: list[str]) -> Evidence:
    """The layout that most are written in, and where it leaves some, those that take the rest."""
    left, note = list(values), ""
    layouts: list[str] = []
    while left and len(layouts) < 3:
        shares = {layout: sum(_is_date(value, layout) for value in left) for layout in DATES}
        best = max(shares, key=lambda layout: shares[layout])
        if shares[best] < max(1, RARE * len(values)):
            break
        twins = [
            other
            for other in DATES
            if other != best and DATES[other][0] == DATES[best][0] and shares[other] == shares[best]
        ]
        if twins:
            note = f"could be {twins[0]} as well"
        layouts.append(best)
        # Two layouts that cannot be told apart are not both taken.
        left = [value for value in left if re.fullmatch(DATES[best][0] + MIDNIGHT, value) is None]
        if len(left) <= (1 - NEARLY_ALL) * len(values):
            break
    share = sum(any(_is_date(value, layout) for layout in layouts) for value in values) / len(values)
    if layouts in ([], ["YYYY-MM-DD"]):
        return Evidence(share, note=note)
    return Evidence(share, {"date": layouts[0] if len(layouts) == 1 else layouts}, note)


def _booleans(column: Column[Any], values: list[str]) -> Evidence:
    share = sum(value.lower() in BOOLEANS for value in values) / len(values)
    distinct = sorted(code for code, many in Counter(values).items() if many > RARE * len(values))
    if share >= 0.5 or len(distinct) != 2 or not _is_code_like(values):
        return Evidence(share)
    # I of I and H for is_instructional: the one that begins like the column says yes.
    first = column.name.removeprefix("is_").removeprefix("has_")[0]
    yes = [code for code in distinct if code[0].lower() == first]
    if len(yes) != 1:
        return Evidence(share, unknown=tuple(distinct))
    return Evidence(0.6, {"codes": {code: "true" if code in yes else "false" for code in distinct}}, "guessed")


def _years(values: list[str]) -> Evidence:
    plain = _fitting(values, r"(19|20)\d\d")
    if plain >= NEARLY_ALL:
        return Evidence(plain)
    shares = [(_fitting(values, pattern.strip("^$")), pattern, to) for pattern, to in YEARS]
    share, pattern, to = max(shares, key=lambda found: found[0])
    return Evidence(share, {"match": pattern, "to": to}) if share > plain else Evidence(plain)


def _numbers(values: list[str]) -> Evidence:
    plain, grouped = _fitting(values, NUMBER), _fitting(values, f"{NUMBER}|{GROUPED}")
    return Evidence(grouped, {"thousands": ","}) if grouped > plain else Evidence(plain)


def _text(name: str, values: list[str], is_key: bool) -> float:
    """How likely free text is what a column of this name holds."""
    sample = values[:1000]
    words = _fitting(sample, r"[^\d]*")
    if any(_is_date(value, layout) for value in sample[:3] for layout in ("YYYY-MM-DD", "MM/DD/YYYY")):
        return 0.2
    if name in ("given_name", "family_name", "town"):
        return 0.2 + 0.6 * words
    if name in ("name", "title"):
        return 0.5 + 0.3 * words
    if name.endswith("_id"):
        compact = _fitting(sample, r"\S{1,40}")
        return (0.3 + 0.5 * compact) * (1.0 if not is_key else 0.4 + 0.6 * len(set(values)) / len(values))
    return 0.7


def _uniqueness(values: list[str | None]) -> str:
    given = [value for value in values if value is not None]
    again = len(given) - len(set(given))
    return "unique" if not again else f"{again} rows repeat another's"
