"""Google's APIs as these programs call them: JSON over HTTP, with the person's own credentials.

An address of another service (an emulator) is called without any. What only reads, or may be done again, is tried again
while the other side fails; everything else is called once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import google.auth
import google.auth.exceptions
import google.auth.transport.requests
import httpx
import tenacity

from deploy.errors import Denied, DeployError, NotReady, Passing

RUN: Final = "https://run.googleapis.com"
SECRETS: Final = "https://secretmanager.googleapis.com"
STORAGE: Final = "https://storage.googleapis.com"

_SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
_SECONDS: Final = 30.0
_TRIES: Final = 5
_LONGEST_WAIT: Final = 8.0
_LOGIN: Final = "gcloud auth application-default login"
_FRESH: Final = 600.0
"""Seconds for which a token is used; Google's last an hour."""


class Missing(NotReady):
    """What was asked for does not exist."""


class Service:
    """One of Google's APIs, or what stands for it at another address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, timeout=_SECONDS, trust_env=address.startswith("https:"))
        self._own = not address.endswith(".googleapis.com")
        self._token: tuple[str, float] = ("", 0.0)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """A resource. Raises Missing, Denied, Passing."""
        return self._persist("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, Any], *, again: bool = False, **query: str) -> dict[str, Any]:
        """Ask for something to be done; `again` where doing it twice is as good as once."""
        return self._persist("POST", path, query, body) if again else self._call("POST", path, query, body)

    def patch(self, path: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
        """Let a resource be so."""
        return self._persist("PATCH", path, query, body)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _persist(
        self, verb: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Passing),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT),
            stop=tenacity.stop_after_attempt(_TRIES),
            reraise=True,
        )
        return retrying(self._call, verb, path, query, body)

    def _call(self, verb: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> dict[str, Any]:
        headers = {} if self._own else {"Authorization": f"Bearer {self._fresh_token()}"}
        try:
            response = self._http.request(verb, path, params=query, json=body, headers=headers)
        except httpx.HTTPError as err:
            raise Passing(
                f"{self.address} cannot be used now: {str(err) or type(err).__name__}. Check the network"
            ) from err
        if response.is_error:
            raise _refusal(response, f"{self.address}{path}")
        found: dict[str, Any] = response.json() if response.content else {}
        return found

    def _fresh_token(self) -> str:
        token, since = self._token
        if not token or time.monotonic() - since > _FRESH:
            self._token = token, _ = (_ask_for_token(), time.monotonic())
        return token


def service(address: str, endpoint: str | None) -> Service:
    """A service of Google's, or what stands for it at HOST:PORT or a URL."""
    if endpoint is None:
        return Service(address)
    return Service(endpoint if "://" in endpoint else f"http://{endpoint}")


def _ask_for_token() -> str:
    try:
        credentials, _ = google.auth.default(scopes=_SCOPES)
        credentials.refresh(google.auth.transport.requests.Request())
    except google.auth.exceptions.GoogleAuthError as err:
        raise Denied(f"Google does not know you: {err}\nLog in: {_LOGIN}") from err
    return str(credentials.token)


def _refusal(response: httpx.Response, what: str) -> DeployError:
    said = _said(response)
    match response.status_code:
        case HTTPStatus.NOT_FOUND:
            return Missing(f"{what} does not exist: {said}")
        case HTTPStatus.UNAUTHORIZED:
            return Denied(f"Google does not know you: {said}\nLog in: {_LOGIN}")
        case HTTPStatus.FORBIDDEN:
            return Denied(f"{what} is refused: {said}\nAsk for the right, or log in as somebody who has it: {_LOGIN}")
        case HTTPStatus.REQUEST_TIMEOUT | HTTPStatus.TOO_MANY_REQUESTS:
            return Passing(f"{what} fails now: {said}")
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Passing(f"{what} fails now: {said}")
        case status:
            return DeployError(f"{what} answers {status}: {said}")


def _said(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.text[:300] or response.reason_phrase
