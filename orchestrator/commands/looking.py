"""The commands that only look: status, plan. They write nothing, and make no store where there is none."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Sequence

from orchestrator import app
from orchestrator.clock import SystemClock
from orchestrator.config import Config
from orchestrator.core import states
from orchestrator.core.states import RunState, RunView
from orchestrator.display import paint
from orchestrator.exits import ExitCode
from steps.kit.contract import RunId

_RECENT = 20
_DIED = "its orchestrator died or hangs"


def status(config: Config, *, run: RunId | None, as_json: bool) -> ExitCode:
    """Print one run, the runs of a day, or the latest runs."""
    from orchestrator.display import as_json as json_form  # noqa: PLC0415
    from orchestrator.display import table  # noqa: PLC0415

    now = SystemClock().now()
    views = _views(config, run)
    wanted = run is not None or config.day is not None
    if wanted and not views:
        print(f"There is no run {run or f'for {config.day}'} in {config.store}.", file=sys.stderr)
        return ExitCode.USAGE
    if as_json:
        print(json.dumps([json_form.run(view, now) for view in views], indent=2))
        return ExitCode.DONE
    width = paint.size(sys.stdout)[0] if sys.stdout.isatty() else paint.UNLIMITED
    colour = paint.wants_colour(sys.stdout, os.environ)
    whole, brief = (views, ()) if wanted else (views[:1], views[1:])
    for view in whole:
        print("\n".join(table.render(view, now, width=width, colour=colour)))
    if brief:
        print("\n".join(["", *(paint.cut(table.headline(view, now), width) for view in brief)]))
    if not views:
        print(f"There are no runs yet in {config.store}.")
    return ExitCode.DONE


def plan(config: Config) -> ExitCode:
    """Print what `run` would do now, by the very decision that it would take."""
    from orchestrator.commands.releases import day_of, release_of  # noqa: PLC0415
    from orchestrator.display import plans  # noqa: PLC0415
    from orchestrator.engine.trigger import foresee  # noqa: PLC0415

    now = SystemClock().now()
    release = release_of(config)
    day = day_of(config, release, now)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(app.store(config)) if app.store_exists(config) else None
        view = foresee(store, release, day, storage=config.storage, now=now)
    print("\n".join(plans.render(view, now)))
    return ExitCode.DONE


def _views(config: Config, run: RunId | None) -> Sequence[RunView]:
    """The runs to show, as they are: a driver whose heartbeat stopped drives nothing."""
    if not app.store_exists(config):
        return []
    with app.store(config) as store:
        runs = [run] if run is not None else store.runs(day=config.day, limit=_RECENT)
        logs = [log for each in runs if (log := store.read(each))]
        views = [states.fold(log) for log in logs]
        return [
            states.abandoned(view, _DIED) if view.state is RunState.DRIVEN and store.holder(view.run) is None else view
            for view in views
        ]
