"""Accounts, sessions and lock-out, in the schema sign_in. The database is never given a secret that opens anything."""

import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from models import sign_in

IDLE_MINUTES, LONGEST_HOURS = 30, 10
# Wrong passwords within the quarter of an hour: for a login from one address, for a login, and from an address.
LOCK_MINUTES = 15
TRIES_OF_LOGIN_HERE, TRIES_OF_LOGIN, TRIES_FROM_ADDRESS = 5, 20, 40
SHORTEST_PASSWORD = 12
# For whoever asks who signed in, and from where.
KEPT_DAYS = 90

hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return hasher.hash(secrets.token_urlsafe(16))


def proof_of(token: str) -> str:
    """What the database is shown of a browser's secret: its hash, so that no log holds the secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """The token that forms of the browser with this secret carry: no other site can know it."""
    return hmac.digest(token.encode(), b"form", "sha256").hex()


def set_password(connection: Connection, login: str, password: str) -> None:
    """Keep a password's hash, and end the sessions of the login. Raises ValueError where the password is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    given = {"password_hash": hasher.hash(password)}
    connection.execute(
        insert(sign_in.account)
        .values(login=login, **given)
        .on_conflict_do_update(index_elements=["login"], set_={**given, "set_at": text("now()")})
    )
    connection.execute(
        text("update sign_in.session set ended_at = now() where login = :login and ended_at is null"),
        {"login": login},
    )


def is_locked(door: Connection, login: str, address: str) -> bool:
    """Whether so many wrong passwords came lately that none is looked at, the right one neither.

    Those for one login are looked at one after the other, so that many at once are not all counted as the first.
    """
    door.execute(text("select pg_advisory_xact_lock(hashtextextended(:login, 1))"), {"login": login})
    row = door.execute(
        text(
            f"""
            select
                count(*) filter (where a.login = :login and a.address = :address and a.tried_at > coalesce(
                    (select max(r.tried_at) from sign_in.attempt as r
                     where r.login = :login and r.address = :address and r.is_right), '-infinity')) as here,
                count(*) filter (where a.login = :login) as of_login,
                count(*) filter (where a.address = :address) as from_address
            from sign_in.attempt as a
            where not a.is_right and a.tried_at > now() - interval '{LOCK_MINUTES} minutes'
            and (a.login = :login or a.address = :address)
            """
        ),
        {"login": login, "address": address},
    ).one()
    return row.here >= TRIES_OF_LOGIN_HERE or row.of_login >= TRIES_OF_LOGIN or row.from_address >= TRIES_FROM_ADDRESS


def is_right(door: Connection, login: str, password: str) -> bool:
    """Whether the password is the login's. It takes as long for a login that there is none of."""
    known = door.scalar(text("select password_hash from sign_in.account where login = :login"), {"login": login})
    try:
        hasher.verify(known or _nobodys_hash(), password)
    except VerificationError:
        return False
    return known is not None


def note_attempt(door: Connection, login: str, address: str, right: bool) -> None:
    """Write down that a password was tried."""
    door.execute(sign_in.attempt.insert().values(login=login, address=address, is_right=right))


def open_session(door: Connection, login: str, way: str) -> str | None:
    """Make a session and return the secret for the browser; None where the login holds no role today."""
    if not door.scalar(text("select access.holds_any(:login)"), {"login": login}):
        return None
    token = secrets.token_urlsafe(32)
    for table, column in (("session", "ends_at"), ("attempt", "tried_at")):
        door.execute(text(f"delete from sign_in.{table} where {column} < now() - interval '{KEPT_DAYS} days'"))
    door.execute(
        text(
            f"insert into sign_in.session (proof_sha256, login, way, idle_ends_at, ends_at)"
            f" values (:proof, :login, :way, now() + interval '{IDLE_MINUTES} minutes',"
            f" now() + interval '{LONGEST_HOURS} hours')"
        ),
        {"proof": _kept(proof_of(token)), "login": login, "way": way},
    )
    return token


def keep_open(door: Connection, proof: str) -> None:
    """Put off the end of a session that is used; at most once a minute, since it is a write."""
    door.execute(
        text(
            f"update sign_in.session set idle_ends_at = now() + interval '{IDLE_MINUTES} minutes'"
            " where proof_sha256 = :proof and ended_at is null and idle_ends_at > now() and"
            f" idle_ends_at < now() + interval '{IDLE_MINUTES - 1} minutes'"
        ),
        {"proof": _kept(proof)},
    )


def end_session(door: Connection, proof: str) -> None:
    """End a session; whoever kept its secret has nothing."""
    door.execute(
        text("update sign_in.session set ended_at = now() where proof_sha256 = :proof and ended_at is null"),
        {"proof": _kept(proof)},
    )


def _kept(proof: str) -> bytes:
    return hashlib.sha256(proof.encode()).digest()
