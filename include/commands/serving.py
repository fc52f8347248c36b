"""The embedded server for as long as commands need it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import OperationalError

from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse import server


@contextmanager
def warehouse_server() -> Iterator[None]:
    """Keep the server running within the block; the last command stops it, where a command started it.

    Every command holds a shared lock, which the system takes back even from one that is killed, and the
    command that starts the server leaves a mark; so what a killed command abandoned, the next one stops.

    Raises SchoolhouseError where a database cannot be reached.
    """
    settings().state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings().state / "server.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if not server.is_running():
            _mark().touch()
        server.start()
        try:
            yield
        except OperationalError as error:
            raise _explained(error) from error
        finally:
            if _mark().exists() and _is_last(users.fileno()):
                server.stop()
                _mark().unlink(missing_ok=True)


def keep_running() -> None:
    """Leave the server to whoever uses it from now on, until `down`."""
    _mark().unlink(missing_ok=True)


def _mark() -> Path:
    return settings().state / "server.temporary"


def _explained(error: OperationalError) -> SchoolhouseError:
    reason = " ".join(str(error.orig).split())
    if "does not exist" in reason:
        return SchoolhouseError(f"This district has no warehouse yet: `./schoolhouse run` makes it. ({reason})")
    return SchoolhouseError(f"The database cannot be reached: {reason}")


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
