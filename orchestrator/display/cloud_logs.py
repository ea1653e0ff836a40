"""How to read what an attempt says that runs on Cloud Run: the command with the very filter. Pure.

The platform labels each entry of a log with its execution and its task.
"""

from __future__ import annotations

import shlex
from urllib.parse import parse_qs, urlsplit

from orchestrator.core.history import Attempt
from orchestrator.display.as_json import time

_FORMAT = "value(timestamp.date(tz=LOCAL),severity,jsonPayload.message,textPayload)"


def render(attempt: Attempt, *, task: int | None, lines: int | None, follow: bool) -> list[str]:
    """Where the log is to be seen, and what prints it."""
    address = [f"its log: {attempt.log}"] if "://" in attempt.log else []
    return [*address, shlex.join(command(attempt, task=task, lines=lines, follow=follow))]


def command(attempt: Attempt, *, task: int | None, lines: int | None, follow: bool) -> list[str]:
    """The words of the command."""
    project = _project(attempt.log)
    where = [f"--project={project}"] if project else []
    if follow:
        return ["gcloud", "beta", "logging", "tail", _filter(attempt, task), *where, f"--format={_FORMAT}"]
    # A filter that names a time keeps gcloud from leaving out what is older than a day.
    since = f'{_filter(attempt, task)} timestamp>="{time(attempt.intended)}"'
    amount = ["--order=asc"] if lines is None else ["--order=desc", f"--limit={lines}"]
    return ["gcloud", "logging", "read", since, *amount, *where, f"--format={_FORMAT}"]


def _filter(attempt: Attempt, task: int | None) -> str:
    name = attempt.execution.rpartition("/")[2]
    one = f' labels."run.googleapis.com/task_index"="{task}"' if task is not None else ""
    return f'resource.type="cloud_run_job" labels."run.googleapis.com/execution_name"="{name}"{one}'


def _project(log: str) -> str:
    """The project that an address or a resource name tells of."""
    if "://" in log:
        return parse_qs(urlsplit(log).query).get("project", [""])[0]
    first, _, rest = log.partition("/")
    return rest.partition("/")[0] if first == "projects" else ""
