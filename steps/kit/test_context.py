from __future__ import annotations

import pytest

from steps.kit.builders import silent_log
from steps.kit.context import Context, read_context
from steps.kit.environment import Environment
from steps.kit.errors import Misconfigured

SOUND = {
    "NIGHTJAR_RUN": "quakes-2018-03-11-g2",
    "NIGHTJAR_STEP": "load",
    "NIGHTJAR_ATTEMPT": "quakes-2018-03-11-g2/load/3",
    "NIGHTJAR_LOGICAL_DATE": "2018-03-11",
    "NIGHTJAR_TIME_ZONE": "America/New_York",
    "NIGHTJAR_STORAGE": "file:///data",
    "SHARE": "0.5",
    "PASSWORD": "hunter2",
}


def settings(environment: Environment) -> tuple[float, str]:
    share = environment.read("SHARE", _share, remedy="give a share", default="0.1")
    return share, environment.secret("PASSWORD", _password, remedy="give a password")


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError("is not a number") from error


def _password(text: str) -> str:
    if len(text) < 3:
        raise ValueError("is too short")
    return text


def read(**changes: str | None) -> Context[tuple[float, str]]:
    values = {name: value for name, value in (SOUND | changes).items() if value is not None}
    return read_context(values, settings, log=silent_log())


def test_a_sound_environment_becomes_a_context() -> None:
    """Everything that a step may know about its attempt is there."""
    context = read(CLOUD_RUN_TASK_INDEX="2", CLOUD_RUN_TASK_COUNT="4")
    assert str(context.run) == "quakes-2018-03-11-g2"
    assert (context.step, context.attempt.number) == ("load", 3)
    assert (context.task_index, context.task_count) == (2, 4)
    assert (context.end - context.start).total_seconds() == 23 * 3600
    assert context.settings == (0.5, "hunter2")


def test_without_tasks_there_is_one() -> None:
    """Outside Cloud Run nobody sets the task variables."""
    context = read()
    assert (context.task_index, context.task_count) == (0, 1)


def test_the_public_record_has_no_secret() -> None:
    """A claim may keep what was read, so no secret can be in it."""
    public = read(SHARE=None).public
    assert public["SHARE"] == "0.1"
    assert "hunter2" not in str(public)


def check(problems: list[str], **changes: str | None) -> None:
    with pytest.raises(Misconfigured) as raised:
        read(**changes)
    lines = str(raised.value).splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(problem)
        assert ": " in line


def test_every_problem_is_told() -> None:
    """One reading tells all, the contract's and the step's own, in the order of reading."""
    check(
        [
            "NIGHTJAR_RUN='x' is not a run id",
            "NIGHTJAR_LOGICAL_DATE='20180311' is not a date written YYYY-MM-DD",
            "NIGHTJAR_TIME_ZONE is not set",
            "NIGHTJAR_STORAGE='/data' is not file:///PATH or gs://BUCKET/PREFIX",
            "CLOUD_RUN_TASK_COUNT='many' is not a whole number",
            "SHARE='half' is not a number",
            "PASSWORD (a secret, not shown) is too short",
        ],
        NIGHTJAR_RUN="x", NIGHTJAR_LOGICAL_DATE="20180311", NIGHTJAR_TIME_ZONE=None, NIGHTJAR_STORAGE="/data",
        CLOUD_RUN_TASK_COUNT="many", SHARE="half", PASSWORD="zz",  # noqa: S106 - a value that must not be shown.
    )  # fmt: skip


def test_an_attempt_of_another_run_is_refused() -> None:
    """Values that are sound by themselves must also fit together."""
    check(["NIGHTJAR_ATTEMPT=quakes-2018-03-11-g2/load/3 is of another run"], NIGHTJAR_STEP="extract")
    check(["NIGHTJAR_ATTEMPT=quakes-2018-03-11-g2/load/3 is of another run"], NIGHTJAR_LOGICAL_DATE="2018-03-12")


def test_a_task_beyond_the_count_is_refused() -> None:
    """Cloud Run counts tasks from 0."""
    check(
        ["CLOUD_RUN_TASK_INDEX=4 is not below CLOUD_RUN_TASK_COUNT=4"],
        CLOUD_RUN_TASK_INDEX="4",
        CLOUD_RUN_TASK_COUNT="4",
    )
