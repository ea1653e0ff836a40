"""Lists and mappings of kinds: names that people choose, and keys that nightjar knows.

A mapping with known keys says which key was meant when one is not known: the nearest, the word that other tools have
for it, or the place that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, override

from orchestrator.core.problems import Findings, Place, nearest, quote
from orchestrator.core.spec import json_tree, tree
from orchestrator.core.spec.kinds import INVALID, Invalid, Kind, Schema, is_not, refuse
from orchestrator.core.spec.tree import Node, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Kind):
    """A list whose items are of one kind; a scalar twice is a mistake unless it is said to be none."""

    expected: str
    item: Kind
    most: int
    least: int = 0
    repeats: bool = False

    @override
    def read(self, node: Node, findings: Findings) -> tuple[Any, ...] | Invalid:
        if not isinstance(node, tree.Sequence):
            remedy = f"Put it in brackets: [{node.text[:60]}]." if isinstance(node, Scalar) and node.text else ""
            return is_not(node, findings, self.expected, remedy or "Write [a, b].")
        if not self.least <= len(node.items) <= self.most:
            length = f"{len(node.items):,} items stand where {self.least} to {self.most:,} are possible."
            return refuse(node, findings, length)
        values = tuple(self.item.read(item, findings) for item in node.items)
        if not self.repeats:
            _refuse_repeats(node, findings)
        return INVALID if INVALID in values else values

    @override
    def schema(self) -> Schema:
        schema: Schema = {"type": "array", "items": self.item.schema(), "maxItems": self.most}
        return (
            schema | ({"minItems": self.least} if self.least else {}) | ({} if self.repeats else {"uniqueItems": True})
        )


def _refuse_repeats(node: tree.Sequence, findings: Findings) -> None:
    seen: set[str] = set()
    for item in node.items:
        if isinstance(item, Scalar) and item.text in seen:
            refuse(item, findings, f"{quote(item.text)} stands in the list twice.", "Keep one of them.")
        seen.add(tree.value_of(item))


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Kind):
    """A mapping from names that people choose to values of one kind."""

    expected: str
    remedy: str
    key: Kind
    value: Kind
    least: int = 0
    most: int

    @override
    def read(self, node: Node, findings: Findings) -> dict[str, Any] | Invalid:
        if not isinstance(node, tree.Mapping):
            return is_not(node, findings, self.expected, self.remedy)
        if not self.least <= len(node.entries) <= self.most:
            length = f"{len(node.entries):,} entries stand where {self.least} to {self.most:,} are possible."
            return refuse(node, findings, length, self.remedy)
        pairs = [
            (self.key.read(entry.key, findings), self.value.read(entry.value, findings))
            for entry in node.entries.values()
        ]
        return {key: value for key, value in pairs if key is not INVALID and value is not INVALID}

    @override
    def schema(self) -> Schema:
        schema: Schema = {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
            "maxProperties": self.most,
        }
        return schema | ({"minProperties": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class Key:
    """A key that nightjar knows. `default` is written as in the file; `doc` is the reference manual."""

    name: str
    kind: Kind
    doc: str
    _: KW_ONLY
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What stands under known keys: the valid values, and which keys hold something that was refused."""

    node: Node
    values: Mapping[str, Any]
    refused: frozenset[str] = frozenset()

    def at(self, key: str) -> Node:
        """The node of a key, for the place of a problem; the record's own where the key is not written."""
        if isinstance(self.node, tree.Mapping) and key in self.node.entries:
            return self.node.entries[key].value
        return self.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys(Kind):
    """A mapping with known keys. `hints` translates words of other tools, `homes` says where a known key belongs."""

    expected: str
    keys: tuple[Key, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)

    @override
    def read(self, node: Node, findings: Findings) -> Record | Invalid:
        if not isinstance(node, tree.Mapping):
            otherwise = "" if any(key.required for key in self.keys) else " Or write {}, where all defaults will do."
            return is_not(node, findings, self.expected, f"Write its keys below: {self._names()}.{otherwise}")
        known = {key.name: key for key in self.keys}
        values: dict[str, Any] = {}
        for name, entry in node.entries.items():
            if name in known:
                values[name] = known[name].kind.read(entry.value, findings)
            else:
                refuse(entry.key, findings, f"{quote(name)} is no key here.", self._meant(name))
        for key in self.keys:
            if key.required and key.name not in node.entries:
                findings.add(node.place, f"{quote(key.name)} is missing.", f"Add '{key.name}:' to {self.expected}.")
        refused = frozenset(name for name, value in values.items() if value is INVALID)
        return Record(node=node, values={name: values[name] for name in values if name not in refused}, refused=refused)

    def defaults(self) -> Record:
        """The record of a mapping in which nothing is written."""
        findings = Findings()
        written = {key.name: key.default for key in self.keys if key.default is not None}
        node = json_tree.tree(written, Place(path=""), findings)
        return Record(
            node=node, values={k.name: k.kind.read(_at(node, k), findings) for k in self.keys if k.name in written}
        )

    @override
    def schema(self) -> Schema:
        properties = {key.name: {"description": key.doc} | key.kind.schema() | _default(key) for key in self.keys}
        schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        required = [key.name for key in self.keys if key.required]
        return schema | ({"required": required} if required else {})

    def _names(self) -> str:
        return ", ".join(key.name for key in self.keys)

    def _meant(self, name: str) -> str:
        names = [key.name for key in self.keys]
        word = self.hints.get(name.lower(), name)
        if word in names:
            return f"Did you mean {quote(word)}?"
        close = nearest(name, names)
        if word in self.homes and (word == name or close is None):
            return f"{quote(word)} belongs to {self.homes[word]}."
        return f"Did you mean {quote(close)}?" if close else f"Known are: {self._names()}."


def _at(node: Node, key: Key) -> Node:
    return Record(node=node, values={}).at(key.name)


def _default(key: Key) -> Schema:
    return {} if key.default is None else {"default": key.default}
