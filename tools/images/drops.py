"""What of the packages does not go into an image: patterns of paths with the reason, from images/drop.toml.

`*` ends at a slash, `**` does not. The first rule that matches decides; its `keep` makes exceptions.
"""

from __future__ import annotations

import glob
import pathlib
import re
import tomllib
from dataclasses import dataclass


class DropError(Exception):
    """The rules cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: patterns, exceptions, and why."""

    files: tuple[re.Pattern[str], ...]
    keep: tuple[re.Pattern[str], ...]
    reason: str

    def drops(self, path: str) -> bool:
        """Whether this path goes."""
        return _any(self.files, path) and not _any(self.keep, path)


def read(path: pathlib.Path) -> tuple[Rule, ...]:
    """Read the rules. Raises DropError with every wrong one."""
    rules = tomllib.loads(path.read_text()).get("drop", [])
    problems = [
        f"{path.name}: rule {number} needs `files` and a `reason`"
        for number, rule in enumerate(rules, start=1)
        if not rule.get("files") or not rule.get("reason") or rule.keys() - {"files", "keep", "reason"}
    ]
    if problems:
        raise DropError("\n".join(problems))
    return tuple(Rule(_patterns(rule["files"]), _patterns(rule.get("keep", [])), rule["reason"]) for rule in rules)


def _patterns(texts: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(glob.translate(text, recursive=True, include_hidden=True, seps="/")) for text in texts)


def _any(patterns: tuple[re.Pattern[str], ...], path: str) -> bool:
    return any(pattern.match(path) for pattern in patterns)
