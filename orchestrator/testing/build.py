"""Builders of pipelines, releases and runs for tests: everything has a default, a test names what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from orchestrator.core.events import Claimed, Event, Opened, Recorded
from orchestrator.core.model import Backoff, Image, Pipeline, Release, Retry, Schedule, Step, When
from orchestrator.testing.fakes import BEGIN
from steps.kit.contract import AttemptId, RunId

DAY = date(2018, 2, 1)
RUN = RunId("toy", DAY, 1)


def step(
    name: str,
    needs: Sequence[str] = (),
    *,
    when: When = When.ALL_SUCCESS,
    tasks: int = 1,
    parallelism: int = 1,
    timeout: timedelta = timedelta(minutes=10),
    retry: Retry | None = None,
    env: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Step:
    """A step with small limits and three attempts."""
    return Step(
        name=name,
        description=f"Does {name}.",
        needs=tuple(needs),
        when=when,
        tasks=tasks,
        parallelism=parallelism,
        cpu=1,
        memory_mib=512,
        timeout=timeout,
        retry=retry or attempts(3),
        env=env or {},
        secrets=secrets or {},
        outputs=(),
        image=None,
    )


def attempts(
    count: int, *, initial: timedelta = timedelta(seconds=4), exit_codes: frozenset[int] | None = None
) -> Retry:
    """A retry policy of this many attempts."""
    backoff = Backoff(initial=initial, factor=2, maximum=timedelta(minutes=1))
    return Retry(attempts=count, backoff=backoff, exit_codes=exit_codes)


def pipeline(*steps: Step, parallelism: int = 4, deadline: timedelta = timedelta(hours=1)) -> Pipeline:
    """A pipeline of these steps."""
    return Pipeline(
        name="toy",
        description="A toy.",
        schedule=Schedule(cron="1 0 * * *", time_zone="America/New_York", offset_days=1),
        deadline=deadline,
        parallelism=parallelism,
        steps={each.name: each for each in steps},
    )


def release(of: Pipeline, *, commands: Mapping[str, Sequence[str]] | None = None) -> Release:
    """A release that runs every step as a process."""
    images = {name: _process((commands or {}).get(name, ("true",))) for name in of.steps}
    own = _process(["orchestrator"])
    return Release(revision="0" * 40, dirty=False, locks={}, pipeline=of, images=images, orchestrator=own)


def _process(command: Sequence[str]) -> Image:
    return Image(ref="process:", digest="sha256:" + "0" * 64, command=tuple(command))


def attempt(name: str, number: int = 1) -> AttemptId:
    """The id of an attempt of RUN."""
    return AttemptId(RUN, name, number)


def log(of: Pipeline, *events: Event, under: Release | None = None) -> tuple[Recorded, ...]:
    """The log of RUN: opened, claimed, and what else happened."""
    opened = Opened(at=BEGIN, run=RUN, release=under or release(of), storage="memory:")
    every = (opened, Claimed(at=BEGIN, driver="one"), *events)
    return tuple(Recorded(run=RUN, seq=seq, event=event) for seq, event in enumerate(every, 1))
