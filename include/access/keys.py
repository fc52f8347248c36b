"""Keys for pseudonyms: one secret, and from it one key for each purpose, so that two purposes cannot be joined."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse.engine import warehouse_engine
from include.warehouse.server import pseudonym_secret
from models.access import pseudonym_key

BLOCK = 64
SHORTEST = 32


def key_of(purpose: str) -> bytes:
    """The key of a purpose, 32 bytes. Raises SchoolhouseError where the secret is too short to be one."""
    secret = settings().pseudonym_key or pseudonym_secret()
    if len(secret) < SHORTEST:
        raise SchoolhouseError(
            f"SCHOOLHOUSE_PSEUDONYM_KEY has {len(secret)} characters: give at least {SHORTEST} that nobody can guess."
        )
    return hmac.digest(secret.encode(), f"schoolhouse pseudonyms for {purpose}".encode(), "sha256")


def fingerprint_of(purpose: str) -> str:
    """What tells the key of a purpose from another one, and tells nobody the key."""
    return hashlib.sha256(b"fingerprint" + key_of(purpose)).hexdigest()[:16]


@contextmanager
def pseudonyms(purpose: str) -> Iterator[None]:
    """Within the block, connections that are opened with libpq can call access.pseudonym for a purpose.

    The key travels with the connection as a setting, in no statement: so it is in no log, statistics or compiled SQL.
    Raises SchoolhouseError where the pseudonyms that stand were made with another key.
    """
    _refuse_another(purpose, fingerprint_of(purpose))
    padded = key_of(purpose).ljust(BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = (
        f"{before or ''} -c schoolhouse.inner_key={inner} -c schoolhouse.outer_key={outer}".strip()
    )
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before


def _refuse_another(purpose: str, fingerprint: str) -> None:
    with warehouse_engine().begin() as connection:
        connection.execute(
            insert(pseudonym_key).values(purpose=purpose, fingerprint=fingerprint).on_conflict_do_nothing()
        )
        known = connection.scalar(select(pseudonym_key.c.fingerprint).where(pseudonym_key.c.purpose == purpose))
    if known != fingerprint:
        raise SchoolhouseError(
            f"The pseudonyms for {purpose} were made with another key than this machine has, and would all change. "
            "Set SCHOOLHOUSE_PSEUDONYM_KEY to that key. If it is lost, or is to be replaced: delete the purpose from "
            "access.pseudonym_key, and tell whoever kept pseudonyms that theirs are no longer good."
        )
