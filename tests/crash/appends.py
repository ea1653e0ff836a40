"""A run whose driver dies right before or right after one append, and what the log tells of it in the end.

The pipeline has all that a log can have in one day: diamonds, steps side by side, one of three tasks, one that fails
once, one that fails for good and what is skipped for it, and one that runs whatever happened. The order in which steps
end is fixed by the steps themselves, so that a story can be told again word by word. `appends.txt` has the story of
each moment; `./bazelw run //tests/crash:record` writes it anew.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from orchestrator.core import events
from orchestrator.core.events import AttemptEvent, Event
from orchestrator.core.model import Pipeline, When
from orchestrator.testing import build
from tests.crash.crash_site import Site
from tests.crash.driver import name

GOLDEN = Path("tests/crash/appends.txt")
LEASE = 0.5
"""Seconds. Only one driver lives at a time here, so nobody minds if a busy machine lets it run out."""
FAILED = 1
"""The exit code of a driver that brought the run to its end: one step fails for good."""
_UNDISTURBED = "undisturbed"
_RETRY = build.attempts(3, initial=timedelta(milliseconds=400))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is left of a run: its events, which attempts and tasks worked, and how the driver before the last ended."""

    events: Sequence[Event]
    worked: Sequence[tuple[str, int]]
    first: int

    def names(self) -> list[str]:
        """The events in words, without times and processes."""
        return [name(event) for event in self.events]


def pipeline() -> Pipeline:
    """Twelve steps."""
    return build.pipeline(
        build.step("first"),
        build.step("left", ["first"]),
        build.step("right", ["first"], env={"AFTER": "left"}),
        build.step("join", ["left", "right"]),
        build.step("shards", ["join"], tasks=3, parallelism=3),
        build.step("flaky", ["join"], retry=_RETRY, env={"AFTER": "shards", "CODES": "1=75"}),
        build.step("doomed", ["join"], env={"AFTER": "flaky", "CODES": "1=65"}),
        build.step("unreached", ["doomed"]),
        build.step("upper", ["shards", "flaky"], env={"AFTER": "doomed"}),
        build.step("lower", ["shards", "flaky"], env={"AFTER": "upper"}),
        build.step("last", ["upper", "lower"]),
        build.step("audit", ["doomed", "last"], when=When.ALL_DONE),
    )


def undisturbed(site: Site) -> Told:
    """The run as it goes when nobody dies."""
    return _told(site, first=site.drive(lease=LEASE).code())


def killed(site: Site, moment: str) -> Told:
    """The run whose driver is killed at this moment, such as `after run.opened`, and which another one continues."""
    first = site.drive(lease=LEASE, at=f"SIGKILL {moment}").code()
    last = site.drive(lease=LEASE)
    code = last.code()
    assert code == FAILED, f"{moment}: the second driver ended with {code}: {last.said()}"
    return _told(site, first=first)


def story(told: Told, reference: Told) -> list[str]:
    """What a death adds to the log, and what it takes away: nothing, unless something is wrong."""
    differences = difflib.ndiff(reference.names(), told.names())
    return [line.rstrip() for line in differences if line.startswith(("+", "-"))]


def violations(told: Told, reference: Told) -> list[str]:
    """What must not be, whatever the story: work done twice, work done again, another end."""
    done: set[str] = set()
    found = []
    for event in told.events:
        match event:
            case events.Intended() if event.attempt.step in done:
                found.append(f"{event.attempt} was begun although the step had succeeded")
            case events.Succeeded():
                done.add(event.attempt.step)
            case _:
                pass
    if sorted(told.worked) != sorted(reference.worked):
        found.append(f"worked: {sorted(told.worked)}, undisturbed {sorted(reference.worked)}")
    intended = {str(event.attempt) for event in told.events if isinstance(event, AttemptEvent)}
    if intended != {attempt for attempt, _ in told.worked}:
        found.append(f"the log has attempts {sorted(intended)}, the ledger {sorted(told.worked)}")
    if _ends(told) != _ends(reference):
        found.append(f"ended as {_ends(told)}, undisturbed {_ends(reference)}")
    return found


def moments(stories: Mapping[str, Sequence[str]], sides: str) -> Iterator[str]:
    """Both sides of every append, or one of each: `even` has what `odd` leaves out."""
    for number, moment in enumerate(stories):
        append, side = divmod(number, 2)
        if sides == "both" or ("even", "odd")[(append + side) % 2] == sides:
            yield moment


def dumps(reference: Told, stories: Mapping[str, Sequence[str]]) -> str:
    """The golden file."""
    sections = {_UNDISTURBED: reference.names(), **stories}
    return "\n".join("".join(f"{line}\n" for line in [title, *_indented(lines)]) for title, lines in sections.items())


def loads(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """The undisturbed story, and what each moment makes of it."""
    sections = {}
    for section in text.split("\n\n"):
        title, *lines = section.strip("\n").split("\n")
        sections[title] = [line.removeprefix("  ") for line in lines]
    return sections.pop(_UNDISTURBED), sections


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _told(site: Site, *, first: int) -> Told:
    worked = [(line.attempt, line.task) for line in site.ledger()]
    return Told(events=site.events(), worked=worked, first=first)


def _ends(told: Told) -> list[str]:
    """How each step and the run ended, in no order."""
    final = (events.Succeeded, events.Exhausted, events.Skipped)
    outcomes = [str(event.outcome) for event in told.events if isinstance(event, events.Finished)]
    return sorted(name(event) for event in told.events if isinstance(event, final)) + outcomes
