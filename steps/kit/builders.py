"""Contexts and published results for the tests of steps; in no image."""

from __future__ import annotations

import datetime as dt
import io
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from steps.kit import layout, manifest, outputs
from steps.kit.context import Context
from steps.kit.contract import AttemptId, RunId, day_bounds
from steps.kit.log import Log
from steps.kit.outputs import Outputs
from steps.kit.storage import Storage

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
RUN = RunId("quakes", dt.date(2018, 2, 1), 1)


def context[S](
    step: str, settings: S, *, run: RunId = RUN, attempt: int = 1, task: tuple[int, int] = (0, 1)
) -> Context[S]:
    """The context of one task; its log goes to memory."""
    start, end = day_bounds(run.logical_date, NEW_YORK)
    return Context(
        attempt=AttemptId(run, step, attempt), time_zone=NEW_YORK, start=start, end=end, task_index=task[0],
        task_count=task[1], storage_url="memory:///", settings=settings, public={"NIGHTJAR_TIME_ZONE": NEW_YORK.key},
        log=silent_log(),
    )  # fmt: skip


def silent_log() -> Log:
    """A log that nobody reads."""
    return Log(stream=io.StringIO(), labels={})


def publish(
    storage: Storage,
    step: str,
    tasks: Sequence[Mapping[str, bytes]],
    *,
    run: RunId = RUN,
    rows: Mapping[str, Any] | None = None,
) -> None:
    """Publish a step's result: the objects of each of its tasks."""
    for index, objects in enumerate(tasks):
        one = context(step, None, run=run, task=(index, len(tasks)))
        collected = Outputs(lambda _, data: storage.put_object(data))
        for name, data in objects.items():
            collected.put(name, data)
        collected.count(**(rows or {}))
        key = layout.manifest_key(run, step, task_index=index, task_count=len(tasks))
        storage.create(key, manifest.encode(outputs.summarize(one, collected, {})))
