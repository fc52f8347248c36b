"""Where files lie: a folder on this machine, of an SFTP server, or of an object store."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

import fsspec

from include.errors import SchoolhouseError
from include.sources.access import Access

CONNECT_SECONDS = 30


@dataclass(frozen=True)
class Stored:
    """One file of a folder. name: below it. state: what differs once its content does: a time or a hash.

    changed_at: None where the store does not say. is_whole: whether the store shows a file only when all of it is
    there.
    """

    name: str
    size: int
    state: str
    changed_at: dt.datetime | None
    is_whole: bool = False

    @property
    def fingerprint(self) -> str:
        """What a cursor remembers of the file: another once its name, size or state is."""
        return hashlib.sha256(f"{self.name}\n{self.size}\n{self.state}".encode()).hexdigest()[:16]


class Store(Protocol):
    """A folder that can be listed."""

    place: str
    is_remote: bool

    def listed(self, glob: str) -> list[Stored]:
        """The files that match, in the order of their names. Raises SchoolhouseError where there is no folder."""
        ...

    def fetched(self, stored: Stored, into: Path) -> Path:
        """Where the file is on this machine, fetched into the folder `into` where it is not here already."""
        ...


class LocalFolder:
    """A folder of this machine. Its files are read where they are."""

    is_remote = False

    def __init__(self, folder: str) -> None:
        self.place = folder
        self._folder = Path(folder)

    def listed(self, glob: str) -> list[Stored]:
        if not self._folder.is_dir():
            raise SchoolhouseError(f"The folder {self._folder} does not exist.")
        files = []
        for path in self._folder.glob(glob):
            if path.is_file():
                found = path.stat()
                changed = dt.datetime.fromtimestamp(found.st_mtime, dt.UTC)
                name = path.relative_to(self._folder).as_posix()
                files.append(Stored(name, found.st_size, str(found.st_mtime_ns), changed))
        return sorted(files, key=lambda stored: stored.name)

    def fetched(self, stored: Stored, into: Path) -> Path:
        return self._folder / stored.name


class RemoteFolder:
    """A folder of a file system that is reached over a network."""

    is_remote = True

    def __init__(self, system: Any, place: str, root: str, are_whole: bool) -> None:
        self.place, self._system, self._root, self._are_whole = place, system, root.rstrip("/"), are_whole

    def listed(self, glob: str) -> list[Stored]:
        with _explained(self.place):
            # The listing of a moment ago would not show that a file is growing.
            self._system.invalidate_cache()
            found = self._system.glob(f"{self._root}/{glob}", detail=True)
            if not found:
                # A glob says nothing of what it may not see; an object store has no folders to be missing.
                self._system.ls(self._root.split("/")[0] if self._are_whole else self._root or "/")
        files = [self._stored(path, entry) for path, entry in found.items() if entry["type"] != "directory"]
        return sorted(files, key=lambda stored: stored.name)

    def _stored(self, path: str, entry: dict[str, Any]) -> Stored:
        if entry["type"] == "link":
            entry = self._system.info(path)
        changed = entry.get("mtime") or entry.get("LastModified")
        name = PurePosixPath(path).relative_to(self._root or "/").as_posix()
        state = f"{changed.isoformat() if changed else ''} {entry.get('ETag', '')}"
        return Stored(name, int(entry.get("size") or 0), state, changed, self._are_whole)

    def fetched(self, stored: Stored, into: Path) -> Path:
        path = into / PurePosixPath(stored.name).name
        with _explained(f"{self.place}/{stored.name}"):
            self._system.get_file(f"{self._root}/{stored.name}", str(path))
        if path.stat().st_size != stored.size:
            raise SchoolhouseError(
                f"{self.place}/{stored.name} has {path.stat().st_size:,} bytes where the listing had {stored.size:,}: "
                "it is still being written. It is read next time."
            )
        return path


@contextmanager
def opened_store(folder: str, access: Access | None) -> Iterator[Store]:
    """The folder of a feed: a path, `sftp://host/path` or `s3://bucket/path`.

    Of an SFTP server the path is from the root, and `access.extra` holds `known_hosts`, lines as in the file of that
    name, and perhaps `private_key`. Of an object store `access.url`, or `endpoint_url` in the extra, is its address
    where it is not Amazon's, and `region_name` may be there too; without access we are whoever the machine says we
    are. Raises SchoolhouseError where it cannot be reached.
    """
    address = urlsplit(folder)
    if "://" not in folder:
        yield LocalFolder(folder)
    elif address.scheme == "sftp":
        system = _sftp(folder, access)
        try:
            yield RemoteFolder(system, folder.rstrip("/"), address.path, are_whole=False)
        finally:
            system.loop.call_soon_threadsafe(system.client.close)
    elif address.scheme == "s3":
        yield RemoteFolder(_s3(folder, access), folder.rstrip("/"), address.netloc + address.path, are_whole=True)
    else:
        raise SchoolhouseError(f"{folder} is neither a path nor an address that begins with sftp:// or s3://.")


def _sftp(folder: str, access: Access | None) -> Any:
    import asyncssh
    from sshfs import SSHFileSystem

    if access is None:
        raise SchoolhouseError(f"{folder} needs a `connection` that says who we are there.")
    address, known = urlsplit(folder), urlsplit(access.url)
    if known.hostname and known.hostname != address.hostname:
        raise SchoolhouseError(f"{folder} is not on {known.hostname}, the host that the connection is for.")
    known_hosts = access.extra.get("known_hosts")
    if not known_hosts:
        raise SchoolhouseError(
            f"{folder}: the connection has no `known_hosts`, so the server cannot be told from one that poses as "
            "it. Take the line that `ssh-keyscan` prints, compare its fingerprint with what the server's owner says, "
            "and put it into the connection's extra."
        )
    key = access.extra.get("private_key")
    with _explained(folder):
        return SSHFileSystem(
            address.hostname,
            port=address.port or known.port or 22,
            username=access.login,
            password=None if key else access.secret,
            client_keys=[asyncssh.import_private_key(key, access.secret)] if key else None,
            known_hosts=asyncssh.import_known_hosts(known_hosts),
            # Nothing of the account that this runs under: no keys, no agent, no settings.
            agent_path=None,
            config=None,
            login_timeout=CONNECT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            skip_instance_cache=True,
        )


def _s3(folder: str, access: Access | None) -> Any:
    if access is None:
        return fsspec.filesystem("s3", skip_instance_cache=True)
    url = access.url if urlsplit(access.url).scheme in ("http", "https") else None
    return fsspec.filesystem(
        "s3",
        key=access.login,
        secret=access.secret,
        endpoint_url=access.extra.get("endpoint_url") or url,
        client_kwargs={name: access.extra[name] for name in ("region_name",) if name in access.extra},
        skip_instance_cache=True,
    )


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """What goes wrong on the way, said so that a person can look in the right place."""
    import asyncssh
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        raise SchoolhouseError(
            f"{place}: the server's key is not among the connection's `known_hosts`. Either the server has a new key, "
            f"which its owner can confirm, or it is another server. ({error})"
        ) from error
    except (asyncssh.PermissionDenied, PermissionError) as error:
        raise SchoolhouseError(
            f"{place}: we are not let in. Look at the connection's login and secret. ({error})"
        ) from error
    except asyncssh.KeyImportError as error:
        raise SchoolhouseError(f"{place}: a key of the connection cannot be read: {error}.") from error
    except (OSError, EOFError, asyncssh.Error, BotoCoreError, ClientError) as error:
        raise SchoolhouseError(f"{place} cannot be read: {error or type(error).__name__}.") from error
