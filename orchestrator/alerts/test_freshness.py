from __future__ import annotations

import dataclasses
from datetime import timedelta

from orchestrator.alerts.freshness import Stale, alert, freshness, successes, watched
from orchestrator.core import events
from orchestrator.core.model import AlertKind, Output
from orchestrator.core.states import fold
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt
from orchestrator.testing.fakes import BEGIN

LIMIT = timedelta(hours=36)
OUTPUTS = (Output(name="page.html", freshness=LIMIT), Output(name="raw.json", freshness=None))
PIPELINE = build.pipeline(dataclasses.replace(build.step("a"), outputs=OUTPUTS), build.step("b"))


def test_an_output_is_stale_when_its_age_passes_the_limit() -> None:
    """At the limit it is fresh still; one without a limit never grows old."""
    newest = {"a": BEGIN, "b": BEGIN}
    assert freshness(PIPELINE, newest, BEGIN + LIMIT) == ()
    stale = Stale(step="a", output="page.html", newest=BEGIN, limit=LIMIT)
    assert freshness(PIPELINE, newest, BEGIN + LIMIT + timedelta(seconds=1)) == (stale,)


def test_what_never_was_cannot_be_old() -> None:
    """A pipeline that begins has no output yet, and nobody is told."""
    assert freshness(PIPELINE, {}, BEGIN + 10 * LIMIT) == ()


def test_only_steps_with_a_limit_are_watched() -> None:
    """Nothing is looked up for the others."""
    assert watched(PIPELINE) == {"a"}


def test_successes_are_the_ends_of_what_succeeded() -> None:
    """The age counts from the end of the step, not from the end of its run."""
    ended = BEGIN + timedelta(seconds=3)
    log = build.log(
        PIPELINE,
        events.Intended(at=BEGIN, attempt=attempt("a"), digest="sha256:1"),
        events.Started(at=BEGIN, attempt=attempt("a"), execution="process 7", log="here"),
        events.Succeeded(at=ended, attempt=attempt("a"), ended=ended),
    )
    assert successes(fold(log)) == {"a": ended}


def test_the_alert_names_output_age_and_date() -> None:
    """Its key is that of the output and the run, however often it is derived."""
    told = alert(RUN, Stale(step="a", output="page.html", newest=BEGIN, limit=LIMIT))
    assert (told.kind, told.key) == (AlertKind.LATE, f"{RUN}/a/page.html/late")
    assert told.title == "toy 2018-02-01: page.html is older than 1d12h"
    assert told.text == "a made it for the last time at 2018-02-02 05:01 UTC"
