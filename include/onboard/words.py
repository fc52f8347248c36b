"""What columns and codes are called: the words that different systems have for the same."""

import difflib
import re
from collections.abc import Iterable

# Words that are one; a number, a code and a key all identify.
SAME = {
    **dict.fromkeys(("no", "num", "number", "nbr", "code", "cd", "key", "identifier", "ids"), "id"),
    **dict.fromkeys(("on", "dt", "day", "dates"), "date"),
    **dict.fromkeys(("emp", "employee", "worker"), "staff"),
    **dict.fromkeys(("stu", "stud", "pupil", "students"), "student"),
    **dict.fromkeys(("org", "sch", "schools"), "school"),
    **dict.fromkeys(("class", "classes"), "section"),
    **dict.fromkeys(("start", "starts", "from", "begins", "beginning"), "begin"),
    **dict.fromkeys(("ends", "to", "until", "finish"), "end"),
    **dict.fromkeys(("yr", "years"), "year"),
    **dict.fromkeys(("acct", "accounts"), "account"),
    **dict.fromkeys(("amt", "dollars"), "amount"),
    **dict.fromkeys(("pct", "percentage"), "percent"),
    **dict.fromkeys(("att", "attend"), "attendance"),
    **dict.fromkeys(("desc", "descr"), "description"),
    "programme": "program",
    "scaled": "scale",
    "grades": "grade",
    "gender": "sex",
    "po": "encumbrance",
    "fy": "fiscalyear",
}
# They say little about what a column holds.
LIGHT = {"id": 0.3, "date": 0.3, "year": 0.6}
IGNORED = {"sourced", "metadata", "is", "has", "the", "of"}

# Other names of a contract column.
ALIASES: dict[str, tuple[str, ...]] = {
    "account_code": ("account", "gl account"),
    "action_id": ("incident",),
    "administered_on": ("test date", "date taken"),
    "administration": ("window", "test window", "season"),
    "amount": ("open amount", "gross", "total"),
    "birth_on": ("birth date", "dob", "date of birth"),
    "code": ("attendance code", "absence code", "action"),
    "encumbrance_id": ("po",),
    "entered_on": ("entry date", "enrollment date", "admission date"),
    "entry_code": ("enter code",),
    "exited_on": ("exit date", "withdrawal date"),
    "family_name": ("last name", "surname"),
    "fiscal_year": ("fy", "budget year"),
    "given_name": ("first name", "forename"),
    "grade": ("grade level",),
    "hired_on": ("hire date", "date hired"),
    "home_language": ("language",),
    "is_american_indian": ("american indian or alaska native",),
    "is_black": ("black or african american",),
    "is_enabled": ("enabled user", "active"),
    "is_hispanic": ("hispanic or latino ethnicity", "ethnicity hispanic"),
    "is_instructional": ("day type", "in session", "school day"),
    "is_pacific_islander": ("native hawaiian or other pacific islander",),
    "is_two_or_more": ("two or more races", "demographic race two or more races", "multiracial"),
    "journal": ("source", "source module"),
    "kind": ("type", "class type", "org type", "leave type"),
    "level": ("performance level", "perf level", "achievement level", "proficiency level"),
    "mark": ("letter grade", "final grade"),
    "name": ("school name",),
    "network_id": ("network", "parent", "region"),
    "object": ("object code",),
    "on_date": ("attendance date", "calendar date", "incident date", "absence date"),
    "person_id": ("user",),
    "points": ("percent", "score"),
    "posted_on": (
        "posted", "updated", "last updated", "stored", "date stored", "loaded on", "entered on", "released",
        "submitted", "post date", "pay date", "po date",
    ),
    "projected_students": ("projected", "projection"),
    "race": ("ethnicity",),
    "school_id": ("school", "location", "site", "building", "campus"),
    "school_year": ("test year", "academic year"),
    "separated_on": ("last day", "termination date"),
    "staff_id": ("employee", "teacher id"),
    "starts_on": ("first session", "first day"),
    "ends_on": ("last session", "last day"),
    "student_id": ("student number", "sis id"),
    "title": ("description", "name"),
}  # fmt: skip

# What codes are short for, where no letters say it.
CODES: dict[str, tuple[str, ...]] = {
    "american_indian": ("i", "n", "ai", "na", "aian"),
    "asian": ("a",),
    "death": ("dec", "deceased"),
    "el": ("ell", "esl", "lep", "ml"),
    "female": ("f",),
    "foster": ("fost",),
    "gifted": ("gt", "tag", "gate"),
    "homeless": ("mkv", "mv", "mckinney"),
    "layoff": ("rif",),
    "low_income": ("frl", "frpl", "econ", "ses", "ed"),
    "male": ("m",),
    "marking_period": ("gradingperiod", "mp", "quarter"),
    "pacific_islander": ("p", "pi", "nhpi"),
    "swd": ("sped", "iep", "ese"),
    "two_or_more": ("m", "t", "multi", "two"),
    "unpaid": ("lwop",),
}


def tokens(name: str) -> tuple[str, ...]:
    """Words of a column's name, each in the form that it shares with its synonyms."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    found = [word.lower() for word in re.findall(r"[A-Za-z]+|\d+", parted)]
    same = [SAME.get(word, word) for word in found if word not in IGNORED]
    joined = " ".join(same).replace("fiscal year", "fiscalyear").split()
    return tuple(dict.fromkeys(joined or same or found))


def likeness(name: str, column: str, more: Iterable[str] = ()) -> float:
    """How much a source column's name says what the contract column is called, from 0 to 1.

    more: other names that the column has in this contract.
    """
    given = tokens(name)
    names = (column, *ALIASES.get(column, ()), *more)
    return max(_shared(given, tokens(other)) for other in names)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Twice the weight of the words that both have, over the weight of all."""
    if not one or not other:
        return 0.0
    total = sum(LIGHT.get(word, 1.0) for word in (*one, *other))
    left = list(other)
    found = 0.0
    for word in one:
        best = max(left, key=lambda candidate: _same(word, candidate), default=None)
        if best is not None and (degree := _same(word, best)) > 0:
            found += degree * (LIGHT.get(word, 1.0) + LIGHT.get(best, 1.0))
            left.remove(best)
    return found / total


def _same(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.9
    ratio = difflib.SequenceMatcher(None, one, other).ratio()
    return ratio if ratio >= 0.84 else 0.0


def meaning_of(code: str, allowed: tuple[str, ...]) -> str | None:
    """The allowed value that a code is short for; None where nothing says so, or several do as well."""
    plain = _letters(code)
    if not plain:
        return None
    tries = (
        lambda value: _letters(value) == plain,
        lambda value: plain in CODES.get(value, ()),
        lambda value: _letters(value).startswith(plain),
        lambda value: value[0] == plain[0] and _in_order(plain, _letters(value)),
    )
    for is_meant in tries:
        found = [value for value in allowed if is_meant(value)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _in_order(short: str, long: str) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)
