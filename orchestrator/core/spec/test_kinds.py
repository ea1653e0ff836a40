from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from orchestrator.core.problems import Findings, Place
from orchestrator.core.spec import grammar, json_tree
from orchestrator.core.spec.kinds import INVALID, Choice, Decimal, Flag, Kind, Or, Text, Whole
from orchestrator.core.spec.resolved import ResolvedPipeline
from orchestrator.core.spec.schema import pipeline_schema
from orchestrator.core.spec.shapes import Key, Keys, ListOf, MapOf
from orchestrator.core.spec.tree import Broken, describe

LETTERS = Text(expected="letters", remedy="Write letters.", pattern="a|b+", most=3)
LINES = Text(expected="lines", remedy="Write lines.", least=0, most=4, lines=True)
SOME = Whole(expected="a number", least=1, most=9, without=(5,), because="it is odd")
PLAIN = Whole(expected="a number", least=1, most=9)
EVEN = Whole(expected="an even number", least=2, most=6, among=(2, 4, 6))
SHARE = Decimal(expected="a share", least=0, most=1)
WORDS = Choice(words=("one", "two"))
MAYBE = Or(word="null", kind=PLAIN)
ANY = Or(word="any", kind=PLAIN)
SET = ListOf(expected="a list", item=LETTERS, least=1, most=2)
LIST = ListOf(expected="a list", item=LETTERS, most=2, repeats=True)
MAP = MapOf(expected="a mapping", remedy="Write it.", key=LETTERS, value=PLAIN, least=1, most=2)
OPEN = MapOf(expected="a mapping", remedy="Write it.", key=LETTERS, value=PLAIN, most=2)
KEYS = Keys(expected="keys", keys=(Key("must", PLAIN, "It must.", required=True), Key("may", PLAIN, "It may.")))
LOOSE = Keys(expected="keys", keys=(Key("may", PLAIN, "It may.", default=3),))

AGREE: list[tuple[Kind, list[Any], list[Any]]] = [
    (LETTERS, ["a", "bb"], ["", "c", "ab", "abb", "bbbb", 1, True, None, ["a"], {}]),
    (LINES, ["", "a\nb\t"], ["abcde", 1, None, []]),
    (grammar.CRON, ["1 0 * * *"], ["1 0 * *", "", None, [], {}]),
    (SOME, [1, 4, 9], [0, 5, 10, -1, 1.5, "1", True, None, [1]]),
    (PLAIN, [1, 5, 9], [0, 10, "5"]),
    (EVEN, [2, 6], [1, 3, 8, "2", 2.5]),
    (SHARE, [0, 0.5, 1], [-0.1, 1.5, "0.5", None, True, []]),
    (Flag(), [True, False], ["true", 1, None, []]),
    (WORDS, ["one", "two"], ["three", "", None, 1, ["one"]]),
    (MAYBE, [None, 3], ["any", 0, []]),
    (ANY, ["any", 3], [None, 0, "null"]),
    (SET, [["a"], ["a", "b"]], [[], ["a", "a"], ["a", "b", "bb"], ["c"], "a", {}]),
    (LIST, [[], ["a", "a"]], [["a", "a", "a"], ["c"]]),
    (MAP, [{"a": 1}, {"a": 1, "b": 2}], [{}, {"a": 1, "b": 2, "bb": 3}, {"c": 1}, {"a": 0}, [], "a"]),
    (OPEN, [{}, {"a": 1}], [{"c": 1}, {"a": 1, "b": 2, "bb": 3}]),
    (KEYS, [{"must": 1}, {"must": 1, "may": 2}], [{}, {"may": 1}, {"must": 0}, {"must": 1, "other": 1}, [], None]),
    (LOOSE, [{}, {"may": 1}], [{"must": 1}, "may"]),
    (grammar.ENVIRONMENT, [{}, {"A_1": ""}], [{"1A": ""}, {"NIGHTJAR_RUN": ""}, {"CLOUD_RUN_JOB": ""}, {"A": 1}]),
    (ResolvedPipeline(), [], [{}, [], None, {"format": 1}]),
]
CASES = [
    *((kind, value, True) for kind, good, _ in AGREE for value in good),
    *((kind, value, False) for kind, _, bad in AGREE for value in bad),
]


def is_read(kind: Kind, value: Any) -> bool:
    """Whether the reader takes a value of JSON; if it does not, it says why."""
    findings = Findings()
    found = kind.read(json_tree.tree(value, Place(path=""), findings), findings)
    assert (found is not INVALID) or findings.problems
    return not findings.problems


@pytest.mark.parametrize(
    ("kind", "value", "good"), CASES, ids=[f"{type(kind).__name__} {json.dumps(value)}" for kind, value, _ in CASES]
)
def test_reader_and_schema_of_a_kind_agree(kind: Kind, value: Any, good: bool) -> None:  # noqa: FBT001
    """What an editor marks by the schema is what the reader refuses, and nothing else."""
    validator = jsonschema.Draft202012Validator(kind.schema())
    assert (is_read(kind, value), validator.is_valid(value)) == (good, good)


def test_the_number_of_entries_is_told() -> None:
    """With what is possible, as for lists."""
    findings = Findings()
    assert MAP.read(json_tree.tree({}, Place(path=""), findings), findings) is INVALID
    assert [str(each) for each in findings.problems] == ["0 entries stand where 1 to 2 are possible. Write it."]


def test_what_is_broken_is_told_once() -> None:
    """A node that a reader has reported is refused by every kind without another word."""
    broken, findings = Broken(place=Place(path="")), Findings()
    assert {kind.read(broken, findings) for kind, *_ in AGREE} == {INVALID}
    assert findings.problems == []


def test_a_node_is_named_in_a_message() -> None:
    """By its value where it has one, else by what it is."""
    values: list[Any] = ["a", None, [], {}]
    nodes = [json_tree.tree(value, Place(path=""), Findings()) for value in values]
    assert [describe(node) for node in nodes] == ["'a'", "An empty value", "A list", "A mapping"]


def test_a_schema_shows_defaults_and_descriptions() -> None:
    """An editor offers what holds when a key is left out, and says what the key is for."""
    properties = LOOSE.schema()["properties"]
    assert properties == {
        "may": {"description": "It may.", "type": "integer", "minimum": 1, "maximum": 9, "default": 3}
    }
    assert (LOOSE.schema().get("required"), KEYS.schema()["required"]) == (None, ["must"])


def test_the_schema_of_the_pipeline_file_is_a_document() -> None:
    """It names its dialect, is valid in it, and takes the least pipeline there is."""
    document = json.loads(pipeline_schema())
    jsonschema.Draft202012Validator.check_schema(document)
    assert (document["$schema"], document["title"]) == (
        "https://json-schema.org/draft/2020-12/schema",
        "nightjar pipeline",
    )
    least = {"name": "demo", "schedule": {"cron": "1 0 * * *", "time_zone": "UTC"}, "steps": {"it": {}}}
    assert jsonschema.Draft202012Validator(document).is_valid(least)
    assert not jsonschema.Draft202012Validator(document).is_valid({**least, "steps": {}})
