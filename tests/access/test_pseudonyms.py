"""Keys of persons are HMACs under a key that is in no statement, and another key is noticed."""

import hashlib
import hmac
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.access.keys import key_of, pseudonyms
from include.access.policy import load_policy, readables
from include.errors import SchoolhouseError
from include.settings import ROOT, settings
from include.transform.dbt import artifacts


def hmac_of(purpose: str, value: str) -> str:
    """HMAC-SHA256 as Python's own library works it out, the first 16 bytes in hexadecimal."""
    return hmac.new(key_of(purpose), value.encode(), hashlib.sha256).hexdigest()[:32]


def test_the_marts_hold_the_hmac_of_the_number(built: Engine) -> None:
    with built.connect() as connection:
        known = {row.student_id: row.k_student for row in connection.execute(text("select * from marts.dim_student"))}
        years = connection.execute(text("select student_id, k_student_year from marts.dim_student_year")).all()
        staff = connection.execute(text("select staff_id, k_staff from marts.dim_staff")).all()
    assert known == {student: hmac_of("marts", student) for student in known} and len(known) == 6
    assert {key for _, key in years} == {hmac_of("marts", f"{student}|2026") for student, _ in years}
    assert {key for _, key in staff} == {hmac_of("marts", number) for number, _ in staff}


def test_every_purpose_has_a_key_of_its_own(built: Engine) -> None:
    url = built.url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = []
    for purpose in ("marts", "research"):
        with pseudonyms(purpose), psycopg.connect(url) as connection:
            made.append(connection.execute("select access.pseudonym('tenth')").fetchone())
    assert made == [(hmac_of("marts", "tenth"),), (hmac_of("research", "tenth"),)]
    assert made[0] != made[1]


def test_without_a_key_there_is_no_pseudonym(built: Engine) -> None:
    with built.connect() as connection, pytest.raises(Exception, match=r"schoolhouse\.outer_key"):
        connection.execute(text("select access.pseudonym('tenth')"))


def test_another_key_is_refused(built: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_PSEUDONYM_KEY", "x" * 40)
    with pytest.raises(SchoolhouseError, match="another key"), pseudonyms("marts"):
        pass
    monkeypatch.setenv("SCHOOLHOUSE_PSEUDONYM_KEY", "short")
    with pytest.raises(SchoolhouseError, match="at least 32"), pseudonyms("marts"):
        pass


def test_the_key_is_written_down_nowhere_but_in_its_place(built: Engine) -> None:
    padded = key_of("marts").ljust(64, b"\0")
    secret = (settings().state / "pseudonym.key").read_text()
    traces = [bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C)] + [key_of("marts").hex(), secret]
    files = [path for path in artifacts().rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in files) and any(path.name == "run_results.json" for path in files)
    for path in files:
        found = path.read_bytes()
        assert not [trace for trace in traces if trace.encode() in found], path
    with built.connect() as connection:
        kept = connection.scalar(text("select string_agg(r::text, ' ') from ops.dbt_result r"))
    assert not [trace for trace in traces if trace in kept]
    assert (settings().state / "pseudonym.key").stat().st_mode & 0o077 == 0


MARTS = sorted((ROOT / "dbt_project" / "models" / "marts").rglob("*.sql"))


@pytest.mark.parametrize("sql", MARTS, ids=lambda path: path.stem)
def test_no_key_of_a_mart_is_a_plain_hash_of_a_person(sql: Path) -> None:
    """A hash without a key is undone by trying every number: use person_key."""
    calls = sql.read_text().split("surrogate_key(")[1:]
    numbers = ("student_id", "staff_id", "application_id", "request_id", "action_id")
    assert not [call for call in calls if any(number in call.partition("]")[0] for number in numbers)]


def test_every_mart_has_its_readers_and_every_name_is_an_identifier() -> None:
    named = {relation for relation, _ in readables(load_policy())}
    assert {f"marts.{sql.stem}" for sql in MARTS} <= named
    for file in (ROOT / "dbt_project" / "models").rglob("*.yml"):
        for block in file.read_text().split("- name: ")[1:]:
            if "is_personal: true" in block:
                assert block.split()[0] in load_policy().columns["identifier"], file
