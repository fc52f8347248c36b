"""Pages of one resource, in an order in which no row is lost while others change.

A window of change versions never gains a row: one that changes leaves it, and the rows after it move up. Read
forwards, the first of the next page would then be skipped; read backwards, a row is at worst seen twice. An ODS/API
from 7.3 pages by token instead, which is a place between two rows and not a number of them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from include.errors import SchoolhouseError
from include.sources.http import Api

NEXT_PAGE = "Next-Page-Token"


@dataclass(frozen=True)
class Window:
    """Change versions from `low` to `high`, both inside; None has no end on that side."""

    low: int | None = None
    high: int | None = None

    def parameters(self) -> dict[str, int]:
        ends = {"minChangeVersion": self.low, "maxChangeVersion": self.high}
        return {name: version for name, version in ends.items() if version is not None}


@dataclass(frozen=True)
class Record:
    """One row. text: the JSON as the API wrote it, on one line: digits that a float would lose are in it."""

    value: dict[str, Any]
    text: str


@dataclass(frozen=True)
class _Page:
    records: list[Record]
    total: int
    token: str | None


@dataclass(frozen=True)
class Resource:
    """path: as `ed-fi/schools` or `ed-fi/schools/deletes`. parameters: what every query says. size: rows a page."""

    api: Api
    path: str
    size: int
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def below(self, name: str) -> "Resource":
        """`deletes` or `keyChanges` of the resource, which take no parameters of its own."""
        return replace(self, path=f"{self.path}/{name}", parameters={})

    def where(self, parameters: Mapping[str, Any]) -> "Resource":
        """Only the rows with these values."""
        return replace(self, parameters={**self.parameters, **parameters})

    def count(self, window: Window) -> int:
        """How many rows the API counts."""
        return self._page(window, limit=0, totalCount="true").total

    def read(self, window: Window) -> tuple[int, Iterator[list[Record]]]:
        """How many rows the API counts at the beginning, and the pages. A row may be on two of them."""
        first = self._page(window, limit=self.size, totalCount="true")
        return first.total, self._pages(window, first)

    def _pages(self, window: Window, first: _Page) -> Iterator[list[Record]]:
        yield first.records
        if first.token is not None:
            yield from self._by_token(window, first.token)
        elif len(first.records) < first.total:
            # The first page is read again at the end: others may have moved up into it.
            for offset in range((first.total - 1) // self.size * self.size, -1, -self.size):
                yield self._page(window, limit=self.size, offset=offset).records

    def _by_token(self, window: Window, token: str | None) -> Iterator[list[Record]]:
        while token is not None:
            page = self._page(window, pageToken=token, pageSize=self.size)
            yield page.records
            if page.token == token:
                raise SchoolhouseError(f"{self.path} gives the same {NEXT_PAGE} again: its pages would never end.")
            token = page.token

    def _page(self, window: Window, **paging: Any) -> _Page:
        answer = self.api.get(self.path, {**self.parameters, **window.parameters(), **paging})
        total = answer.headers.get("Total-Count")
        if total is None and "totalCount" in paging:
            raise SchoolhouseError(f"{answer.url} has no Total-Count, without which nobody can tell what is missing.")
        return _Page(_records(answer), int(total or 0), answer.headers.get(NEXT_PAGE) or None)


def _records(answer: httpx.Response) -> list[Record]:
    """The objects of a JSON list. Raises SchoolhouseError where the answer is anything else."""
    text, decoder, records = answer.text.strip(), json.JSONDecoder(), []
    try:
        if not text.startswith("["):
            raise ValueError("no list")
        at = _skip(text, 1)
        while text[at] != "]":
            value, end = decoder.raw_decode(text, at)
            if not isinstance(value, dict):
                raise ValueError("no object")
            # JSON has line breaks between its tokens only.
            records.append(Record(value, text[at:end].replace("\r", " ").replace("\n", " ")))
            at = _skip(text, end)
    except (ValueError, IndexError, RecursionError) as error:
        raise SchoolhouseError(f"{answer.url} did not answer with a JSON list of objects: {text[:100]!r}.") from error
    return records


def _skip(text: str, at: int) -> int:
    """Position of the next token after white space and a comma."""
    while text[at] in " \t\r\n,":
        at += 1
    return at
