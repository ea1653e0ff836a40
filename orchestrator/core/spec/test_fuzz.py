from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.core.model import Pipeline
from orchestrator.core.spec import SpecError, decode, from_json, resolve, to_json

PIPELINE = """\
# A comment.
name: demo
description: "A: text"
schedule: {cron: "1 0 * * *", time_zone: America/New_York}
deadline: 3h
defaults:
  memory: 512Mi
  retry:
    backoff: {initial: 5s, factor: 4, maximum: 10m}
steps:
  first:
    tasks: 4
    env:
      A: "1"
  second:
    description: |
      Two
      lines.
    needs: [first]
    when: all_done
    secrets: {B: name}
    outputs:
      - {name: page.html, freshness: 36h}
"""
LINES = PIPELINE.splitlines(keepends=True)
PIECES = [
    *LINES,
    *"\t\n\r :-[]{}&*!|>%@`'\"#,?~=<\\0xU\ufeff\x85\u2028",
    "<<: ",
    "- ",
    "? ",
    "!!x ",
    "&a ",
    "*a",
    "no",
    "1:30",
]
KEYS = st.sampled_from(["name", "steps", "format", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)
LIMITS = settings(deadline=timedelta(seconds=5))
"""No text of this size may take longer, on however busy a machine; it takes a hundredth."""


def outcome(read: Callable[[str], Pipeline], text: str) -> Pipeline | SpecError:
    """What a reader makes of a text; anything but these two is an error of the reader."""
    try:
        return read(text)
    except SpecError as err:
        return err


def check(text: str) -> None:
    """The text is a pipeline that survives JSON, or has problems to print, and reads the same twice."""
    found = outcome(resolve, text)
    if isinstance(found, SpecError):
        assert 1 <= len(found.problems) <= 100
        assert str(found).startswith("pipeline.yaml")
        assert str(found) == str(outcome(resolve, text))
    else:
        assert from_json(to_json(found)) == found
        assert resolve(text) == found


@LIMITS
@given(st.text(max_size=200))
@example("\ud800")
@example("a: \x7f")
def test_any_text_is_a_pipeline_or_has_problems(text: str) -> None:
    """No text makes the reader raise anything but SpecError."""
    check(text)


@LIMITS
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_mixture_of_lines_and_marks_is_a_pipeline_or_has_problems(text: str) -> None:
    """Text that is nearly YAML gets as far as the checks, and ends no other way."""
    check(text)


@LIMITS
@given(st.integers(0, len(PIPELINE)), st.integers(0, 30), st.sampled_from(PIECES))
def test_any_edit_of_the_pipeline_is_a_pipeline_or_has_problems(at: int, cut: int, piece: str) -> None:
    """One slip of the hand in a real file."""
    check(PIPELINE[:at] + piece + PIPELINE[at + cut :])


@LIMITS
@given(st.binary(max_size=100))
def test_any_bytes_are_text_or_have_a_problem(data: bytes) -> None:
    """No file makes `decode` raise anything but SpecError."""
    without_mark = data.removeprefix(b"\xef\xbb\xbf")
    if without_mark.decode(errors="replace").encode() == without_mark:
        assert decode(data).encode() == without_mark
    else:
        with pytest.raises(SpecError, match="is not UTF-8"):
            decode(data)


@LIMITS
@given(VALUES)
def test_any_json_value_is_a_pipeline_or_has_problems(value: object) -> None:
    """No JSON makes `from_json` raise anything but SpecError; NaN is none."""
    with pytest.raises(SpecError, match=r"^pipeline\.json"):
        from_json(json.dumps(value))
