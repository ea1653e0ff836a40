"""Flags and environment to one frozen value, or every problem at once. A flag wins over its variable.

`--store` is NIGHTJAR_STORE, and so on for each. Relative paths are the user's, also under `bazel run`, which starts
programs elsewhere and says where the user was.
"""

from __future__ import annotations

import enum
import json
import os
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
_POSTGRES = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_STORES = f"sqlite:PATH, file:///FOLDER, gs://BUCKET/PREFIX or {_POSTGRES}"
_PROJECT = r"(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{2,28}[a-z0-9]|[1-9]\d{5,20}"
_REGION = r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?"
_ENDPOINT = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[1-9]\d{0,4}"
_COUNT = r"[1-9]\d{0,3}"
_LAUNCHES = 60


class _Answer(enum.StrEnum):
    YES = "yes"
    NO = "no"


class LogFormat(enum.StrEnum):
    """How events are told on standard error."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class StoreKind(enum.StrEnum):
    """What runs are recorded in."""

    SQLITE = "sqlite"
    OBJECTS = "objects"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """Where runs are recorded: `text` is a path, a URL or a connection string; `name` is the same without secrets."""

    kind: StoreKind
    text: str = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def is_missing(self) -> bool:
        """Whether it is a place of this machine at which there is nothing yet."""
        return self.is_local and not Path(self.name).exists()

    @property
    def is_local(self) -> bool:
        """Whether it is a file or a folder of this machine."""
        return self.kind is not StoreKind.POSTGRES and self.name.startswith("/")


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

    store: StoreAddress
    storage: str
    state: Path
    root: Path
    bubblewrap: Path | None
    """What steps run from their images by on this machine."""
    runner: RunnerKind
    cloud_run: CloudRun
    environment: Environment
    log_format: LogFormat
    release: Path | str | None
    """A file, or the URL of an object."""
    day: date | None
    by: str
    """Who asks, for the record."""
    as_json: bool = False
    """Whether what comes of a command is for a program."""


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
        release=reader.release(),
        day=reader.day(),
        by=reader.by(),
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

    def store(self, default: Path) -> StoreAddress:
        value, _ = self._value("store")
        scheme, _, rest = (value or "").partition(":")
        match scheme:
            case "" if not value:
                return _sqlite(default)
            case "sqlite" if rest:
                return _sqlite(user_path(unquote(rest.removeprefix("//")), self._environ))
            case "file" | "gs":
                return self._object_store(value or "")
            case "postgresql" | "postgres":
                return self._postgres(value or "")
            case _:
                _, source = self._value("store")
                self.problems.append(f"{source}: {_without_password(value or '')!r} is no store: write {_STORES}")
                return _sqlite(default)

    def _object_store(self, value: str) -> StoreAddress:
        path = self._check_url("store", value)
        name = path if value.startswith("file:") else value
        return StoreAddress(kind=StoreKind.OBJECTS, text=value, name=name)

    def _postgres(self, value: str) -> StoreAddress:
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415  (only for those who have one)

        try:
            parts = conninfo.conninfo_to_dict(value)
        except ProgrammingError:
            # Neither the value nor the driver's message is shown: both hold the password.
            _, source = self._value("store")
            self.problems.append(f"{source}: is no address of a database: write {_POSTGRES}")
            parts = {}
        host = f"{parts.get('host', '')}:{parts['port']}" if "port" in parts else parts.get("host", "")
        name = f"postgresql://{host}/{parts.get('dbname', '')}"
        return StoreAddress(kind=StoreKind.POSTGRES, text=value, name=name)

    def storage(self, default: Path) -> str:
        value, _ = self._value("storage")
        if not value:
            return default.as_uri()
        self._check_url("storage", value)
        return value

    def _check_url(self, name: str, value: str) -> str:
        """The path of an object store's URL."""
        try:
            url = urlsplit(value)
        except ValueError:
            url = urlsplit("")
        if url.scheme not in _STORAGES:
            self._problem(name, "is no object store: write file:///FOLDER or gs://BUCKET/PREFIX")
        elif url.scheme == "file" and (url.netloc or not url.path.startswith("/")):
            self._problem(name, "does not name a folder from the root on: write file:///FOLDER")
        elif url.scheme == "gs" and (not url.netloc or url.query or url.fragment):
            self._problem(name, "does not name a bucket: write gs://BUCKET/PREFIX")
        return unquote(url.path)

    def release(self) -> Path | str | None:
        """The URL of a file is that file."""
        value, _ = self._value("release")
        if not value or not value.startswith(("file:", "gs:")):
            return self.path("release")
        path = self._check_url("release", value)
        if value.startswith("file:"):
            return Path(path)
        if path.strip("/") == "" or path.endswith("/"):
            self._problem("release", "names no object: write gs://BUCKET/FOLDER/release.json")
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

    def _matching(self, name: str, pattern: str, remedy: str) -> str | None:
        value, _ = self._value(name)
        if value and re.fullmatch(pattern, value) is None:
            self._problem(name, remedy)
        return value or None

    def _count(self, name: str, default: int) -> int:
        value, _ = self._value(name)
        if not value:
            return default
        if re.fullmatch(_COUNT, value) is None:
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

    def by(self) -> str:
        value, _ = self._value("by")
        return value or self._environ.get("USER") or f"uid {os.getuid()}"

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


def _sqlite(path: Path) -> StoreAddress:
    return StoreAddress(kind=StoreKind.SQLITE, text=str(path), name=str(path))


def _without_password(text: str) -> str:
    """What can be shown of something that may be a mistyped connection string."""
    before, at, after = text.rpartition("@")
    return f"{before.partition(':')[0]}:…@{after}" if at else text
