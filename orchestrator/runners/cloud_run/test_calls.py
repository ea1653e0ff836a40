from __future__ import annotations

import pytest

from orchestrator.core.errors import Unavailable
from orchestrator.runners.cloud_run.calls import CallFailed, Kind, kind_of, persist
from orchestrator.runners.cloud_run.silence import Silence


class Script:
    """Answers in turn."""

    def __init__(self, *answers: Kind | str) -> None:
        self.answers = list(answers)

    def __call__(self) -> str:
        """The next one."""
        answer = self.answers.pop(0)
        if isinstance(answer, Kind):
            raise CallFailed(answer, answer.name, "")
        return answer


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED", "CANCELLED", "HTTP 502"])
def test_what_is_not_known_is_ambiguous(code: str) -> None:
    """Also statuses that nobody has thought of."""
    assert kind_of(code) is Kind.AMBIGUOUS


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("RESOURCE_EXHAUSTED", Kind.BUSY),
        ("NOT_FOUND", Kind.ABSENT),
        ("PERMISSION_DENIED", Kind.REFUSED),
        ("FAILED_PRECONDITION", Kind.REFUSED),
    ],
)
def test_what_is_certain(code: str, expected: Kind) -> None:
    """Nothing was done."""
    assert expected is kind_of(code)


def test_passing_failures_are_asked_again() -> None:
    """Until there is an answer."""
    script = Script(Kind.AMBIGUOUS, Kind.BUSY, "yes")
    assert persist(script) == "yes"
    assert script.answers == []


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.ABSENT])
def test_lasting_failures_are_not(kind: Kind) -> None:
    """They would be the same again."""
    script = Script(kind, "yes")
    with pytest.raises(CallFailed):
        persist(script)
    assert script.answers == ["yes"]


def test_persistence_ends() -> None:
    """With the failure as it was."""
    with pytest.raises(CallFailed) as caught:
        persist(Script(Kind.BUSY), seconds=0.0)
    assert caught.value.kind is Kind.BUSY


def test_silence_is_borne_for_a_while() -> None:
    """Longer when the platform fails than when it refuses; a success in between begins anew."""
    silence = Silence(outage=600, refused=60)
    fails, refuses = CallFailed(Kind.AMBIGUOUS, "UNAVAILABLE", "x"), CallFailed(Kind.REFUSED, "PERMISSION_DENIED", "y")
    silence.failed(fails, 0.0)
    silence.failed(fails, 600.0)
    silence.over()
    silence.failed(refuses, 1000.0)
    silence.failed(refuses, 1060.0)
    with pytest.raises(Unavailable, match=r"for 61 s: PERMISSION_DENIED: y\. They run on"):
        silence.failed(refuses, 1061.0)
