from __future__ import annotations

import pytest

from orchestrator.core.errors import ConfigurationError
from orchestrator.core.problems import MOST_PROBLEMS, Enough, Findings, InputError, Place, did_you_mean, nearest, quote


def shown(text: str, place: Place, *, value: str = "") -> list[str]:
    """The lines of an error with one problem."""
    findings = Findings()
    findings.add(place, "It is wrong.", "Mend it.", value=value)
    return str(InputError(findings.in_order(), source="f.yaml", text=text)).splitlines()


def test_a_problem_is_printed_with_its_line() -> None:
    """Source, line, path and both sentences, then the line with a mark as wide as the value."""
    place = Place(path="a.b", line=2, column=6)
    expected = ["f.yaml:2: a.b: It is wrong. Mend it.", "    2 |   b: cd", "      |      ^^"]
    assert shown("a:\n  b: cd\n", place, value="cd") == expected


def test_a_line_that_cannot_be_shown_is_left_out() -> None:
    """No excerpt where there is no line, no column, nothing printable, or the value lies far to the right."""
    for place in (Place(path="a"), Place(path="a", line=9, column=1), Place(path="a", line=1)):
        assert len(shown("a: b\n", place)) == 1
    assert len(shown("a\x1b[31m", Place(path="", line=1, column=1))) == 1
    assert len(shown(" " * 300 + "a", Place(path="", line=1, column=301))) == 1


def test_tabs_do_not_shift_the_mark() -> None:
    """A tab counts as one column, as the reader counts it."""
    assert shown("\ta", Place(path="", line=1, column=2), value="a")[1:] == ["    1 |  a", "      |  ^"]


def test_long_lines_are_cut() -> None:
    """The terminal is not flooded by one line."""
    lines = shown("a" * 1000, Place(path="", line=1, column=1), value="a" * 1000)
    assert [len(line) for line in lines[1:]] == [108, 108]


def test_problems_stand_in_the_order_of_the_text_and_once() -> None:
    """Checks run in any order and may agree; a person reads from the top down."""
    findings = Findings()
    for line in (3, 1, 3):
        findings.add(Place(path="a", line=line), "It is wrong.")
    assert [problem.line for problem in findings.in_order()] == [1, 3]


def test_reading_ends_when_enough_was_found() -> None:
    """The limit ends the reading and the message says so."""
    findings = Findings()
    for line in range(1, MOST_PROBLEMS):
        findings.add(Place(path="", line=line), "It is wrong.")
    with pytest.raises(Enough):
        findings.add(Place(path="", line=MOST_PROBLEMS), "It is wrong.")
    error = InputError(findings.in_order(), source="f.yaml")
    assert (len(error.problems), str(error).splitlines()[-1]) == (100, "100 problems in f.yaml; reading stopped here.")


def test_an_input_error_is_one_that_a_person_has_to_mend() -> None:
    """Callers that react to wrong settings react to wrong files with the same branch."""
    assert issubclass(InputError, ConfigurationError)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("valdate", "validate"), ("LOAD", "load"), ("time-zone", "time_zone"), ("x", None), ("a" * 1000, None)],
)
def test_the_nearest_word_is_offered(word: str, meant: str | None) -> None:
    """Case and dashes do not count; what is far from everything is not guessed."""
    assert nearest(word, ["validate", "load", "time_zone"]) == meant


def test_where_no_word_is_near_the_known_ones_are_listed() -> None:
    """The list is cut where nobody would read it, and empty where nothing is known."""
    assert did_you_mean("x", ["b", "a"]) == "Known are: a, b."
    assert did_you_mean("x", (f"word_{number:02}" for number in range(30))).endswith("word_19, ….")
    assert did_you_mean("x", []) == ""


def test_values_are_shown_short_and_printable() -> None:
    """A value cannot break a line, colour a terminal or fill a screen."""
    assert quote("a\n\x1b") == "'a\\n\\x1b'"
    assert len(quote("a" * 1000)) == 82


@pytest.mark.parametrize(("key", "path"), [("b", "a.b"), ("b-c_1", "a.b-c_1"), ("b c", "a.'b c'"), ("", "a.''")])
def test_paths_quote_odd_keys(key: str, path: str) -> None:
    """A path can be read whatever the keys are."""
    assert Place(path="a").below(key) == path
