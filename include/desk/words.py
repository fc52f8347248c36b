"""The interface's languages: English in the code, the others from catalogues in locales/<language>/LC_MESSAGES."""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locales"
LANGUAGES = {"en": "English", "es": "Español"}


def _(message: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return message


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language, compiled from its text when first asked for; English needs none."""
    path = FOLDER / language / "LC_MESSAGES" / "desk.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language_of(cookie: str | None, accepted: str) -> str:
    """The language that was chosen, else the first that the browser asks for and the desk has, else English."""
    if cookie in LANGUAGES:
        return str(cookie)
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


STEPS = {
    None: _("Not decided"),
    "confirmed": _("Confirmed"),
    "overridden": _("Overridden"),
    "nominated": _("Nominated"),
    "offered": _("Offered"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
    "attended": _("Attended"),
    "undone": _("Undone"),
}
# What the button says that takes the step.
ACTIONS = {
    "confirmed": _("Confirm"),
    "overridden": _("Override: do not offer"),
    "offered": _("Seat offered to the family"),
    "accepted": _("Family accepted"),
    "declined": _("Family declined"),
    "attended": _("Student attended"),
}
PLACES = {
    "seat": _("Proposed for a seat"),
    "waitlist": _("Waitlist"),
    "out": _("No seat"),
    "dropped": _("Not on the newest list"),
}
BANDS = {"high": _("high"), "elevated": _("elevated"), "low": _("low")}
PROGRAMS = {"el": _("Language support (English learner)"), "swd": _("Special education")}
RACES = {
    "hispanic": _("Hispanic or Latino"),
    "american_indian": _("American Indian or Alaska Native"),
    "asian": _("Asian"),
    "black": _("Black or African American"),
    "pacific_islander": _("Native Hawaiian or Other Pacific Islander"),
    "white": _("White"),
    "two_or_more": _("Two or more races"),
    "unknown": _("Race not known"),
}
# Codes of the contracts that the pages show; one that is not here is shown as it is.
CODES = {
    "offered": _("offered"),
    "waitlisted": _("waitlisted"),
    "ineligible": _("ineligible"),
    "declined_by_site": _("declined by the site"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "fall": _("fall"),
    "winter": _("winter"),
    "spring": _("spring"),
    "math": _("mathematics"),
    "reading": _("reading"),
    "ela": _("English language arts"),
    "science": _("science"),
}
LIST_STATES = {
    "proposed": _("A proposal: you decide."),
    "review_required": _(
        "Groups differ on this list more than they should. Look twice before you decide; the coordinator knows more."
    ),
    "stale": _("A newer list is held back by a check. This one stands still until it is released."),
    "expired": _("This list is over."),
}
REFUSALS = {
    "overtaken": _("Somebody else decided meanwhile. Your decision was not taken: look at what stands, then decide."),
    "list_over": _("This list no longer stands. Open the newest one and decide there."),
    "no_list": _("There is no such list."),
    "no_school": _("This list has no such school."),
    "no_seat": _("All seats of the school are offered."),
    "not_yet": _("Other students come first, or the seats left are kept for nominations."),
    "no_nomination_seat": _("The school has no seat left for nominations."),
    "not_listed": _("The student is not on this list: nominate first."),
    "decided": _("This student has been decided on already."),
    "nothing_to_undo": _("There is no decision to undo."),
    "asked_already": _("This programme has been asked for already, perhaps at another school."),
    "order": _("This step cannot follow the one before."),
    "no_reason": _("Say why, so that others can judge it."),
    "nobody": _("Nobody is named who decides."),
}
# The reasons of a list by the counts that each is made of, as ml/lists/reasons.py writes them in English.
REASONS = {
    ("absent_20", "days_20"): _("absent {absent_20} of the last {days_20} days"),
    ("absent_year", "enrolled_days"): _("absent {absent_year} of {enrolled_days} days this year"),
    ("tardy_20", "days_20"): _("late on {tardy_20} of the last {days_20} days"),
    ("core_low",): _("{core_low} marks of D or below in core courses"),
    ("below_cut", "subjects_tested"): _(
        "below the cut in {below_cut} of {subjects_tested} subjects at the latest assessment"
    ),
    ("cut_margin",): _("only {cut_margin} standard deviations above the cut at the latest assessment"),
    ("score_z_change",): _("latest assessment {score_z_change} standard deviations from the one before"),
    ("prior_absent_share",): _("absent {prior_absent_share} of the days last year"),
    ("prior_core_failing",): _("failing marks in {prior_core_failing} core courses last year"),
    ("schools_two_years",): _("{schools_two_years} schools in this year and the last"),
}


def reason_text(reason: Mapping[str, Any], language: str) -> tuple[str, str]:
    """A reason and the language that it is in: the list's own English, or the same counts in another language.

    Where a reason is made of counts that no catalogue knows, it stays in English rather than being guessed at.
    """
    values = reason.get("values") or {}
    if language == "en":
        return reason["text"], "en"
    for names, template in REASONS.items():
        if all(name in values for name in names):
            translated = translations(language).gettext(template)
            if translated != template:
                return translated.format(**{name: _figure(name, values[name]) for name in names}), language
    return reason["text"], "en"


def _figure(name: str, value: float) -> str:
    if name.endswith("_share"):
        return f"{value:.0%}"
    if name in ("cut_margin", "score_z_change"):
        return f"{value:.1f}"
    return f"{value:g}"
