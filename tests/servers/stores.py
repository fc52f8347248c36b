"""Stores of files on loopback: a real SFTP server, and one that speaks S3."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import boto3
from moto.server import ThreadedMotoServer

from include.sources import Access


@dataclass(frozen=True)
class Sftp:
    """A running server. root: its folder. log: paths of the files that were opened, in order."""

    port: int
    host_key: str
    root: Path
    log: list[str]

    def access(self, **changed: Any) -> Access:
        """How to reach it."""
        known_hosts = f"[127.0.0.1]:{self.port} {self.host_key}"
        given = {"url": "sftp://127.0.0.1", "login": "reader", "secret": "right", "extra": {"known_hosts": known_hosts}}
        return Access(**{**given, **changed})

    @property
    def address(self) -> str:
        """Its folder `out`."""
        return f"sftp://127.0.0.1:{self.port}/out"


@contextmanager
def serve_sftp(root: Path) -> Iterator[Sftp]:
    """A running server of a new folder `root`, with a folder `out` in it, stopped when the block ends."""
    opened: list[str] = []
    (root / "out").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Server(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("reader", "right")

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(root).encode())

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            opened.append(path.decode())
            return super().open(path, pflags, attrs)

    loop = asyncio.new_event_loop()

    async def listen() -> Any:
        return await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key], sftp_factory=Files)

    server = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Sftp(server.get_port(), key.export_public_key().decode().strip(), root, opened)
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


@contextmanager
def serve_s3() -> Iterator[Access]:
    """How to reach a running server without a bucket, stopped when the block ends."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield Access(f"http://{host}:{port}", login="key", secret="secret", extra={"region_name": "us-east-1"})
    server.stop()


def client_of(access: Access) -> Any:
    """Whoever fills the buckets."""
    return boto3.client(
        "s3",
        endpoint_url=access.url,
        aws_access_key_id=access.login,
        aws_secret_access_key=access.secret,
        region_name=access.extra["region_name"],
    )
