"""What it takes to reach a system: an address and whoever we are there. Where that is kept is not known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Access:
    """url: scheme, host, port and path, without user or password. login and secret: a client's or a user's.

    extra: what else the connection says, as `token_url` or `scope` of an API.
    """

    url: str
    login: str | None = None
    secret: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
