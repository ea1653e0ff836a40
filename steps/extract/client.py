"""One query of an FDSN event service over HTTP, repeated for as long as it is worth it.

Whatever the other side does, a query ends within the client's budget with features, `TooManyError` or a StepError: no
answer is trusted to be short, whole or of the right kind. Only GET requests are made, so each may be repeated.
"""

from __future__ import annotations

import email.utils
import enum
import time
import urllib.parse
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx
import tenacity

from steps.extract.fetch import TooManyError
from steps.extract.window import Window, fdsn_time
from steps.kit.errors import Misconfigured, Unavailable
from steps.kit.log import Log

LIMIT: Final = 20_000
"""Events that one query may bring; the limit that USGS enforces and others accept."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Where reading an answer stops: four times what `LIMIT` events of USGS take."""
BUDGET: Final = 300.0
"""Seconds for all queries of a task, waiting included; well below a step's timeout."""
TRIES: Final = 8
"""Tries of one query; with the waits between them about half a minute. Longer outages are for the plan's retry."""
_TIMEOUT: Final = httpx.Timeout(connect=10, read=60, write=10, pool=10)
_USER_AGENT: Final = "nightjar (daily earthquake catalogue; one query a time window)"
_CONTENT_TYPES: Final = {
    "geojson": ("application/json", "application/geo+json", "application/vnd.geo+json"),
    "text": ("text/plain",),
}


class Format(enum.StrEnum):
    """How events are written in an answer."""

    GEOJSON = "geojson"
    TEXT = "text"


def parse_format(text: str) -> Format:
    """A format by name. Raises ValueError that reads on from the text."""
    try:
        return Format(text)
    except ValueError as error:
        raise ValueError("is not geojson or text") from error


def parse_service(text: str) -> str:
    """The service's address with a final slash. Raises ValueError that reads on from the text."""
    try:
        parts = urllib.parse.urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise ValueError("is not an address") from error
    if not usable or any(character.isspace() for character in text):
        raise ValueError("is not an http or https address")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("has more than host, port and path")
    return text.rstrip("/") + "/"


class PassingError(Exception):
    """What may be gone at the next try; `after` is how many seconds the service asks to wait."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Client:
    """Asks one service. The budget runs from the client's making; `clock` and `sleep` are for tests."""

    def __init__(
        self,
        service: str,
        form: Format,
        *,
        log: Log,
        limit: int = LIMIT,
        most_bytes: int = MOST_BYTES,
        budget: float = BUDGET,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limit = limit
        self._url = f"{service}query"
        self._format = form
        self._log = log
        self._most_bytes = most_bytes
        self._clock = clock
        self._deadline = clock() + budget
        self._sleep = sleep
        self._http = httpx.Client(
            timeout=_TIMEOUT,
            transport=transport,
            headers={"User-Agent": _USER_AGENT, "Accept": ", ".join(_CONTENT_TYPES[form])},
            follow_redirects=True,
            max_redirects=3,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def query(self, window: Window, read: Callable[[bytes], list[Any]]) -> list[Any]:
        """The features of one answer. Raises TooManyError, Misconfigured or, when the budget is spent, Unavailable."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(PassingError),
            wait=_wait,
            stop=self._is_spent,
            sleep=self._sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._ask, window, read)
        except PassingError as error:
            raise Unavailable(f"{self._url}: {error}") from error

    def _ask(self, window: Window, read: Callable[[bytes], list[Any]]) -> list[Any]:
        parameters = {
            "format": str(self._format),
            "starttime": fdsn_time(window.start),
            "endtime": fdsn_time(window.end),
            "orderby": "time-asc",
            "limit": str(self.limit),
        }
        try:
            with self._http.stream("GET", self._url, params=parameters) as response:
                return self._answer(response, read)
        except httpx.TransportError as error:
            raise PassingError(f"{type(error).__name__}: {error}") from error
        except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise Misconfigured(f"{self._url}: {error}: check NIGHTJAR_SERVICE") from error
        except httpx.DecodingError as error:
            raise PassingError(f"the answer cannot be decompressed: {error}") from error

    def _answer(self, response: httpx.Response, read: Callable[[bytes], list[Any]]) -> list[Any]:
        if response.status_code == httpx.codes.NO_CONTENT:
            return []
        if response.status_code != httpx.codes.OK:
            raise _refusal(response, self._excerpt(response))
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in _CONTENT_TYPES[self._format]:
            raise PassingError(f"answered with {kind or 'an unnamed type'} instead of {self._format}")
        data = self._body(response)
        try:
            return read(data)
        except ValueError as error:
            raise PassingError(f"the answer of {len(data)} bytes {error}") from error

    def _body(self, response: httpx.Response) -> bytes:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > self._most_bytes:
                raise TooManyError
            if self._clock() > self._deadline:
                raise PassingError(f"the answer had not ended after {len(data)} bytes, when the time was up")
        return bytes(data)

    @staticmethod
    def _excerpt(response: httpx.Response) -> str:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > 2000:  # noqa: PLR2004 - as much of an error text as a person wants to read.
                break
        text = data[:2000].decode("utf-8", errors="replace")
        return " ".join("".join(char if char.isprintable() else " " for char in text).split())

    def _is_spent(self, state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= TRIES or self._clock() + state.upcoming_sleep >= self._deadline

    def _tell(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._log.warning(
            "asking the service again",
            attempt_of_call=state.attempt_number + 1,
            after_seconds=round(state.upcoming_sleep, 3),
            reason=str(error),
        )


def _refusal(response: httpx.Response, text: str) -> Exception:
    """What an answer that is no success means."""
    status, said = response.status_code, f"answered {response.status_code}: {text}"
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE or (
        # USGS sends 400 where FDSN asks for 413.
        status == httpx.codes.BAD_REQUEST and "exceeds search limit" in text
    ):
        return TooManyError()
    if status in {408, 425, 429} or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return PassingError(said, after=_retry_after(response.headers))
    return Misconfigured(f"{response.url}: {said}: check NIGHTJAR_SERVICE and NIGHTJAR_SERVICE_FORMAT")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the service asks to wait; a date is compared with the service's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
        now = email.utils.parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PassingError) and error.after is not None:
        return error.after
    return _backoff(state)
