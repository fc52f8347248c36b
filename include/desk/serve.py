"""Serve the desk until the process is ended."""

import os

import uvicorn

from include.desk.database import make_logins
from include.desk.pages import desk_name, is_https
from include.errors import SchoolhouseError
from include.settings import settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    """Listen where the settings say.

    Raises SchoolhouseError where others could reach the desk without https: passwords would travel in the clear.
    """
    chosen = settings()
    is_said = bool(os.environ.get("SCHOOLHOUSE_DESK_ADDRESS"))
    if not (is_https() or desk_name() in LOOPBACK) or (chosen.desk_host not in LOOPBACK and not is_said):
        raise SchoolhouseError(
            f"The desk would be open to other machines without https (it listens on {chosen.desk_host}): set "
            "SCHOOLHOUSE_DESK_ADDRESS to the https address under which a proxy hands them on, or to one on this "
            "machine where nobody else can reach it."
        )
    make_logins()
    uvicorn.run(
        "include.desk.app:make_app",
        factory=True,
        host=chosen.desk_host,
        port=chosen.desk_port,
        workers=chosen.desk_workers,
        # Addresses of pages name students, so requests are not logged; access.disclosure has who saw whom.
        access_log=False,
        server_header=False,
        proxy_headers=is_https(),
        log_level="warning",
        timeout_graceful_shutdown=10,
        # Longer than a proxy or a browser keeps a connection for the next click.
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
