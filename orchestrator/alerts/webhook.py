"""Sends an alert to a webhook: one POST, tried again for as long as it may help and at most about a minute.

The address is a secret. It is in no message, no `repr` and no exception: the client is told the host alone and the rest
goes out as the request's target, so what the client logs or raises cannot hold it; what a receiver says is scrubbed.
Redirects are not followed, because they would carry the alert to an address that nobody chose.
"""

from __future__ import annotations

import email.utils
import ipaddress
import re
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
import tenacity

from orchestrator.alerts import slack
from orchestrator.alerts.alert import Alert
from orchestrator.alerts.sink import Closed, NotNow, Refused

KEY_HEADER: Final = "Idempotency-Key"
_HEADERS: Final = {"User-Agent": "nightjar", "Content-Type": "application/json", "Accept-Encoding": "identity"}
BUDGET: Final = timedelta(seconds=60)
"""For all tries of one alert, the waits between them included."""
_LONGEST_WAIT: Final = 15.0
_PASSING: Final = frozenset({408, 429})
_CLOSED: Final = frozenset({401, 403, 404, 410})
_EXCERPT: Final = 200
_TELLING: Final = 4
"""Parts of an address that are shorter give nothing away."""


def problem(address: str) -> str:
    """Why no webhook can have this address, as the end of a sentence; empty if one can. It does not quote it."""
    if re.fullmatch(r"[!-~]+", address) is None:
        return "holds a blank or another character that no address has"
    try:
        url = urlsplit(address)
        httpx.URL(scheme=url.scheme, host=url.hostname or "", port=url.port)
    except (ValueError, httpx.InvalidURL):
        return "is no address"
    if url.username is not None or url.fragment:
        return "has more than host, port, path and query"
    if not (url.scheme == "https" and url.hostname) and not (url.scheme == "http" and _is_loopback(url)):
        return "does not begin with https://"
    return ""


class Webhook:
    """See `sink.Sink`. The address has been checked by `problem`."""

    def __init__(
        self,
        address: str,
        *,
        budget: timedelta = BUDGET,
        first_wait: timedelta = timedelta(seconds=1),
        silence: timedelta = timedelta(seconds=10),
    ) -> None:
        url = urlsplit(address)
        self._origin = f"{url.scheme}://{url.netloc}"
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._secrets = _parts(url)
        self._budget = budget.total_seconds()
        self._backoff = tenacity.wait_random_exponential(multiplier=first_wait.total_seconds(), max=_LONGEST_WAIT)
        self._direct = _is_loopback(url)
        self._timeout = httpx.Timeout(silence.total_seconds(), connect=min(silence.total_seconds(), 5.0))

    def send(self, alert: Alert, *, stopping: threading.Event) -> None:
        """See `sink.Sink`."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(NotNow),
            wait=self._wait,
            stop=tenacity.stop_any(tenacity.stop_before_delay(self._budget), tenacity.stop_when_event_set(stopping)),
            sleep=tenacity.sleep_using_event(stopping),
            reraise=True,
        )
        # A client for each alert: most runs send none or one, and none is left open.
        with httpx.Client(timeout=self._timeout, follow_redirects=False, trust_env=not self._direct) as http:
            retrying(self._post, http, slack.body(alert), alert.key)

    def _post(self, http: httpx.Client, body: bytes, key: str) -> None:
        headers, target = {**_HEADERS, KEY_HEADER: key}, {"target": self._target.encode()}
        try:
            with http.stream("POST", self._origin, content=body, headers=headers, extensions=target) as response:
                self._judge(response)
        except httpx.RequestError as err:
            raise NotNow(f"{type(err).__name__}: {self._scrubbed(str(err))}") from None

    def _judge(self, response: httpx.Response) -> None:
        status = response.status_code
        if response.is_success:
            return
        said = self._scrubbed(_excerpt(response))
        reason = f"answered {status}{f': {said}' if said else ''}"
        if status in _PASSING or response.is_server_error:
            raise NotNow(reason, after=_retry_after(response.headers))
        if status in _CLOSED or response.is_redirect:
            raise Closed(reason)
        raise Refused(reason)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, NotNow) and error.after is not None else 0.0
        return max(asked, self._backoff(state))

    def _scrubbed(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def _is_loopback(url: SplitResult) -> bool:
    if url.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.hostname or "").is_loopback
    except ValueError:
        return False


def _parts(url: SplitResult) -> tuple[str, ...]:
    """What must not be seen of an address, the longest first."""
    target = f"{url.path}?{url.query}"
    pieces = {url.geturl(), url.netloc, url.hostname or "", target, url.path, url.query, *re.split(r"[/&=?]", target)}
    pieces |= {unquote(piece) for piece in pieces}
    return tuple(sorted((piece for piece in pieces if len(piece) >= _TELLING), key=len, reverse=True))


def _excerpt(response: httpx.Response) -> str:
    """The beginning of what a receiver says, printable and on one line."""
    text = next(response.iter_bytes(), b"")[: 4 * _EXCERPT].decode("utf-8", errors="replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_EXCERPT]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the receiver asks to wait; a date is compared with its own clock."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        until, now = (email.utils.parsedate_to_datetime(each) for each in (text, headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
