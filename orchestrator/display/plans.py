"""What `nightjar plan` prints: the decision as it stands, and the order of what follows. Pure."""

from __future__ import annotations

from datetime import datetime

from orchestrator.core import graph, plan
from orchestrator.core.plan import Action
from orchestrator.core.states import FINAL, RunState, RunView
from orchestrator.core.story import seconds
from orchestrator.display.table import state


def render(view: RunView, now: datetime) -> list[str]:
    """The lines for a run as it would be driven now."""
    pipeline = view.release.pipeline
    if view.state is RunState.FINISHED:
        return [f"{view.run} {state(view)}: there is nothing to do."]
    lines = [f"{view.run}, release {view.release.revision[:12]}", "now:"]
    lines += [f"  {_words(action, now)}" for action in plan.decide(pipeline, view, now)]
    left = [name for name in graph.order(pipeline) if view.steps[name].state not in FINAL]
    lines.append("to be done, in this order:")
    lines += [f"  {_step(view, name)}" for name in left]
    return lines


def _words(action: Action, now: datetime) -> str:  # noqa: PLR0911  (one for each kind of action)
    match action:
        case plan.Start():
            return f"start {action.attempt.step}, attempt {action.attempt.number}"
        case plan.Adopt():
            return f"adopt {action.attempt.step}, attempt {action.attempt.number}"
        case plan.Stop():
            return f"cancel {action.attempt.step}: {action.reason}"
        case plan.ScheduleRetry():
            return f"try {action.step} again in {seconds(action.due - now)}, as attempt {action.number}"
        case plan.GiveUp():
            return f"give up {action.step}: {action.reason}"
        case plan.Skip():
            return f"skip {action.step}" + (f", because of {', '.join(action.because)}" if action.because else "")
        case plan.Wait():
            return f"wait at most {seconds(action.until - now)}"
        case plan.Finish():
            return f"finish: {action.outcome}"
        case plan.Leave():
            return f"stop: something else is deployed for {', '.join(action.steps)} than the run began with"


def _step(view: RunView, name: str) -> str:
    step, image = view.release.pipeline.steps[name], view.release.images[name]
    needs = f" after {', '.join(step.needs)}" if step.needs else ""
    tasks = f", {step.tasks} tasks, {step.parallelism} at once" if step.tasks > 1 else ""
    return f"{name}{needs}: {image.ref} {image.digest[:19]}{tasks}, at most {seconds(step.timeout)} a task"
