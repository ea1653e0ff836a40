"""Why things are as they are, in plain words: exit codes, signals, and what a step that does not run waits for."""

from __future__ import annotations

import signal
from datetime import datetime

from orchestrator.core.model import Pipeline
from orchestrator.core.states import ACTIVE, FINAL, RunState, RunView, StepState
from steps.kit.contract import Exit

_EXIT_CODES = {
    Exit.USAGE: "it was called wrongly",
    Exit.BAD_DATA: "bad data",
    Exit.AGAIN: "worth another attempt",
    Exit.CONFIGURATION: "something in its environment is missing or wrong",
    1: "a general error",
    2: "a usage error",
    126: "its program cannot be executed",
    127: "its program cannot be found",
    137: "killed by SIGKILL, often for want of memory",
    143: "killed by SIGTERM",
}


def exit_code(code: int) -> str:
    """What an exit code says."""
    return _EXIT_CODES.get(code, "a code of the step's own")


def signal_name(number: int) -> str:
    """A signal as people know it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def why(pipeline: Pipeline, view: RunView, name: str, *, now: datetime) -> str:  # noqa: PLR0911  (one a state)
    """One phrase on a step: what it waits for, why it failed or was skipped. Empty when its state says it all."""
    step = view.steps[name]
    match step.state:
        case StepState.PENDING | StepState.RETRYING if name in view.changed:
            return (
                "something else is deployed for it than the run began with: run it with --allow-mixed, or deploy back"
            )
        case StepState.PENDING | StepState.RETRYING if view.state is not RunState.DRIVEN:
            return "nobody drives the run: run it again"
        case StepState.PENDING:
            return _waits(pipeline, view, name)
        case StepState.RETRYING:
            return f"{last_failure(view, name)}; next attempt {_when(step.due, now)}"
        case StepState.FAILED:
            return f"{last_failure(view, name)}; {step.reason}"
        case StepState.SKIPPED:
            return f"because of {', '.join(step.because)}" if step.because else view.ended_because
        case StepState.STARTING | StepState.RUNNING if not step.held:
            return "to be adopted"
        case StepState.STOPPING:
            return f"is being cancelled: {step.stop}"
        case StepState.REUSED:
            return "the result of the generation before stands"
        case _:
            return ""


def last_failure(view: RunView, name: str) -> str:
    """Why the step's last attempt failed."""
    step = view.steps[name]
    if step.failure is not None:
        return step.failure.message
    return f"attempt {step.number} was lost"


def _waits(pipeline: Pipeline, view: RunView, name: str) -> str:
    if needs := [need for need in pipeline.steps[name].needs if view.steps[need].state not in FINAL]:
        return f"waits for {', '.join(needs)}"
    if len(view.in_state(*ACTIVE)) >= pipeline.parallelism:
        return f"waits for one of {pipeline.parallelism} places"
    return "about to start"


def _when(due: datetime | None, now: datetime) -> str:
    if due is None or due <= now:
        return "now"
    return f"in {(due - now).total_seconds():.0f} s"
