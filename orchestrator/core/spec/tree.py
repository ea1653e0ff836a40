"""The shape of a text before it means anything: scalars, sequences and mappings, each with its place.

Both readers (`yaml_tree`, `json_tree`) make it, so that one grammar (`kinds`) can check what people write and what
programs wrote. A `Broken` node has been reported already: whoever meets it stays silent.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import assert_never

from orchestrator.core.problems import Place, quote


class Type(enum.StrEnum):
    """What other readers of YAML take an unquoted scalar for; the values are words for messages."""

    TEXT = "text"
    NUMBER = "a number"
    TRUTH = "a truth value"
    NOTHING = "nothing"
    DATE = "a date"
    OTHER = "something else than text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value as it was written, without its quotes. What was quoted is always text."""

    place: Place
    text: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key, which is text, and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys and values; each key once, in the order of the text."""

    place: Place
    entries: MappingOf[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Something that cannot be read and has been reported."""

    place: Place


type Node = Scalar | Sequence | Mapping | Broken


def describe(node: Node) -> str:
    """What stands there, as the subject of a sentence."""
    match node:
        case Scalar(type=Type.NOTHING):
            return "An empty value"
        case Scalar(text=text):
            return quote(text)
        case Sequence():
            return "A list"
        case Mapping():
            return "A mapping"
        case Broken():
            return "This"
        case _:
            assert_never(node)


def value_of(node: Node) -> str:
    """The text of a scalar, for the problem's `value`."""
    return node.text if isinstance(node, Scalar) else ""
