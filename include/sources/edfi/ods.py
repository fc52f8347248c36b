"""An Ed-Fi ODS/API: where its parts are, and how far it has counted its changes."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.http import Api, Refused


@dataclass(frozen=True)
class Ods:
    """api: everything below the address of the data. changes_url: where the change queries are."""

    api: Api
    changes_url: str

    def newest_change_version(self) -> int | None:
        """The newest change version, None where the ODS offers no change queries."""
        try:
            answer = self.api.get(self.changes_url + "availableChangeVersions")
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise
        # ODS/API 6 began to write newestChangeVersion what was NewestChangeVersion.
        named = {name.lower(): value for name, value in _object(answer).items()}
        if "newestchangeversion" not in named:
            raise SchoolhouseError(f"{answer.url} does not say what the newest change version is.")
        return int(named["newestchangeversion"])


@contextmanager
def open_ods(access: Access) -> Iterator[Ods]:
    """The ODS that `access` names: the addresses are those of its discovery document.

    `access.extra` may say otherwise: `data_url`, `token_url`, `change_queries_url`, and the `school_year` of an
    API that keeps its years apart. Raises SchoolhouseError where the document does not name what is needed.
    """
    with Api(access.url, None, None, None) as root:
        answer = root.get("")
        urls = _object(answer).get("urls") or {}
    year = access.extra.get("school_year")
    data_url = _address(access, urls, "data_url", "dataManagementApi")
    token_url = _address(access, urls, "token_url", "oauth")
    changes = access.extra.get("change_queries_url") or urls.get("changeQueries")
    if not changes:
        # Up to ODS/API 5 the document does not name it.
        changes = re.sub(r"/data/v3\b", "/changeQueries/v1", data_url)
    with Api(_of_year(data_url, year), _of_year(token_url, year), access.login, access.secret) as api:
        yield Ods(api, _of_year(str(changes), year).rstrip("/") + "/")


def _address(access: Access, urls: Mapping[str, Any], given: str, named: str) -> str:
    """An address by the connection, else by the document, which may not send our secret to another host."""
    if chosen := access.extra.get(given):
        return str(chosen)
    if not urls.get(named):
        raise SchoolhouseError(
            f"{access.url} names no `{named}` among its `urls`: give the root of the ODS/API as the address of the "
            f"connection, or `{given}` in its extra."
        )
    address = str(urls[named])
    if httpx.URL(address).host != httpx.URL(access.url).host:
        raise SchoolhouseError(
            f"{access.url} sends us on to {httpx.URL(address).host}. If that is right, say so with `{given}` in the "
            "connection's extra."
        )
    return address


def _of_year(address: str, year: Any) -> str:
    """The address for one school year: ODS/API 7 leaves a place for it, earlier ones end with the current year."""
    if year is None:
        return address
    filled = re.sub(r"\{\w*year\w*\}", str(year), address, flags=re.IGNORECASE)
    if filled != address or not re.search(r"/(data/v3|changeQueries/v1)(/\d{4})?/?$", address):
        return filled
    return re.sub(r"(/\d{4})?/?$", f"/{year}/", address, count=1)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SchoolhouseError(f"{answer.url} is no part of an Ed-Fi ODS/API: its answer is not a JSON object.")
    return value
