"""An identity provider on loopback: it signs in whoever it is told to, and can be told to lie."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "desk", "of the tests"


@dataclass
class Provider:
    """What it answers next. claims: added to the token, over what is right. key: what it signs with."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    published: RSAKey | None = None
    asked: dict[str, str] = field(default_factory=dict)
    challenged: bool = False

    def token(self) -> str:
        now = int(time.time())
        right = {"iss": self.address, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 60,
                 "nonce": self.asked.get("nonce", "")}  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "1"}, right | self.claims, self.key)


class _Answer(BaseHTTPRequestHandler):
    provider: Provider

    def _json(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        own, parts = self.provider, urlsplit(self.path)
        if parts.path == "/.well-known/openid-configuration":
            self._json({
                "issuer": own.address, "authorization_endpoint": f"{own.address}/authorize",
                "token_endpoint": f"{own.address}/token", "jwks_uri": f"{own.address}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            })  # fmt: skip
        elif parts.path == "/keys":
            self._json({"keys": [(own.published or own.key).as_dict(private=False)]})
        else:
            own.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            back = urlencode({"code": "once", "state": own.asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{own.asked['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.provider.challenged = "code_verifier" in body
        self._json({"access_token": "x", "token_type": "Bearer", "id_token": self.provider.token()})

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, listening."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (_Answer,), {"provider": provider}))
    provider.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
