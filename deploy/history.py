"""The releases that were applied to an environment, in their order: release.json as it was, and the jobs that it made.

A numbered object each in the environment's bucket of releases (`gs://…`), or a file (`file://…`). Nothing is changed or
removed: what is applied again is there again, at the end.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from deploy.errors import NotReady, Passing, WrongInput
from deploy.jobs import Fields
from orchestrator.core import release as releases
from orchestrator.core.errors import Unavailable
from orchestrator.core.model import Release
from orchestrator.stores.bucket import Bucket

_NAME: Final = re.compile(r"(\d{6})\.json")
_LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A release that was applied: its number, the text of release.json, the fields of each job by the job's name."""

    number: int
    text: str
    jobs: Mapping[str, Fields]

    @property
    def release(self) -> Release:
        """The release."""
        return releases.loads(self.text, source=f"release {self.number}")


class History:
    """The history of one environment at a URL. Every method raises Passing when the place cannot be used."""

    def __init__(self, url: str, environment: str) -> None:
        self.name = f"{url}/{environment}"
        self._folder = environment
        with _translated():
            self._bucket = Bucket.open(url)

    def newest_first(self) -> Iterator[Applied]:
        """All of it; each is read when it is asked for."""
        return (self._read(number) for number in sorted(self._numbers(), reverse=True))

    def newest(self) -> Applied | None:
        """The release that is deployed, as far as this history knows."""
        return next(self.newest_first(), None)

    def add(self, text: str, jobs: Mapping[str, Fields]) -> int:
        """Note that a release was applied, under the next number. Whoever does so at the same moment gets another."""
        body = json.dumps({"jobs": jobs, "release": text}, sort_keys=True).encode()
        number = max(self._numbers(), default=0) + 1
        with _translated():
            while not self._bucket.create(self._key(number), body):
                number += 1
        return number

    def earlier(self, revision: str | None) -> Applied:
        """The newest release before the deployed one that is another, or the newest other one of a revision."""
        past = self.newest_first()
        current = next(past, None)
        if current is None:
            raise NotReady(f"{self.name} has no release: nothing was applied yet, so there is nothing to go back to")
        known: list[str] = []
        for candidate in past:
            if candidate.text != current.text:
                found = candidate.release.revision
                if found.startswith(revision or ""):
                    return candidate
                known.append(found)
        has = f"It has {', '.join(dict.fromkeys(known[:_LISTED]))}" if known else "It has one release alone"
        wanted = f"none of {revision!r} but perhaps the deployed one" if revision else "none but the deployed one"
        raise NotReady(f"{self.name} has {wanted}. {has}")

    def _numbers(self) -> list[int]:
        with _translated():
            names = self._bucket.objects(self._folder)
        return [int(match[1]) for name in names if (match := _NAME.fullmatch(name))]

    def _read(self, number: int) -> Applied:
        with _translated():
            content = self._bucket.read(self._key(number))
        try:
            value = json.loads(content or b"")
            return Applied(number=number, text=value["release"], jobs=value["jobs"])
        except (ValueError, KeyError, TypeError) as err:
            raise WrongInput(f"{self.name}/{number:06}.json is damaged: {err}") from err

    def _key(self, number: int) -> str:
        return f"{self._folder}/{number:06}.json"


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Unavailable as err:
        raise Passing(str(err)) from err
