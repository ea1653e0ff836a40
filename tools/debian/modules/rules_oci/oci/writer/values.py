"""What the text files of an image's attributes mean: lines, pairs and keys. Pure.

rules_oci writes lists and dictionaries of a BUILD file to text before it reads them, so both forms mean the same, and
what blanks, empty lines and doubled keys do here is part of an image's bytes. Nothing is trimmed.
`documents.py` puts the values where they belong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Not a shell's: each brace is optional by itself, and there is no escape.
_REFERENCE = re.compile(r"\$\{?([A-Za-z0-9_]+)\}?")
# How rules_oci carries a newline inside an element of a list through a file of lines.
_NEWLINE = "%5Cn"


def pairs(text: str) -> dict[str, str]:
    """Labels and annotations: `key=value` lines; a doubled key keeps its first place and takes the last value."""
    return dict(_pair(line) for line in text.split("\n") if line)


def elements(text: str) -> list[str]:
    """Entrypoint and cmd: one element a line, empty ones dropped."""
    return [line.replace(_NEWLINE, "\n") for line in text.split("\n") if line]


def keys(text: str) -> dict[str, dict[str, str]]:
    """Exposed ports and volumes: one text, split at commas, as the keys of empty objects."""
    return {key: {} for key in text.split(",")} if text else {}


def environment(base: Iterable[str], text: str) -> list[str]:
    """The base's `NAME=value` entries and those of `text`, which may refer to every earlier one.

    A name that is there already is replaced in place. An empty line is an entry with an empty name.
    """
    variables = dict(_pair(entry) for entry in base)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    for name, value in map(_pair, lines):
        variables[name] = _REFERENCE.sub(lambda found: variables.get(found[1], ""), value)
    return [f"{name}={value}" for name, value in variables.items()]


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key, value
