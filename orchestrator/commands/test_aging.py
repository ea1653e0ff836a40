from __future__ import annotations

import dataclasses
from datetime import timedelta

from orchestrator.commands import aging
from orchestrator.core import events
from orchestrator.core.events import Event
from orchestrator.core.model import Output
from orchestrator.core.states import RunView, fold
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN

PAGE = dataclasses.replace(step("report"), outputs=(Output(name="page", freshness=timedelta(hours=30)),))
PIPELINE = build.pipeline(PAGE)
MADE = (
    events.Intended(at=BEGIN, attempt=attempt("report"), digest=""),
    events.Started(at=BEGIN, attempt=attempt("report"), execution="", log=""),
    events.Succeeded(at=BEGIN, attempt=attempt("report"), ended=BEGIN),
)


def view(*happened: Event, generation: int = 1) -> RunView:
    run = dataclasses.replace(RUN, generation=generation)
    return dataclasses.replace(fold(build.log(PIPELINE, *happened)), run=run)


def test_an_output_that_is_too_old_is_told_of_the_newest_run() -> None:
    """Though an earlier one made it; within its time, or never made, it is none of anybody's concern."""
    runs = [view(generation=2), view(*MADE)]
    assert aging.concerns(runs, BEGIN + timedelta(hours=30)) == ()
    (concern,) = aging.concerns(runs, BEGIN + timedelta(hours=31), place="--state x")
    assert str(concern.run) == "toy-2018-02-01-g2"
    assert "page of report is older than 1d6h" in concern.text
    assert concern.commands == ("nightjar status toy-2018-02-01-g2 --state x",)
    assert aging.concerns([view()], BEGIN + timedelta(days=9)) == ()
