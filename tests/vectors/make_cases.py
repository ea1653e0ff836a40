"""Writes cases.bzl, the cases as data for Starlark: `./bazelw run //tests/vectors:make_cases`."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from typing import Any

from tests.vectors.cases import Case, cases

_HEAD = '''"""The cases as oci_image is called. Made by `./bazelw run //tests/vectors:make_cases`."""
'''
_FILE = "tests/vectors/cases.bzl"


def text() -> str:
    """What belongs into cases.bzl."""
    made = {
        case.here(tar).partition(":")[2]: f"cases/{case.name}/{tar.file}"
        for case in cases().values()
        for tar in case.tars
        if case.here(tar).startswith("//") and not case.here(tar).endswith(tar.file)
    }
    layouts = {
        f"{case.target}_base": f"cases/{case.name}/{case.attributes['base']['layout']}"
        for case in cases().values()
        if "layout" in case.attributes.get("base", {})
    }
    images = {case.target: _attributes(case) for case in cases().values()}
    return "\n".join(
        [
            _HEAD,
            "# Tars that a rule makes, by the rule's name.",
            f"MADE = {_starlark(made)}",
            "",
            "# Folders that become bases.",
            f"LAYOUTS = {_starlark(layouts)}",
            "",
            "# The attributes of each oci_image by its name.",
            f"IMAGES = {_starlark(images)}",
            "",
        ]
    )


def _attributes(case: Case) -> dict[str, Any]:
    values = {name: _value(case, name, value) for name, value in case.attributes.items()}
    return values | ({"tars": [case.here(tar) for tar in case.tars]} if case.tars else {})


def _value(case: Case, name: str, value: Any) -> Any:
    match value:
        case {"file": str() as file, **rest} if not rest:
            return f"cases/{case.name}/{file}"
        case {"case": str() as base} if name == "base":
            return cases()[base].target
        case {"layout": _} if name == "base":
            return f"{case.target}_base"
        case _:
            return value


def _starlark(value: Any, indent: str = "") -> str:
    inner = indent + "    "
    match value:
        case dict() if value:
            lines = [f"{inner}{_starlark(key)}: {_starlark(value[key], inner)},\n" for key in value]
            return f"{{\n{''.join(lines)}{indent}}}"
        case list() if value:
            lines = [f"{inner}{_starlark(element, inner)},\n" for element in value]
            return f"[\n{''.join(lines)}{indent}]"
        case _:
            return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if root is None:
        sys.exit("make_cases: start it by `./bazelw run //tests/vectors:make_cases`")
    (pathlib.Path(root) / _FILE).write_text(text(), encoding="utf-8")
    print(f"{_FILE} is written")
