from __future__ import annotations

import pytest

from orchestrator.core.problems import Enough, Findings
from orchestrator.core.spec import yaml_tree
from orchestrator.core.spec.tree import Mapping, Scalar, Sequence, Type


def found(text: str) -> list[tuple[int | None, str]]:
    """Line and words of each problem that reading the text alone has."""
    findings = Findings()
    try:
        yaml_tree.parse(text, findings)
    except Enough:
        assert findings.problems
    return [(each.line, f"{each.message} {each.remedy}".strip()) for each in findings.in_order()]


def test_nodes_carry_their_places() -> None:
    """Each node knows its path, and its line and column from 1."""
    findings = Findings()
    node = yaml_tree.parse("a:\n  - x\n  - b c: 1\n", findings)
    assert isinstance(node, Mapping)
    items = node.entries["a"].value
    assert isinstance(items, Sequence)
    second = items.items[1]
    assert isinstance(second, Mapping)
    value = second.entries["b c"].value
    assert (value.place.path, value.place.line, value.place.column) == ("a[1].'b c'", 3, 10)
    assert findings.problems == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", Type.TEXT),
        ("'1'", Type.TEXT),
        ('"no"', Type.TEXT),
        ("|\n  1", Type.TEXT),
        ("1", Type.NUMBER),
        ("0x1f", Type.NUMBER),
        ("1_0", Type.NUMBER),
        ("1:30", Type.NUMBER),
        (".inf", Type.NUMBER),
        ("on", Type.TRUTH),
        ("No", Type.TRUTH),
        ("~", Type.NOTHING),
        ("", Type.NOTHING),
        ("2026-11-01", Type.DATE),
        ("=", Type.OTHER),
    ],
)
def test_a_scalar_knows_what_yaml_takes_it_for(text: str, kind: Type) -> None:
    """The text stays as it was written, beside the type that other readers give it."""
    node = yaml_tree.parse(f"a: {text}\n", Findings())
    assert isinstance(node, Mapping)
    value = node.entries["a"].value
    assert isinstance(value, Scalar)
    assert value.type == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "The file is empty. Start with 'name:', 'schedule:' and 'steps:'.")]),
        ("\ufeff\n \n", [(1, "The file is empty. Start with 'name:', 'schedule:' and 'steps:'.")]),
        ("# a\n\n# b\n", [(1, "The file holds comments only. Start with 'name:'.")]),
        ("a: 1\n---\nb: 2\n", [(2, "A second document starts here. Keep one pipeline a file.")]),
        ("a: 1\nb: 2\na: 3\n", [(3, "'a' stands here twice, first on line 1. Keep one of them.")]),
        (
            "a: &x {b: 1}\nc: *x\n",
            [
                (1, "The anchor '&x' is not read. Remove it."),
                (2, "An alias is not read. Write the value out, or use 'defaults'."),
            ],
        ),
        ("*x : 1\n", [(1, "An alias is not read. Write the value out, or use 'defaults'.")]),
        ("a:\n  <<: {b: 1}\n", [(2, "The merge key '<<' is not read. Write the values out, or use defaults.")]),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            [
                (
                    1,
                    (
                        "The tag 'tag:yaml.org,2002:python/object/apply:os.system' is not read. "
                        "Write the value without a tag."
                    ),
                )
            ],
        ),
        (
            "a:\n\tb: 1\n\tc: 2\n",
            [(2, "A tab indents this line. Indent with spaces."), (3, "A tab indents this line. Indent with spaces.")],
        ),
        (
            "a: b: c\n",
            [
                (
                    1,
                    (
                        "This is no YAML: mapping values are not allowed here. "
                        "Quote a text that holds ': ', and check the indentation."
                    ),
                )
            ],
        ),
        (
            'a: "b\nc: 1\n',
            [
                (
                    3,
                    (
                        "This is no YAML: found unexpected end of stream, while scanning a quoted scalar from line 1. "
                        "Close the quote."
                    ),
                )
            ],
        ),
        (
            "a: @b\n",
            [
                (
                    1,
                    (
                        "This is no YAML: found character '@' that cannot start any token, "
                        "while scanning for the next token. Quote the text."
                    ),
                )
            ],
        ),
        (
            "cron: * 0 * * *\n",
            [
                (
                    1,
                    (
                        "This is no YAML: expected alphabetic or numeric character, but found ' ', "
                        "while scanning an alias. "
                        "Quote a text that starts with '*' or '&'."
                    ),
                )
            ],
        ),
        (
            "a\x00b",
            [
                (
                    1,
                    (
                        "The character '\\x00' is none that a text holds. "
                        "Save the file as text in UTF-8, without control characters."
                    ),
                )
            ],
        ),
        (
            "a: b\nc\ud800: d",
            [
                (
                    2,
                    (
                        "The character '\\ud800' is none that a text holds. "
                        "Save the file as text in UTF-8, without control characters."
                    ),
                )
            ],
        ),
        ("a:\n  " + "[" * 40, [(2, "This is nested more than 16 levels deep. Is a bracket open?")]),
        ('a: "\\UFFFFFFFF"', [(1, "An escape near here stands for no character. Write it plainly.")]),
        (f"%YAML {'9' * 5000}.1\n---\na: b\n", [(1, "An escape near here stands for no character. Write it plainly.")]),
    ],
)
def test_a_text_that_is_no_plain_yaml_says_why(text: str, expected: list[tuple[int, str]]) -> None:
    """Line and remedy for each thing that YAML has and a pipeline must not."""
    assert found(text) == expected


def test_a_file_of_nonsense_is_refused_at_once() -> None:
    """A file beyond the size of any pipeline is not parsed."""
    says = "The file has 1,048,576 characters; a pipeline ends at 524,288. Is this the right file?"
    assert found("nonsense" * (1 << 17)) == [(1, says)]


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", "a: ", '"', "\\", "&a [", "k: 1\n", "- &a [*a]\n", "\t\n", "!!x "]
)
def test_a_large_hostile_file_ends_with_problems(unit: str) -> None:
    """No repetition makes the reader crash, recurse or multiply."""
    text = unit * (60_000 // len(unit))
    assert 1 <= len(found(f"a: 1\n{text}x")) <= 100
