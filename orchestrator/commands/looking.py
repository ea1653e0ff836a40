"""The commands that only look at runs: status, plan. They write nothing, and make no store where there is none."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime

from orchestrator import app, streams
from orchestrator.clock import SystemClock
from orchestrator.commands import aging, finding
from orchestrator.config import Config
from orchestrator.core import attention
from orchestrator.core.attention import Concern
from orchestrator.display import as_json, overview, page, screen
from orchestrator.display.overview import Seen
from orchestrator.exits import ExitCode
from steps.kit.contract import RunId


def overview_of_runs(config: Config, *, place: str, limit: int) -> ExitCode:
    """Print the latest runs: what needs attention, what runs, and all of them."""
    now = SystemClock().now()
    with app.opened(config) as store:
        found = store.runs(day=None, limit=limit) if store is not None else ()
        seen = [each for run in found if store is not None and (each := finding.look(store, run)) is not None]
    views = [each.view for each in seen]
    concerns = (*attention.concerns(views, place=place), *aging.concerns(views, now, place=place))
    if config.as_json:
        _print_json([as_json.run(each.view, each.history, now, _of(each.view.run, concerns)) for each in seen])
    elif seen:
        shown = screen.of(sys.stdout, os.environ)
        streams.show(shown.text(overview.render(seen, concerns, now, shown)))
    else:
        print(f"There are no runs yet in {config.store}.")
    return ExitCode.DONE


def status(config: Config, target: RunId | date, *, place: str, with_events: bool) -> ExitCode:
    """Print all about one run, or about the newest of a day and a line for each earlier generation."""
    now = SystemClock().now()
    with app.opened(config) as store:
        seen = finding.runs(store, config, target, now=now)
    if config.as_json:
        _print_json([_as_json(each, now, place=place, with_events=with_events) for each in seen])
        return ExitCode.DONE
    shown = screen.of(sys.stdout, os.environ)
    first, *others = seen
    lines = page.render(first.view, first.history, now, shown, place=place)
    if with_events:
        lines += ["", *page.events(first.log, shown)]
    if others:
        lines += ["", *overview.runs_table(others, now, shown)]
    streams.show(shown.text(lines))
    return ExitCode.DONE


def plan(config: Config) -> ExitCode:
    """Print what `run` would do now, by the very decision that it would take."""
    from orchestrator.commands.releases import day_of, release_of  # noqa: PLC0415
    from orchestrator.display import plans  # noqa: PLC0415
    from orchestrator.engine.trigger import foresee  # noqa: PLC0415

    now = SystemClock().now()
    release = release_of(config)
    day = day_of(config, release, now)
    with app.opened(config) as store:
        view = foresee(store, release, day, storage=config.storage, now=now)
    if config.as_json:
        _print_json(plans.as_json(view, now))
    else:
        shown = screen.of(sys.stdout, os.environ)
        streams.show(shown.text(plans.render(view, now)))
    return ExitCode.DONE


def _as_json(seen: Seen, now: datetime, *, place: str, with_events: bool) -> dict[str, object]:
    concerns = attention.concerns([seen.view], place=place)
    run = as_json.run(seen.view, seen.history, now, concerns)
    return run | ({"events": as_json.events(seen.log)} if with_events else {})


def _of(run: RunId, concerns: Sequence[Concern]) -> list[Concern]:
    return [concern for concern in concerns if concern.run == run]


def _print_json(value: Sequence[object] | dict[str, object]) -> None:
    streams.show(f"{json.dumps(value, indent=2)}\n")
