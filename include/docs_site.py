"""Serve the marts' documentation: models, columns, tests and metrics, without a figure in it."""

import functools
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from include.settings import settings
from include.transform import write_docs


class _Page(BaseHTTPRequestHandler):
    """One page, whatever is asked for: its links are anchors within it."""

    def __init__(self, page: Path, *rest: object) -> None:
        self.page = page
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        body = self.page.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Write the page, then serve it until the process is ended."""
    address = (settings().docs_host, settings().docs_port)
    ThreadingHTTPServer(address, functools.partial(_Page, write_docs())).serve_forever()


if __name__ == "__main__":
    main()
