"""Letters to families in the language of the home, from text files that the district edits.

A template is `<programme>.<kind>.<language>.txt` in the folder that policy.desk.letters of district.yml names, beside
it: the first line is the heading, an empty line ends a paragraph, `{{ field }}` stands for a field of FIELDS and
`{% if field %}` … `{% endif %}` for what is left out without one. Nothing else of Jinja is allowed, so a template can
do nothing but say what it is given.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from jinja2 import Environment, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.districts import District
from include.errors import SchoolhouseError

# The kind of the text that offers a seat, and the language that stands in for others.
OFFER, DEFAULT = "offer", "en"
FIELDS = {
    "student": "Given and family name of the student.",
    "given_name": "Given name of the student.",
    "school": "Name of the school.",
    "district": "Name of the district.",
    "elt_term": "The term, as the lists name it.",
    "starts_on": "First session, as the language writes a day.",
    "ends_on": "Last session.",
    "answer_by": "Day by which the family is asked to answer.",
    "sent_on": "Day of the letter.",
    "contact": "Whom to ask, from policy.desk.letters.",
}
FILE_NAME = re.compile(
    r"(?P<program>[a-z0-9_]+)\.(?P<kind>[a-z0-9_]+)\.(?P<language>[A-Za-z]{2,3}(-[A-Za-z]{2,4})?)\.txt"
)
ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.And, nodes.Or, nodes.Not)
# Around what is filled in, so that a name of the one direction does not turn a sentence of the other around.
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


class _Missing(Undefined):
    """A field without a value: false under `if`, and no letter anywhere else."""

    def __str__(self) -> str:
        raise _NoValue(str(self._undefined_name))


class _NoValue(Exception):
    """A field that a letter needs has no value."""


class LettersPolicy(BaseModel):
    """policy.desk.letters of district.yml.

    folder: where the templates are, beside district.yml. answer_within_days: from the letter to the day by which the
    family is asked to answer. contact: whom to ask, left out where it is null.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str = "letters"
    answer_within_days: int = Field(ge=1, le=60)
    contact: str | None = None


def letters_policy(district: District) -> LettersPolicy | None:
    """What the district says of letters; None where it writes none from the desk. Raises SchoolhouseError where the
    policy does not have its shape."""
    given = (district.policy.get("desk") or {}).get("letters")
    if given is None:
        return None
    try:
        return LettersPolicy.model_validate(given)
    except ValidationError as error:
        raise SchoolhouseError(f"policy.desk.letters of {district.name}'s district.yml: {error}") from None


def can_offer(policy: LettersPolicy | None, district_folder: Path, program: str) -> bool:
    """Whether the district has a text that offers a seat in the programme."""
    return policy is not None and any((district_folder / policy.folder).glob(f"{program}.{OFFER}.*.txt"))


@dataclass(frozen=True)
class LetterTemplate:
    """One text in one language."""

    path: Path
    program: str
    kind: str
    language: str
    template: Template

    @cached_property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return _locale(self.language).text_direction


@dataclass(frozen=True)
class Letter:
    """One family's letter. missing_language: the name of the language of the home where there is no template in it."""

    student_id: str
    language: str
    direction: str
    heading: str
    paragraphs: tuple[str, ...]
    missing_language: str | None


@dataclass(frozen=True)
class Addressee:
    """A student, the language of the home (None where it is not known) and the values of FIELDS, days as dates."""

    student_id: str
    language: str | None
    values: Mapping[str, str | dt.date | None]


def load_templates(folder: Path) -> dict[tuple[str, str], dict[str, LetterTemplate]]:
    """Every template by programme and kind, then by language; empty where there is no such folder.

    Raises SchoolhouseError with file and line for whatever cannot be used: another name, a field that there is none
    of, anything of Jinja but fields and conditions, text that is not UTF-8, no text, or a letter without its English.
    """
    environment = ImmutableSandboxedEnvironment(undefined=_Missing, autoescape=False)
    found: dict[tuple[str, str], dict[str, LetterTemplate]] = {}
    problems: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        name = FILE_NAME.fullmatch(path.name)
        if name is None or not _is_language(name["language"]):
            problems.append(f"{path}: name it <programme>.<kind>.<language>.txt, as after_school.offer.es.txt")
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            problems.append(f"{path}: it is not UTF-8: save it as UTF-8")
            continue
        wrong = [f"{path}:{line}: {reason}" for line, reason in _problems(environment, text)]
        problems += wrong
        if not wrong:
            template = LetterTemplate(
                path, name["program"], name["kind"], name["language"], environment.from_string(text)
            )
            found.setdefault((template.program, template.kind), {})[template.language] = template
    problems += [
        f"{folder}: {program}.{kind} has no {DEFAULT} text, which stands in for languages without one"
        for (program, kind), languages in sorted(found.items())
        if DEFAULT not in languages and not problems
    ]
    if problems:
        raise SchoolhouseError("\n".join(problems))
    return found


def write_letters(templates: Mapping[str, LetterTemplate], addressees: Iterable[Addressee]) -> list[Letter]:
    """One letter for each addressee, in the language of the home, else in English, and then it says so.

    templates: those of one programme and kind, by language. Raises SchoolhouseError with template, field and student
    for every value that is missing: then there is no letter at all, so that no family is left out unnoticed.
    """
    letters, problems = [], []
    for addressee in addressees:
        try:
            letters.append(_letter(templates, addressee))
        except _Problem as problem:
            problems.append(str(problem))
    if problems:
        raise SchoolhouseError("\n".join(problems))
    return letters


class _Problem(Exception):
    """A letter that cannot be written."""


def _letter(templates: Mapping[str, LetterTemplate], addressee: Addressee) -> Letter:
    wanted = addressee.language or DEFAULT
    template = templates.get(wanted) or templates.get(wanted.split("-")[0]) or templates[DEFAULT]
    unknown = set(addressee.values) - set(FIELDS)
    if unknown:
        raise ValueError(f"letters have no field {', '.join(sorted(unknown))}")
    values = {name: _text(value, template.language) for name, value in addressee.values.items()}
    try:
        text = template.template.render({name: value for name, value in values.items() if value})
    except _NoValue as missing:
        raise _Problem(
            f"{template.path.name}: the letter about student {addressee.student_id} needs the field {missing}, which "
            "is empty: fill it in, or put what needs it under {% if %}."
        ) from None
    heading, *paragraphs = [part.strip() for part in re.split(r"\n\s*\n", _heading_apart(text)) if part.strip()]
    is_in_it = template.language.split("-")[0] == wanted.split("-")[0]
    return Letter(
        addressee.student_id,
        template.language,
        template.direction,
        heading,
        tuple(paragraphs),
        None if is_in_it else _name_of(wanted),
    )


def _heading_apart(text: str) -> str:
    heading, _, rest = text.strip().partition("\n")
    return f"{heading}\n\n{rest}"


def _text(value: str | dt.date | None, language: str) -> str:
    if isinstance(value, dt.date):
        value = format_date(value, "long", locale=_locale(language))
    # Line ends in a value would begin a paragraph.
    plain = " ".join((value or "").split())
    return f"{ISOLATE}{plain}{END_ISOLATE}" if plain else ""


def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _is_language(language: str) -> bool:
    try:
        _locale(language)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _name_of(language: str) -> str:
    """The language in English; its code where nobody knows a name."""
    if not _is_language(language):
        return language
    return str(_locale(language).get_display_name(DEFAULT) or language)


def _problems(environment: Environment, text: str) -> Iterator[tuple[int, str]]:
    """Line and reason of whatever a template may not hold."""
    if not text.strip():
        yield 1, "the file is empty: the first line is the heading"
        return
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        yield error.lineno, str(error.message)
        return
    for node in _all(tree):
        if isinstance(node, nodes.Name) and node.name not in FIELDS:
            yield node.lineno, f"there is no field {node.name!r}; there are {', '.join(FIELDS)}"
        elif not isinstance(node, ALLOWED):
            yield node.lineno, "only {{ field }} and {% if field %} are allowed here"


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node and everything below it; not below what is not allowed, which is named once."""
    yield node
    if isinstance(node, ALLOWED):
        for child in node.iter_child_nodes():
            yield from _all(child)
