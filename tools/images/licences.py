"""Licences as the packages themselves state them: SPDX expressions where they are, else the names that they use."""

from __future__ import annotations

import email.message
import re

_LICENCE = re.compile(r"^License:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_MACHINE_READABLE = re.compile(r"\AFormat:[ \t]*https?://www\.debian\.org/doc/packaging-manuals/copyright-format/1\.0")


def of_copyright(text: str) -> tuple[str, ...]:
    """The names in a Debian copyright file; none where it is written for people alone."""
    if not _MACHINE_READABLE.match(text):
        return ()
    return tuple(sorted(set(_LICENCE.findall(text))))


def of_metadata(headers: email.message.Message) -> tuple[str, ...]:
    """What a distribution's METADATA says: the expression, else the classifiers, else the first line of `License`."""
    if expression := headers.get("License-Expression"):
        return (expression,)
    classifiers = [
        text.rpartition(" :: ")[2] for text in headers.get_all("Classifier", []) if text.startswith("License :: ")
    ]
    if names := sorted({name for name in classifiers if name != "OSI Approved"}):
        return tuple(names)
    lines = headers.get("License", "").strip().splitlines()
    return (lines[0].strip(),) if lines else ()
