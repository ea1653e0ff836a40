"""The steps as a graph: order, layers, what depends on what, and how that looks.

Order among steps that do not depend on each other is that of the file, so everything here is the same every time.
"""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.core.model import Pipeline, Step, When

_NODE, _PASS = "●", "│"


def order(pipeline: Pipeline) -> tuple[str, ...]:
    """Every step after the steps that it needs."""
    sorter, place = _sorter(pipeline), _places(pipeline)
    ready = [place[name] for name in sorter.get_ready()]
    heapq.heapify(ready)
    names, found = tuple(pipeline.steps), list[str]()
    while ready:
        name = names[heapq.heappop(ready)]
        found.append(name)
        sorter.done(name)
        for follower in sorter.get_ready():
            heapq.heappush(ready, place[follower])
    return tuple(found)


def layers(pipeline: Pipeline) -> tuple[tuple[str, ...], ...]:
    """The steps in groups: each needs only steps of the groups before its own."""
    sorter, place = _sorter(pipeline), _places(pipeline)
    found = list[tuple[str, ...]]()
    while sorter.is_active():
        found.append(tuple(sorted(sorter.get_ready(), key=place.__getitem__)))
        sorter.done(*found[-1])
    return tuple(found)


def ancestors(pipeline: Pipeline, step: str) -> frozenset[str]:
    """The steps that have to be finished before this one, near and far."""
    return _reach({name: each.needs for name, each in pipeline.steps.items()}, step)


def descendants(pipeline: Pipeline, step: str) -> frozenset[str]:
    """The steps that depend on this one, near and far."""
    return _reach(_followers(pipeline), step)


def find_cycle(needs: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """Steps of which each needs the next and the last one the first, or None where there is no such circle."""
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as err:
        circle: list[str] = err.args[1]
        backward = circle[:0:-1]
        first = min(range(len(backward)), key=lambda n: list(needs).index(backward[n]))
        return tuple(backward[first:] + backward[:first])
    return None


def text(pipeline: Pipeline, *, width: int = 60) -> str:
    """A drawing for a terminal: a line for each step, and lanes from a step down to those that need it.

    Where so many lanes run side by side that the width does not hold them, each step lists its needs instead.
    """
    lines = _draw(pipeline)
    if max(len(line) for line in lines) > width:
        lines = _list(pipeline)
    return "\n".join(lines) + "\n"


def mermaid(pipeline: Pipeline) -> str:
    """The graph in Mermaid's language, as GitHub draws it; dotted is the way to a step that runs in any case."""
    lines = ["flowchart TD"]
    for name in order(pipeline):
        step = pipeline.steps[name]
        lines.append(f'    s_{name}["{_label(step)}"]')
        arrow = "-.->" if step.when is When.ALL_DONE else "-->"
        lines.extend(f"    s_{need} {arrow} s_{name}" for need in step.needs)
    return "\n".join(lines) + "\n"


def _sorter(pipeline: Pipeline) -> graphlib.TopologicalSorter[str]:
    sorter = graphlib.TopologicalSorter({name: step.needs for name, step in pipeline.steps.items()})
    sorter.prepare()
    return sorter


def _places(pipeline: Pipeline) -> dict[str, int]:
    return {name: place for place, name in enumerate(pipeline.steps)}


def _followers(pipeline: Pipeline) -> dict[str, list[str]]:
    followers: dict[str, list[str]] = {name: [] for name in pipeline.steps}
    for name in order(pipeline):
        for need in pipeline.steps[name].needs:
            followers[need].append(name)
    return followers


def _reach(edges: Mapping[str, Sequence[str]], start: str) -> frozenset[str]:
    found, rest = set[str](), list(edges[start])
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest.extend(edges[name])
    return frozenset(found)


def _label(step: Step) -> str:
    notes = [f"{step.tasks} tasks"] if step.tasks > 1 else []
    notes += ["in any case"] if step.when is When.ALL_DONE else []
    return f"{step.name} ({', '.join(notes)})" if notes else step.name


def _list(pipeline: Pipeline) -> list[str]:
    steps = [pipeline.steps[name] for name in order(pipeline)]
    return [f"{_NODE} {_label(step)}{' ← ' if step.needs else ''}{', '.join(step.needs)}" for step in steps]


@dataclass(slots=True)
class _Lanes:
    """Columns of the drawing. Each open one leads down to the step that stands in `open`."""

    open: list[str | None] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def join(self, step: str) -> int:
        """Bring all lanes that lead to the step into the leftmost of them, or find room for it."""
        columns = [column for column, target in enumerate(self.open) if target == step]
        if not columns:
            free = self.open.index(None) if None in self.open else len(self.open)
            self.open[free : free + 1] = [None]
            return free
        if len(columns) > 1:
            self._rule(columns, last="╯", middle="┴")
        elif self.lines and self.lines[-1][2 * columns[0] :].startswith(_NODE):
            self.lines.append("".join(f"{_PASS} " if target else "  " for target in self.open).rstrip())
        for column in columns:
            self.open[column] = None
        return columns[0]

    def node(self, column: int, label: str) -> None:
        """A line with the step itself, and other lanes passing by."""
        cells = [f"{_NODE if n == column else _PASS if target else ' '} " for n, target in enumerate(self.open)]
        self.lines.append("".join(cells).rstrip() + " " + label)

    def fork(self, column: int, followers: Sequence[str]) -> None:
        """Open a lane to each step that needs this one."""
        columns = [column]
        for follower in followers[1:]:
            free = [n for n in range(column + 1, len(self.open)) if self.open[n] is None and n not in columns]
            columns.append(free[0] if free else len(self.open))
            self.open[columns[-1] : columns[-1] + 1] = [follower]
        if followers:
            self.open[column] = followers[0]
        if len(columns) > 1:
            self._rule(sorted(columns), last="╮", middle="┬")
        while self.open and self.open[-1] is None:
            self.open.pop()

    def _rule(self, columns: Sequence[int], *, last: str, middle: str) -> None:
        """A line that ties columns together; lanes between them that have no part in it pass behind it."""
        cells = []
        for column, target in enumerate(self.open):
            inside = columns[0] <= column < columns[-1]
            mark = _PASS if target else "─" if inside else " "
            if column in columns:
                mark = "├" if column == columns[0] else last if column == columns[-1] else middle
            cells.append(mark + ("─" if inside else " "))
        self.lines.append("".join(cells).rstrip())


def _draw(pipeline: Pipeline) -> list[str]:
    lanes, followers = _Lanes(), _followers(pipeline)
    for name in order(pipeline):
        column = lanes.join(name)
        lanes.node(column, _label(pipeline.steps[name]))
        lanes.fork(column, followers[name])
    return lanes.lines
