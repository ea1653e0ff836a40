"""One step for one person: on the inputs that the last run of a date left, without touching that run.

Settings are those of the step's last attempt, as its claim recorded them, unless the environment says otherwise;
secrets come from the environment alone. Outputs and the manifest go to a scratch folder under their plain names. It
claims nothing and publishes nothing. An unforeseen exception is not caught, so that a debugger stops where it arose.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import pathlib
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steps.kit import contract, layout, manifest, outputs
from steps.kit.claim import last_environment
from steps.kit.context import Context, read_context
from steps.kit.contract import AttemptId, Exit, RunId
from steps.kit.environment import Environment
from steps.kit.errors import Misconfigured
from steps.kit.log import Log
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs, generations
from steps.kit.storage import Storage, check_url

WORKSPACE = "BUILD_WORKSPACE_DIRECTORY"
"""Where `bazel run` was called; the local run keeps its state below it."""
LOCAL_STORAGE = ".nightjar/storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for; None is for what the environment or the object store tells."""

    date: dt.date
    storage: str | None = None
    pipeline: str | None = None
    scratch: pathlib.Path | None = None


def run_alone[S](
    run: Callable[[Context[S], Inputs, Outputs], None],
    settings: Callable[[Environment], S],
    *,
    request: Request,
    environ: Mapping[str, str],
    log: Log,
) -> int:
    """Run the step, write what it would publish to a scratch folder and say where that is."""
    storage = _storage(request, environ)
    attempt = AttemptId(_last_run(storage, request), environ[contract.STEP], 1)
    context = read_context(_environment(storage, attempt, environ), settings, log=log)
    folder = _scratch(request, attempt)
    log.info("writing to a scratch folder", folder=folder, reading=str(attempt.run))
    inputs = Inputs(storage, context.run)
    collected = Outputs(lambda name, data: _write(folder / name, data))
    run(context, inputs, collected)
    result = outputs.summarize(context, collected, inputs.digests)
    _write(folder / "manifest.json", manifest.encode(result))
    for name in (*result.objects, "manifest.json"):
        sys.stdout.write(f"{folder / name}\n")
    return Exit.DONE


def _storage(request: Request, environ: Mapping[str, str]) -> Storage:
    url = request.storage or environ.get(contract.STORAGE)
    if url is None and WORKSPACE in environ:
        url = pathlib.Path(environ[WORKSPACE], LOCAL_STORAGE).as_uri()
    if url is None:
        raise Misconfigured(f"no object store is given: pass --storage URL or set {contract.STORAGE}")
    try:
        return Storage.open(check_url(url))
    except ValueError as error:
        raise Misconfigured(f"{url!r} {error}: pass --storage file:///PATH or gs://BUCKET/PREFIX") from error


def _last_run(storage: Storage, request: Request) -> RunId:
    newest = RunId(_pipeline(storage, request), request.date, sys.maxsize)
    found = generations(storage, newest)
    return RunId(newest.pipeline, newest.logical_date, found[-1] if found else 1)


def _pipeline(storage: Storage, request: Request) -> str:
    known = storage.folders(layout.RUNS)
    if request.pipeline is not None:
        if contract.NAME.fullmatch(request.pipeline) is None:
            raise Misconfigured(f"--pipeline {request.pipeline!r} is not a pipeline's name")
        return request.pipeline
    if len(known) != 1:
        held = f"holds {', '.join(known)}" if known else "holds no run"
        raise Misconfigured(f"{storage.url} {held}: pass --pipeline NAME")
    return known[0]


def _environment(storage: Storage, attempt: AttemptId, environ: Mapping[str, str]) -> Mapping[str, str]:
    recorded = last_environment(storage, attempt.run, attempt.step)
    tasks = {contract.TASK_INDEX: "0", contract.TASK_COUNT: "1"}
    fixed = {
        contract.RUN: str(attempt.run),
        contract.STEP: attempt.step,
        contract.ATTEMPT: str(attempt),
        contract.LOGICAL_DATE: attempt.run.logical_date.isoformat(),
        contract.STORAGE: storage.url,
    }
    return {**recorded, **tasks, **environ, **fixed}


def _scratch(request: Request, attempt: AttemptId) -> pathlib.Path:
    if request.scratch is None:
        return pathlib.Path(tempfile.mkdtemp(prefix=f"{attempt.run}-{attempt.step}-"))
    try:
        request.scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"--scratch {request.scratch}: {error.strerror}: name a folder to write to") from error
    return request.scratch.absolute()


def _write(path: pathlib.Path, data: bytes) -> str:
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
