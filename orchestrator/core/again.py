"""Which steps are done again: in the same run when they failed, in a new generation when they had succeeded.

A result that was published stands for its generation, so a step that succeeded is never repeated within a run.
"""

from __future__ import annotations

from orchestrator.core import graph
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import Pipeline, Release
from orchestrator.core.problems import hint
from orchestrator.core.states import DONE, RunView, StepState

_UNDONE = (StepState.FAILED, StepState.SKIPPED)


def to_retry(view: RunView, start: str | None) -> tuple[str, ...]:
    """The steps of a finished run that `retry` does again: all that failed or were skipped, or those from `start` on.

    Raises ConfigurationError when `start` is no step of the run or has a result.
    """
    undone = view.in_state(*_UNDONE)
    if start is None:
        return undone
    pipeline = view.release.pipeline
    _known(pipeline, start)
    if start not in undone:
        day = view.run.logical_date
        remedy = f"`nightjar rerun {day} --from {start}` does it again, as a new generation"
        raise ConfigurationError([f"{view.run}: {start} succeeded and its result stands; {remedy}"])
    wanted = graph.descendants(pipeline, start) | {start}
    return tuple(name for name in undone if name in wanted)


def to_reuse(view: RunView, release: Release, start: str | None) -> tuple[str, ...]:
    """The steps that a new generation of a finished run takes over: none, or all that `start` does not lead to.

    Raises ConfigurationError when `start` is no step of the release, or when a step to be taken over has no result.
    """
    if start is None:
        return ()
    pipeline = release.pipeline
    _known(pipeline, start)
    again = graph.descendants(pipeline, start) | {start}
    reused = tuple(name for name in pipeline.steps if name not in again)
    done = view.in_state(*DONE)
    if missing := [name for name in reused if name not in done]:
        raise ConfigurationError(
            [
                f"{view.run}: {name} has no result that a new generation could take over: "
                f"begin with it, or leave out --from"
                for name in missing
            ]
        )
    return reused


def changed(view: RunView, release: Release) -> frozenset[str]:
    """The steps yet to be done for which a release has another image than the run's own, or none."""
    return frozenset(
        name
        for name, step in view.steps.items()
        if step.state not in DONE
        and (name not in release.images or release.images[name].digest != view.release.images[name].digest)
    )


def same_shape(one: Release, other: Release) -> bool:
    """Whether two releases have the same steps with the same needs, so that a run can pass from one to the other."""
    first, second = ({name: step.needs for name, step in each.pipeline.steps.items()} for each in (one, other))
    return first == second


def _known(pipeline: Pipeline, step: str) -> None:
    if step not in pipeline.steps:
        problem = f"--from: {step!r} is no step of {pipeline.name}: {hint(step, pipeline.steps)}"
        raise ConfigurationError([problem])
