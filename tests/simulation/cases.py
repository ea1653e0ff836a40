"""A case: everything that one simulated day consists of, as one value that can be printed, repeated and made shorter.

What is not in it (how long a call takes) follows from its seed. A case never refers to the state of another.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.core.model import Image, Pipeline, Release
from orchestrator.engine.trigger import Wish
from tests.simulation.faults import Fault


class What(enum.Enum):
    """What comes from outside."""

    TRIGGER = enum.auto()
    CANCEL = enum.auto()
    DEPLOY = enum.auto()
    STOP = enum.auto()
    JUMP = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """Something that comes from outside `at` this second. Triggers and cancels are processes, by their names.

    A process that dies or has to stop comes back up to `again` times, as Cloud Run's own retries bring it. `skew` is
    how far its machine's clock is ahead, in seconds. A stop and a jump are of the process `name`; a deploy brings
    release `release`.
    """

    at: float
    what: What
    name: str = ""
    wish: Wish = Wish.RUN
    start: str | None = None
    allow_mixed: bool = False
    again: int = 0
    skew: float = 0.0
    release: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How one attempt of a step goes, when it is not simply well. `takes` None is until somebody cancels it.

    `code` is what its first task exits with; `vanishes` leaves no status; `refused` never starts; `starts_after` is
    how long the platform takes to bring it up.
    """

    step: str
    number: int
    takes: float | None = 1.0
    code: int = 0
    vanishes: bool = False
    refused: bool = False
    starts_after: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One day. `changes` says for each release after the first which steps it brings another image for."""

    seed: int
    scenario: str
    pipeline: Pipeline
    changes: tuple[frozenset[str], ...] = ()
    acts: tuple[Act, ...] = ()
    stimuli: tuple[Stimulus, ...] = ()
    faults: tuple[Fault, ...] = ()
    visible_within: float = 0.0
    """How long the platform may not show an execution that exists."""

    def releases(self) -> tuple[Release, ...]:
        """Every release that is deployed in the course of the day, the first one first."""
        digests = dict.fromkeys(self.pipeline.steps, 0)
        made = [_release(self.pipeline, digests)]
        for number, changed in enumerate(self.changes, 1):
            digests = {name: number if name in changed else digest for name, digest in digests.items()}
            made.append(_release(self.pipeline, digests, revision=number))
        return tuple(made)

    def without(self) -> Iterator[Case]:
        """The case with one thing less, for each thing that it can go without."""
        for faults in _shorter(self.faults):
            yield dataclasses.replace(self, faults=faults)
        for stimuli in _shorter(self.stimuli):
            yield dataclasses.replace(self, stimuli=stimuli)
        for acts in _shorter(self.acts):
            yield dataclasses.replace(self, acts=acts)


def _shorter[T](things: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    return (things[:index] + things[index + 1 :] for index in reversed(range(len(things))))


def _release(pipeline: Pipeline, digests: Mapping[str, int], *, revision: int = 0) -> Release:
    images = {
        name: Image(ref=f"registry/{name}", digest=f"sha256:{digest:064}", command=())
        for name, digest in digests.items()
    }
    return Release(revision=f"{revision:040}", dirty=False, locks={}, pipeline=pipeline, images=images)
