"""The entry of a new step in the text of pipeline.yaml: everything that people wrote stays as it is, byte for byte.

The entry is added below the last one of `steps`, and the result is read again by `spec`: unless that gives the old
pipeline and the new step, nothing is offered. Pure: text in, text out; `__main__` reads and writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from orchestrator.core import spec
from orchestrator.core.model import Pipeline

_STEPS = re.compile(r"""steps:[ \t]*(?:\{[ \t]*\}[ \t]*)?(?:#.*)?""")


class NoPlaceError(Exception):
    """The file is written in a way that this program does not extend; the text says what to add by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """What is asked for."""

    name: str
    description: str
    needs: tuple[str, ...]


def add_entry(text: str, step: NewStep) -> str:
    """The text with the entry. Raises SpecError when it would be no pipeline, NoPlaceError when it cannot be placed."""
    lines, end = _lines(text)
    indent = _indent(lines)
    try:
        at = _place(lines)
    except NoPlaceError:
        spec.resolve(text)
        raise NoPlaceError(_by_hand(step, indent)) from None
    lines[at:at] = [line + end for line in _entry(step, indent)]
    changed = "".join(_opened(line) for line in lines)
    if not _adds(_resolve_old(text), spec.resolve(changed), step):
        raise NoPlaceError(_by_hand(step, indent))
    return changed


def _lines(text: str) -> tuple[list[str], str]:
    """The lines with their ends, and the end that a new line gets."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    return lines, end


def _place(lines: Sequence[str]) -> int:
    """The line before which the entry goes: after the last line of `steps` that is neither empty nor a far comment."""
    starts = [number for number, line in enumerate(lines) if _STEPS.fullmatch(line.rstrip())]
    if len(starts) != 1:
        raise NoPlaceError
    end = starts[0] + 1
    for number in range(starts[0] + 1, len(lines)):
        line = lines[number]
        if line[:1] not in {"\r", "\n", " ", "#"}:
            break
        if line.startswith(" ") and line.strip():
            end = number + 1
    return end


def _indent(lines: Sequence[str]) -> str:
    """The indentation of the steps that there are, two spaces where there is none."""
    below = False
    for line in lines:
        if below and line.startswith(" ") and line.strip() and not line.lstrip().startswith("#"):
            return line[: len(line) - len(line.lstrip(" "))]
        below = below or _STEPS.fullmatch(line.rstrip()) is not None
    return "  "


def _opened(line: str) -> str:
    """`steps: {}` as a mapping that goes on below."""
    return re.sub(r"^(steps:)[ \t]*\{[ \t]*\}", r"\1", line)


def _entry(step: NewStep, indent: str) -> list[str]:
    needs = [f"{indent * 2}needs: [{', '.join(step.needs)}]"] if step.needs else []
    return [f"{indent}{step.name}:", f"{indent * 2}description: {_scalar(step.description)}", *needs]


def _scalar(text: str) -> str:
    """The text as it is where YAML reads it so, in quotes otherwise."""
    try:
        if yaml.safe_load(f"a: {text}") == {"a": text}:
            return text
    except (yaml.YAMLError, ValueError):
        pass
    return json.dumps(text, ensure_ascii=False)


def _resolve_old(text: str) -> Pipeline | None:
    """The pipeline before, or None: a file without any step is none yet, and this one is to be the first."""
    try:
        return spec.resolve(text)
    except spec.SpecError:
        return None


def _adds(old: Pipeline | None, new: Pipeline, step: NewStep) -> bool:
    added = new.steps.get(step.name)
    others = [each for name, each in new.steps.items() if name != step.name]
    if added is None or (added.description, added.needs) != (step.description, step.needs):
        return False
    return others == ([] if old is None else list(old.steps.values()))


def _by_hand(step: NewStep, indent: str) -> str:
    entry = "\n".join(_entry(step, indent))
    return f"'steps:' is not written as a mapping below its own line. Add this to it by hand:\n{entry}"
