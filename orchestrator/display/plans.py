"""What `nightjar plan` prints: the decision as it stands, and the order of what follows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from orchestrator.core import graph, plan
from orchestrator.core.plan import Action
from orchestrator.core.states import FINAL, RunState, RunView
from orchestrator.core.story import seconds
from orchestrator.display.table import state

_KINDS: Mapping[type[Action], str] = {
    plan.Start: "start",
    plan.Adopt: "adopt",
    plan.Stop: "stop",
    plan.ScheduleRetry: "schedule_retry",
    plan.GiveUp: "give_up",
    plan.Skip: "skip",
    plan.Wait: "wait",
    plan.Finish: "finish",
    plan.Leave: "leave",
}


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


def as_json(view: RunView, now: datetime) -> dict[str, object]:
    """The same for programs: each action by its kind, its step and in words."""
    done = view.state is RunState.FINISHED
    actions = () if done else plan.decide(view.release.pipeline, view, now)
    return {
        "run": str(view.run),
        "state": view.state,
        "outcome": view.outcome,
        "revision": view.release.revision,
        "actions": [_action(action, now) for action in actions],
        "left": [name for name in graph.order(view.release.pipeline) if view.steps[name].state not in FINAL],
    }


def _action(action: Action, now: datetime) -> dict[str, object]:
    attempt = getattr(action, "attempt", None)
    return {
        "action": _KINDS[type(action)],
        "step": attempt.step if attempt is not None else getattr(action, "step", None),
        "attempt": attempt.number if attempt is not None else getattr(action, "number", None),
        "text": _words(action, now),
    }


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
