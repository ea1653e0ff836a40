from __future__ import annotations

import dataclasses

import pytest

from orchestrator.core import attention, events
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.core.states import RunView, abandoned, fold
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(step("first"), step("second", ["first"]))
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 65 (bad data)", code=65)
FAILED = (
    events.Intended(at=BEGIN, attempt=attempt("first"), digest=""),
    events.Started(at=BEGIN, attempt=attempt("first"), execution="", log=""),
    events.Failed(at=BEGIN, attempt=attempt("first"), ended=BEGIN, failure=FAILURE),
    events.Exhausted(at=BEGIN, step="first", reason="another attempt would not help"),
)
ENDED = (
    *FAILED,
    events.Skipped(at=BEGIN, step="second", because=("first",)),
    events.Finished(at=BEGIN, outcome=Outcome.FAILED),
)
CANCEL = events.CancelRequested(at=BEGIN, by="bob", why="")


def view(*happened: Event) -> RunView:
    return fold(build.log(PIPELINE, *happened))


def left(reason: str, *changed: str) -> Event:
    return events.Released(at=BEGIN, driver="one", reason=reason, changed=changed)


@pytest.mark.parametrize(
    ("run", "words", "commands"),
    [
        (
            view(*ENDED),
            "failed: first: exited with 65 (bad data)",
            [f"nightjar logs {RUN}", f"nightjar retry {RUN}"],
        ),
        (
            view(events.Finished(at=BEGIN, outcome=Outcome.FAILED)),
            "failed",
            [f"nightjar logs {RUN}", f"nightjar retry {RUN}"],
        ),
        (
            view(*FAILED),
            "runs, and will fail: first: exited with 65 (bad data)",
            [f"nightjar logs {RUN}"],
        ),
        (
            view(CANCEL, events.Finished(at=BEGIN, outcome=Outcome.CANCELLED)),
            "was cancelled by bob",
            [f"nightjar retry {RUN}"],
        ),
        (
            view(left("other images", "first")),
            "is left, because something else is deployed for first",
            ["nightjar run --date 2018-02-01 --allow-mixed"],
        ),
        (view(left("SIGTERM")), "is left unfinished: SIGTERM", ["nightjar run --date 2018-02-01"]),
        (abandoned(view(), "it died"), "is left unfinished: it died", ["nightjar run --date 2018-02-01"]),
        (
            abandoned(view(CANCEL), "it died"),
            "is to be cancelled for bob, and nobody drives it",
            [f"nightjar cancel {RUN}"],
        ),
        (fold(build.log(PIPELINE)[:1]), "is open, and nobody drives it", ["nightjar run --date 2018-02-01"]),
    ],
)
def test_what_needs_attention_and_what_helps(run: RunView, words: str, commands: list[str]) -> None:
    """Each with the very command."""
    concern = attention.of_run(run)
    assert concern is not None
    assert (concern.text, list(concern.commands)) == (words, commands)


def test_what_goes_as_it_should_needs_none() -> None:
    """Runs that run and runs that succeeded."""
    assert attention.concerns([view(), view(events.Finished(at=BEGIN, outcome=Outcome.SUCCEEDED))]) == ()


def test_a_later_generation_takes_the_concern_over() -> None:
    """Whatever the earlier one failed of is done again by it."""
    failed = view(*ENDED)
    again = dataclasses.replace(view(), run=dataclasses.replace(RUN, generation=2))
    assert attention.concerns([again, failed]) == ()


def test_commands_say_where_to_look() -> None:
    """As the command was told that shows them."""
    (concern,) = attention.concerns([view(left("SIGTERM"))], place="--state there")
    assert concern.commands == ("nightjar run --date 2018-02-01 --state there",)
