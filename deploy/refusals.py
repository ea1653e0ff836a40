"""What a registry's no means, from the words of crane or the status of an answer. Pure.

crane has one exit code for everything, so its message is all there is. Both sources end in the same few errors, each
with what a person does about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from deploy.errors import Denied, DeployError, NotReady, Passing
from deploy.repository import Repository

_DENIED = re.compile(r"\bDENIED\b|\b403 Forbidden\b", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\bUNAUTHORIZED\b|\b401 Unauthorized\b|Unauthenticated request|credentials not found", re.IGNORECASE
)
_NOWHERE = re.compile(r"\bNAME_UNKNOWN\b|\b404 Not Found\b|[Rr]epository \S+ not found")
_NO_IMAGE = re.compile(r"\bMANIFEST_UNKNOWN\b")
_IMMUTABLE = re.compile(r"\bTAG_INVALID\b|tags? .*immutable|immutable tags?", re.IGNORECASE)
_PASSING = re.compile(
    r"\bEOF\b|connection re(?:set|fused)|broken pipe|timeout|timed out|deadline exceeded|no such host|"
    r"server misbehaving|network is unreachable|no route to host|temporary failure|"
    r"\b(?:TOOMANYREQUESTS|UNAVAILABLE|INTERNAL)\b|"
    r"\b(?:408|429|500|502|503|504) [A-Z]|closed network connection|server closed|http2: ",
    re.IGNORECASE,
)
_MOST = 400


def of_words(said: str, repository: Repository) -> DeployError:
    """The error for what crane said last."""
    words = said.strip() or "crane ended without a word"
    short = words if len(words) <= _MOST else f"{words[:_MOST]}…"
    for pattern, make in _MEANINGS:
        if pattern.search(words):
            return make(repository, short)
    return DeployError(f"{repository}: crane failed: {short}")


def of_status(status: int, text: str, repository: Repository) -> DeployError:
    """The error for an answer that is none of those expected."""
    return of_words(f"{_STATUS.get(status, str(status))}: {text}", repository)


_STATUS = {
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    408: "408 Request Timeout",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    504: "504 Gateway Timeout",
}


def _immutable(repository: Repository, said: str) -> DeployError:
    return NotReady(f"{repository}: {said}\nThe repository never moves a tag: choose one that is not there yet.")


def _lacking(repository: Repository, said: str) -> DeployError:
    return NotReady(f"{repository}: {said}\nPush it: ./bazelw run //deploy:push")


def passing(repository: Repository, said: str) -> DeployError:
    """The other side cannot be used now; whoever called says what it heard."""
    return Passing(f"{repository.host} cannot be used now: {said}\nCheck the network and the name, then repeat.")


def _unknown(repository: Repository, said: str) -> DeployError:
    """Nobody is logged in, or not any more."""
    host = repository.host
    login = (
        f"gcloud auth login && gcloud auth configure-docker {host}" if _is_google(host) else f"crane auth login {host}"
    )
    return Denied(f"{host} does not know you: {said}\nLog in: {login}")


def _denied(repository: Repository, said: str) -> DeployError:
    """Somebody is logged in who may not."""
    role = " (roles/artifactregistry.writer on it)" if _is_google(repository.host) else ""
    return Denied(
        f"{repository} does not let you push: {said}\n"
        f"Ask for the right to write to the repository{role}, or log in as somebody who has it. Check the name, too: a "
        "registry may answer so for a repository that does not exist."
    )


def _nowhere(repository: Repository, said: str) -> DeployError:
    """The repository does not exist."""
    return NotReady(
        f"{repository} does not exist: {said}\n"
        "Check the name; `./bazelw run //deploy:bootstrap -- --env ENV` makes the repository of an environment."
    )


def _is_google(host: str) -> bool:
    return host.endswith(("-docker.pkg.dev", "gcr.io"))


_MEANINGS: Final[tuple[tuple[re.Pattern[str], Callable[[Repository, str], DeployError]], ...]] = (
    (_IMMUTABLE, _immutable),
    (_UNKNOWN, _unknown),
    (_DENIED, _denied),
    (_NO_IMAGE, _lacking),
    (_NOWHERE, _nowhere),
    (_PASSING, passing),
)
"""In this order: what a registry says of rights it says of what does not exist as well."""
