"""crane as a program: it sends images, with the credentials and their helpers that a person has for registries.

What it says on standard error is the account of what was sent: a line for each blob that it pushed and for each that
was there. It has one exit code for all that can go wrong; `refusals` reads its words. A call that failed for a reason
that may pass is made again here, and nothing that arrived is sent again.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import tenacity

from deploy import refusals
from deploy.errors import DeployError, Passing
from deploy.repository import Repository

_LONGEST_WAIT = 20.0
_STAMP = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
_BLOB = re.compile(r"pushed blob: (sha256:[0-9a-f]{64})")
_MANIFEST = re.compile(r"\S+: digest: (sha256:[0-9a-f]{64}) size: \d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crane:
    """The program, how often a call is made at most, and the first pause in between, in seconds."""

    program: pathlib.Path
    pause: float = 1.0
    tries: int = 4

    def push(self, layout: pathlib.Path, ref: str, repository: Repository, sent: Callable[[str], None]) -> None:
        """Push a layout's image; `sent` is told the digest of each blob and manifest once it has arrived."""

        def account(line: str) -> None:
            if match := _BLOB.fullmatch(line) or _MANIFEST.fullmatch(line):
                sent(match[1])

        self.again(lambda: self._run(["push", str(layout), ref], repository, account))

    def tag(self, ref: str, tag: str, repository: Repository) -> None:
        """Give an image that was pushed a name."""
        self.again(lambda: self._run(["tag", ref, tag], repository, _ignore))

    def digest(self, ref: str, repository: Repository) -> str:
        """The digest of an image that a registry has. Raises NotReady where it has none."""
        return self.again(lambda: self._run(["digest", ref], repository, _ignore)).strip()

    def token(self, name: str, repository: Repository, *, sources: Iterable[str]) -> str:
        """What to say in `Authorization` to push to `name` and to read from `sources`, names in the same registry."""
        mounts = [word for source in sources for word in ("--mount", f"{repository.host}/{source}")]
        command = ["auth", "token", "--header", "--push", f"{repository.host}/{name}", *mounts]
        return self.again(lambda: self._run(command, repository, _ignore)).strip().partition(": ")[2]

    def password(self, repository: Repository) -> str:
        """A person's name and password for the registry, as HTTP wants to have them."""
        found = json.loads(self.again(lambda: self._run(["auth", "get", repository.host], repository, _ignore)))
        return base64.b64encode(f"{found['Username']}:{found['Secret']}".encode()).decode()

    def again[T](self, call: Callable[[], T]) -> T:
        """The result of an idempotent call, made again while it fails for a reason that may pass."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Passing),
            wait=tenacity.wait_random_exponential(multiplier=self.pause, max=_LONGEST_WAIT),
            stop=tenacity.stop_after_attempt(self.tries),
            reraise=True,
        )
        return retrying(call)

    def _run(self, arguments: list[str], repository: Repository, line_by_line: Callable[[str], None]) -> str:
        """Run it; its standard output. Raises DeployError."""
        last = ""
        with self._started(arguments) as process:
            for line in process.stderr or ():
                last = _STAMP.sub("", line.rstrip())
                line_by_line(last)
            output = process.stdout.read() if process.stdout else ""
        if process.returncode != 0:
            raise refusals.of_words(last.removeprefix("Error: "), repository)
        return output

    def _started(self, arguments: list[str]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [self.program, *arguments],
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as err:
            raise DeployError(
                f"{self.program} cannot be started: {err.strerror}. Build it: ./bazelw build //deploy:push"
            ) from err


def _ignore(_line: str) -> None:
    pass
