"""What a single value may be: each kind reads a node and describes itself as JSON Schema, so the two cannot disagree.

`read` gives the value, or INVALID after it noted why; nothing here raises for what a person wrote. Lists and mappings
are in `shapes`. Kinds know no pipeline: `grammar` puts them together for pipeline.yaml, `resolved` and `release` for
what programs write.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from orchestrator.core.problems import Findings, did_you_mean, quote
from orchestrator.core.spec import tree
from orchestrator.core.spec.tree import Node, Scalar, Type
from orchestrator.core.units import UnitError

type Schema = dict[str, Any]

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")


class Invalid(enum.Enum):
    """What a kind returns instead of a value when it has noted a problem."""

    INVALID = enum.auto()


INVALID: Final = Invalid.INVALID


class Kind(ABC):
    """The promise of every kind."""

    @abstractmethod
    def read(self, node: Node, findings: Findings) -> Any:
        """Return the value, or INVALID once the problem is in the findings."""

    @abstractmethod
    def schema(self) -> Schema:
        """Describe the same, as far as a JSON Schema can say it."""


def refuse(node: Node, findings: Findings, message: str, remedy: str = "") -> Invalid:
    """Note a problem with a node; what is broken has been noted before."""
    if not isinstance(node, tree.Broken):
        findings.add(node.place, message, remedy, value=tree.value_of(node))
    return INVALID


def is_not(node: Node, findings: Findings, expected: str, remedy: str) -> Invalid:
    """Note that a node is of another kind than the one that its place asks for."""
    return refuse(node, findings, f"{tree.describe(node)} stands where {expected} is expected.", remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Kind):
    """Text that is kept as it is. What YAML would read as something else has to be quoted."""

    expected: str
    remedy: str
    pattern: str = ""
    least: int = 1
    most: int
    lines: bool = False

    @override
    def read(self, node: Node, findings: Findings) -> str | Invalid:
        if not isinstance(node, Scalar) or node.type is Type.NOTHING:
            return is_not(node, findings, self.expected, self.remedy)
        if node.type is not Type.TEXT:
            message = f"YAML reads {quote(node.text)} as {node.type}, where {self.expected} is expected."
            return refuse(node, findings, message, f'Quote it: "{node.text[:60]}".')
        if not self.least <= len(node.text) <= self.most:
            span = f"{self.least} to {self.most:,}" if self.least < self.most else f"{self.most:,}"
            length = f"{self.expected} has {span} characters, not {len(node.text):,}."
            return refuse(node, findings, length[0].upper() + length[1:], self.remedy)
        if self.pattern and re.fullmatch(self.pattern, node.text, re.ASCII) is None:
            return refuse(node, findings, f"{quote(node.text)} is not {self.expected}.", self._meant(node.text))
        return self._without_controls(node, findings)

    def _meant(self, text: str) -> str:
        """The same name in the spelling that is asked for (`Load Data` -> load_data), and the rule."""
        word = text.replace(" ", "_")
        spellings = (word, word.replace("-", "_"), word.lower().replace("-", "_"), word.lower().replace("_", "-"))
        meant = next((each for each in spellings if re.fullmatch(self.pattern, each, re.ASCII)), None)
        return f"{self.remedy} {quote(meant)} would do." if meant else self.remedy

    def _without_controls(self, node: Scalar, findings: Findings) -> str | Invalid:
        allowed = "\n\t" if self.lines else ""
        bad = next((c for c in node.text if c not in allowed and unicodedata.category(c) in {"Cc", "Cs"}), None)
        if bad is None:
            return node.text
        return refuse(node, findings, f"{quote(node.text)} holds the control character {bad!r}.", "Remove it.")

    @override
    def schema(self) -> Schema:
        schema: Schema = {"type": "string", "minLength": self.least, "maxLength": self.most}
        return schema | ({"pattern": f"^{_group(self.pattern)}$"} if self.pattern else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Kind):
    """A word that stands for a value (`10m`, `2Gi`, a cron expression): `parse` raises UnitError for any other."""

    expected: str
    remedy: str
    parse: Callable[[str], Any]
    pattern: str
    examples: tuple[str, ...]

    @override
    def read(self, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Scalar) or node.type is Type.NOTHING:
            return is_not(node, findings, self.expected, self.remedy)
        try:
            return self.parse(node.text)
        except UnitError as err:
            return refuse(node, findings, err.message, err.remedy)

    @override
    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_group(self.pattern)}$", "examples": list(self.examples)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Kind):
    """A whole number in a range, in plain decimal digits; of `among` where only some will do."""

    expected: str
    least: int
    most: int
    among: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    because: str = ""

    @override
    def read(self, node: Node, findings: Findings) -> int | Invalid:
        if not isinstance(node, Scalar) or node.type is not Type.NUMBER:
            return self._no_number(node, findings)
        if _INTEGER.fullmatch(node.text) is None:
            return refuse(node, findings, f"{quote(node.text)} is no whole number in plain digits.", self._remedy())
        value = int(node.text)
        if value in self.without:
            return refuse(node, findings, f"{value} cannot be {self.expected}: {self.because}.", "Leave it out.")
        if not (value in self.among if self.among else self.least <= value <= self.most):
            return refuse(node, findings, f"{value} cannot be {self.expected}.", self._remedy())
        return value

    def _no_number(self, node: Node, findings: Findings) -> Invalid:
        if isinstance(node, Scalar) and _INTEGER.fullmatch(node.text):
            return refuse(node, findings, f"{quote(node.text)} in quotes is text, no number.", "Remove the quotes.")
        return is_not(node, findings, self.expected, self._remedy())

    def _remedy(self) -> str:
        if self.among:
            return f"Write one of {', '.join(map(str, self.among))}."
        return f"Write a number from {self.least} to {self.most:,}."

    @override
    def schema(self) -> Schema:
        if self.among:
            return {"type": "integer", "enum": list(self.among)}
        schema: Schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return schema | ({"not": {"enum": list(self.without)}} if self.without else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimal(Kind):
    """A number that may have a fraction, in a range."""

    expected: str
    least: float
    most: float

    @override
    def read(self, node: Node, findings: Findings) -> float | Invalid:
        remedy = f"Write a number from {self.least:g} to {self.most:g}."
        if not isinstance(node, Scalar) or node.type is not Type.NUMBER or not _DECIMAL.fullmatch(node.text):
            return is_not(node, findings, self.expected, remedy)
        value = float(node.text)
        if not self.least <= value <= self.most:
            return refuse(node, findings, f"{node.text} cannot be {self.expected}.", remedy)
        return value

    @override
    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Kind):
    """True or false."""

    @override
    def read(self, node: Node, findings: Findings) -> bool | Invalid:
        if not isinstance(node, Scalar) or node.type is not Type.TRUTH or node.text not in {"true", "false"}:
            return is_not(node, findings, "true or false", "Write true or false, without quotes.")
        return node.text == "true"

    @override
    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Kind):
    """One of a few words."""

    words: tuple[str, ...]

    @override
    def read(self, node: Node, findings: Findings) -> str | Invalid:
        expected = " or ".join(self.words)
        if not isinstance(node, Scalar) or node.type is Type.NOTHING:
            return is_not(node, findings, expected, f"Write {expected}.")
        if node.text not in self.words:
            return refuse(node, findings, f"{quote(node.text)} is not {expected}.", did_you_mean(node.text, self.words))
        return node.text

    @override
    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Kind):
    """One word that stands for None (`any` in YAML, null in JSON), or another kind."""

    word: str
    kind: Kind

    @override
    def read(self, node: Node, findings: Findings) -> Any:
        if isinstance(node, Scalar) and node.text == self.word:
            return None
        return self.kind.read(node, findings)

    @override
    def schema(self) -> Schema:
        return {"anyOf": [{"type": "null"} if self.word == "null" else {"const": self.word}, self.kind.schema()]}


def _group(pattern: str) -> str:
    return f"(?:{pattern})" if "|" in pattern else pattern
