"""Every text of the interface is there in every language.

How to fix: add the text to include/desk/locales/<language>/LC_MESSAGES/desk.po.
"""

import re
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from include.desk import words
from include.desk.pages import FOLDER

NAMES = re.compile(r"%\(\w+\)s|\{\w+\}")


def texts() -> Iterator[str]:
    """What the templates and the tables of words say in English."""
    for path in sorted((FOLDER / "templates").glob("*.html")):
        options = {"trim_blocks": "true", "lstrip_blocks": "true"}
        yield from (str(found[1]) for found in extract_from_file("jinja2", path, options=options))
    for path in sorted(FOLDER.glob("*.py")):
        yield from (str(found[1]) for found in extract_from_file("python", path))


@pytest.mark.parametrize("language", [code for code in words.LANGUAGES if code != "en"])
def test_every_text_is_translated_with_the_same_names_in_it(language: str) -> None:
    with (words.FOLDER / language / "LC_MESSAGES" / "desk.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    found = {text: catalogue.get(text) for text in set(texts())}
    assert len(found) > 100
    assert [text for text, message in found.items() if message is None or not message.string] == []
    for text, message in found.items():
        assert message is not None
        assert sorted(NAMES.findall(text)) == sorted(NAMES.findall(str(message.string))), text
    known = {str(message.id) for message in catalogue if message.id}
    assert sorted(known - set(found)) == [], "nothing says these any more"


def test_a_browser_s_language_is_taken_where_none_was_chosen() -> None:
    assert words.language_of(None, "fr-CA,es-MX;q=0.8,en;q=0.5") == "es"
    assert words.language_of("en", "es") == "en"
    assert words.language_of("xx", "fr") == "en"


def test_reasons_are_told_with_the_same_counts_or_in_the_list_s_own_words() -> None:
    reason = {"text": "absent 5 of the last 20 days", "values": {"absent_20": 5.0, "days_20": 20.0}}
    assert words.reason_text(reason, "es") == ("ausente 5 de los últimos 20 días", "es")
    assert words.reason_text({"text": "something new", "values": {"unheard_of": 1}}, "es") == ("something new", "en")
