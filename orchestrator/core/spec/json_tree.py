"""JSON that a program wrote to the same tree that YAML gives, so that one grammar checks both.

JSON has no places of its own to show (the canonical form is one line), so a place is the path alone.
"""

from __future__ import annotations

import json
from typing import Any, Final

from orchestrator.core.problems import Findings, Place
from orchestrator.core.spec.tree import Entry, Mapping, Node, Scalar, Sequence, Type

MOST_CHARACTERS: Final = 16 * 1024 * 1024


def parse(text: str, findings: Findings) -> Node:
    """The value of the text. Raises Enough when it is no JSON; the findings then say why."""
    start = Place(path="")
    if len(text) > MOST_CHARACTERS:
        raise findings.stop(start, f"The text has more than {MOST_CHARACTERS:,} characters.", "Is this the right file?")
    try:
        return tree(json.loads(text, object_pairs_hook=_Pairs), start, findings)
    except json.JSONDecodeError as err:
        place = Place(path="", line=err.lineno, column=err.colno)
        raise findings.stop(
            place, f"This is no JSON: {err.msg}.", "Write it anew with the command it is from."
        ) from err
    except (RecursionError, ValueError) as err:
        raise findings.stop(start, "This is JSON that no program of nightjar wrote.", "Write it anew.") from err


def tree(value: Any, place: Place, findings: Findings) -> Node:
    """The node of a value as `json.loads` returns it."""
    match value:
        case _Pairs():
            return _mapping(value, place, findings)
        case dict():
            return _mapping(_Pairs(value.items()), place, findings)
        case list():
            items = (tree(item, Place(path=f"{place.path}[{n}]"), findings) for n, item in enumerate(value))
            return Sequence(place=place, items=tuple(items))
        case _:
            return _scalar(value, place)


def _scalar(value: str | bool | float | None, place: Place) -> Scalar:  # noqa: FBT001  (a value of JSON)
    match value:
        case str():
            return Scalar(place=place, text=value, type=Type.TEXT)
        case bool():
            return Scalar(place=place, text=str(value).lower(), type=Type.TRUTH)
        case None:
            return Scalar(place=place, text="null", type=Type.NOTHING)
        case _:
            return Scalar(place=place, text=repr(value), type=Type.NUMBER)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they stand in the text, so that a repeated key can be seen."""


def _mapping(pairs: _Pairs, place: Place, findings: Findings) -> Mapping:
    entries: dict[str, Entry] = {}
    for name, value in pairs:
        below = Place(path=place.below(name))
        if name in entries:
            findings.add(below, f"The key {name!r} stands here twice.", "Keep one of them.", value=name)
        key = Scalar(place=below, text=name, type=Type.TEXT)
        entries[name] = Entry(key=key, value=tree(value, below, findings))
    return Mapping(place=place, entries=entries)
