from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core import graph
from orchestrator.core.model import Pipeline
from orchestrator.core.spec import resolve
from orchestrator.core.spec.strategies import pipelines

HEAD = "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\nsteps:\n"


def pipeline(**needs: str) -> Pipeline:
    """A pipeline from each step's needs, in the order of the arguments."""
    return resolve(
        HEAD + "".join(f"  {name}: {{needs: [{', '.join(words.split())}]}}\n" for name, words in needs.items())
    )


DIAMOND = pipeline(a="", b="a", c="a", d="b c")


def test_order_and_layers_follow_needs_and_then_the_file() -> None:
    """Steps that do not depend on each other stand as in the file."""
    shuffled = pipeline(d="b c", c="a", b="a", a="", z="")
    assert graph.order(shuffled) == ("a", "c", "b", "d", "z")
    assert graph.layers(shuffled) == (("a", "z"), ("c", "b"), ("d",))


def test_what_depends_on_what_is_followed_far() -> None:
    """Ancestors and descendants are those of those as well."""
    assert graph.ancestors(DIAMOND, "d") == {"a", "b", "c"}
    assert graph.descendants(DIAMOND, "a") == {"b", "c", "d"}
    assert (graph.ancestors(DIAMOND, "a"), graph.descendants(DIAMOND, "d")) == (frozenset(), frozenset())


@settings(deadline=None)
@given(pipelines())
def test_every_step_comes_after_what_it_needs(any_pipeline: Pipeline) -> None:
    """Order and layers hold each step once, after its needs; the two directions of reach agree."""
    order = graph.order(any_pipeline)
    assert sorted(order) == sorted(any_pipeline.steps)
    assert sorted(sum(graph.layers(any_pipeline), ())) == sorted(order)
    for name, step in any_pipeline.steps.items():
        assert all(order.index(need) < order.index(name) for need in step.needs)
        assert all(name in graph.descendants(any_pipeline, other) for other in graph.ancestors(any_pipeline, name))


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"a": ["b"], "b": []}, None),
        ({}, None),
        ({"a": ["a"]}, ("a",)),
        ({"x": [], "a": ["b"], "b": ["c"], "c": ["a", "x"]}, ("a", "b", "c")),
        ({"c": ["a"], "b": ["c"], "a": ["b"]}, ("c", "a", "b")),
    ],
)
def test_a_circle_is_found_from_its_first_member(needs: dict[str, list[str]], expected: tuple[str, ...] | None) -> None:
    """Each member needs the next; the first is the one that the mapping names first."""
    assert graph.find_cycle(needs) == expected


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 6).map(str), st.lists(st.integers(0, 6).map(str), max_size=3)))
def test_a_circle_is_one(needs: dict[str, list[str]]) -> None:
    """What is found really goes round."""
    complete = {str(number): needs.get(str(number), []) for number in range(7)}
    circle = graph.find_cycle(complete)
    if circle is not None:
        assert all(after in complete[name] for name, after in zip(circle, (*circle[1:], circle[0]), strict=True))


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (DIAMOND, ["● a", "├─╮", "● │ b", "│ ● c", "├─╯", "● d"]),
        (pipeline(a="", b="a", c="b"), ["● a", "│", "● b", "│", "● c"]),
        (pipeline(a="", b=""), ["● a", "● b"]),
        (
            pipeline(a="", b="a", c="a", d="a", e="b d", f="c e"),
            ["● a", "├─┬─╮", "● │ │ b", "│ ● │ c", "│ │ ● d", "├─│─╯", "● │ e", "├─╯", "● f"],
        ),
    ],
)
def test_a_drawing_shows_steps_and_lanes(drawn: Pipeline, expected: list[str]) -> None:
    """A line for each step, forks below it and joins above it."""
    assert graph.text(drawn).splitlines() == expected


def test_a_drawing_says_what_is_special_about_a_step() -> None:
    """Tasks and steps that run in any case are marked."""
    special = resolve(f"{HEAD}  a: {{tasks: 4}}\n  b: {{needs: [a], when: all_done}}\n")
    assert graph.text(special) == "● a (4 tasks)\n│\n● b (in any case)\n"


def test_a_graph_wider_than_the_terminal_is_a_list() -> None:
    """Fifty steps side by side are told by their needs, still within the width."""
    wide = pipeline(first="", **{f"s{number}": "first" for number in range(50)})
    lines = graph.text(wide).splitlines()
    assert (lines[0], lines[1], len(lines)) == ("● first", "● s0 ← first", 51)


@settings(deadline=None)
@given(pipelines(most_steps=9))
def test_a_drawing_holds_every_edge_and_no_other(any_pipeline: Pipeline) -> None:
    """Following the lanes down from each step leads to exactly the steps that need it."""
    lines = graph.text(any_pipeline, width=200).splitlines()
    drawn = {(name, below) for row, name in _nodes(lines) for below in _follow(lines, row, lines[row].index("●"))}
    assert drawn == {(need, name) for name, step in any_pipeline.steps.items() for need in step.needs}


def test_mermaid_names_every_step_and_edge() -> None:
    """The text is what Mermaid reads; a dotted arrow leads to a step that runs in any case."""
    special = resolve(f"{HEAD}  end: {{tasks: 4}}\n  b: {{needs: [end], when: all_done}}\n  c: {{needs: [end]}}\n")
    assert graph.mermaid(special).splitlines() == [
        "flowchart TD",
        '    s_end["end (4 tasks)"]',
        '    s_b["b (in any case)"]',
        "    s_end -.-> s_b",
        '    s_c["c"]',
        "    s_end --> s_c",
    ]


def _nodes(lines: list[str]) -> list[tuple[int, str]]:
    return [(row, line.partition("●")[2].replace("│", " ").split()[0]) for row, line in enumerate(lines) if "●" in line]


def _follow(lines: list[str], row: int, column: int) -> set[str]:
    """The steps that a lane leads to, read off the drawing as a person does."""
    below = lines[row + 1][column : column + 1] if row + 1 < len(lines) else ""
    if below == "●":
        return {dict(_nodes(lines))[row + 1]} if lines[row][column] != "●" else set()
    if below == "│":
        return _follow(lines, row + 1, column)
    if below in {"╯", "┴"}:
        return _follow(lines, row + 1, lines[row + 1].rindex("├", 0, column))
    if below != "├":
        return set()
    end = next((n for n in range(column + 1, len(lines[row + 1])) if lines[row + 1][n] in "╮╯"), column)
    forks = [n for n in range(column, end + 1) if lines[row + 1][n] in "├┬╮"]
    return set().union(*(_follow(lines, row + 1, fork) for fork in forks))
