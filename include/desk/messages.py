"""Mails about lists: that one is out or held, and a link; nothing about any student.

Each mail is a row that is marked in the transaction in which the server took it. Where the process ends between the
two, the mail goes out once more under the same Message-ID, by which mail systems know a repeat: none is lost, and a
second one is possible in that moment only.
"""

import datetime as dt
import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, func, select, text, update

from include.districts import District
from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse.engine import warehouse_engine
from models import lists

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
TIMEOUT_SECONDS = 30
# A mail server that is set up later does not send what has long been read.
OLDEST = dt.timedelta(days=3)

SUBJECTS = {
    "released": "A new list for {program} is out / Hay una lista nueva de {program}",
    "superseded": "A newer list for {program} is out / Hay una lista más reciente de {program}",
    "held": "The list for {program} is held / La lista de {program} está retenida",
}
BODIES = {
    "released": (
        "The list for {program}, term {elt_term}, as of {as_of} is out. Please look at your school's students and"
        " decide.",
        "La lista de {program}, período {elt_term}, con datos al {as_of}, está disponible. Revise a los estudiantes de"
        " su escuela y decida.",
    ),
    "superseded": (
        "A list for {program}, term {elt_term}, as of {as_of} has taken the place of the one before. What you decided"
        " is kept.",
        "Una lista de {program}, período {elt_term}, con datos al {as_of}, reemplaza a la anterior. Sus decisiones se"
        " conservan.",
    ),
    "held": (
        "The list for {program}, term {elt_term}, as of {as_of} is held by the checks. The one before stays until"
        " somebody has looked; the desk says why.",
        "Los controles retienen la lista de {program}, período {elt_term}, con datos al {as_of}. La anterior sigue en"
        " uso hasta que alguien la revise; el sitio dice por qué.",
    ),
}

# Whom an event concerns: those who work on a list's schools, and those who see all of them.
RECIPIENTS = """
select distinct t.login
from access.assignment_today as t
where
    (:is_held and t.role in ('elt_coordinator', 'data_engineer'))
    or (not :is_held and (
        t.role = 'elt_coordinator'
        or (t.role in ('principal', 'intervention_team') and t.school_id in (
            select s.school_id from lists.elt_list_school as s where s.version = :version
        ))
    ))
order by t.login
"""


class MailPolicy(BaseModel):
    """policy.desk.mail of district.yml. address: a login's mailbox, as `{login}@schools.example`; a login that is an
    address already is taken as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: str = Field(alias="from", pattern=r"^[^@\s]+@[^@\s]+$")
    address: str = Field(pattern=r"^\{login\}@[^@\s{}]+$")


@dataclass(frozen=True)
class Told:
    """Mails that were sent, that the server will never take, and that wait."""

    sent: int = 0
    refused: int = 0
    waiting: int = 0


def send_messages(district: District) -> Told:
    """Write the mails of every event that has none yet, and send what waits, the oldest first.

    Without a mail server or policy.desk.mail nothing is sent, and the log says so. Raises SchoolhouseError where
    the server cannot be reached or puts us off: what was taken until then is marked, and the next call goes on.
    """
    policy = _policy(district)
    if policy is None or settings().smtp_url is None:
        waiting = count_waiting()
        missing = "policy.desk.mail in district.yml" if policy is None else "SCHOOLHOUSE_SMTP_URL"
        log.warning("No mail about lists is sent: %s is not set. Events that wait: %d", missing, waiting)
        return Told(waiting=waiting)
    with warehouse_engine().begin() as connection:
        _address(connection, policy)
    sent = refused = 0
    with _server(str(settings().smtp_url)) as server:
        while True:
            with warehouse_engine().begin() as connection:
                took = _send_next(connection, server, policy)
            if took is None:
                break
            sent, refused = sent + took, refused + (not took)
    log.info("Mails about lists: %d sent, %d refused", sent, refused)
    return Told(sent, refused)


def count_waiting() -> int:
    """Events that nobody was told of yet, old ones left aside."""
    table = lists.message_event
    with warehouse_engine().connect() as connection:
        return connection.scalar(
            select(func.count()).where(table.c.addressed_at.is_(None), table.c.noted_at > func.now() - OLDEST)
        ) or 0  # fmt: skip


def _policy(district: District) -> MailPolicy | None:
    given = (district.policy.get("desk") or {}).get("mail")
    if given is None:
        return None
    try:
        return MailPolicy.model_validate(given)
    except ValidationError as error:
        raise SchoolhouseError(f"policy.desk.mail of {district.name}'s district.yml: {error}") from None


def _address(connection: Connection, policy: MailPolicy) -> None:
    """Write one mail for each person whom a new event concerns today."""
    table = lists.message_event
    events = connection.execute(
        select(table)
        .where(table.c.addressed_at.is_(None), table.c.noted_at > func.now() - OLDEST)
        .order_by(table.c.event_id)
        .with_for_update()
    ).all()
    for event in events:
        about = {"is_held": event.event == "held", "version": event.version}
        logins = connection.scalars(text(RECIPIENTS), about).all()
        if logins:
            connection.execute(
                lists.message.insert(),
                [{"event_id": event.event_id, "login": login, "address": _mailbox(policy, login)} for login in logins],
            )
        connection.execute(update(table).where(table.c.event_id == event.event_id).values(addressed_at=func.now()))


def _mailbox(policy: MailPolicy, login: str) -> str:
    return login if "@" in login else policy.address.replace("{login}", login)


def _send_next(connection: Connection, server: smtplib.SMTP, policy: MailPolicy) -> bool | None:
    """Send one mail that waits and mark it; returns whether the server took it, None where none waits."""
    table = lists.message
    row = connection.execute(
        select(table.c.login, table.c.address, lists.message_event)
        .join(lists.message_event, table.c.event_id == lists.message_event.c.event_id)
        .where(table.c.sent_at.is_(None), table.c.refused.is_(None))
        .order_by(table.c.event_id, table.c.login)
        .limit(1)
        .with_for_update(of=table, skip_locked=True)
    ).first()
    if row is None:
        return None
    mark = update(table).where(table.c.event_id == row.event_id, table.c.login == row.login)
    try:
        server.send_message(_mail(row, policy))
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[row.address]
        if code < 500:
            raise SchoolhouseError(
                f"The mail server puts {row.address} off: {_plain(said)}. Try again later."
            ) from None
        log.warning("The mail server does not take mail for %s: %s", row.login, _plain(said))
        connection.execute(mark.values(refused=_plain(said)))
        return False
    except (smtplib.SMTPException, OSError) as error:
        raise SchoolhouseError(
            f"The mail server did not take a mail: {error}. What waits is sent next time."
        ) from error
    connection.execute(mark.values(sent_at=func.clock_timestamp()))
    return True


def _plain(said: Any) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _mail(row: Any, policy: MailPolicy) -> EmailMessage:
    words = {"program": row.program.replace("_", " "), "elt_term": row.elt_term, "as_of": row.as_of.isoformat()}
    link = f"{settings().desk_address.rstrip('/')}/"
    mail = EmailMessage()
    mail["Subject"] = SUBJECTS[row.event].format(**words)
    mail["From"] = policy.from_
    mail["To"] = row.address
    mail["Date"] = row.noted_at
    mail["Message-ID"] = f"<schoolhouse.{row.event_id}.{_token(row.login)}@{policy.from_.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join([*(body.format(**words) for body in BODIES[row.event]), link]) + "\n")
    return mail


def _token(login: str) -> str:
    """A login as a Message-ID takes it."""
    return login.encode().hex()


@contextmanager
def _server(url: str) -> Iterator[smtplib.SMTP]:
    """A session with the mail server; its words are never in clear but on this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SchoolhouseError(
            "SCHOOLHOUSE_SMTP_URL must look like smtps://user:password@host:465 or smtp://host:587 (with STARTTLS)."
        )
    try:
        server = _open(parts)
    except (smtplib.SMTPException, OSError) as error:
        raise SchoolhouseError(
            f"The mail server {parts.hostname} cannot be used: {error}. What waits is sent next time."
        ) from error
    try:
        yield server
    finally:
        server.close()


def _open(parts: SplitResult) -> smtplib.SMTP:
    host = str(parts.hostname)
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
        if host not in LOOPBACK:
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
