"""One run that is killed at random moments and continued until it ends, and what came of it.

The moments come from a seed: after which event, and how long after it. Sometimes only the driver dies, sometimes its
supervisors and their steps as well. A seed gives the same plan again, but the machine decides what it hits.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.attempts import abandon
from orchestrator.core import events
from proof.arguments import NotBegun
from proof.drivers import begin
from proof.grounds import Place
from proof.verdict import violations
from tests.crash.crash_site import Driver, Left
from tests.crash.driver import name

TRUE_LEASE = 15.0
SHORT_LEASE = 1.0
_MOST_KILLS = 3
_EVERYTHING = 0.3
"""How often everything dies with the driver."""
_LATEST = (0.02, 0.4)
"""Seconds after an event: right behind it as often as later, when steps work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """When to kill, and what: so many seconds after the event with this number was told."""

    seq: int
    after: float
    everything: bool


@dataclass(slots=True, kw_only=True)
class Report:
    """What a disturbed run was like, and what was wrong with it, if anything was.

    `kills` has the last event in the log at each kill, by its kind and whose
    it is; `adopted` how many seconds after its start each later driver drove.
    """

    lease: float
    kills: list[str] = field(default_factory=list)
    everything: int = 0
    adopted: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    equal: bool = False


def plan(dice: random.Random, length: int) -> list[Blow]:
    """One to three blows, in the order of the events of a run that has about so many."""
    seqs = sorted(dice.sample(range(1, length), dice.randint(1, _MOST_KILLS)))
    return [
        Blow(seq=seq, after=dice.uniform(0, dice.choice(_LATEST)), everything=dice.random() < _EVERYTHING)
        for seq in seqs
    ]


def undisturbed(place: Place) -> int:
    """Run the day with nobody killed; how many events it has. Raises NotBegun when it does not end well."""
    try:
        with contextlib.closing(start(place, TRUE_LEASE)) as driver:
            code = driver.code()
            said = driver.said()
    except AssertionError as err:
        raise NotBegun(f"{place.run} cannot be run at all: {err}") from err
    if code != 0:
        raise NotBegun(f"{place.run} ended with {code} although nobody was killed:\n{said}")
    return len(place.log())


def disturbed(place: Place, blows: Sequence[Blow], reference: Mapping[str, str], *, lease: float) -> Report:
    """Run the day, kill as planned, go on until it ends, and look at what is there."""
    report = Report(lease=lease)
    try:
        for blow in blows:
            if not _struck(place, blow, report):
                break
        _to_its_end(place, report)
    except AssertionError as err:
        report.problems.append(f"a driver did not do what was waited for: {err}")
    results = place.results()
    report.equal = results == reference
    report.problems += violations([each.event for each in place.log()], place.claims())
    if not report.equal:
        report.problems.append(f"results differ: {sorted(set(results.items()) ^ set(reference.items()))}")
    return report


def start(place: Place, lease: float) -> Driver:
    """A driver of the place's run; with the true lease the product's own command, else that of the crash tests."""
    if lease == TRUE_LEASE:
        return begin("orchestrator", ["run", *place.settings(), "--log-format", "json"])
    return begin("tests.crash.driver", [*place.settings(), "--lease", str(lease)])


def _struck(place: Place, blow: Blow, report: Report) -> bool:
    """Start a driver and kill it as planned; whether there was still one to kill."""
    with contextlib.closing(start(place, report.lease)) as driver:
        ended = _await(driver, blow, report)
        driver.kill()
        _note_adoption(driver, report)
    if not ended:
        _note_kill(place, blow, report)
    return not ended


def _to_its_end(place: Place, report: Report) -> None:
    """Start a driver that nobody kills."""
    with contextlib.closing(start(place, report.lease)) as driver:
        code = driver.code()
        _note_adoption(driver, report)
        if code != 0:
            report.problems.append(f"the last driver ended with {code}:\n{driver.said()}")


def _await(driver: Driver, blow: Blow, report: Report) -> bool:
    """Wait for the moment of a blow; whether the driver ended before."""
    try:
        while driver.next().get("seq", 0) < blow.seq:
            pass
    except Left:
        code = driver.process.wait()
        if code != 0:
            report.problems.append(f"a driver that nobody killed ended with {code}:\n{driver.said()}")
        return True
    time.sleep(blow.after)
    return driver.process.poll() is not None


def _note_kill(place: Place, blow: Blow, report: Report) -> None:
    """Write down what the kill hit, and kill the rest if that was planned."""
    log = place.log()
    report.kills.append(name(log[-1].event) if log else "nothing yet")
    if blow.everything:
        report.everything += 1
        abandon(place.state)


def _note_adoption(driver: Driver, report: Report) -> None:
    """The time from a later driver's start until it drove."""
    claimed = next((at for at, entry in driver.heard if entry.get("event") == events.Claimed.kind), None)
    if claimed is not None and report.kills:
        report.adopted.append(claimed - driver.began)
