"""Secrets that tasks ask for by name and version, from a file that only its owner may read.

    {"dsn": {"versions": {"1": "first", "2": "second"}}, "token": {"versions": {"1": "x"}, "denied": true},
     "key": {"versions": {"1": "old", "2": "new"}, "disabled": ["1"]}}

`latest` is the highest version that is not disabled. The file is read for each attempt, so a new version is used from
the next one on. Values are in no message and no `repr`.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, override

from orchestrator.core.errors import ConfigurationError
from orchestrator.core.problems import Enough, Findings, InputError
from orchestrator.core.spec import json_tree
from orchestrator.core.spec.kinds import INVALID, Flag, Invalid, Kind, Schema, Text
from orchestrator.core.spec.shapes import Key, Keys, ListOf, MapOf
from orchestrator.core.spec.tree import Node, Scalar, Type

LATEST: Final = "latest"
_MOST: Final = 1_000
_MOST_CHARACTERS: Final = 65_536
_VERSION: Final = Text(
    expected="a version", remedy="Write a whole number from 1 on, in quotes.", pattern="[1-9][0-9]{0,8}", most=9
)


class _Value(Kind):
    """Text that no message shows."""

    @override
    def read(self, node: Node, findings: Findings) -> str | Invalid:
        if isinstance(node, Scalar) and node.type is Type.TEXT and len(node.text) <= _MOST_CHARACTERS:
            return node.text
        message = f"The value is no text, or one of more than {_MOST_CHARACTERS:,} characters."
        findings.add(node.place, message, "Write it in quotes.")
        return INVALID

    @override
    def schema(self) -> Schema:
        return {"type": "string", "maxLength": _MOST_CHARACTERS}


_SECRET: Final = Keys(
    expected="a secret",
    keys=(
        Key(
            "versions",
            MapOf(
                expected="a mapping from versions to values",
                remedy='Write {"1": "VALUE"}.',
                key=_VERSION,
                value=_Value(),
                most=_MOST,
            ),
            "Values by version.",
            required=True,
        ),
        Key("denied", Flag(), "Whether nobody may read it."),
        Key(
            "disabled",
            ListOf(expected="a list of versions", item=_VERSION, most=_MOST),
            "Versions that cannot be read any more.",
        ),
    ),
)
_FILE: Final = MapOf(
    expected="a mapping from names to secrets",
    remedy='Write {"NAME": {"versions": {"1": "VALUE"}}}.',
    key=Text(
        expected="the name of a secret",
        remedy="Use letters, digits, dashes and underscores.",
        pattern="[A-Za-z0-9_-]{1,255}",
        most=255,
    ),
    value=_SECRET,
    most=_MOST,
)


class SecretError(Exception):
    """A secret cannot be had; the message says why, in the platform's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret."""

    versions: Mapping[str, str] = field(repr=False)
    denied: bool = False
    disabled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Secrets:
    """All secrets of a project; without a file there are none."""

    file: Path | None
    project: str

    def read(self) -> Mapping[str, Secret]:
        """The file as it is now. Raises ConfigurationError with every problem."""
        if self.file is None:
            return {}
        try:
            if stat.S_IMODE(self.file.stat().st_mode) & 0o077:
                raise ConfigurationError([f"{self.file} holds secrets and can be read by others: chmod 600 it"])
            text = self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigurationError([f"{self.file} cannot be read: {err}"]) from err
        return _read(text, source=self.file.name)

    def exists(self, name: str) -> bool:
        """Whether there is such a secret, with or without the right to read it."""
        return _short(name) in self.read()

    def access(self, name: str, version: str) -> str:
        """The value of a version. Raises SecretError."""
        try:
            secret = self.read().get(_short(name))
        except ConfigurationError as err:
            raise SecretError(str(err)) from err
        full = f"projects/{self.project}/secrets/{_short(name)}/versions/{version or LATEST}"
        if secret is None:
            raise SecretError(f"Secret {full} was not found")
        if secret.denied:
            raise SecretError(f"Permission denied on secret: {full} for the job's service account")
        usable = [each for each in secret.versions if each not in secret.disabled]
        wanted = max(usable, key=int, default="") if version in {"", LATEST} else version
        if wanted not in secret.versions:
            raise SecretError(f"Secret {full} was not found")
        if wanted in secret.disabled:
            raise SecretError(f"Secret Version [{full}] is in DISABLED state")
        return secret.versions[wanted]


def _short(name: str) -> str:
    """A secret may be named in full, as one of another project is."""
    return name.rpartition("/secrets/")[2]


def _read(text: str, *, source: str) -> Mapping[str, Secret]:
    findings = Findings()
    found: Any = {}
    with contextlib.suppress(Enough):
        found = _FILE.read(json_tree.parse(text, findings), findings)
    if findings.problems:
        # Without the text: its lines hold secrets.
        raise InputError(findings.in_order(), source=source)
    return {
        name: Secret(
            versions=record.values["versions"],
            denied=record.values.get("denied", False),
            disabled=frozenset(record.values.get("disabled", ())),
        )
        for name, record in found.items()
    }
