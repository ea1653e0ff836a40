"""The cases under cases/: what an oci_image was given, and every byte that the true rules_oci wrote for it.

`make_cases.py` writes them down for Bazel; `test_rules.py` and `test_program.py` compare. README.md says what a case's
folder holds.
"""

from __future__ import annotations

import functools
import json
import pathlib
from dataclasses import dataclass
from typing import Any

FOLDER = pathlib.Path("tests/vectors/cases")
_PACKAGE = "//tests/vectors"
# Labels of files, and of targets, in the repository where the cases were made.
_FILES = ("//t:data/", "//u/v:")
_RULES = "//t:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tar:
    """A layer: its file in the case's folder, and its label where the case was made."""

    file: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One oci_image."""

    name: str
    target: str
    attributes: dict[str, Any]
    tars: tuple[Tar, ...]

    @property
    def folder(self) -> pathlib.Path:
        """Where its files are."""
        return FOLDER / self.name

    def here(self, tar: Tar) -> str:
        """The tar's label in this repository, where it cannot have the one that it had."""
        if tar.label.startswith(_FILES):
            return f"{_PACKAGE}:cases/{self.name}/{tar.file}"
        if tar.label.startswith(_RULES):
            return f"{_PACKAGE}:{tar.label.removeprefix(_RULES)}"
        return tar.label

    def json(self, name: str) -> Any:
        """One of the case's JSON files."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@functools.cache
def cases() -> dict[str, Case]:
    """All cases by name."""
    found = [path.parent.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("attrs.json")]
    return {name: _case(name) for name in sorted(found)}


def lineage(case: Case) -> list[Case]:
    """The case's base, the base's base and so on, farthest first, then itself."""
    base = case.attributes.get("base", {}).get("case")
    return [*(lineage(cases()[base]) if base else []), case]


def _case(name: str) -> Case:
    written = json.loads((FOLDER / name / "attrs.json").read_text(encoding="utf-8"))
    attributes = dict(written["attributes"])
    tars = tuple(Tar(file=tar["file"], label=tar["label"]) for tar in attributes.pop("tars", []))
    return Case(name=name, target=written["target"].partition(":")[2], attributes=attributes, tars=tars)
