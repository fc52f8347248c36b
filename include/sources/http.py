"""HTTP with the patience that APIs need: what is worth another try, and how long to wait for it."""

import datetime as dt
import email.utils
import logging
import time
from typing import Any

import httpx
import tenacity

from include.errors import SchoolhouseError, UnreachableError

log = logging.getLogger(__name__)

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 300.0
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
# Too many requests, and what a gateway says while the service behind it starts again.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Passing(Exception):
    """An answer that another try may better. retry_after: seconds that the server asked for, else None."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code} {answer.reason_phrase} from {answer.url}")
        self.retry_after = _seconds(answer.headers.get("Retry-After"))


class Refused(SchoolhouseError):
    """An answer that no other try will better. status: its HTTP status code."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _seconds(header: str | None) -> float | None:
    """Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        until = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until - dt.datetime.now(until.tzinfo or dt.UTC)).total_seconds())


def _wait(state: tenacity.RetryCallState) -> float:
    """What the server asked for, else exponential with full jitter: many clients must not come back at once."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, Passing) else None
    backoff = tenacity.wait_random_exponential(multiplier=1, max=LONGEST_WAIT_SECONDS)(state)
    return backoff if asked is None else min(asked + min(backoff, 1.0), LONGEST_WAIT_SECONDS)


def _say(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0.0
    log.warning("%s; try %s of %s in %.1f s", error, state.attempt_number + 1, ATTEMPTS, wait)


class Api:
    """One API behind OAuth 2 client credentials.

    base_url: what paths are relative to. token_url: where a token is to be had; None needs none. The token is
    renewed before it ends, and once more where the server refuses it early. Use it as a context manager.
    """

    def __init__(
        self, base_url: str, token_url: str | None, client_id: str | None, secret: str | None, scope: str = ""
    ) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self._token_url, self._client_id, self._secret, self._scope = token_url, client_id, secret, scope
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=True)
        self._token = ""
        self._renew_at = 0.0

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: dict[str, Any] | None = None) -> httpx.Response:
        """The answer to a GET of a path below the base, or of a whole address on the same host.

        Tries again where that may help (408, 425, 429, 5xx, time-outs, broken connections). Raises
        SchoolhouseError for what stays wrong, UnreachableError where the last try failed too.
        """
        address = httpx.URL(self.base_url).join(path)
        if address.host != httpx.URL(self.base_url).host:
            raise SchoolhouseError(f"{self.base_url} sends us on to {address.host}, which gets no token of ours.")
        return self._patiently(lambda: self._get_once(address, params))

    def _patiently(self, call: Any) -> httpx.Response:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((Passing, httpx.TransportError)),
            wait=_wait,
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            before_sleep=_say,
            sleep=time.sleep,
        )
        try:
            return retrying(call)
        except tenacity.RetryError as error:
            last = error.last_attempt.exception()
            raise UnreachableError(
                f"{self.base_url} did not answer in {ATTEMPTS} tries; the last one said: {last or 'nothing'}."
            ) from last

    def _get_once(self, address: httpx.URL, params: dict[str, Any] | None) -> httpx.Response:
        answer = self._client.get(address, params=params, headers=self._headers())
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._token_url:
            # A token may be withdrawn before its time; a second refusal is about the account.
            self._token = ""
            answer = self._client.get(address, params=params, headers=self._headers())
        return _judged(answer)

    def _headers(self) -> dict[str, str]:
        if self._token_url is None:
            return {}
        if not self._token or time.monotonic() >= self._renew_at:
            self._take_token(self._token_url)
        return {"Authorization": f"Bearer {self._token}"}

    def _take_token(self, token_url: str) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        auth = httpx.BasicAuth(self._client_id or "", self._secret or "")
        payload = _judged(self._client.post(token_url, data=form, auth=auth)).json()
        self._token = str(payload["access_token"])
        # A tenth early, so that it does not end on the way.
        self._renew_at = time.monotonic() + 0.9 * float(payload.get("expires_in", 1800))


def _judged(answer: httpx.Response) -> httpx.Response:
    """The answer where it is good. Raises Passing or Refused where it is not."""
    if answer.status_code in PASSING:
        raise Passing(answer)
    if answer.is_error:
        advice = {
            401: "The client id or secret is not accepted: look at the connection.",
            403: "The client may not read this: ask the source for the claim or scope.",
            404: "There is no such resource: look at the address and the version.",
        }.get(answer.status_code, answer.text[:300])
        raise Refused(
            f"{answer.url} answered {answer.status_code} {answer.reason_phrase}. {advice}", answer.status_code
        )
    return answer
