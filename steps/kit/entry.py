"""The wrapper around every step: a step's `__main__.py` ends in `sys.exit(entry.main(run))`.

It reads the environment, claims the attempt, calls the step's `run(context, inputs, outputs)`, publishes the manifest
last and turns whatever happened into an exit code. `run` itself knows nothing of claims, manifests or exit codes. With
`--date` it runs the step for a person instead, see `alone`.
"""

from __future__ import annotations

import argparse
import logging
import os
import pathlib
import platform
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NoReturn, overload

from steps.kit import alone, contract, manifest, outputs
from steps.kit.claim import claim
from steps.kit.context import Context, iso_date, read_context
from steps.kit.contract import Exit
from steps.kit.environment import Environment
from steps.kit.errors import StepError
from steps.kit.log import LibraryHandler, Log
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs
from steps.kit.storage import Storage

DEFECT = 1
"""Exit code of a step that ended with an exception that nobody foresaw."""


class Stopped(BaseException):
    """A signal asks to stop; no `except Exception` on the way out may take it for a failure of its own."""


@overload
def main(run: Callable[[Context[None], Inputs, Outputs], None]) -> int: ...


@overload
def main[S](run: Callable[[Context[S], Inputs, Outputs], None], *, settings: Callable[[Environment], S]) -> int: ...


def main(
    run: Callable[[Context[Any], Inputs, Outputs], None],
    *,
    settings: Callable[[Environment], Any] = lambda _: None,
) -> int:
    """Run a step as the process that this is, and return its exit code. `settings` reads the step's own settings."""
    options = _parser(_step_name(sys.argv[0])).parse_args(sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    environ = {**os.environ} if options.date is None else {contract.STEP: options.step, **os.environ}
    plain = options.date is not None and sys.stderr.isatty()
    log = Log(stream=sys.stderr, labels=_labels(environ), trace=_trace(environ), plain=plain)
    logging.basicConfig(handlers=[LibraryHandler(log)], level=logging.WARNING)
    try:
        if options.date is not None:
            return alone.run_alone(run, settings, request=_request(options), environ=environ, log=log)
        return attempt(run, read_context(environ, settings, log=log))
    except StepError as error:
        log.failure(str(error), reason=type(error).__name__, exit_code=int(error.exit))
        return error.exit
    except Stopped:
        log.warning("stopped by a signal before the end", exit_code=int(Exit.AGAIN))
        return Exit.AGAIN
    except Exception as error:
        if options.date is not None:
            raise
        log.failure(f"{type(error).__name__}: {error}", stack_trace=traceback.format_exc(), exit_code=DEFECT)
        return DEFECT


def attempt[S](run: Callable[[Context[S], Inputs, Outputs], None], context: Context[S]) -> int:
    """Do one task of one attempt, once. Raises what `run` raises."""
    log, storage = context.log, Storage.open(context.storage_url)
    if not claim(context, storage):
        log.warning("another execution has claimed this attempt, leaving it the work", attempt=str(context.attempt))
        return Exit.DONE
    # Only who holds the claim looks: what was published before it is seen, however late this execution came up.
    if storage.read(outputs.own_manifest_key(context)) is not None:
        log.info("already published, nothing to do", manifest=outputs.own_manifest_key(context))
        return Exit.DONE
    log.info("started", logical_date=context.logical_date, start=context.start, end=context.end)
    inputs = Inputs(storage, context.run)
    collected = Outputs(lambda _, data: storage.put_object(data))
    run(context, inputs, collected)
    result = outputs.summarize(context, collected, inputs.digests)
    if outputs.publish(context, storage, result):
        log.info("published", rows=dict(result.rows), bytes=sum(entry.bytes for entry in result.objects.values()))
    else:
        same = storage.read(outputs.own_manifest_key(context)) == manifest.encode(result)
        log.warning("another attempt has published first, its result stands", same_result=same)
    return Exit.DONE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def _parser(step: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=step,
        description="A step of a nightjar pipeline. Without options it runs as the orchestrator starts it: by the "
        "environment. With --date it runs for a person, on what the last run of that date left.",
        epilog="Exit codes: 0 done, 64 wrong usage, 65 bad data, 75 worth another attempt, 78 wrong configuration.",
    )
    version = f"{step} (manifest format {manifest.FORMAT}, Python {platform.python_version()})"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument(
        "--date", type=_date, help="logical date, YYYY-MM-DD: publish nothing, write to a scratch folder"
    )
    parser.add_argument(
        "--storage", metavar="URL", help="object store with the run's results (default: the local run's)"
    )
    parser.add_argument("--pipeline", help="pipeline's name (default: the only one in the object store)")
    parser.add_argument("--scratch", type=pathlib.Path, metavar="DIR", help="folder to write to (default: a new one)")
    parser.set_defaults(step=step)
    return parser


def _request(options: argparse.Namespace) -> alone.Request:
    return alone.Request(date=options.date, storage=options.storage, pipeline=options.pipeline, scratch=options.scratch)


def _date(text: str) -> object:
    try:
        return iso_date(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from error


def _step_name(program: str) -> str:
    """A step is one folder; the program is its `__main__.py`."""
    return pathlib.Path(program).absolute().parent.name


def _labels(environ: Mapping[str, str]) -> Mapping[str, str]:
    names = {"run": contract.RUN, "step": contract.STEP, "attempt": contract.ATTEMPT, "task": contract.TASK_INDEX}
    return {label: environ[name] for label, name in names.items() if name in environ}


def _trace(environ: Mapping[str, str]) -> Mapping[str, str]:
    run, attempt, project = (environ.get(name, "") for name in (contract.RUN, contract.ATTEMPT, contract.PROJECT))
    return contract.trace(run, attempt, project=project)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped
