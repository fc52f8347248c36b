"""Keep every source file in the warehouse, by the hash of its bytes."""

import datetime as dt
import hashlib
import itertools
import zlib
from pathlib import Path

from sqlalchemy import Connection, insert, select

from include.sources.delivery import Delivery
from models.ops import source_file, source_file_part

PART_BYTES = 8 * 1024 * 1024


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_file(connection: Connection, delivery: Delivery, sha256: str, as_of: dt.date, is_whole: bool) -> None:
    """Store the file's bytes, deflated, unless they are already there; only its hash and size if not `is_whole`."""
    path = delivery.path
    if connection.scalar(select(source_file.c.sha256).where(source_file.c.sha256 == sha256)):
        return
    connection.execute(
        insert(source_file).values(sha256=sha256, name=delivery.name, bytes=path.stat().st_size, first_seen_on=as_of)
    )
    if not is_whole:
        return
    with path.open("rb") as file:
        part = 0
        while block := file.read(PART_BYTES):
            connection.execute(
                insert(source_file_part).values(sha256=sha256, part=part, content=zlib.compress(block, 1))
            )
            part += 1


def write_kept_file(connection: Connection, sha256: str, path: Path) -> bool:
    """Write a kept file's bytes; False where they were not kept."""
    content = select(source_file_part.c.content).where(source_file_part.c.sha256 == sha256)
    with path.open("wb") as file:
        # One at a time: together they may be larger than the memory.
        for part in itertools.count():
            deflated = connection.scalar(content.where(source_file_part.c.part == part))
            if deflated is None:
                return part > 0
            file.write(zlib.decompress(deflated))
    return False
