from __future__ import annotations

import dataclasses

import pytest

from orchestrator.core import again, events
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.events import Event, Outcome
from orchestrator.core.model import Image, Release
from orchestrator.core.states import RunView, fold
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN
from steps.kit.contract import AttemptId

# a - b - c, and d beside them.
PIPELINE = build.pipeline(step("a"), step("b", ["a"]), step("c", ["b"]), step("d"))
RELEASE = build.release(PIPELINE)


def ended(name: str) -> tuple[Event, ...]:
    of: AttemptId = attempt(name)
    return (
        events.Intended(at=BEGIN, attempt=of, digest="sha256:" + "0" * 64),
        events.Started(at=BEGIN, attempt=of, execution="p 1", log="here"),
        events.Succeeded(at=BEGIN, attempt=of, ended=BEGIN),
    )


def failed(name: str) -> tuple[Event, ...]:
    lost = events.Lost(at=BEGIN, attempt=attempt(name), message="gone")
    return (*ended(name)[:2], lost, events.Exhausted(at=BEGIN, step=name, reason="no attempt is left"))


def view_of(*happened: Event) -> RunView:
    return fold(build.log(PIPELINE, *happened))


FAILED = view_of(
    *ended("a"),
    *failed("b"),
    *failed("d"),
    events.Skipped(at=BEGIN, step="c", because=("b",)),
    events.Finished(at=BEGIN, outcome=Outcome.FAILED),
)
DONE = view_of(*(event for name in PIPELINE.steps for event in ended(name)))


def with_images(**digests: str) -> Release:
    """The release with other images for some steps."""
    images = {name: Image(ref="process:", digest=digest, command=("true",)) for name, digest in digests.items()}
    return dataclasses.replace(RELEASE, images={**RELEASE.images, **images})


def test_retry_takes_what_failed_and_what_was_skipped() -> None:
    """In the order of the pipeline; with a step named, that and what depends on it."""
    assert again.to_retry(FAILED, None) == ("b", "c", "d")
    assert again.to_retry(FAILED, "b") == ("b", "c")
    assert again.to_retry(FAILED, "c") == ("c",)


@pytest.mark.parametrize(("start", "says"), [("a", "nightjar rerun 2018-02-01 --from a"), ("bb", "did you mean b")])
def test_retry_of_what_cannot_be_retried(start: str, says: str) -> None:
    """A result stands for its generation; a name that is not known is answered with the nearest."""
    with pytest.raises(ConfigurationError, match=says):
        again.to_retry(FAILED, start)


def test_rerun_takes_over_what_the_step_does_not_lead_to() -> None:
    """Everything anew when no step is named."""
    assert again.to_reuse(DONE, RELEASE, None) == ()
    assert again.to_reuse(DONE, RELEASE, "b") == ("a", "d")
    assert again.to_reuse(DONE, RELEASE, "a") == ("d",)


def test_rerun_takes_over_results_only() -> None:
    """A step without one has to be done."""
    with pytest.raises(ConfigurationError, match="d has no result"):
        again.to_reuse(FAILED, RELEASE, "b")
    with pytest.raises(ConfigurationError, match="no step of toy: it has a, b, c, d"):
        again.to_reuse(DONE, RELEASE, "zebra")


def test_changed_are_the_steps_to_be_done_with_another_image() -> None:
    """What is done does not count, a step that the release does not have does."""
    assert again.changed(FAILED, RELEASE) == frozenset()
    assert again.changed(FAILED, with_images(a="sha256:" + "1" * 64, b="sha256:" + "1" * 64)) == {"b"}
    fewer = dataclasses.replace(RELEASE, images={name: RELEASE.images[name] for name in ("a", "b", "c")})
    assert again.changed(FAILED, fewer) == {"d"}


def test_shape_is_steps_and_needs() -> None:
    """Limits may change, edges may not."""
    other = build.pipeline(step("a", tasks=3), step("b", ["a"]), step("c", ["b"]), step("d"))
    assert again.same_shape(RELEASE, build.release(other))
    assert not again.same_shape(RELEASE, build.release(build.pipeline(*list(PIPELINE.steps.values())[:3])))
