"""A registry's own answers: what it has, and the blobs that it takes over from another image without their being sent.

crane mounts no blob of an image that lies in a folder, because it cannot know another image of the registry that has
it. We do: images share most of their layers. So shared ones are mounted here, by the API that all registries have and
with a token that crane got, before crane sends what is left. A registry that mounts nothing is sent everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from deploy import refusals
from deploy.crane import Crane
from deploy.repository import Repository

_SECONDS = 30.0
_MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"


@dataclass(slots=True, kw_only=True)
class Registry:
    """The registry of a repository, in one connection."""

    repository: Repository
    crane: Crane
    http: httpx.Client
    _logins: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict, repr=False)

    def digest(self, name: str, reference: str) -> str | None:
        """The digest of an image by its digest or tag; None if it is not there."""
        response = self._ask("HEAD", name, f"manifests/{reference}", headers={"Accept": _MANIFESTS})
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        self._check(response)
        return str(response.headers.get("Docker-Content-Digest", reference))

    def has_blob(self, name: str, digest: str) -> bool:
        """Whether an image's place has a blob; where one is sent elsewhere to read it, it is there."""
        response = self._ask("HEAD", name, f"blobs/{digest}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return False
        if not response.is_redirect:
            self._check(response)
        return True

    def mount(self, name: str, digest: str, *, source: str) -> bool:
        """Take a blob over from `source`; whether the registry did that."""
        query = {"mount": digest, "from": source}
        response = self._ask("POST", name, "blobs/uploads/", params=query, sources=[source])
        if response.status_code == HTTPStatus.CREATED:
            return True
        if response.status_code == HTTPStatus.ACCEPTED:
            self._abandon(name, response, source)
            return False
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self._check(response)
        return False

    def _abandon(self, name: str, response: httpx.Response, source: str) -> None:
        """An upload that the registry began instead of mounting; it would end by itself."""
        self._send("DELETE", name, response.headers["Location"], sources=[source])

    def _ask(
        self,
        verb: str,
        name: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        sources: Iterable[str] = (),
    ) -> httpx.Response:
        url = f"/v2/{name}/{path}"
        return self.crane.again(lambda: self._send(verb, name, url, params=params, headers=headers, sources=sources))

    def _send(
        self,
        verb: str,
        name: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        sources: Iterable[str],
    ) -> httpx.Response:
        key = (name, frozenset(sources))
        known = key in self._logins

        def call() -> httpx.Response:
            own = {"Authorization": self._login(key), **(headers or {})}
            return self.http.request(verb, url, params=params, headers={k: v for k, v in own.items() if v})

        response = _reached(call, self.repository)
        if response.status_code == HTTPStatus.UNAUTHORIZED and known:
            # A token lasts for minutes, a push may take longer.
            del self._logins[key]
            response = _reached(call, self.repository)
        if response.status_code in {408, 429} or response.is_server_error:
            raise refusals.of_status(response.status_code, response.text, self.repository)
        return response

    def _login(self, key: tuple[str, frozenset[str]]) -> str:
        """What is said in `Authorization`; nothing to a registry that does not ask."""
        if key not in self._logins:
            name, sources = key
            challenge = self.http.get("/v2/").headers.get("WWW-Authenticate", "").partition(" ")[0].lower()
            match challenge:
                case "bearer":
                    self._logins[key] = self.crane.token(name, self.repository, sources=sorted(sources))
                case "basic":
                    self._logins[key] = f"Basic {self.crane.password(self.repository)}"
                case _:
                    self._logins[key] = ""
        return self._logins[key]

    def _check(self, response: httpx.Response) -> None:
        if response.is_error:
            raise refusals.of_status(response.status_code, response.text, self.repository)


def connect(repository: Repository, crane: Crane) -> Registry:
    """The registry of a repository; nothing is asked yet. Close its `http`."""
    http = httpx.Client(
        base_url=repository.address, timeout=_SECONDS, trust_env=repository.address.startswith("https:")
    )
    return Registry(repository=repository, crane=crane, http=http)


def _reached(call: Callable[[], httpx.Response], repository: Repository) -> httpx.Response:
    try:
        return call()
    except httpx.HTTPError as err:
        raise refusals.passing(repository, str(err) or type(err).__name__) from err
