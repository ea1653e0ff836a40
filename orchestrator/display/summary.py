"""The last words of a run: what failed and why, where its logs are, and what to do. Pure."""

from __future__ import annotations

from orchestrator.core.events import Outcome
from orchestrator.core.states import RunState, RunView, StepState
from orchestrator.core.story import seconds


def of_driven(view: RunView) -> str:
    """After a run that was driven to its end or to a stop; empty when there is nothing to add to the events."""
    if view.state is not RunState.FINISHED:
        return f"{view.run} is stopped, nothing is lost: the same command continues it."
    return of_failed(view) if view.outcome is Outcome.FAILED else ""


def of_finished(view: RunView) -> str:
    """About a run that had ended before."""
    if view.outcome is Outcome.FAILED:
        return f"{view.run} ended before and failed.\n{of_failed(view)}"
    took = seconds((view.finished or view.since) - view.since)
    return f"{view.run} is done already, in {took}: there is nothing to do."


def of_failed(view: RunView) -> str:
    """What failed, why, and what to do."""
    blocks = [_step(view, name) for name in view.in_state(StepState.FAILED)]
    if skipped := view.in_state(StepState.SKIPPED):
        blocks.append(f"Skipped: {', '.join(skipped)}.")
    blocks.append(
        "When the cause is mended, the same command with --retry does again what failed and what was skipped."
    )
    return "\n".join(blocks)


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
