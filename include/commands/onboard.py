"""`onboard`: a first draft of a feed."""

import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from include.errors import SchoolhouseError
from include.onboard import draft_feed

TIMEOUT_SECONDS = 60.0


def onboard(place: str, contract: str, name: str | None, member: str | None, sheet: str | None) -> None:
    """Print a feed for district.yml, drafted from a file on this machine or behind an address.

    Raises SchoolhouseError where the file cannot be had or read, or the contract does not exist.
    """
    if "://" not in place:
        sys.stdout.write(draft_feed(Path(place), contract, name, member, sheet))
        return
    address = urlsplit(place)
    if address.scheme not in ("http", "https"):
        raise SchoolhouseError(f"{place}: only http and https are fetched; copy one file here and name that.")
    with tempfile.TemporaryDirectory(prefix="schoolhouse-") as folder:
        path = Path(folder) / (Path(unquote(address.path)).name or "sample.csv")
        _fetch(place, path)
        draft = draft_feed(path, contract, name, member, sheet)
    sys.stdout.write(
        f"# The sample was fetched; `folder` has to say where the files will lie.\n{draft.replace(folder, '.')}"
    )


def _fetch(url: str, path: Path) -> None:
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT_SECONDS) as answer:
            if answer.is_error:
                raise SchoolhouseError(f"{url} answered {answer.status_code} {answer.reason_phrase}.")
            with path.open("wb") as file:
                for block in answer.iter_bytes():
                    file.write(block)
    except httpx.HTTPError as error:
        raise SchoolhouseError(f"{url} cannot be fetched: {error}") from error
