from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from orchestrator.core.errors import NotStarted, Redeployed, Unavailable
from orchestrator.core.launch import Launch
from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.line import Line
from orchestrator.runners.cloud_run.settings import Settings
from orchestrator.runners.cloud_run.start import Starter
from orchestrator.testing import build
from orchestrator.testing.fakes import FakeInterrupt
from orchestrator.testing.platform import FakePlatform, Trouble

ATTEMPT = build.attempt("good")
LAUNCH = Launch(
    attempt=ATTEMPT,
    step=build.step("good"),
    image=build.release(build.pipeline(build.step("good"))).images["good"],
    environment={"NIGHTJAR_ATTEMPT": str(ATTEMPT), "NIGHTJAR_STEP": "good"},
)
BRISK = Settings(visible=0.0, quota=0.0)
AMBIGUOUS = ("DEADLINE_EXCEEDED", "UNKNOWN", "INTERNAL", "UNAVAILABLE", "ABORTED", "CANCELLED", "HTTP 502")
REFUSED = ("PERMISSION_DENIED", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNAUTHENTICATED", "NOT_FOUND")

type Make = Callable[..., Starter]


@pytest.fixture
def starter() -> Iterator[Make]:
    """Makes starters on a platform."""
    lines: list[Line] = []

    def make(platform: FakePlatform, settings: Settings = BRISK, interrupt: FakeInterrupt | None = None) -> Starter:
        lines.append(Line(lambda: platform, interrupt or FakeInterrupt()))
        return Starter(lines[-1], settings)

    yield make
    for line in lines:
        line.close()


def troubled(*codes: str, after: bool = False) -> FakePlatform:
    """A platform on which so many calls of RunJob fail."""
    return FakePlatform(troubles=[Trouble(method="run", code=code, after=after) for code in codes])


def test_attempt_is_run_with_its_environment(starter: Make) -> None:
    """Which is how it is found again."""
    platform = FakePlatform()
    execution = starter(platform).start(LAUNCH)
    assert (execution.name, execution.log) == ("toy-good-00000", "log/toy-good-00000")
    assert platform.environments == [LAUNCH.environment]
    assert execution == starter(platform).find(ATTEMPT)


def test_job_with_another_image_is_not_run(starter: Make) -> None:
    """A deployment in mid-run is for the engine to stop at; with the release's own image it is run."""
    job = Job(image="here/good@sha256:" + "1" * 64, max_retries=0, timeout=dt.timedelta(minutes=10), tasks_at_once=1)
    platform = FakePlatform(jobs={"toy-good": job})
    with pytest.raises(Redeployed, match=r"the job toy-good has the image here/good@sha256:1.*began with sha256:0"):
        starter(platform).start(LAUNCH)
    assert platform.executions == {}
    platform.jobs["toy-good"] = dataclasses.replace(job, image=f"here/good@{LAUNCH.image.digest}")
    assert starter(platform).start(LAUNCH).name == "toy-good-00000"


def test_attempt_that_runs_already_is_not_run_again(starter: Make) -> None:
    """Whoever started it."""
    platform = FakePlatform()
    assert starter(platform).start(LAUNCH) == starter(platform).start(LAUNCH)
    assert len(platform.executions) == 1


@pytest.mark.parametrize("code", AMBIGUOUS)
def test_answer_that_was_lost_is_looked_for(starter: Make, code: str) -> None:
    """The execution exists: it is adopted."""
    platform = troubled(code, after=True)
    assert starter(platform).start(LAUNCH).name == "toy-good-00000"
    assert len(platform.executions) == 1


@pytest.mark.parametrize("code", AMBIGUOUS)
def test_call_that_was_lost_is_made_again(starter: Make, code: str) -> None:
    """The execution does not exist."""
    platform = troubled(code, code)
    assert starter(platform).start(LAUNCH).name == "toy-good-00000"
    assert (len(platform.executions), platform.calls.count("run")) == (1, 3)


def test_execution_that_is_listed_late_is_waited_for(starter: Make) -> None:
    """For as long as that may take; it is not started again."""
    platform = troubled("UNAVAILABLE", after=True)
    platform.hidden = 2
    assert starter(platform, Settings(visible=30.0)).start(LAUNCH).name == "toy-good-00000"
    assert platform.calls.count("run") == 1


def test_answer_without_a_name_is_looked_for(starter: Make) -> None:
    """Like one that was lost."""
    platform = FakePlatform(nameless=True)
    assert starter(platform).start(LAUNCH).name == "toy-good-00000"
    assert platform.calls.count("run") == 1


def test_start_that_stays_unclear_is_left_to_the_next_driver(starter: Make) -> None:
    """It may run, so it has not failed."""
    platform = troubled(*["UNAVAILABLE"] * 9)
    with pytest.raises(Unavailable, match="does not say whether it started it: UNAVAILABLE"):
        starter(platform).start(LAUNCH)
    assert platform.calls.count("run") == 4


@pytest.mark.parametrize("code", REFUSED)
def test_refused_start_is_no_execution(starter: Make, code: str) -> None:
    """With a remedy; nothing is tried again."""
    platform = troubled(code, code)
    with pytest.raises(NotStarted, match=r"step good: .*(apply|grant)"):
        starter(platform).start(LAUNCH)
    assert platform.calls.count("run") == 1


@pytest.mark.parametrize("code", [*REFUSED, "RESOURCE_EXHAUSTED"])
def test_refusal_is_not_believed_against_the_facts(starter: Make, code: str) -> None:
    """What is there is adopted, whatever was said."""
    platform = troubled(code, after=True)
    assert starter(platform).start(LAUNCH).name == "toy-good-00000"
    assert len(platform.executions) == 1


def test_start_beyond_the_quota_is_made_later(starter: Make) -> None:
    """When the brake lets go."""
    platform = troubled("RESOURCE_EXHAUSTED")
    assert starter(platform, dataclasses.replace(BRISK, quota=60.0)).start(LAUNCH).name == "toy-good-00000"
    assert platform.calls.count("run") == 2


def test_quota_that_does_not_come_back_is_told(starter: Make) -> None:
    """As an attempt that did not start; the plan tries again in minutes."""
    with pytest.raises(NotStarted, match="beyond a quota"):
        starter(troubled("RESOURCE_EXHAUSTED")).start(LAUNCH)


def test_stop_ends_the_waiting(starter: Make) -> None:
    """The next driver goes on."""
    platform = troubled("RESOURCE_EXHAUSTED")
    settings = dataclasses.replace(BRISK, quota=600.0, launches_per_minute=1)
    with pytest.raises(Unavailable, match="SIGTERM"):
        starter(platform, settings, FakeInterrupt("SIGTERM")).start(LAUNCH)
    assert not platform.executions


def test_attempt_is_found_behind_many_others(starter: Make) -> None:
    """Page by page, and the first of two."""
    platform = FakePlatform(doubles=True)
    maker = starter(platform)
    first = maker.start(LAUNCH)
    for number in range(2, 6):
        attempt = build.attempt("good", number)
        maker.start(dataclasses.replace(LAUNCH, attempt=attempt, environment={"NIGHTJAR_ATTEMPT": str(attempt)}))
    assert first == maker.find(ATTEMPT)


def test_deleted_execution_is_found(starter: Make) -> None:
    """It was started, and is not started again; one that exists comes first."""
    platform = FakePlatform(doubles=True)
    maker = starter(platform)
    maker.start(LAUNCH)
    platform.delete("toy-good-00000")
    assert maker.start(LAUNCH).name == "toy-good-00001"
    platform.delete("toy-good-00001")
    assert maker.start(LAUNCH).name == "toy-good-00000"


def test_attempt_is_not_found_before_it_is_certain(starter: Make) -> None:
    """What an earlier driver started a moment ago may not be listed yet."""
    platform = FakePlatform()
    starter(platform).start(LAUNCH)
    platform.hidden = 2
    assert starter(platform, Settings(visible=30.0)).find(ATTEMPT) is not None
    platform.hidden = 2
    assert starter(platform).find(ATTEMPT) is None


def test_listing_that_fails_is_made_again_and_then_tells(starter: Make) -> None:
    """Certainty is needed: None would start the attempt again."""
    passing, lasting = (Trouble(method="history", code=code) for code in ("UNAVAILABLE", "PERMISSION_DENIED"))
    assert starter(FakePlatform(troubles=[passing])).find(ATTEMPT) is None
    with pytest.raises(Unavailable, match="listing executions of the job toy-good is not permitted"):
        starter(FakePlatform(troubles=[lasting])).find(ATTEMPT)


def test_job_that_does_not_exist_has_no_executions(starter: Make) -> None:
    """That it does not is told by who runs it."""
    assert starter(FakePlatform(troubles=[Trouble(method="history", code="NOT_FOUND")])).find(ATTEMPT) is None
