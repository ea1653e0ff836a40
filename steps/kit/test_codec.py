from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.kit import codec

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_a_value_survives_and_takes_one_line(value: object) -> None:
    """Any value is read back, from one ASCII line."""
    data = codec.encode(value)
    assert codec.decode(data) == value
    assert data.count(b"\n") == 1
    assert data.isascii()


@given(st.lists(values, max_size=5))
def test_lines_are_read_back_in_their_order(items: list[object]) -> None:
    """JSON lines hold what was written, also text with line separators of Unicode."""
    assert codec.decode_lines(codec.encode_lines(items)) == items


def test_equal_values_have_equal_bytes() -> None:
    """The order in which keys were set does not show."""
    assert codec.encode({"b": 1, "a": 2}) == codec.encode({"a": 2, "b": 1}) == b'{"a":2,"b":1}\n'


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "[" * 100_000, "", '{"a":'])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    """Whatever is wrong with a text, the caller has one thing to catch."""
    with pytest.raises(ValueError, match=r".+"):
        codec.decode(text)


def test_a_bad_line_is_named() -> None:
    """Who reads a long file is told where it is wrong."""
    with pytest.raises(ValueError, match="line 2:"):
        codec.decode_lines(b"1\n{\n3\n")


def test_not_a_number_is_not_written() -> None:
    """NaN would be read by nobody else."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        codec.encode(float("nan"))
