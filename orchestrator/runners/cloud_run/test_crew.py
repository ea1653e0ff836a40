from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from orchestrator.core.errors import Unavailable
from orchestrator.runners.cloud_run import crew as module
from orchestrator.runners.cloud_run.crew import Crew

LONG = 30.0


@dataclass(slots=True)
class Stop:
    """An interrupt that a test makes."""

    reason: str = ""
    pipe: tuple[int, int] = field(default_factory=os.pipe)

    def fileno(self) -> int:
        """See `ports.Interrupt`."""
        return self.pipe[0]

    def request(self) -> None:
        """Ask for a stop."""
        self.reason = "SIGTERM"
        os.write(self.pipe[1], b"!")


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    for each in made.pipe:
        os.close(each)


@pytest.fixture
def crew(stop: Stop) -> Iterator[Crew]:
    made = Crew(2, stop)
    yield made
    made.close()


def test_answers_and_errors_come_back(crew: Crew) -> None:
    """As if the call had been made here."""
    assert crew.ask(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        crew.ask(lambda: 1 // 0)


def test_end_of_a_call_wakes_who_waits(crew: Crew) -> None:
    """Long before the time is over."""
    go = threading.Event()
    future = crew.submit(go.wait)
    threading.Timer(0.01, go.set).start()
    while not future.done():
        crew.wait(LONG)
    assert future.result()


def test_stop_wakes_who_waits(crew: Crew, stop: Stop) -> None:
    """Also who waits for nothing but time."""
    threading.Timer(0.01, stop.request).start()
    crew.wait(LONG)
    assert stop.reason
    with pytest.raises(Unavailable, match="SIGTERM came"):
        crew.pause(LONG)


def test_answer_that_does_not_come_is_left_behind_at_a_stop(
    crew: Crew, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a last while, because most answers come."""
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.05)
    never = threading.Event()
    threading.Timer(0.01, stop.request).start()
    with pytest.raises(Unavailable, match="SIGTERM came while Cloud Run did not answer"):
        crew.ask(never.wait)
    never.set()


def test_answer_that_comes_at_a_stop_is_taken(crew: Crew, stop: Stop) -> None:
    """It is worth recording."""
    stop.request()
    assert crew.ask(lambda: "started") == "started"


def test_call_that_ends_after_the_close_disturbs_nobody(stop: Stop) -> None:
    """Its descriptor may be somebody else's by then."""
    crew = Crew(1, stop)
    go = threading.Event()
    future = crew.submit(go.wait)
    crew.close()
    go.set()
    assert future.result(LONG)
