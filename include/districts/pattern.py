"""Patterns of file names that may hold a date: `grades_{date:MMDDYYYY}.txt`."""

import datetime as dt
import re
from dataclasses import dataclass

_PLACE = re.compile(r"\{date:([^{}]+)\}")
_PARTS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{2})", "DD": r"(?P<day>\d{2})"}
_GLOB = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Pattern:
    """glob: for a listing. name: regular expression that a name below the folder fits as a whole."""

    glob: str
    name: re.Pattern[str]

    def date_of(self, name: str) -> dt.date | None:
        """The date in a name; the earliest one where the pattern has none, None where the name does not fit."""
        found = self.name.fullmatch(name)
        if found is None:
            return None
        parts = {part: int(digits) for part, digits in found.groupdict().items()}
        if not parts:
            return dt.date.min
        try:
            return dt.date(**parts)
        except ValueError:
            return None


def compile_pattern(files: str) -> Pattern:
    """A glob with at most one `{date:…}` in it. Raises ValueError for anything else in braces."""
    places = _PLACE.findall(files)
    rest = _PLACE.sub("", files)
    if len(places) > 1 or "{" in rest or "}" in rest:
        raise ValueError(f"{files!r} may have one date, written like {{date:YYYYMMDD}}")
    for layout in places:
        if sorted(re.findall("YYYY|MM|DD", layout)) != ["DD", "MM", "YYYY"]:
            raise ValueError(f"{layout!r} is not the layout of a date in a name: write it with YYYY, MM and DD once")
    before, *layouts_and_after = re.split(r"\{date:([^{}]+)\}", files)
    expression = _glob_expression(before)
    if layouts_and_after:
        layout, after = layouts_and_after
        expression += "".join(_PARTS.get(part, re.escape(part)) for part in re.findall("YYYY|MM|DD|.", layout))
        expression += _glob_expression(after)
    return Pattern(re.sub(rf"\*?{_PLACE.pattern}\*?", "*", files), re.compile(expression, re.DOTALL))


def _glob_expression(glob: str) -> str:
    parts = re.findall(r"\*\*/|\*|\?|\[!?[^\]]+\]|.", glob, re.DOTALL)
    return "".join(
        _GLOB.get(part) or (part.replace("[!", "[^") if part[0] == "[" and len(part) > 1 else re.escape(part))
        for part in parts
    )
