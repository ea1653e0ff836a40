from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from orchestrator.core.errors import Unavailable
from orchestrator.testing.fakes import BEGIN
from tests.simulation.checker import Checker
from tests.simulation.faults import Call, Fault, Kind
from tests.simulation.line import Line
from tests.simulation.turns import Actor, Crash, Crew, Turns

SECOND = timedelta(seconds=1)


def test_actors_take_turns_by_the_time_at_which_they_are_due(crew: Crew) -> None:
    """One at a time, however long each pauses, and what happens by itself in between."""
    turns, seen = Turns(crew), list[str]()

    def acts(name: str, pause: int) -> Callable[[], None]:
        def act() -> None:
            for number in range(3):
                seen.append(f"{name}{number} at {(turns.now - BEGIN) // SECOND}")
                turns.pause(pause * SECOND)

        return act

    turns.later(SECOND * 0, Actor("a", acts("a", 2)))
    turns.later(SECOND * 1, Actor("b", acts("b", 4)))
    turns.later(SECOND * 3, lambda: seen.append("by itself"))
    turns.run()
    assert seen == ["a0 at 0", "b0 at 1", "a1 at 2", "by itself", "a2 at 4", "b1 at 5", "b2 at 9"]


def test_halt_unwinds_everybody(crew: Crew) -> None:
    """Nobody acts afterwards, and nothing happens by itself."""
    turns, seen = Turns(crew), list[str]()

    def act() -> None:
        try:
            turns.pause(SECOND)
            turns.halted = True
            turns.pause(SECOND)
        except Crash:
            seen.append("unwound")
            raise

    turns.later(SECOND, Actor("a", act))
    turns.later(SECOND * 1.5, Actor("b", act))
    turns.later(SECOND * 9, lambda: seen.append("too late"))
    turns.later(SECOND * 9, Actor("c", act))
    turns.run()
    assert seen == ["unwound", "unwound"]


def test_error_in_what_happens_by_itself_is_raised_to_whoever_runs(crew: Crew) -> None:
    """It came up in a thread that has nothing to do with it."""
    turns = Turns(crew)
    turns.later(SECOND, Actor("a", lambda: turns.pause(9 * SECOND)))
    turns.later(2 * SECOND, lambda: print(1 / 0))
    with pytest.raises(ZeroDivisionError):
        turns.run()


@pytest.mark.parametrize(
    ("kind", "times", "error"),
    [
        (Kind.CRASH_BEFORE, 0, Crash),
        (Kind.CRASH_AFTER, 1, Crash),
        (Kind.REFUSED, 0, Unavailable),
        (Kind.LOST, 1, Unavailable),
        (Kind.LATE, 1, None),
        (Kind.FROZEN, 1, None),
        (Kind.TWICE, 2, None),
    ],
)
def test_fault_does_what_it_says(crew: Crew, kind: Kind, times: int, error: type[BaseException] | None) -> None:
    """The second call meets it, the first does not; how often the effect happened and what the caller gets."""
    turns = Turns(crew)
    fault = Fault(who="one", call=Call.CREATE, nth=2, kind=kind, seconds=5.0)
    line = Line("one", turns, Checker(turns), faults=[fault], random=Random(1))  # noqa: S311
    done = list[None]()
    line.call(Call.CREATE, lambda: done.append(None))
    if error is None:
        line.call(Call.CREATE, lambda: done.append(None))
    else:
        with pytest.raises(error):
            line.call(Call.CREATE, lambda: done.append(None))
    assert len(done) == 1 + times
    assert (turns.now - BEGIN > 5 * SECOND) == (kind in {Kind.LATE, Kind.FROZEN})


def test_dead_process_reaches_nothing_any_more(crew: Crew) -> None:
    """Whatever its `finally` clauses try."""
    turns = Turns(crew)
    fault = Fault(who="one", call=Call.READ, nth=1, kind=Kind.CRASH_BEFORE)
    line = Line("one", turns, Checker(turns), faults=[fault], random=Random(1))  # noqa: S311
    done = list[None]()
    for call in (Call.READ, Call.RELEASE):
        with pytest.raises(Crash):
            line.call(call, lambda: done.append(None))
    assert done == []
