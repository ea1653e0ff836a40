"""Flags and environment to one frozen value, or every problem at once. A flag wins over its variable.

`--store` is NIGHTJAR_STORE, and so on for each. Relative paths are the user's, also under `bazel run`, which starts
programs elsewhere and says where the user was.
"""

from __future__ import annotations

import enum
import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from orchestrator.core.errors import ConfigurationError

STATE = ".nightjar"
_STORAGES = ("file", "gs")
_PROJECT = re.compile(r"(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{2,28}[a-z0-9]|[1-9]\d{5,20}")
_REGION = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
_ENDPOINT = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[1-9]\d{0,4}")
_COUNT = re.compile(r"[1-9]\d{0,3}")
_LAUNCHES = 60


class _Answer(enum.StrEnum):
    YES = "yes"
    NO = "no"


class LogFormat(enum.StrEnum):
    """How events are told on standard error."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class RunnerKind(enum.StrEnum):
    """Where steps run."""

    PROCESS = "process"
    CLOUD_RUN = "cloud-run"


class Transport(enum.StrEnum):
    """How calls travel to Cloud Run."""

    GRPC = "grpc"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRun:
    """Where the jobs of steps are; a project or region that is None is asked of the machine, in the cloud."""

    project: str | None
    region: str | None
    endpoint: str | None
    """HOST:PORT of an emulator."""
    transport: Transport
    poll_by_listing: bool
    launches_per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment file: values of this place that the pipeline file does not know."""

    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that a command may want to know of where it runs."""

    store: Path
    """The file of the SQLite store."""
    storage: str
    state: Path
    root: Path
    bubblewrap: Path | None
    """What steps run from their images by on this machine."""
    runner: RunnerKind
    cloud_run: CloudRun
    environment: Environment
    log_format: LogFormat
    release: Path | None
    day: date | None


def read(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Config:
    """The configuration. Raises ConfigurationError with every problem."""
    reader = _Reader(flags, environ)
    state = reader.path("state") or reader.base / STATE
    config = Config(
        store=reader.store(state / "runs.sqlite"),
        storage=reader.storage(state / "storage"),
        state=state,
        root=reader.folder("root") or reader.base,
        bubblewrap=reader.path("bubblewrap"),
        runner=reader.choice("runner", RunnerKind, RunnerKind.PROCESS),
        cloud_run=reader.cloud_run(),
        environment=reader.environment(),
        log_format=reader.choice("log_format", LogFormat, LogFormat.AUTO),
        release=reader.path("release"),
        day=reader.day(),
    )
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return config


def user_path(text: str, environ: Mapping[str, str]) -> Path:
    """A path as the user means it."""
    return (Path(environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd()) / text).absolute()


class _Reader:
    def __init__(self, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> None:
        self._flags = flags
        self._environ = environ
        self.base = user_path("", environ)
        self.problems: list[str] = []

    def path(self, name: str) -> Path | None:
        value, _ = self._value(name)
        return user_path(value, self._environ) if value else None

    def folder(self, name: str) -> Path | None:
        path = self.path(name)
        if path is not None and not path.is_dir():
            self._problem(name, "is no folder: name one that exists")
        return path

    def store(self, default: Path) -> Path:
        value, _ = self._value("store")
        if not value:
            return default
        scheme, _, rest = value.partition(":")
        if scheme != "sqlite" or not rest:
            self._problem("store", "is no store: write sqlite:PATH")
            return default
        return user_path(unquote(urlsplit(value).path), self._environ)

    def storage(self, default: Path) -> str:
        value, _ = self._value("storage")
        if not value:
            return default.as_uri()
        url = urlsplit(value)
        if url.scheme not in _STORAGES:
            self._problem("storage", "is no object store: write file:///FOLDER or gs://BUCKET/PREFIX")
        elif url.scheme == "file" and (url.netloc or not url.path.startswith("/")):
            self._problem("storage", "does not name a folder from the root on: write file:///FOLDER")
        return value

    def choice[E: enum.StrEnum](self, name: str, kind: type[E], default: E) -> E:
        value, _ = self._value(name)
        try:
            return kind(value or default)
        except ValueError:
            self._problem(name, f"is not known: write one of {', '.join(kind)}")
            return default

    def cloud_run(self) -> CloudRun:
        return CloudRun(
            project=self._matching(
                "project", _PROJECT, "is no project's id: write it as Google shows it, in lower case"
            ),
            region=self._matching("region", _REGION, "is no region: write one such as us-east4"),
            endpoint=self._matching("endpoint", _ENDPOINT, "is no address of an emulator: write HOST:PORT"),
            transport=self.choice("transport", Transport, Transport.GRPC),
            poll_by_listing=self.choice("poll_by_listing", _Answer, _Answer.NO) is _Answer.YES,
            launches_per_minute=self._count("launches_per_minute", _LAUNCHES),
        )

    def _matching(self, name: str, pattern: re.Pattern[str], remedy: str) -> str | None:
        value, _ = self._value(name)
        if value and pattern.fullmatch(value) is None:
            self._problem(name, remedy)
        return value or None

    def _count(self, name: str, default: int) -> int:
        value, _ = self._value(name)
        if not value:
            return default
        if _COUNT.fullmatch(value) is None:
            self._problem(name, "is no number of 1 to 9999: write one")
            return default
        return int(value)

    def day(self) -> date | None:
        value, _ = self._value("date")
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._problem("date", "is no day of the calendar: write YYYY-MM-DD")
            return None

    def environment(self) -> Environment:
        path = self.path("environment")
        if path is None:
            return Environment()
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                self._problem("environment", f"holds secrets and can be read by others: chmod 600 {path}")
            content = json.loads(path.read_bytes())
        except OSError as err:
            self._problem("environment", f"cannot be read: {err.strerror}")
        except ValueError as err:
            self._problem("environment", f"is no JSON: {err}")
        else:
            return self._environment_of(content)
        return Environment()

    def _environment_of(self, content: Any) -> Environment:
        if not isinstance(content, dict):
            self._problem("environment", 'is no JSON object: write {"env": {}, "secrets": {}}')
            return Environment()
        for key in content.keys() - {"env", "secrets"}:
            self._problem("environment", f'has an unknown key {key!r}: it may have "env" and "secrets"')
        return Environment(env=self._strings(content, "env"), secrets=self._strings(content, "secrets"))

    def _strings(self, content: dict[str, Any], key: str) -> dict[str, str]:
        value = content.get(key, {})
        if not isinstance(value, dict):
            self._problem("environment", f"{key!r} is no JSON object: write names and values")
            return {}
        for name, each in value.items():
            if not isinstance(each, str):
                self._problem("environment", f"{key}.{name} is no string: put it in quotes")
        return {name: each for name, each in value.items() if isinstance(each, str)}

    def _value(self, name: str) -> tuple[str | None, str]:
        """A setting and what the user calls it."""
        if (flag := self._flags.get(name)) is not None:
            return flag, f"--{name.replace('_', '-')}"
        variable = f"NIGHTJAR_{name.upper()}"
        return self._environ.get(variable), variable

    def _problem(self, name: str, what: str) -> None:
        value, source = self._value(name)
        self.problems.append(f"{source}: {value!r} {what}")
