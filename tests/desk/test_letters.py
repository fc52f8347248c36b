"""Letters to families: in the language of the home, of nothing but known fields, and none with a gap."""

import datetime as dt
import re
from pathlib import Path

import pytest

from include.desk.letters import FIELDS, Addressee, letters_policy, load_templates, write_letters
from include.districts import load_district
from include.errors import SchoolhouseError
from include.settings import DEFAULT_DISTRICT

VALUES: dict[str, str | dt.date | None] = {
    "student": "Zoë O'Núñez <b>",
    "given_name": "Zoë",
    "school": "Alpha School",
    "district": "Lakeside",
    "elt_term": "2026-spring",
    "starts_on": dt.date(2026, 3, 9),
    "ends_on": None,
    "answer_by": dt.date(2026, 3, 6),
    "sent_on": dt.date(2026, 3, 2),
    "contact": "Room 4",
}


def folder(tmp_path: Path, **texts: str) -> Path:
    for language, text in texts.items():
        (tmp_path / f"after_school.offer.{language}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def plain(text: str) -> str:
    return re.sub("[\u2068\u2069]", "", text)


def test_the_districts_own_letters_in_each_language() -> None:
    templates = load_templates(DEFAULT_DISTRICT / "letters")[("after_school", "offer")]
    assert set(templates) == {"en", "es", "pt", "ar"}
    english, spanish, arabic = write_letters(
        templates, [Addressee("1", "en", VALUES), Addressee("2", "es", VALUES), Addressee("3", "ar", VALUES)]
    )
    assert plain(english.heading) == "A seat in the after-school program for Zoë"
    assert "Sessions begin on March 9, 2026. The program" in plain(english.paragraphs[2])
    assert "empiezan el 9 de marzo de 2026." in plain(spanish.paragraphs[2])
    assert (arabic.direction, arabic.language) == ("rtl", "ar") and "مارس" in arabic.paragraphs[2]
    # A Latin name inside Arabic is set apart from the direction around it.
    assert "\u2068Alpha School\u2069" in arabic.paragraphs[2]


def test_a_language_without_a_text_gets_english_and_says_so() -> None:
    templates = load_templates(DEFAULT_DISTRICT / "letters")[("after_school", "offer")]
    khmer, unknown, none, brazilian = write_letters(
        templates,
        [Addressee("1", "km", VALUES), Addressee("2", "xx", VALUES), Addressee("3", None, VALUES),
         Addressee("4", "pt-BR", VALUES)],
    )  # fmt: skip
    assert (khmer.language, khmer.missing_language) == ("en", "Khmer")
    assert (unknown.language, unknown.missing_language) == ("en", "xx")
    assert (none.language, none.missing_language) == ("en", None)
    assert (brazilian.language, brazilian.missing_language) == ("pt", None)


def test_no_letter_where_a_field_is_missing() -> None:
    templates = load_templates(DEFAULT_DISTRICT / "letters")[("after_school", "offer")]
    with pytest.raises(SchoolhouseError) as caught:
        write_letters(
            templates,
            [
                Addressee("1", "en", VALUES),
                Addressee("2", "es", VALUES | {"school": " "}),
                Addressee("3", "ar", {name: value for name, value in VALUES.items() if name != "answer_by"}),
            ],
        )
    spanish, arabic = str(caught.value).splitlines()
    assert "after_school.offer.es.txt" in spanish and "student 2" in spanish and "field school" in spanish
    assert "after_school.offer.ar.txt" in arabic and "student 3" in arabic and "field answer_by" in arabic


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Hello\n\n{{ risk }}", 3, "no field 'risk'"),
        ("Hello\n{{ student.__class__ }}", 2, "only {{ field }}"),
        ("Hello\n\n\n{{ student|upper }}", 4, "only {{ field }}"),
        ("{{ cycler() }}", 1, "only {{ field }}"),
        ("Hello {% for x in student %}{% endfor %}", 1, "only {{ field }}"),
        ("Hello\n{% include 'x' %}", 2, "only {{ field }}"),
        ("Hello\n{% set student = 1 %}", 2, "only {{ field }}"),
        ("Hello\n{{ ''.join(student) }}", 2, "only {{ field }}"),
        ("Hello\n\n{% if contact %}", 3, "Unexpected end of template"),
        ("Hello\n{{ student", 2, "unexpected end of template"),
        ("  \n", 1, "the file is empty"),
    ],
)
def test_a_template_can_only_say_what_it_is_given(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SchoolhouseError) as caught:
        load_templates(folder(tmp_path, en=text))
    assert f"after_school.offer.en.txt:{line}: " in str(caught.value) and says in str(caught.value)


def test_files_that_are_no_templates_are_named(tmp_path: Path) -> None:
    assert load_templates(tmp_path) == {}
    folder(tmp_path, es="Hola")
    with pytest.raises(SchoolhouseError, match=r"after_school\.offer has no en text"):
        load_templates(tmp_path)
    folder(tmp_path, en="Hello", zzz="?")
    (tmp_path / "notes.docx").write_bytes(b"x")
    (tmp_path / "after_school.offer.vi.txt").write_bytes("Xin chào".encode("utf-16"))
    with pytest.raises(SchoolhouseError) as caught:
        load_templates(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3 and sum("name it <programme>" in line for line in lines) == 2
    assert "it is not UTF-8" in str(caught.value)


def test_the_policy_of_letters_is_checked() -> None:
    district = load_district(DEFAULT_DISTRICT)
    policy = letters_policy(district)
    assert policy is not None and (DEFAULT_DISTRICT / policy.folder).is_dir()
    assert letters_policy(district.model_copy(update={"policy": {}})) is None
    wrong = district.model_copy(update={"policy": {"desk": {"letters": {"answer_within_days": 0, "answers": 7}}}})
    with pytest.raises(SchoolhouseError, match=r"policy\.desk\.letters of lakeside's district\.yml(.|\n)*answers"):
        letters_policy(wrong)


def test_every_field_has_its_meaning() -> None:
    assert set(VALUES) == set(FIELDS) and all(FIELDS.values())
