"""Which rows were received, on disk: memory stays the same for a school and for a state."""

import sqlite3
from pathlib import Path


class Seen:
    """A set of texts in a file of its own. Use it as a context manager: the file goes when the block ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        # What is lost with the process is of no use to the next one.
        self._database.execute("pragma journal_mode = off")
        self._database.execute("pragma synchronous = off")
        self._database.execute("create table seen (name text primary key) without rowid")
        self._database.execute("begin")
        self._count = 0

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._path.unlink()

    def __len__(self) -> int:
        return self._count

    def add(self, name: str) -> bool:
        """Whether the name is new."""
        added = self._database.execute("insert or ignore into seen values (?)", (name,)).rowcount
        self._count += added
        return added == 1

    def discard(self, name: str) -> None:
        self._count -= self._database.execute("delete from seen where name = ?", (name,)).rowcount

    def clear(self) -> None:
        self._database.execute("delete from seen")
        self._count = 0
