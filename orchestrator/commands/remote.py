"""`nightjar --env ENV COMMAND`: the command as an execution of the deployed orchestrator's job, for people elsewhere.

Runs are recorded where a laptop may not reach, so the command goes there. Its words are checked here before anything is
started; its lines are shown as they come in, and its exit code is this one's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from orchestrator import app, config, environments, files
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import ORCHESTRATOR
from orchestrator.exits import ExitCode
from orchestrator.interrupt import SignalInterrupt
from orchestrator.runners.cloud_run.entries import Said
from steps.kit.contract import job_name

_HERE = frozenset({"validate", "graph", "completion"})
_PLACES = frozenset({"--store", "--state", "--storage", "--release", "--root", "--environment", "--bubblewrap"})
_PLAIN = frozenset({"DEFAULT", "DEBUG", "INFO", "NOTICE"})


def execute(environment: str, words: Sequence[str], environ: Mapping[str, str]) -> ExitCode:
    """Run a command there and follow it to its end; its exit code, or AGAIN if somebody stops looking."""
    _check(words)
    settings = config.read({}, environ)
    found = environments.find(environment, config.user_path("", environ))
    job = job_name(files.pipeline_name(found.repository / "pipeline.yaml"), ORCHESTRATOR)
    interrupt = SignalInterrupt()
    with app.remote(settings, found, job, interrupt) as there:
        seen = there.start(words, by=settings.by)
        print(f"{environment}: {seen.name} runs `nightjar {' '.join(words)}`; its log: {seen.log}", file=sys.stderr)
        code = there.follow(seen, _say)
    if code is None:
        print(f"{environment}: {seen.name} goes on without being looked at", file=sys.stderr)
        return ExitCode.AGAIN
    return ExitCode(code) if code in set(ExitCode) else ExitCode.INTERNAL


def without_environment(words: Sequence[str]) -> list[str]:
    """The command line without --env, which stands before the command."""
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--env":
            next(rest, None)
        elif not word.startswith("--env="):
            return [word, *rest]
    return left


def _check(words: Sequence[str]) -> None:
    """Raise ConfigurationError for what means something on this machine only."""
    problems = [f"{word} is about files of this machine: leave --env out" for word in words[:1] if word in _HERE]
    problems += [
        f"{flag} is a setting of the deployed job: leave it out, or leave --env out"
        for word in words
        if (flag := word.partition("=")[0]) in _PLACES
    ]
    if problems:
        raise ConfigurationError(problems)


def _say(said: Said) -> None:
    """A line of it, where its command would have put it."""
    stream = sys.stdout if said.severity == "DEFAULT" else sys.stderr
    grave = "" if said.severity in _PLAIN else f"{said.severity}: "
    print(f"{grave}{said.text}", file=stream, flush=True)
