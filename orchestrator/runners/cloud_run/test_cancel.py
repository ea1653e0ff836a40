from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.ports import Execution
from orchestrator.runners.cloud_run import cancel as module
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.cancel import cancel
from orchestrator.runners.cloud_run.states import Phase
from orchestrator.testing import build
from orchestrator.testing.platform import FakePlatform, Trouble

ATTEMPT = build.attempt("good")


@pytest.fixture(autouse=True)
def briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once."""
    monkeypatch.setattr(module, "_BETWEEN_LOOKS", 0.0)


def started(platform: FakePlatform) -> Execution:
    """An execution of the attempt."""
    environment = {"NIGHTJAR_ATTEMPT": str(ATTEMPT)}
    seen = platform.run("toy-good", environment=environment, tasks=1, timeout=timedelta(minutes=1))
    assert seen is not None
    return Execution(attempt=ATTEMPT, name=seen.name, log=seen.log)


def phases(platform: FakePlatform) -> list[Phase]:
    """Where each execution stands."""
    return [each.phase for each in platform.executions.values()]


def test_everything_that_runs_of_an_attempt_is_cancelled() -> None:
    """Also its duplicate, and again without harm."""
    platform = FakePlatform(doubles=True)
    execution = started(platform)
    cancel(platform, execution)
    cancel(platform, execution)
    assert phases(platform) == [Phase.CANCELLED, Phase.CANCELLED]


def test_what_has_ended_or_is_gone_stays_as_it_is() -> None:
    """The platform refuses, and is right."""
    platform = FakePlatform()
    execution = started(platform)
    platform.end(execution.name)
    cancel(platform, execution)
    assert phases(platform) == [Phase.SUCCEEDED]
    platform.executions.clear()
    cancel(platform, execution)


def test_refusal_after_the_effect_is_seen_through() -> None:
    """It was cancelled."""
    platform = FakePlatform(troubles=[Trouble(method="cancel", code="PERMISSION_DENIED", after=True)])
    cancel(platform, started(platform))
    assert phases(platform) == [Phase.CANCELLED]


@pytest.mark.parametrize(("code", "kind"), [("PERMISSION_DENIED", Kind.REFUSED), ("NOT_FOUND", Kind.AMBIGUOUS)])
def test_refusal_of_what_runs_is_told(code: str, kind: Kind) -> None:
    """Nothing runs on in silence; that it does not exist is asked again."""
    platform = FakePlatform(troubles=[Trouble(method="cancel", code=code)])
    with pytest.raises(CallFailed) as caught:
        cancel(platform, started(platform))
    assert caught.value.kind is kind
