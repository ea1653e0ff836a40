"""What a layer is made of, as JSON beside it: which component brought which file. The SBOM is written from these.

A component is a Debian package, a Python distribution, or a part of this project. Its files are those that are in the
layer, bytecode too; folders belong to nobody.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["deb", "pypi", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a layer. `sha256` is that of the package; a wheel's stands in the lock."""

    kind: Kind
    name: str
    version: str = ""
    architecture: str = ""
    sha256: str = ""
    licences: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The components of a layer, and how many files each drop rule took from it."""

    components: tuple[Component, ...]
    dropped: tuple[int, ...] = ()


def write(contents: Contents, path: pathlib.Path) -> None:
    """Write the JSON."""
    path.write_text(json.dumps(asdict(contents), indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read(path: pathlib.Path) -> Contents:
    """Read what `write` wrote."""
    value = json.loads(path.read_text())
    components = tuple(
        Component(**{**item, "licences": tuple(item["licences"]), "files": tuple(item["files"])})
        for item in value["components"]
    )
    return Contents(components=components, dropped=tuple(value["dropped"]))


def merged(all_contents: Iterable[Contents]) -> list[Component]:
    """The components of several layers; one that has files in more than one of them becomes one."""
    found: dict[tuple[str, str], Component] = {}
    for component in (component for contents in all_contents for component in contents.components):
        key = component.kind, component.name
        before = found.get(key)
        files = component.files if before is None else before.files + component.files
        found[key] = Component(**{**asdict(component), "files": tuple(sorted(files))})
    return [found[key] for key in sorted(found)]
