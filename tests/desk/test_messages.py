"""Mails about lists, through a real mail server on loopback: once each, to whom they concern, about no student."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, text

from include.access.policy import declare
from include.desk.messages import Told, count_waiting, send_messages
from include.districts import load_district
from include.errors import SchoolhouseError
from tests.access.world import land_list

EVENT = (
    "insert into lists.message_event (event, elt_term, program, as_of, version)"
    " values (:event, '2026-spring', 'after_school', '2025-10-31', :version)"
)
HOLD = (
    "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
    " values (:login, :role, :school, '2020-01-01', '2999-12-31', 'tests')"
)


class Box:
    """Keeps what comes in. kill: the process to kill at the nth mail, before it is told that the mail was taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.kill: tuple[int, subprocess.Popen[bytes]] | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """aiosmtpd's hook for a recipient."""
        if address.startswith("gone"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """aiosmtpd's hook for a whole mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.kill is not None and len(self.mails) == self.kill[0]:
            os.kill(self.kill[1].pid, signal.SIGKILL)
            self.kill[1].wait()
        return "250 OK"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    kept = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("SCHOOLHOUSE_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("SCHOOLHOUSE_DESK_ADDRESS", "https://desk.example.org/")
    yield kept
    controller.stop()


@pytest.fixture
def world(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A list with students of schools A and B, people of A, B and C, and a coordinator."""
    (tmp_path / "district.yml").write_text(
        "district: tiny\ntitle: T\npolicy:\n"
        '  desk: {mail: {from: desk@tiny.example, address: "{login}@tiny.example"}}\nsources: {}\n'
    )
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(tmp_path))
    with warehouse.begin() as connection:
        declare(connection)
    land_list(warehouse)
    with warehouse.begin() as connection:
        for login, role, school in (
            ("ana", "principal", "A"), ("ben", "intervention_team", "B"), ("ben", "intervention_team", "A"),
            ("cat", "intervention_team", "C"), ("eng@other.example", "data_engineer", None),
            ("coo", "elt_coordinator", None), ("lea", "district_leader", None),
        ):  # fmt: skip
            connection.execute(text(HOLD), {"login": login, "role": role, "school": school})
    return warehouse


def note(engine: Engine, event: str, version: str = "v1") -> None:
    with engine.begin() as connection:
        connection.execute(text(EVENT), {"event": event, "version": version})


def test_a_released_list_is_told_once_to_whom_it_concerns(world: Engine, box: Box) -> None:
    note(world, "released")
    assert send_messages(load_district()) == Told(sent=3)
    assert send_messages(load_district()) == Told()
    assert sorted(str(mail["To"]) for mail in box.mails) == [
        "ana@tiny.example", "ben@tiny.example", "coo@tiny.example"
    ]  # fmt: skip
    body = box.mails[0].get_content()
    assert "https://desk.example.org/" in body and "período 2026-spring" in body
    for student in ("tenth", "late", "absent on 4"):
        assert all(student not in mail.as_string() for mail in box.mails)
    assert len({str(mail["Message-ID"]) for mail in box.mails}) == 3
    assert all(str(mail["From"]) == "desk@tiny.example" for mail in box.mails)


def test_a_held_list_is_told_to_those_who_may_release_it(world: Engine, box: Box) -> None:
    note(world, "held", "")
    assert send_messages(load_district()).sent == 2
    assert sorted(str(mail["To"]) for mail in box.mails) == ["coo@tiny.example", "eng@other.example"]
    assert "held by the checks" in box.mails[0].get_content()


def test_an_address_that_is_refused_stops_nobody_else(world: Engine, box: Box) -> None:
    with world.begin() as connection:
        connection.execute(text(HOLD), {"login": "gone", "role": "principal", "school": "B"})
    note(world, "superseded")
    assert send_messages(load_district()) == Told(sent=3, refused=1)
    assert send_messages(load_district()) == Told()
    with world.connect() as connection:
        said = connection.execute(text("select login, refused from lists.message where refused is not null")).all()
    assert [tuple(row) for row in said] == [("gone", "no such mailbox")]


def test_who_is_put_off_is_told_later(world: Engine, box: Box) -> None:
    with world.begin() as connection:
        connection.execute(text(HOLD), {"login": "full", "role": "principal", "school": "B"})
    note(world, "released")
    with pytest.raises(SchoolhouseError, match="puts full@tiny"):
        send_messages(load_district())
    with world.begin() as connection:
        connection.execute(text("update lists.message set address = 'free@tiny.example' where login = 'full'"))
    assert send_messages(load_district()).sent == 1
    assert len(box.mails) == 4


def test_a_kill_in_the_middle_loses_no_mail_and_repeats_only_the_one_in_the_air(world: Engine, box: Box) -> None:
    note(world, "released")
    send = (
        "from include.desk.messages import send_messages as s; from include.districts import load_district as d; s(d())"
    )
    process = subprocess.Popen([sys.executable, "-c", send])
    box.kill = (2, process)
    assert process.wait(timeout=120) == -signal.SIGKILL
    box.kill = None
    assert send_messages(load_district()).sent == 2
    told = [str(mail["Message-ID"]) for mail in box.mails]
    assert len(told) == 4 and told[1] == told[2] and len(set(told)) == 3


def test_without_a_mail_server_nothing_is_sent_and_it_is_said(
    world: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("SCHOOLHOUSE_SMTP_URL", raising=False)
    note(world, "released")
    assert send_messages(load_district()) == Told(waiting=1)
    assert count_waiting() == 1
    assert "SCHOOLHOUSE_SMTP_URL is not set. Events that wait: 1" in caplog.text
    with world.begin() as connection:
        connection.execute(text("update lists.message_event set noted_at = now() - interval '4 days'"))
    assert count_waiting() == 0


def test_no_mail_in_clear_beyond_this_machine(world: Engine, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    note(world, "released")
    # Another address than the loopback's usual one counts as another machine; this server has no STARTTLS.
    port = os.environ["SCHOOLHOUSE_SMTP_URL"].rpartition(":")[2]
    monkeypatch.setenv("SCHOOLHOUSE_SMTP_URL", f"smtp://127.0.0.1.:{port}")
    with pytest.raises(SchoolhouseError, match="cannot be used"):
        send_messages(load_district())
    monkeypatch.setenv("SCHOOLHOUSE_SMTP_URL", "mail.example.org")
    with pytest.raises(SchoolhouseError, match="must look like"):
        send_messages(load_district())
    assert box.mails == []


def test_a_policy_that_cannot_be_read_is_named(world: Engine) -> None:
    district = load_district().model_copy(update={"policy": {"desk": {"mail": {"from": "x", "address": "all@x"}}}})
    with pytest.raises(SchoolhouseError, match=r"policy\.desk\.mail of tiny's district\.yml"):
        send_messages(district)
