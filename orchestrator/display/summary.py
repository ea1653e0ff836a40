"""The last words of a run: what failed and why, where its logs are, and what to do. Pure."""

from __future__ import annotations

from orchestrator.core.events import Outcome
from orchestrator.core.states import RunState, RunView, StepState
from orchestrator.core.story import seconds


def of_driven(view: RunView) -> str:
    """After a run that was driven to its end or to a stop; empty when there is nothing to add to the events."""
    if view.changed:
        return _changed(view)
    if view.state is not RunState.FINISHED:
        return f"{view.run} is stopped, nothing is lost: the same command continues it."
    return "" if view.outcome is Outcome.SUCCEEDED else of_undone(view)


def of_finished(view: RunView) -> str:
    """About a run that had ended before."""
    if view.outcome is not Outcome.SUCCEEDED:
        how = f"was cancelled by {view.cancelled_by}" if view.outcome is Outcome.CANCELLED else "failed"
        return f"{view.run} ended before and {how}.\n{of_undone(view)}"
    took = seconds((view.finished or view.since) - view.since)
    return f"{view.run} is done already, in {took}: there is nothing to do."


def of_undone(view: RunView) -> str:
    """What failed or was skipped, why, and what to do."""
    blocks = [_step(view, name) for name in view.in_state(StepState.FAILED)]
    if skipped := view.in_state(StepState.SKIPPED):
        blocks.append(f"Skipped: {', '.join(skipped)}.")
    cancelled = view.outcome is Outcome.CANCELLED
    when = "To do the rest after all" if cancelled else "When the cause is mended"
    blocks.append(f"{when}: nightjar retry {view.run}")
    return "\n".join(blocks)


def _changed(view: RunView) -> str:
    return (
        f"{view.run} is stopped, nothing is lost: something else is deployed now for {', '.join(view.changed)} "
        f"than it began with (release {view.release.revision[:12]}).\n"
        "The same command with --allow-mixed goes on with what is deployed; with that release deployed again it goes "
        "on as it began."
    )


def _step(view: RunView, name: str) -> str:
    step = view.steps[name]
    why = step.failure.message if step.failure else f"attempt {step.number} was lost"
    lines = [f"Step {name} failed: attempt {step.number} {why} ({step.reason})."]
    lines += [f"  | {line}" for line in (step.failure.last_lines if step.failure else ())]
    if step.log:
        lines.append(f"  its logs: {step.log}")
    return "\n".join(lines)


def of_somebody_else(view: RunView, driver: str, *, alive: bool) -> str:
    """About a run that another orchestrator holds."""
    if alive:
        return f"{view.run} is driven by {driver}, whose heartbeat advances: there is nothing to do."
    return f"Stopped while waiting to see whether {driver} still drives {view.run}: run it again."


def foreseen(view: RunView | None) -> str:
    """What `run` would do with a day, given its newest run."""
    match view:
        case None:
            return "to be run"
        case RunView(state=RunState.FINISHED, outcome=Outcome.SUCCEEDED):
            return f"done by {view.run}"
        case RunView(state=RunState.FINISHED):
            return f"{view.outcome}, stays so: nightjar retry {view.run}"
        case _:
            return f"to be continued: {view.run}"


def foreseen_as_json(view: RunView | None) -> dict[str, object]:
    """The same for programs."""
    newest: dict[str, object] = {"run": None, "state": None, "outcome": None}
    if view is not None:
        newest = {"run": str(view.run), "state": view.state, "outcome": view.outcome}
    to_run = view is None or view.state is not RunState.FINISHED
    return {**newest, "to_run": to_run, "text": foreseen(view)}
